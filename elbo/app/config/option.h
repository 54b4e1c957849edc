// An option, declared once: key, default, bounds, unit and meaning.  The TOML reader, `--set key=value`, the arguments
// of commands, help texts and the saved config.toml all come from that declaration.
//
//   const Schema schema{
//       {.name = "optimizer",
//        .meaning = "how parameters follow their gradients",
//        .options = {
//            Text{.key = "name", .value = "adam", .meaning = "update rule", .choices = {"adam", "sgd"}},
//            Number{.key = "learning_rate", .value = 1e-3, .meaning = "step size", .limits = {.above = 0}},
//        }},
//   };
//   schema.find("optimizer.learning_rate")->meaning == "step size"
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/app/config/value.h"

namespace elbo::app {

template <typename T>
struct Limits {
  std::optional<T> above;
  std::optional<T> at_least;
  std::optional<T> below;
  std::optional<T> at_most;
};

// The texts an option may hold: a list, or a function that is asked when the names are needed, so that a registry
// filled by other files answers with what it holds then.  Empty: any text.
class Choices {
 public:
  Choices() = default;
  Choices(std::initializer_list<const char*> names) : names_(names.begin(), names.end()) {}
  Choices(std::vector<std::string> (*ask)()) : ask_(ask) {}

  bool any() const { return !ask_ && names_.empty(); }
  std::vector<std::string> names() const { return ask_ ? ask_() : names_; }

 private:
  std::vector<std::string> names_;
  std::function<std::vector<std::string>()> ask_;
};

// What is declared.  Limits and choices of a list hold for each of its elements; numbers are always finite.
struct Flag {
  std::string key;
  bool value = false;
  std::string meaning;
};
struct Integer {
  std::string key;
  int64_t value = 0;
  std::string meaning;
  std::string unit;
  Limits<int64_t> limits;
};
struct Number {
  std::string key;
  double value = 0;
  std::string meaning;
  std::string unit;
  Limits<double> limits;
};
struct Text {
  std::string key;
  std::string value;
  std::string meaning;
  Choices choices;
};
struct Integers {
  std::string key;
  std::vector<int64_t> value;
  std::string meaning;
  std::string unit;
  Limits<int64_t> limits;
};
struct Numbers {
  std::string key;
  std::vector<double> value;
  std::string meaning;
  std::string unit;
  Limits<double> limits;
};
struct Texts {
  std::string key;
  std::vector<std::string> value;
  std::string meaning;
  Choices choices;
};

struct Option {
  Option(Flag flag);
  Option(Integer integer);
  Option(Number number);
  Option(Text text);
  Option(Integers integers);
  Option(Numbers numbers);
  Option(Texts texts);

  std::string key;  // with its table once it is in a Schema: "encoder.hidden"
  Value value;      // the default; its type is the option's
  std::string meaning;
  std::string unit;
  Limits<int64_t> integer_limits;
  Limits<double> number_limits;
  Choices choices;

  std::string_view name() const;  // the key without its table
  bool is_flag() const { return std::holds_alternative<bool>(value); }
  bool is_list() const { return value.index() >= Value(std::vector<int64_t>{}).index(); }
};

// What an option may hold, as help says it: "at least 1", "above 0, below 1", "one of adam, sgd"; empty for anything.
std::string allowed(const Option& option);
// The rule that a value of the option's type breaks ("must be at least 1"), or an empty text.
std::string fault(const Option& option, const Value& value);
// Meaning, unit and rule in one line: "passes over the training data (epochs; at least 1)".
std::string summary(const Option& option, std::string_view added = {});

struct Table {
  std::string name;  // empty for the keys before the first table
  std::string meaning;
  std::vector<Option> options;  // declared with keys inside the table
};

// All options of a program, in the order in which they are shown.
class Schema {
 public:
  Schema(std::initializer_list<Table> tables);

  const std::vector<Table>& tables() const { return tables_; }
  const Option* find(std::string_view key) const;
  bool has_table(std::string_view name) const;
  std::vector<std::string> keys() const;
  // The key that was probably meant by one that is not declared: one a slip of the pen away, or the only one of that
  // name in some table ("epochs": train.epochs).
  std::optional<std::string> meant_by(std::string_view key) const;

 private:
  std::vector<Table> tables_;
};

}  // namespace elbo::app
