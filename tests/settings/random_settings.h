// Random configurations of a schema: names for its parts, some in lists, and values that its options accept.
#pragma once

#include <bit>
#include <cmath>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include "elbo/settings/config.h"

namespace elbo {

// A random value of an option; the default where no try is allowed.
class ValueMaker {
 public:
  explicit ValueMaker(const Option& option) : option_(option) {}

  Value make() const {
    const Value value = std::visit([&](const auto& type) { return Value((*this)(type)); }, option_.value);
    return fault(option_, value).empty() ? value : option_.value;
  }

  bool operator()(bool) const { return *rc::gen::arbitrary<bool>(); }
  int64_t operator()(int64_t) const {
    return *rc::gen::oneOf(rc::gen::arbitrary<int64_t>(), rc::gen::inRange<int64_t>(-2, 20));
  }
  double operator()(double) const {
    const double bits = std::bit_cast<double>(*rc::gen::arbitrary<uint64_t>());
    double ignored = 0;
    for (const double candidate : {bits, std::abs(bits), std::modf(bits, &ignored), -0.0, 0.3}) {
      if (fault(option_, option_.is_list() ? Value(std::vector<double>{candidate}) : Value(candidate)).empty()) {
        return candidate;
      }
    }
    return 0.5;
  }
  std::string operator()(const std::string&) const {
    if (!option_.choices.any()) return *rc::gen::elementOf(option_.choices.names());
    static const std::vector<std::string> kPieces{
        "a", "7",    ".", "#", "\"", "\\", "'", "=", "[ ", " ", "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80",
        "/", "u0041"};
    std::string text;
    for (const std::string& piece : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kPieces))) {
      text += piece;
    }
    return text;
  }
  template <typename T>
  std::vector<T> operator()(const std::vector<T>&) const {
    std::vector<T> values(*rc::gen::inRange<size_t>(0, 5));
    for (auto&& value : values) value = (*this)(T{});
    return values;
  }

 private:
  const Option& option_;
};

// "key=value" for some options of a level, and for whatever is chosen in it.
inline void add_random(const std::vector<Option>& options, const std::string& prefix, std::vector<std::string>& sets);

inline void add_random_row(const Part& part, const RowView& row, const std::string& prefix,
                           std::vector<std::string>& sets) {
  if (row.settings != nullptr) add_random(*row.settings, prefix, sets);
  add_random(part.place, prefix, sets);
}

inline void add_random(const std::vector<Option>& options, const std::string& prefix, std::vector<std::string>& sets) {
  for (const Option& option : options) {
    const std::string key = prefix + option.key;
    if (option.group) {
      add_random(option.group->options, key + ".", sets);
    } else if (!option.part) {
      if (*rc::gen::arbitrary<bool>()) sets.push_back(key + "=" + to_literal(ValueMaker(option).make()));
    } else {
      const Part& part = *option.part;
      const std::vector<RowView> rows = part.rows.rows();
      const size_t count = part.chain      ? *rc::gen::inRange<size_t>(part.optional ? 0 : 1, 4)
                           : part.optional ? *rc::gen::inRange<size_t>(0, 2)
                                           : 1;
      std::vector<RowView> chosen;
      for (size_t i = 0; i < count; ++i) chosen.push_back(rows[*rc::gen::inRange<size_t>(0, rows.size())]);
      std::string names;
      for (const RowView& row : chosen) names += (names.empty() ? "" : ",") + std::string(row.name);
      if (count == 0) names = "none";
      sets.push_back(key + "=" + (count > 1 ? "[" + names + "]" : names));
      for (size_t i = 0; i < count; ++i) {
        const std::string inside = count > 1 ? key + "." + std::to_string(i) + "." : key + ".";
        add_random_row(part, chosen[i], part.beside ? prefix : inside, sets);
      }
    }
  }
}

inline std::vector<std::string> random_sets(const Schema& schema) {
  std::vector<std::string> sets;
  add_random(schema.options, "", sets);
  return sets;
}

}  // namespace elbo
