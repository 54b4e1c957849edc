// From what was said to settings: level by level, what is chosen first and then what it can be told.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>
#include <unordered_map>

#include "elbo/settings/config.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"
#include "elbo/settings/reading.h"

namespace elbo {
namespace {

constexpr std::string_view kNone = "none";
constexpr std::string_view kName = "name";

// A longer key is no slip of the pen, and the search takes time in proportion.
constexpr size_t kLongestMeant = 80;
constexpr size_t kLongestChain = 64;

std::optional<size_t> index_of(std::string_view word) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return index;
}

std::string_view first_word(std::string_view key) {
  return key.substr(0, key.find('.'));
}
std::string_view after_first_word(std::string_view key) {
  const size_t dot = key.find('.');
  return dot == key.npos ? std::string_view() : key.substr(dot + 1);
}
std::string_view last_word(std::string_view key) {
  return key.substr(key.rfind('.') + 1);
}

// Whether options of a level, whatever is chosen in them, know a key.
bool may_know(const std::vector<Option>& options, std::string_view key);

bool row_may_know(const Part& part, const RowView& row, std::string_view key) {
  return key == kName || (row.settings != nullptr && may_know(*row.settings, key)) || may_know(part.place, key);
}

bool may_know(const std::vector<Option>& options, std::string_view key) {
  const std::string_view word = first_word(key);
  std::string_view rest = after_first_word(key);
  for (const Option& option : options) {
    if (option.part && option.part->beside) {
      for (const RowView& row : option.part->rows.rows()) {
        if (row.settings != nullptr && may_know(*row.settings, key)) return true;
      }
    }
    if (option.key != word) continue;
    if (rest.empty()) return true;
    if (option.group && may_know(option.group->options, rest)) return true;
    if (!option.part || option.part->beside) continue;
    if (index_of(first_word(rest))) rest = after_first_word(rest);
    if (rest.empty()) return true;
    for (const RowView& row : option.part->rows.rows()) {
      if (row_may_know(*option.part, row, rest)) return true;
    }
  }
  return false;
}

std::string text_of(const Assignment& said) {
  if (const auto* text = std::get_if<std::string>(&said.value)) return *text;
  return to_text(std::get<Literal>(said.value));
}

// "config.toml:14: posterior.flow = "planer"" or "--set posterior.flow=planer": what a message about it begins with.
std::string place_of(const Assignment& said) {
  if (said.origin.kind == Origin::Kind::kCommandLine) return said.origin.text;
  if (said.empty_table) return fmt::format("{}: [{}]", said.origin.text, shortened(said.key));
  return fmt::format("{}: {} = {}", said.origin.text, shortened(said.key), shortened(text_of(said)));
}

// A name as it was written, or nothing where no text was.
std::optional<std::string> name_of(const Assignment& said) {
  if (const auto* literal = std::get_if<Literal>(&said.value)) {
    const auto* text = std::get_if<std::string>(&literal->value);
    return text ? std::optional(*text) : std::nullopt;
  }
  const std::string& text = std::get<std::string>(said.value);
  if (!text.starts_with('"') && !text.starts_with('\'') && !text.starts_with('[')) return text;
  const std::optional<Literal> literal = parse_toml_value(text);
  const auto* quoted_text = literal ? std::get_if<std::string>(&literal->value) : nullptr;
  return quoted_text ? std::optional(*quoted_text) : std::nullopt;
}

// A list of names, or nothing.
std::optional<std::vector<std::string>> names_in(const Assignment& said) {
  std::optional<Literal> parsed;
  const auto* literal = std::get_if<Literal>(&said.value);
  if (literal == nullptr) {
    parsed = parse_toml_value(std::get<std::string>(said.value));
    if (!parsed) return std::nullopt;
    literal = &*parsed;
  }
  const auto* elements = std::get_if<std::vector<Literal>>(&literal->value);
  if (elements == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (const Literal& element : *elements) {
    const auto* text = std::get_if<std::string>(&element.value);
    if (text == nullptr) return std::nullopt;
    names.push_back(*text);
  }
  return names;
}

// One thing that stands in a part, before its row is looked up.
struct Element {
  std::string name;
  Origin origin;
  std::string before;  // the name that a stronger one has taken the place of
};

}  // namespace

class Resolver {
 public:
  Resolver(const std::vector<Option>& options, const std::vector<Renamed>& renamed,
           const std::vector<Assignment>& assignments)
      : options_(options), renamed_(renamed), assignments_(assignments), used_(assignments.size(), false) {
    for (size_t i = 0; i < assignments_.size(); ++i) by_key_[assignments_[i].key].push_back(i);
  }

