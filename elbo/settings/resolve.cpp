// From what was said to settings: level by level, what is chosen first and then what it can be told.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>
#include <stdexcept>

#include "elbo/settings/config.h"
#include "elbo/settings/elements_internal.h"
#include "elbo/settings/keys_internal.h"
#include "elbo/settings/names.h"
#include "elbo/settings/reading.h"
#include "elbo/settings/unknown_internal.h"

namespace elbo {
namespace {

// Other defaults than the options' own, by keys of a level; the first of a key holds.
using Defaults = std::vector<std::pair<std::string_view, const Value*>>;

Defaults below(const Defaults& defaults, std::string_view key) {
  Defaults inner;
  for (const auto& [one, value] : defaults) {
    const std::string_view rest = after_first_word(one);
    if (first_word(one) == key && !rest.empty()) inner.emplace_back(rest, value);
  }
  return inner;
}

void append(Defaults& defaults, const Part& part) {
  for (const auto& [key, value] : part.defaults) defaults.emplace_back(key, &value);
}

Value default_of(const Option& option, const Defaults& defaults) {
  for (const auto& [key, value] : defaults) {
    if (key != option.key) continue;
    const Value like = option.part ? Value(std::string()) : option.value;
    if (value->index() != like.index()) {
      throw std::logic_error(fmt::format("settings: the default of {} in its place is of another type", option.key));
    }
    return *value;
  }
  return option.value;
}

// Up to the colon: "csv:wine.csv" is csv.
std::string_view without_argument(std::string_view name) {
  return name.substr(0, name.find(':'));
}

const RowView* row_named(const std::vector<RowView>& rows, std::string_view name) {
  if (const RowView* row = find_row(rows, name)) return row;
  const RowView* row = find_row(rows, without_argument(name));
  return row != nullptr && !row->argument.empty() ? row : nullptr;
}

}  // namespace

class Resolver {
 public:
  Resolver(const std::vector<Option>& options, const std::vector<Renamed>& renamed,
           const std::vector<Assignment>& assignments)
      : options_(options), renamed_(renamed), said_(assignments) {}

  Settings run(const RowView& row = {}) {
    Settings settings;
    settings.row_ = row;
    level({&options_}, "", {}, settings);
    for (const auto& clean_up : clean_ups_) clean_up();
    for (size_t i = 0; i < said_.count(); ++i) {
      if (!said_.used(i)) said_.fault(i, why_unknown(said_[i], settings, renamed_));
    }
    said_.throw_first_fault();
    return settings;
  }

 private:
  using Lists = std::vector<const std::vector<Option>*>;

