#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

#include "elbo/settings/keys_internal.h"
#include "elbo/settings/names.h"
#include "elbo/settings/said_internal.h"
#include "elbo/settings/unknown_internal.h"

namespace elbo {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string whole_key(const Settings& level, const Settings::Entry& entry) {
  return level.path().empty() ? entry.option->key : level.path() + "." + entry.option->key;
}

std::string foreign_to(std::string_view key, const Settings& level);

// For a key beside a choice that other rows know: model = "vae".
std::string foreign_beside(std::string_view key, const Settings::Entry& entry) {
  const std::string_view chosen = entry.inside.front().name();
  if (first_word(key) == entry.option->key) {
    return fmt::format("{} is no table: its name stands alone, as {} = \"{}\"", entry.option->key, entry.option->key,
                       chosen.empty() ? kNone : chosen);
  }
  const std::vector<std::string> readers = rows_that_know(*entry.option->part, key);
  if (readers.empty() || contains(readers, chosen)) return {};
  std::vector<std::string> names;
  for (const std::string& name : readers) names.push_back(in_quotes(name));
  return fmt::format("only {} = {} reads this key, and here {} = \"{}\"", entry.option->key, fmt::join(names, " or "),
                     entry.option->key, chosen.empty() ? kNone : chosen);
}

// For a key below a part that other rows know.
std::string foreign_below(std::string_view rest, const Settings& level, const Settings::Entry& entry) {
  const Part& part = *entry.option->part;
  const std::string key = whole_key(level, entry);
  const std::optional<size_t> index = index_of(first_word(rest));
  if (index) rest = after_first_word(rest);
  const std::vector<std::string> readers = rows_that_know(part, rest);
  const size_t count = entry.inside.size();
  if (count == 0) {
    return readers.empty() ? "" : fmt::format("there is no {} to use it; {} names one", part.rows.kind, key);
  }
  if (index.value_or(0) >= count) return fmt::format("{} is a list of {}", key, count);
  if (count > 1 && !index) {
    return readers.empty() ? "" : fmt::format("{} is a list of {}: say which, as {}.0.{}", key, count, key, rest);
  }
  const Settings& inside = entry.inside[index.value_or(0)];
  if (contains(readers, inside.name())) return foreign_to(rest, inside);
  if (readers.empty()) return {};
  return fmt::format("{} \"{}\" has no such setting; {} {}", part.rows.kind, inside.name(), fmt::join(readers, ", "),
                     readers.size() == 1 ? "has" : "have");
}

// For a key that other rows know: which, and what stands there instead.
std::string foreign_to(std::string_view key, const Settings& level) {
  for (const Settings::Entry& entry : level.entries()) {
    const Part* part = entry.option->part.get();
    std::string sentence;
    if (part != nullptr && part->beside) {
      sentence = foreign_beside(key, entry);
    } else if (const std::string_view rest = after_first_word(key);
               entry.option->key == first_word(key) && !rest.empty()) {
      if (entry.option->group) sentence = foreign_to(rest, entry.inside.front());
      if (part != nullptr) sentence = foreign_below(rest, level, entry);
      if (part == nullptr && !entry.option->group) sentence = fmt::format("{} is no table", whole_key(level, entry));
    }
    if (!sentence.empty()) return sentence;
  }
  return {};
}

void collect_keys(const Settings& level, std::vector<std::string>& keys) {
  for (const Settings::Entry& entry : level.entries()) {
    keys.push_back(whole_key(level, entry));
    if (entry.option->part && entry.option->part->beside) continue;
    for (const Settings& inside : entry.inside) {
      if (entry.option->part) keys.push_back(inside.path() + ".name");
      collect_keys(inside, keys);
    }
  }
}

std::pair<std::string_view, std::string_view> without_common_tables(std::string_view a, std::string_view b) {
  while (first_word(a) == first_word(b) && !after_first_word(a).empty() && !after_first_word(b).empty()) {
    a = after_first_word(a);
    b = after_first_word(b);
  }
  return {a, b};
}

}  // namespace

bool row_may_know(const Part& part, const RowView& row, std::string_view key) {
  if (row.settings != nullptr && may_know(*row.settings, key)) return true;
  return may_know(part.place, key) || (key == kName && !part.beside);
}

bool may_know(const std::vector<Option>& options, std::string_view key) {
  const std::string_view word = first_word(key);
  for (const Option& option : options) {
    if (option.part && option.part->beside && !rows_that_know(*option.part, key).empty()) return true;
    if (option.key != word) continue;
    std::string_view rest = after_first_word(key);
    if (rest.empty()) return true;
    if (option.group && may_know(option.group->options, rest)) return true;
    if (!option.part || option.part->beside) continue;
    if (option.part->chain && index_of(first_word(rest))) rest = after_first_word(rest);
    if (rest.empty() || !rows_that_know(*option.part, rest).empty()) return true;
  }
  return false;
}

std::vector<std::string> rows_that_know(const Part& part, std::string_view key) {
  std::vector<std::string> names;
  for (const RowView& row : part.rows.rows()) {
    if (row_may_know(part, row, key)) names.emplace_back(row.name);
  }
  return names;
}

std::string why_unknown(const Assignment& assignment, const Settings& settings, const std::vector<Renamed>& renamed) {
  const std::string& key = assignment.key;
  const std::string place = place_of(assignment);
  for (const auto& [before, now] : renamed) {
    if (before == key) return fmt::format("{}: {} is {} now", place, key, now);
    if (before.ends_with('.') && key.starts_with(before)) {
      return fmt::format("{}: {} is {}{} now", place, shortened(key), now, shortened(key.substr(before.size())));
    }
  }
  if (const std::string foreign = foreign_to(key, settings); !foreign.empty()) {
    return fmt::format("{}: {}", place, foreign);
  }
  const std::optional<std::string> meant = nearest_key(key, settings);
  const std::string hint = meant ? fmt::format(" (did you mean {}?)", *meant) : "";
  const std::string& where = assignment.origin.text;
  return fmt::format("{}: unknown {} \"{}\"{}", where, assignment.empty_table ? "table" : "key", shortened(key), hint);
}

std::optional<std::string> nearest_key(std::string_view key, const Settings& settings) {
  if (key.size() > kLongestMeant) return std::nullopt;
  std::vector<std::string> keys;
  collect_keys(settings, keys);
  const std::string* nearest = nullptr;
  int least = 0;
  for (const std::string& known : keys) {
    // Tables that are right do not make the rest more alike.
    const auto [given, wanted] = without_common_tables(key, known);
    if (!closest_name(given, {std::string(wanted)})) continue;
    const int distance = edit_distance(given, wanted);
    if (nearest != nullptr && distance >= least) continue;
    nearest = &known;
    least = distance;
  }
  if (nearest != nullptr) return *nearest;
  // A key without its table, or in a wrong one.
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const std::string& known : keys) names.emplace_back(last_word(known));
  const auto near = closest_name(last_word(key), names);
  if (!near || std::count(names.begin(), names.end(), *near) != 1) return std::nullopt;
  return keys[static_cast<size_t>(std::find(names.begin(), names.end(), *near) - names.begin())];
}

}  // namespace elbo
