#include "elbo/app/config/option.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <set>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "elbo/io/json.h"
#include "elbo/settings/names.h"

namespace elbo::app {
namespace {

// A saved configuration stays far below the 64 KiB that are read back.
constexpr size_t kMaxTextBytes = 4096;
constexpr size_t kMaxListElements = 256;

template <typename T>
std::string limit_text(T limit) {
  // A bound reads better without the ".0" that a value carries.
  return fmt::format("{}", limit);
}

template <typename T>
std::vector<std::string> limit_texts(const Limits<T>& limits) {
  std::vector<std::string> texts;
  if (limits.above) texts.push_back("above " + limit_text(*limits.above));
  if (limits.at_least) texts.push_back("at least " + limit_text(*limits.at_least));
  if (limits.below) texts.push_back("below " + limit_text(*limits.below));
  if (limits.at_most) texts.push_back("at most " + limit_text(*limits.at_most));
  return texts;
}

template <typename T>
std::string limit_fault(const Limits<T>& limits, T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return "must be a finite number";
  }
  if (limits.above && !(value > *limits.above)) return "must be above " + limit_text(*limits.above);
  if (limits.at_least && !(value >= *limits.at_least)) return "must be at least " + limit_text(*limits.at_least);
  if (limits.below && !(value < *limits.below)) return "must be below " + limit_text(*limits.below);
  if (limits.at_most && !(value <= *limits.at_most)) return "must be at most " + limit_text(*limits.at_most);
  return {};
}

std::string text_fault(const Choices& choices, const std::string& text) {
  if (!choices.any()) {
    const std::vector<std::string> names = choices.names();
    if (std::find(names.begin(), names.end(), text) != names.end()) return {};
    const std::optional<std::string> meant = text.size() <= 80 ? closest_name(text, names) : std::nullopt;
    return fmt::format("must be one of {}{}", fmt::join(names, ", "),
                       meant ? fmt::format(" (did you mean {}?)", *meant) : "");
  }
  if (text.size() > kMaxTextBytes) return fmt::format("must have at most {} bytes", kMaxTextBytes);
  if (!io::is_utf8(text)) return "must be valid UTF-8";
  if (has_control_characters(text)) return "must hold no control characters";
  return {};
}

std::string element_fault(const Option&, bool) {
  return {};
}
std::string element_fault(const Option& option, int64_t value) {
  return limit_fault(option.integer_limits, value);
}
std::string element_fault(const Option& option, double value) {
  return limit_fault(option.number_limits, value);
}
std::string element_fault(const Option& option, const std::string& value) {
  return text_fault(option.choices, value);
}
template <typename T>
std::string element_fault(const Option& option, const std::vector<T>& values) {
  if (values.size() > kMaxListElements) return fmt::format("must have at most {} elements", kMaxListElements);
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string rule = element_fault(option, values[i]);
    if (!rule.empty()) return fmt::format("element {} {}", i + 1, rule);
  }
  return {};
}

}  // namespace

Option::Option(Flag flag) : key(std::move(flag.key)), value(flag.value), meaning(std::move(flag.meaning)) {}
Option::Option(Integer integer)
    : key(std::move(integer.key)),
      value(integer.value),
      meaning(std::move(integer.meaning)),
      unit(std::move(integer.unit)),
      integer_limits(integer.limits) {}
Option::Option(Number number)
    : key(std::move(number.key)),
      value(number.value),
      meaning(std::move(number.meaning)),
      unit(std::move(number.unit)),
      number_limits(number.limits) {}
Option::Option(Text text)
    : key(std::move(text.key)),
      value(std::move(text.value)),
      meaning(std::move(text.meaning)),
      choices(std::move(text.choices)) {}
Option::Option(Integers integers)
    : key(std::move(integers.key)),
      value(std::move(integers.value)),
      meaning(std::move(integers.meaning)),
      unit(std::move(integers.unit)),
      integer_limits(integers.limits) {}
Option::Option(Numbers numbers)
    : key(std::move(numbers.key)),
      value(std::move(numbers.value)),
      meaning(std::move(numbers.meaning)),
      unit(std::move(numbers.unit)),
      number_limits(numbers.limits) {}
Option::Option(Texts texts)
    : key(std::move(texts.key)),
      value(std::move(texts.value)),
      meaning(std::move(texts.meaning)),
      choices(std::move(texts.choices)) {}

std::string_view Option::name() const {
  return std::string_view(key).substr(key.rfind('.') + 1);
}

std::string allowed(const Option& option) {
  std::vector<std::string> rules = limit_texts(option.integer_limits);
  for (std::string& rule : limit_texts(option.number_limits)) rules.push_back(std::move(rule));
  if (!option.choices.any()) rules.push_back(fmt::format("one of {}", fmt::join(option.choices.names(), ", ")));
  if (rules.empty()) return {};
  return fmt::format("{}{}", option.is_list() ? "each " : "", fmt::join(rules, ", "));
}

std::string fault(const Option& option, const Value& value) {
  if (value.index() != option.value.index()) {
    throw std::logic_error(fmt::format("option {}: a value of another type", option.key));
  }
  return std::visit([&](const auto& held) { return element_fault(option, held); }, value);
}

std::string summary(const Option& option, std::string_view added) {
  std::string notes;
  for (const std::string& note : {option.unit, allowed(option), std::string(added)}) {
    if (note.empty()) continue;
    notes += notes.empty() ? note : "; " + note;
  }
  return notes.empty() ? option.meaning : fmt::format("{} ({})", option.meaning, notes);
}

Schema::Schema(std::initializer_list<Table> tables) : tables_(tables) {
  std::set<std::string> keys;
  for (Table& table : tables_) {
    if (std::count_if(tables_.begin(), tables_.end(), [&](const Table& other) { return other.name == table.name; }) >
        1) {
      throw std::logic_error(fmt::format("schema: table [{}] is declared twice", table.name));
    }
    for (Option& option : table.options) {
      if (!table.name.empty()) option.key = table.name + "." + option.key;
      if (!keys.insert(option.key).second) {
        throw std::logic_error(fmt::format("schema: key {} is declared twice", option.key));
      }
    }
  }
}

const Option* Schema::find(std::string_view key) const {
  for (const Table& table : tables_) {
    for (const Option& option : table.options) {
      if (option.key == key) return &option;
    }
  }
  return nullptr;
}

bool Schema::has_table(std::string_view name) const {
  return !name.empty() &&
         std::any_of(tables_.begin(), tables_.end(), [&](const Table& table) { return table.name == name; });
}

std::vector<std::string> Schema::keys() const {
  std::vector<std::string> keys;
  for (const Table& table : tables_) {
    for (const Option& option : table.options) keys.push_back(option.key);
  }
  return keys;
}

std::optional<std::string> Schema::meant_by(std::string_view key) const {
  // A longer key is no slip of the pen, and the search takes time in proportion.
  if (key.size() > 80) return std::nullopt;
  const std::vector<std::string> keys = this->keys();
  if (auto near = closest_name(key, keys)) return near;
  // A key without its table, or in a wrong one.
  const std::string_view name = key.substr(key.rfind('.') + 1);
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const std::string& known : keys) names.push_back(known.substr(known.rfind('.') + 1));
  const auto near = closest_name(name, names);
  if (!near || std::count(names.begin(), names.end(), *near) != 1) return std::nullopt;
  return keys[static_cast<size_t>(std::find(names.begin(), names.end(), *near) - names.begin())];
}

}  // namespace elbo::app