  Settings run(const RowView& row = {}) {
    Settings settings;
    settings.row_ = row;
    level({&options_}, "", settings);
    for (size_t i = 0; i < assignments_.size(); ++i) {
      if (!used_[i]) fault(i, unknown(i, settings));
    }
    if (!faults_.empty()) throw ConfigError(faults_.begin()->second.first, faults_.begin()->second.second);
    return settings;
  }

 private:
  using Lists = std::vector<const std::vector<Option>*>;

  void fault(size_t i, std::string sentence) {
    used_[i] = true;
    faults_.emplace(i, std::pair(std::move(sentence), assignments_[i].key));
  }
  void refuse(size_t i, const std::string& requirement) {
    fault(i, fmt::format("{}: {}", place_of(assignments_[i]), requirement));
  }

  // What stands under a key, in the order in which it was said.
  std::vector<size_t> said(const std::string& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? std::vector<size_t>{} : found->second;
  }
  // All keys that begin so, in the order in which they were said.
  std::vector<size_t> said_below(const std::string& prefix) const {
    std::vector<size_t> all;
    for (auto i = by_key_.lower_bound(prefix); i != by_key_.end() && i->first.starts_with(prefix); ++i) {
      all.insert(all.end(), i->second.begin(), i->second.end());
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  // The options of a level, with those that a choice brings beside it.
  void level(Lists lists, const std::string& prefix, Settings& out, const Part* place = nullptr) {
    std::map<const Option*, Settings> beside;
    for (size_t i = 0; i < lists.size(); ++i) {
      for (const Option& option : *lists[i]) {
        if (!option.part || !option.part->beside) continue;
        const std::vector<Element> elements = elements_of(option, prefix + option.key);
        Settings chosen = choose(option, prefix + option.key, elements);
        if (chosen.row_.settings != nullptr) lists.push_back(chosen.row_.settings);
        lists.push_back(&option.part->place);
        beside.emplace(&option, std::move(chosen));
      }
    }
    std::set<std::string_view> groups;
    std::map<std::string_view, Lists> added;  // what groups add to the table of a part of the same key
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        if (option.part) added.try_emplace(option.key);
      }
    }
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        const auto part = option.group ? added.find(option.key) : added.end();
        if (part != added.end()) part->second.push_back(&option.group->options);
      }
    }
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        Settings::Entry entry{
            .option = &option, .value = option.value, .standard = option.value, .origin = {}, .inside = {}};
        if (place != nullptr) {
          for (const auto& [own, value] : place->defaults) {
            if (own == option.key) entry.value = entry.standard = value;
          }
        }
        const std::string key = prefix + option.key;
        if (option.group) {
          if (added.contains(option.key) || !groups.insert(option.key).second) continue;
          group(lists, key, entry);
        } else if (const auto found = beside.find(&option); found != beside.end()) {
          entry.value = std::string(found->second.name());
          entry.origin = found->second.name_origin_;
          entry.inside.push_back(std::move(found->second));
        } else if (option.part) {
          part(option, key, added.at(option.key), entry);
        } else {
          plain(option, key, entry);
        }
        out.entries_.push_back(std::move(entry));
      }
    }
  }

  void plain(const Option& option, const std::string& key, Settings::Entry& entry) {
    for (const size_t i : said(key)) {
      used_[i] = true;
      const Assignment& one = assignments_[i];
      const auto* literal = std::get_if<Literal>(&one.value);
      Reading reading = literal ? from_literal(option, *literal) : from_text(option, std::get<std::string>(one.value));
      if (!reading.fault.empty()) {
        refuse(i, reading.fault);
        continue;
      }
      entry.value = std::move(reading.value);
      entry.origin = one.origin;
    }
  }

  void table_itself(const std::string& key) {
    for (const size_t i : said(key)) {
      used_[i] = true;
      if (assignments_[i].empty_table) continue;
      const bool in_file = assignments_[i].origin.kind == Origin::Kind::kFile;
      refuse(i, in_file ? fmt::format("is a table: its keys stand under [{}]", key)
                        : fmt::format("{} is a table: one of its keys is needed, as {}.KEY", key, key));
    }
  }

  void group(const Lists& lists, const std::string& key, Settings::Entry& entry) {
    table_itself(key);
    Lists inside;
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        if (option.group && option.key == entry.option->key) inside.push_back(&option.group->options);
      }
    }
    Settings settings;
    settings.path_ = key;
    level(inside, key + ".", settings);
    entry.inside.push_back(std::move(settings));
  }

  // What is said to stand in a part, element by element.
  std::vector<Element> elements_of(const Option& option, const std::string& key) {
    const Part& part = *option.part;
    std::vector<Element> elements;
    if (part.value != kNone) elements.push_back({.name = part.value, .origin = {}, .before = {}});
    bool is_default = true;
    const auto rename = [](Element& element, std::string name, const Origin& origin) {
      if (element.name == name) {
        if (element.origin.kind == Origin::Kind::kDefault) element.origin = origin;
        return;
      }
      element = {.name = std::move(name), .origin = origin, .before = element.name};
    };
    const auto one = [&](size_t i, const std::string& name) {
      used_[i] = true;
      is_default = false;
      if (name == kNone && part.optional) {
        elements.clear();
        return;
      }
      const std::string before = elements.empty() ? std::string(kNone) : elements.front().name;
      elements.resize(1, {.name = before, .origin = {}, .before = {}});
      rename(elements.front(), name, assignments_[i].origin);
    };
    const auto needs_text = [&](size_t i) {
      refuse(i, part.chain ? "must be a text in quotes, or a list of them" : "must be a text in quotes");
    };
    std::vector<size_t> all = said(key);
    for (const size_t i : part.beside ? std::vector<size_t>{} : said_below(key + ".")) all.push_back(i);
    std::sort(all.begin(), all.end());
    for (const size_t i : all) {
      const Assignment& assignment = assignments_[i];
      if (assignment.key == key) {
        if (assignment.empty_table) {
          used_[i] = true;
        } else if (const auto name = name_of(assignment)) {
          one(i, *name);
        } else if (const auto names = names_in(assignment); names && part.chain && !names->empty()) {
          used_[i] = true;
          is_default = false;
          elements.clear();
          for (const std::string& element : *names) {
            elements.push_back({.name = element, .origin = assignment.origin, .before = {}});
          }
        } else {
          needs_text(i);
        }
        continue;
      }
      const std::string_view rest = std::string_view(assignment.key).substr(key.size() + 1);
      const std::optional<size_t> index = index_of(first_word(rest));
      if (!index && rest != kName) continue;
      if (!index) {
        const auto name = name_of(assignment);
        if (!name) {
          needs_text(i);
        } else if (elements.size() > 1) {
          refuse(i, fmt::format("{} is a list of {}: say which, as {}.0.name", key, elements.size(), key));
        } else {
          one(i, *name);
        }
        continue;
      }
      if (!part.chain) {
        refuse(i, fmt::format("one {} stands there, not a list", part.rows.kind));
        continue;
      }
      if (is_default) elements.clear();  // a list in place of the default
      is_default = false;
      if (*index > elements.size() || *index >= kLongestChain) {
        refuse(i, fmt::format("{} is a list of {}: its next is {}.{}", key, elements.size(), key, elements.size()));
        continue;
      }
      if (*index == elements.size()) elements.push_back({.name = "", .origin = assignment.origin, .before = {}});
      const std::string_view inner = after_first_word(rest);
      if (!inner.empty() && inner != kName) continue;
      if (assignment.empty_table) {
        used_[i] = true;
        continue;
      }
      const auto name = name_of(assignment);
      if (!name) {
        needs_text(i);
        continue;
      }
      used_[i] = true;
      rename(elements[*index], *name, assignment.origin);
    }
    return elements;
  }

  void skip(const std::string& key) {
    for (const size_t i : said_below(key + ".")) used_[i] = true;
  }

  // An element's row and the settings' frame.  A fault is noted where the name was said.
  Settings choose(const Option& option, const std::string& key, const std::vector<Element>& elements) {
    Settings settings;
    settings.path_ = key;
    if (elements.size() != 1) return settings;
    find_row_of(option, key, elements.front(), settings);
    return settings;
  }

  bool find_row_of(const Option& option, const std::string& key, const Element& element, Settings& settings) {
    const std::vector<RowView> rows = option.part->rows.rows();
    settings.name_value_ = element.name;
    settings.name_origin_ = element.origin;
    std::string name = element.name;
    const size_t colon = name.find(':');
    const RowView* row = find_row(rows, name);
    if (row == nullptr && colon != name.npos) {  // "csv:wine.csv"
      row = find_row(rows, std::string_view(name).substr(0, colon));
      if (row != nullptr && row->argument.empty()) row = nullptr;
    }
    if (row != nullptr) {
      settings.row_ = *row;
      return true;
    }
    std::vector<std::string> names = names_of(rows);
    if (option.part->optional) names.insert(names.begin(), std::string(kNone));
    const std::optional<std::string> meant = name.size() <= kLongestMeant ? closest_name(name, names) : std::nullopt;
    const std::string rule = name.empty() ? fmt::format("{}.name is missing: one of {}", key, fmt::join(names, ", "))
                                          : fmt::format("must be one of {}{}", fmt::join(names, ", "),
                                                        meant ? fmt::format(" (did you mean {}?)", *meant) : "");
    for (size_t i = assignments_.size(); i-- > 0;) {
      if (assignments_[i].origin.text != element.origin.text || !assignments_[i].key.starts_with(key)) continue;
      name.empty() ? fault(i, fmt::format("{}: {}", assignments_[i].origin.text, rule)) : refuse(i, rule);
      break;
    }
    skip(key);
    return false;
  }

  void part(const Option& option, const std::string& key, const Lists& added, Settings::Entry& entry) {
    const std::vector<Element> elements = elements_of(option, key);
    entry.value = std::string(kNone);
    for (size_t i = 0; i < elements.size(); ++i) {
      const Element& element = elements[i];
      const std::string path = elements.size() == 1 ? key : fmt::format("{}.{}", key, i);
      if (elements.size() == 1) alias(key + ".0.", key + ".");
      Settings settings;
      settings.path_ = path;
      entry.origin = element.origin;
      if (!find_row_of(option, path, element, settings)) continue;
      entry.value = elements.size() == 1 ? element.name : std::string("list");
      Lists lists;
      if (settings.row_.settings != nullptr) lists.push_back(settings.row_.settings);
      lists.push_back(&option.part->place);
      lists.insert(lists.end(), added.begin(), added.end());
      level(lists, path + ".", settings, option.part.get());
      take_argument(element, settings);
      drop_foreign(option, element, path);
      entry.inside.push_back(std::move(settings));
    }
  }

  // "flow.0.layers" where one stands alone: flow.layers.
  void alias(const std::string& from, const std::string& to) {
    for (const size_t i : said_below(from)) {
      if (used_[i]) continue;
      by_key_[to + assignments_[i].key.substr(from.size())].push_back(i);
    }
  }

  // What stands after the colon of a name, unless the setting itself is given.
  static void take_argument(const Element& element, Settings& settings) {
    const size_t colon = element.name.find(':');
    if (colon == element.name.npos || settings.row_.argument.empty()) return;
    for (Settings::Entry& entry : settings.entries_) {
      if (entry.option->key != settings.row_.argument) continue;
      if (entry.origin.kind != Origin::Kind::kDefault && entry.origin.kind != Origin::Kind::kFile) continue;
      entry.value = element.name.substr(colon + 1);
      entry.origin = element.origin;
    }
  }

  // A name from the command line took the place of the file's: what was for that one goes with it.
  void drop_foreign(const Option& option, const Element& element, const std::string& path) {
    if (element.origin.kind != Origin::Kind::kCommandLine || element.before.empty()) return;
    const std::vector<RowView> rows = option.part->rows.rows();
    const RowView* before = find_row(rows, first_part(element.before));
    if (before == nullptr) return;
    for (const size_t i : said_below(path + ".")) {
      const std::string_view rest = std::string_view(assignments_[i].key).substr(path.size() + 1);
      if (assignments_[i].origin.kind == Origin::Kind::kFile && row_may_know(*option.part, *before, rest)) {
        used_[i] = true;
      }
    }
  }
  static std::string_view first_part(std::string_view name) { return name.substr(0, name.find(':')); }

  // Why nothing took it.
  std::string unknown(size_t i, const Settings& settings) const {
    const Assignment& one = assignments_[i];
    const std::string place = place_of(one);
    for (const Renamed& renamed : renamed_) {
      if (renamed.before == one.key) return fmt::format("{}: {} is {} now", place, one.key, renamed.now);
      if (renamed.before.ends_with('.') && one.key.starts_with(renamed.before)) {
        return fmt::format("{}: {} is {}{} now", place, one.key, renamed.now, one.key.substr(renamed.before.size()));
      }
    }
    if (const std::string foreign = foreign_to(one.key, settings); !foreign.empty()) {
      return fmt::format("{}: {}", place, foreign);
    }
    const std::optional<std::string> meant = meant_by(one.key, settings);
    const std::string hint = meant ? fmt::format(" (did you mean {}?)", *meant) : "";
    const std::string where = one.origin.kind == Origin::Kind::kCommandLine ? place : one.origin.text;
    return fmt::format("{}: unknown {} \"{}\"{}", where, one.empty_table ? "table" : "key", shortened(one.key), hint);
  }

  // For a key that other rows know: which, and what stands there instead.
  static std::string foreign_to(std::string_view key, const Settings& level) {
    for (const Settings::Entry& entry : level.entries()) {
      const Part* part = entry.option->part.get();
      const std::string_view word = first_word(key);
      std::string_view rest = after_first_word(key);
      if (part != nullptr && part->beside) {
        const std::vector<std::string> readers = readers_of(*part, key);
        if (!readers.empty() &&
            std::find(readers.begin(), readers.end(), entry.inside.front().name()) == readers.end()) {
          return fmt::format("only {} = {} reads this key, and here {} = \"{}\"", entry.option->key,
                             quoted_names(readers), entry.option->key, entry.inside.front().name());
        }
      }
      if (entry.option->key != word || rest.empty()) continue;
      if (entry.option->group) {
        if (std::string inner = foreign_to(rest, entry.inside.front()); !inner.empty()) return inner;
        continue;
      }
      if (part == nullptr || part->beside) continue;
      size_t index = 0;
      if (const auto number = index_of(first_word(rest))) {
        index = *number;
        rest = after_first_word(rest);
      }
      const std::vector<std::string> readers = readers_of(*part, rest);
      if (entry.inside.empty()) {
        if (readers.empty()) continue;
        return fmt::format("there is no {} to use it; {} names one", part->rows.kind, whole(level, entry));
      }
      if (index >= entry.inside.size()) continue;
      if (entry.inside.size() > 1 && !index_of(first_word(after_first_word(key)))) {
        return fmt::format("{} is a list of {}: say which, as {}.0.{}", whole(level, entry), entry.inside.size(),
                           whole(level, entry), rest);
      }
      const Settings& inside = entry.inside[index];
      const bool own = std::find(readers.begin(), readers.end(), inside.name()) != readers.end();
      if (own) {
        if (std::string inner = foreign_to(rest, inside); !inner.empty()) return inner;
        continue;
      }
      if (readers.empty()) continue;
      return fmt::format("{} \"{}\" has no such setting; {} {}", part->rows.kind, inside.name(),
                         fmt::join(readers, ", "), readers.size() == 1 ? "has" : "have");
    }
    return {};
  }
  static std::string whole(const Settings& level, const Settings::Entry& entry) {
    return level.path().empty() ? entry.option->key : level.path() + "." + entry.option->key;
  }
  static std::string quoted_names(const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (const std::string& name : names) all.push_back(in_quotes(name));
    return fmt::format("{}", fmt::join(all, " or "));
  }
  static std::vector<std::string> readers_of(const Part& part, std::string_view key) {
    std::vector<std::string> readers;
    for (const RowView& row : part.rows.rows()) {
      const bool knows =
          part.beside ? row.settings != nullptr && may_know(*row.settings, key) : row_may_know(part, row, key);
      if (knows && key != kName) readers.emplace_back(row.name);
    }
    return readers;
  }

  static std::optional<std::string> meant_by(std::string_view key, const Settings& settings) {
    std::vector<std::string> keys;
    for (const auto& [known, value] : settings.flattened()) keys.push_back(known);
    return nearest_key(key, keys);
  }

 public:
  static std::optional<std::string> nearest_key(std::string_view key, const std::vector<std::string>& keys) {
    if (key.size() > kLongestMeant) return std::nullopt;
    if (auto near = closest_name(key, keys)) return near;
    // A key without its table, or in a wrong one.
    std::vector<std::string> names;
    names.reserve(keys.size());
    for (const std::string& known : keys) names.emplace_back(last_word(known));
    const auto near = closest_name(last_word(key), names);
    if (!near || std::count(names.begin(), names.end(), *near) != 1) return std::nullopt;
    return keys[static_cast<size_t>(std::find(names.begin(), names.end(), *near) - names.begin())];
  }

 private:
  const std::vector<Option>& options_;
  const std::vector<Renamed>& renamed_;
  const std::vector<Assignment>& assignments_;
  std::vector<bool> used_;
  std::map<std::string, std::vector<size_t>> by_key_;
  std::map<size_t, std::pair<std::string, std::string>> faults_;  // by what was said: sentence and key
};

