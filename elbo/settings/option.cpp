#include "elbo/settings/option.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "elbo/settings/names.h"

namespace elbo {
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
  if (!is_utf8(text)) return "must be valid UTF-8";
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

Option::Option(Part one)
    : key(one.key), value(one.value), meaning(one.meaning), part(std::make_shared<const Part>(std::move(one))) {}
Option::Option(Group one)
    : key(one.key), value(std::string()), meaning(one.meaning), group(std::make_shared<const Group>(std::move(one))) {}

std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::string allowed(const Option& option) {
  if (option.part) {
    std::vector<std::string> names = names_of(option.part->rows.rows());
    if (option.part->optional) names.insert(names.begin(), "none");
    return fmt::format("one of {}{}", fmt::join(names, ", "), option.part->chain ? ", or a list of them" : "");
  }
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

std::string type_name(const Option& option) {
  if (option.part) return option.part->chain ? "name, table, or list of them" : "name, or table";
  if (option.group) return "table";
  struct Namer {
    std::string operator()(bool) const { return "true or false"; }
    std::string operator()(int64_t) const { return "whole number"; }
    std::string operator()(double) const { return "number"; }
    std::string operator()(const std::string&) const { return "text"; }
    std::string operator()(const std::vector<int64_t>&) const { return "list of whole numbers"; }
    std::string operator()(const std::vector<double>&) const { return "list of numbers"; }
    std::string operator()(const std::vector<std::string>&) const { return "list of texts"; }
  };
  return std::visit(Namer{}, option.value);
}

}  // namespace elbo
