// An option, declared once, by the part that reads it: key, default, bounds, unit and meaning.  The TOML reader,
// `--set`, help texts, the reference page, the saved configuration and "did you mean" all come from that declaration.
//
//   const std::vector<Option> kAdamSettings{
//       Number{.key = "learning_rate", .value = 1e-3, .meaning = "step size", .limits = {.above = 0}},
//       Part{.key = "schedule", .value = "constant", .meaning = "...", .rows = schedules()},   // [optimizer.schedule]
//   };
//
// A Part is a place where one of a registry's rows stands (registry.h); what is chosen brings its own options along.  A
// Group is a table of a fixed name.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "elbo/settings/rows.h"
#include "elbo/settings/value.h"

namespace elbo {

template <typename T>
struct Limits {
  std::optional<T> above;
  std::optional<T> at_least;
  std::optional<T> below;
  std::optional<T> at_most;
};

// The texts an option may hold: a list, or a function that is asked when the names are needed, so that a registry
// answers with what it holds then.  Empty: any text.
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

struct Option;

// One of a registry's rows, with its settings: key = "name", or a table [key] with `name` and what the row reads.
struct Part {
  std::string key;
  std::string value;  // the name where none is given; "none" where `optional`
  std::string meaning;
  RowsView rows;          // what may stand here
  bool optional = false;  // "none" leaves the place empty
  bool chain = false;     // a list may stand here: several tables [[key]], or names in brackets
  bool beside = false;    // the row's options stand beside the key and not in a table of its own: model = "vae"
  // What the place itself asks of whatever stands in it, and reads: the same keys for every row.  Without "{}", for
  // which Clang 14 would need to know Option here.
  std::vector<Option> place;
  // Other defaults than the rows', by key: the same network is wider in one place than in another.  Rows that have no
  // such key go without.
  std::vector<std::pair<std::string, Value>> defaults{};
};

// A table of options: [train].  Groups of one key at one level are one table, and of a part's key they add to its own.
struct Group {
  std::string key;
  std::string meaning;
  std::vector<Option> options;
};

struct Option {
  Option(Flag flag);
  Option(Integer integer);
  Option(Number number);
  Option(Text text);
  Option(Integers integers);
  Option(Numbers numbers);
  Option(Texts texts);
  Option(Part part);
  Option(Group group);

  std::string key;  // one word: its tables are those it stands in
  Value value;      // the default; its type is the option's.  Of a part: the name
  std::string meaning;
  std::string unit;
  Limits<int64_t> integer_limits;
  Limits<double> number_limits;
  Choices choices;
  std::shared_ptr<const Part> part;    // or null
  std::shared_ptr<const Group> group;  // or null

  bool is_flag() const { return std::holds_alternative<bool>(value); }
  bool is_list() const { return value.index() >= Value(std::vector<int64_t>{}).index(); }
};

// Options one after the other, as one list.
std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& second);

// What an option may hold, as help says it: "at least 1", "above 0, below 1", "one of adam, sgd"; empty for anything.
std::string allowed(const Option& option);
// The rule that a value of the option's type breaks ("must be at least 1"), or an empty text.
std::string fault(const Option& option, const Value& value);
// Meaning, unit and rule in one line: "passes over the training data (epochs; at least 1)".
std::string summary(const Option& option, std::string_view added = {});
// "whole number", "list of texts", "name of a flow, or a table": what is written there.
std::string type_name(const Option& option);

}  // namespace elbo
