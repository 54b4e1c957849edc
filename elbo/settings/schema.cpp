// What a schema holds, whatever is chosen in it.
#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "elbo/settings/config.h"
#include "elbo/settings/keys_internal.h"
#include "elbo/settings/unknown_internal.h"

namespace elbo {
namespace {

const Option* find_in(const std::vector<Option>& options, std::string_view key);

const Option* find_in_rows(const Part& part, std::string_view key) {
  if (const Option* found = find_in(part.place, key)) return found;
  for (const RowView& row : part.rows.rows()) {
    if (row.settings == nullptr) continue;
    if (const Option* found = find_in(*row.settings, key)) return found;
  }
  return nullptr;
}

const Option* find_in(const std::vector<Option>& options, std::string_view key) {
  for (const Option& option : options) {
    const Part* part = option.part.get();
    if (part != nullptr && part->beside) {
      if (const Option* found = find_in_rows(*part, key)) return found;
    }
    if (option.key != first_word(key)) continue;
    std::string_view rest = after_first_word(key);
    if (rest.empty()) return &option;
    if (option.group) {
      if (const Option* found = find_in(option.group->options, rest)) return found;
    }
    if (part == nullptr || part->beside) continue;
    if (part->chain && index_of(first_word(rest))) rest = after_first_word(rest);
    if (rest.empty() || rest == kName) return &option;
    if (const Option* found = find_in_rows(*part, rest)) return found;
  }
  return nullptr;
}

// Walks all declarations and says what is wrong with them.
class Inspector {
 public:
  std::vector<std::string> inspect(const std::vector<Option>& options) {
    level({&options}, "");
    return std::move(mistakes_);
  }

 private:
  using Lists = std::vector<const std::vector<Option>*>;

  void mistake(std::string_view where, std::string_view what) {
    std::string sentence = fmt::format("{}: {}", where, what);
    if (std::find(mistakes_.begin(), mistakes_.end(), sentence) == mistakes_.end()) {
      mistakes_.push_back(std::move(sentence));
    }
  }

  void level(const Lists& lists, const std::string& prefix) {
    std::set<std::string_view> keys, parts, groups;
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        if (option.part) parts.insert(option.key);
        if (!option.group && !keys.insert(option.key).second) mistake(prefix + option.key, "declared twice");
      }
    }
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        const std::string where = prefix + option.key;
        // A group that adds to the table of another, or of a part, needs no meaning of its own.
        const bool adds = option.group && (parts.contains(option.key) || groups.contains(option.key));
        if (option.meaning.empty() && !adds) mistake(where, "has no meaning");
        if (option.meaning.find('\n') != option.meaning.npos) mistake(where, "its meaning has several lines");
        if (option.key.empty() || index_of(option.key) || option.key.find('.') != option.key.npos) {
          mistake(where, "is not one word");
        }
        if (option.group) {
          if (parts.contains(option.key)) continue;
          if (keys.contains(option.key)) mistake(where, "declared as key and as table");
          if (groups.insert(option.key).second) level(merged(lists, option.key), where + ".");
        } else if (option.part) {
          part(*option.part, lists, prefix);
        } else if (const std::string rule = fault(option, option.value); !rule.empty()) {
          mistake(where, "its default " + rule);
        }
      }
    }
  }

  void part(const Part& part, const Lists& level_of_part, const std::string& prefix) {
    // One of its rows is chosen already, and its options are among those of the level.
    if (part.beside && !beside_.insert(&part).second) return;
    const std::string where = prefix + part.key;
    const std::vector<RowView> rows = part.rows.rows();
    if (part.value == kNone ? !part.optional : find_row(rows, part.value) == nullptr) {
      mistake(where, fmt::format("its default \"{}\" is not among its rows", part.value));
    }
    if (part.beside && part.chain) mistake(where, "a list has no options beside it");
    for (const auto& [key, value] : part.defaults) default_in_place(part, rows, where, key, value);
    for (const RowView& row : rows) {
      const std::string in_row =
          part.beside ? fmt::format("{}({}) ", prefix, row.name) : fmt::format("{}({}).", where, row.name);
      Lists lists;
      if (part.beside) lists = level_of_part;
      if (row.settings != nullptr) lists.push_back(row.settings);
      lists.push_back(&part.place);
      if (!part.beside) {
        const Lists added = merged(level_of_part, part.key);
        lists.insert(lists.end(), added.begin(), added.end());
      }
      if (!part.beside && !row.argument.empty() && find_in_lists(lists, row.argument) == nullptr) {
        mistake(in_row, fmt::format("what follows its name, \"{}\", is no setting of it", row.argument));
      }
      if (!part.beside && find_in_lists(lists, kName) != nullptr) mistake(in_row, "\"name\" is the name of the row");
      // Rows may have places for rows of their own registry.
      if (seen_.emplace(row.row, lists).second) level(lists, in_row);
    }
    beside_.erase(&part);
  }

  void default_in_place(const Part& part, const std::vector<RowView>& rows, const std::string& where,
                        const std::string& key, const Value& value) {
    const Option* option = find_in(part.place, key);
    for (const RowView& row : rows) {
      if (option == nullptr && row.settings != nullptr) option = find_in(*row.settings, key);
    }
    if (option == nullptr) {
      mistake(where, fmt::format("none of its rows has the setting \"{}\" of its defaults", key));
    } else if (!option->part && value.index() != option->value.index()) {
      mistake(where, fmt::format("its default of \"{}\" is of another type", key));
    } else if (const std::string rule = option->part ? "" : fault(*option, value); !rule.empty()) {
      mistake(where, fmt::format("its default of \"{}\" {}", key, rule));
    }
  }

  // All groups of one key at a level, which are one table.
  static Lists merged(const Lists& lists, std::string_view key) {
    Lists inside;
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        if (option.group && option.key == key) inside.push_back(&option.group->options);
      }
    }
    return inside;
  }

  static const Option* find_in_lists(const Lists& lists, std::string_view key) {
    for (const std::vector<Option>* list : lists) {
      for (const Option& option : *list) {
        if (option.key == key) return &option;
      }
    }
    return nullptr;
  }

  std::set<std::pair<const void*, Lists>> seen_;
  std::set<const Part*> beside_;  // those of which a row is chosen at this level
  std::vector<std::string> mistakes_;
};

}  // namespace

const Option* Schema::find(std::string_view key) const {
  return find_in(options, key);
}

std::optional<std::string> Schema::meant_by(std::string_view key) const {
  return nearest_key(key, resolve(*this, {}));
}

std::vector<std::string> Schema::mistakes() const {
  return Inspector().inspect(options);
}

}  // namespace elbo