  // The options of a level, with those that a choice brings beside it.
  void level(Lists lists, const std::string& prefix, Defaults defaults, Settings& out) {
    std::map<const Option*, Settings> beside;
    for (size_t i = 0; i < lists.size(); ++i) {
      for (const Option& option : *lists[i]) {
        if (!option.part || !option.part->beside) continue;
        Settings chosen = choose_beside(option, prefix, defaults);
        if (chosen.row_.settings != nullptr) lists.push_back(chosen.row_.settings);
        lists.push_back(&option.part->place);
        append(defaults, *option.part);
        beside.emplace(&option, std::move(chosen));
      }
    }
    size_t count = 0;
    for (const std::vector<Option>* list : lists) count += list->size();
    out.entries_.reserve(count);
    const std::map<std::string_view, Lists> added = added_to_parts(lists);
    std::set<std::string_view> groups;
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        if (option.group && (added.contains(option.key) || !groups.insert(option.key).second)) continue;
        Settings::Entry& entry = out.entries_.emplace_back();
        entry.option = &option;
        entry.value = default_of(option, defaults);
        entry.standard = entry.value;
        const std::string key = prefix + option.key;
        if (option.group) {
          group(lists, key, below(defaults, option.key), entry);
        } else if (const auto found = beside.find(&option); found != beside.end()) {
          entry.value = found->second.row_.type ? Value(std::string(found->second.name())) : found->second.name_value_;
          entry.origin = found->second.name_origin_;
          entry.inside.push_back(std::move(found->second));
        } else if (option.part) {
          part(option, key, added.at(option.key), below(defaults, option.key), entry);
        } else {
          plain(option, key, entry);
        }
      }
    }
  }

  // What groups add to the table of a part of the same key.
  static std::map<std::string_view, Lists> added_to_parts(const Lists& lists) {
    std::map<std::string_view, Lists> added;
    const auto each = [&](const auto& visit) {
      for (const std::vector<Option>* list : lists) {
        for (const Option& option : *list) visit(option);
      }
    };
    each([&](const Option& option) {
      if (option.part) added.try_emplace(option.key);
    });
    each([&](const Option& option) {
      const auto part = option.group ? added.find(option.key) : added.end();
      if (part != added.end()) part->second.push_back(&option.group->options);
    });
    return added;
  }

  void plain(const Option& option, const std::string& key, Settings::Entry& entry) {
    for (const size_t i : said_.at(key)) {
      said_.use(i);
      const Assignment& one = said_[i];
      const auto* literal = std::get_if<Literal>(&one.value);
      Reading reading = literal ? from_literal(option, *literal) : from_text(option, std::get<std::string>(one.value));
      if (!reading.fault.empty()) {
        said_.refuse(i, reading.fault);
        continue;
      }
      entry.value = std::move(reading.value);
      entry.origin = one.origin;
    }
  }

  void group(const Lists& lists, const std::string& key, Defaults defaults, Settings::Entry& entry) {
    for (const size_t i : said_.at(key)) {
      said_.use(i);
      if (said_[i].empty_table) continue;
      const bool in_file = said_[i].origin.kind == Origin::Kind::kFile;
      in_file
          ? said_.fault(i, fmt::format("{}: {} is a table: its keys stand under [{}]", said_[i].origin.text, key, key))
          : said_.refuse(i, fmt::format("{} is a table: one of its keys is needed, as {}.KEY", key, key));
    }
    for (const size_t i : said_.below(key + ".0")) {
      if (said_.key(i) == key + ".0" || said_.key(i).starts_with(key + ".0.")) {
        said_.fault(i, fmt::format("{}: {} is one table, [{}], and no list", said_[i].origin.text, key, key));
      }
    }
    Lists inside;
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        if (option.group && option.key == entry.option->key) inside.push_back(&option.group->options);
      }
    }
    Settings settings;
    settings.path_ = key;
    level(inside, key + ".", std::move(defaults), settings);
    entry.inside.push_back(std::move(settings));
  }

  // Null, and a fault noted, where there is no such row.
  const RowView* row_of(const Part& part, const std::vector<RowView>& rows, const std::string& key,
                        const Elements& elements, size_t index) {
    const Element& element = elements.list[index];
    if (const RowView* row = row_named(rows, element.name)) return row;
    const bool alone = elements.list.size() == 1;
    std::vector<std::string> names = names_of(rows);
    if (element.said) {
      if (part.optional && alone) names.insert(names.begin(), std::string(kNone));
      const auto meant = element.name.size() <= kLongestMeant ? closest_name(element.name, names) : std::nullopt;
      const bool in_list = !alone && said_.key(*element.said) == key;
      said_.refuse(*element.said,
                   fmt::format("{}must be one of {}{}", in_list ? fmt::format("element {} ", index + 1) : "",
                               fmt::join(names, ", "), meant ? fmt::format(" (did you mean {}?)", *meant) : ""));
    } else if (element.begun) {
      const std::string missing = alone ? key : fmt::format("{}.{}", key, index);
      said_.fault(*element.begun, fmt::format("{}: {}.name is missing: it must be one of {}",
                                              said_[*element.begun].origin.text, missing, fmt::join(names, ", ")));
    } else {
      throw std::logic_error(
          fmt::format("settings: {} = \"{}\": no such {} is declared", key, element.name, part.rows.kind));
    }
    return nullptr;
  }

  Settings framed(const std::string& path, const Element& element, const RowView& row) const {
    Settings settings;
    settings.path_ = path;
    settings.row_ = row;
    settings.name_value_ = element.name;
    if (element.said) settings.name_origin_ = said_[*element.said].origin;
    return settings;
  }

  Settings choose_beside(const Option& option, const std::string& prefix, const Defaults& defaults) {
    const Part& part = *option.part;
    const std::string key = prefix + option.key;
    const Elements elements = elements_of(part, key, std::get<std::string>(default_of(option, defaults)), said_);
    const std::vector<RowView> rows = part.rows.rows();
    const bool empty = elements.list.empty();
    const RowView* row = empty ? nullptr : row_of(part, rows, key, elements, 0);
    const Element element =
        empty ? Element{.name = std::string(kNone), .said = elements.said, .begun = {}} : elements.list.front();
    const bool broken = elements.broken || (row == nullptr && !empty);
    // Only once the level is done it is known which keys nothing took.
    clean_ups_.push_back([this, &part, prefix, element, broken] {
      for (const size_t i : said_.below(prefix)) {
        const std::string_view rest = std::string_view(said_.key(i)).substr(prefix.size());
        if (broken && !said_.used(i) && !rows_that_know(part, rest).empty()) said_.use(i);
        drop_foreign(part, element, i, rest);
      }
    });
    Settings settings = framed(key, element, row ? *row : RowView{});
    return settings;
  }

  void part(const Option& option, const std::string& key, const Lists& added, Defaults defaults,
            Settings::Entry& entry) {
    const Part& part = *option.part;
    append(defaults, part);
    const Elements elements = elements_of(part, key, std::get<std::string>(entry.value), said_);
    if (elements.said) entry.origin = said_[*elements.said].origin;
    const std::vector<RowView> rows = part.rows.rows();
    if (elements.list.size() == 1) said_.move_below(key + ".0.", key + ".");
    std::vector<std::string> names;
    for (size_t i = 0; i < elements.list.size(); ++i) {
      const std::string path = elements.list.size() == 1 ? key : fmt::format("{}.{}", key, i);
      const RowView* row = row_of(part, rows, key, elements, i);
      if (row == nullptr) {
        said_.use_below(path + ".");
        continue;
      }
      const Element& element = elements.list[i];
      names.emplace_back(row->name);
      Settings settings = framed(path, element, *row);
      entry.origin = settings.name_origin_;
      Lists lists;
      if (row->settings != nullptr) lists.push_back(row->settings);
      lists.push_back(&part.place);
      lists.insert(lists.end(), added.begin(), added.end());
      level(lists, path + ".", defaults, settings);
      take_argument(element, settings);
      for (const size_t below : said_.below(path + ".")) {
        drop_foreign(part, element, below, std::string_view(said_.key(below)).substr(path.size() + 1));
      }
      entry.inside.push_back(std::move(settings));
    }
    if (elements.broken) said_.use_below(key + ".");
    entry.value = names.empty() ? std::string(kNone) : fmt::format("{}", fmt::join(names, ", "));
  }

  // What stands after the colon of a name, unless the setting itself was said later.
  void take_argument(const Element& element, Settings& settings) {
    const size_t colon = element.name.find(':');
    const std::string_view argument = settings.row_.argument;
    if (colon == element.name.npos || argument.empty() || element.name == settings.row_.name) return;
    for (Settings::Entry& entry : settings.entries_) {
      if (entry.option->key != argument) continue;
      const std::vector<size_t>& said = said_.at(fmt::format("{}.{}", settings.path_, argument));
      if (!said.empty() && element.said && said.back() > *element.said) continue;
      Reading reading = from_text(*entry.option, std::string_view(element.name).substr(colon + 1));
      if (!reading.fault.empty() && element.said) {
        said_.refuse(*element.said, fmt::format("what follows the colon {}", reading.fault));
      }
      entry.value = std::move(reading.value);
      entry.origin = settings.name_origin_;
    }
  }

  // A name that was said elsewhere took the place of another: what was for that one goes with it.
  void drop_foreign(const Part& part, const Element& element, size_t i, std::string_view rest) {
    if (said_.used(i) || element.before.empty() || !said_.overrides(*element.said, i)) return;
    const std::vector<std::string> readers = rows_that_know(part, rest);
    for (const std::string& before : element.before) {
      if (std::find(readers.begin(), readers.end(), without_argument(before)) != readers.end()) said_.use(i);
    }
  }

  const std::vector<Option>& options_;
  const std::vector<Renamed>& renamed_;
  Said said_;
  std::vector<std::function<void()>> clean_ups_;
};

Settings resolve(const Schema& schema, const std::vector<Assignment>& assignments) {
  return Resolver(schema.options, schema.renamed, assignments).run();
}

Settings Settings::of(const std::vector<Option>& options, const std::vector<std::string>& assignments) {
  return of(RowView{.name = {}, .description = {}, .paper = {}, .settings = &options, .argument = {}}, assignments);
}

Settings Settings::of(const RowView& row, const std::vector<std::string>& assignments) {
  static const std::vector<Option> kNoOptions;
  static const std::vector<Renamed> kNothing;
  std::vector<Assignment> all;
  for (const std::string& assignment : assignments) all.push_back(Assignment::of_set(assignment));
  return Resolver(row.settings != nullptr ? *row.settings : kNoOptions, kNothing, all).run(row);
}

}  // namespace elbo
