#include "elbo/settings/reading.h"

#include <optional>
#include <type_traits>
#include <utility>

namespace elbo {
namespace {

// One literal as a T, or nothing.
template <typename T>
std::optional<T> scalar(const Literal& literal) {
  if (const T* value = std::get_if<T>(&literal.value)) return *value;
  if constexpr (std::is_same_v<T, double>) {
    if (const int64_t* whole = std::get_if<int64_t>(&literal.value)) return static_cast<double>(*whole);
  }
  return std::nullopt;
}

template <typename T>
std::optional<Value> convert(const T&, const Literal& literal) {
  if (auto value = scalar<T>(literal)) return Value(std::move(*value));
  return std::nullopt;
}

template <typename T>
std::optional<Value> convert(const std::vector<T>&, const Literal& literal) {
  const auto* elements = std::get_if<std::vector<Literal>>(&literal.value);
  if (!elements) return std::nullopt;
  std::vector<T> values;
  for (const Literal& element : *elements) {
    auto value = scalar<T>(element);
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return Value(std::move(values));
}

struct TypeRule {
  std::string operator()(bool) const { return "must be true or false"; }
  std::string operator()(int64_t) const { return "must be a whole number"; }
  std::string operator()(double) const { return "must be a number"; }
  std::string operator()(const std::string&) const { return "must be a text in quotes"; }
  std::string operator()(const std::vector<int64_t>&) const { return "must be a list of whole numbers, as [500, 500]"; }
  std::string operator()(const std::vector<double>&) const { return "must be a list of numbers, as [0.5, 1.0]"; }
  std::string operator()(const std::vector<std::string>&) const { return "must be a list of texts, as [\"a\", \"b\"]"; }
};

}  // namespace

Reading from_literal(const Option& option, const Literal& literal) {
  // `header = true` beside `header = "auto"`.
  if (const bool* said = std::get_if<bool>(&literal.value); said != nullptr && !option.choices.any()) {
    if (std::holds_alternative<std::string>(option.value)) {
      std::string word = *said ? "true" : "false";
      if (fault(option, Value(word)).empty()) return {.value = Value(std::move(word)), .fault = {}};
    }
  }
  std::optional<Value> value = std::visit([&](const auto& type) { return convert(type, literal); }, option.value);
  if (!value) {
    std::string rule = std::visit(TypeRule{}, option.value);
    const bool is_integer = std::holds_alternative<int64_t>(option.value);
    if (is_integer && std::holds_alternative<double>(literal.value)) rule += ", written without point or exponent";
    return {.value = option.value, .fault = std::move(rule)};
  }
  std::string rule = fault(option, *value);
  return {.value = std::move(*value), .fault = std::move(rule)};
}

Reading from_text(const Option& option, std::string_view text) {
  const bool is_quoted = text.starts_with('"') || text.starts_with('\'');
  const bool wants_text = std::holds_alternative<std::string>(option.value);
  if (wants_text && !is_quoted) return from_literal(option, Literal{std::string(text)});
  if (const std::optional<Literal> literal = parse_toml_value(text)) return from_literal(option, *literal);
  if (wants_text) return {.value = option.value, .fault = "must be a text whose quotes are closed"};
  return from_literal(option, Literal{std::string(text)});
}

}  // namespace elbo