Settings resolve(const Schema& schema, const std::vector<Assignment>& assignments) {
  return Resolver(schema.options, schema.renamed, assignments).run();
}

namespace {

const Option* find_in(const std::vector<Option>& options, std::string_view key) {
  const std::string_view word = first_word(key), rest = after_first_word(key);
  for (const Option& option : options) {
    if (option.part && option.part->beside) {
      for (const RowView& row : option.part->rows.rows()) {
        if (row.settings == nullptr) continue;
        if (const Option* found = find_in(*row.settings, key)) return found;
      }
    }
    if (option.key != word) continue;
    if (rest.empty()) return &option;
    if (option.group) {
      if (const Option* found = find_in(option.group->options, rest)) return found;
    }
    if (!option.part || option.part->beside) continue;
    if (const Option* found = find_in(option.part->place, rest)) return found;
    for (const RowView& row : option.part->rows.rows()) {
      if (row.settings == nullptr) continue;
      if (const Option* found = find_in(*row.settings, rest)) return found;
    }
  }
  return nullptr;
}

}  // namespace

const Option* Schema::find(std::string_view key) const {
  return find_in(options, key);
}

std::optional<std::string> Schema::meant_by(std::string_view key) const {
  std::vector<std::string> keys;
  for (const auto& [known, value] : resolve(*this, {}).flattened()) keys.push_back(known);
  return Resolver::nearest_key(key, keys);
}

Settings Settings::of(const std::vector<Option>& options, const std::vector<std::string>& assignments) {
  return of(RowView{.name = {}, .description = {}, .paper = {}, .settings = &options, .argument = {}}, assignments);
}

Settings Settings::of(const RowView& row, const std::vector<std::string>& assignments) {
  static const std::vector<Option> kNoOptions;
  std::vector<Assignment> all;
  for (const std::string& assignment : assignments) all.push_back(Assignment::of_set(assignment));
  return Resolver(row.settings != nullptr ? *row.settings : kNoOptions, {}, all).run(row);
}

}  // namespace elbo
