#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <rapidcheck.h>
#include <set>

#include "elbo/app/config/config.h"
#include "elbo/app/config/schema.h"
#include "elbo/app/config/toml_writer.h"
#include "elbo/settings/error.h"
#include "tests/app/config/test_schema.h"

namespace elbo::app {
namespace {

// Random values that an option accepts; the default where no try does.
class ValueMaker {
 public:
  explicit ValueMaker(const Option& option) : option_(option) {}

  bool operator()(bool) const { return *rc::gen::arbitrary<bool>(); }
  int64_t operator()(int64_t) const {
    return *rc::gen::oneOf(rc::gen::arbitrary<int64_t>(), rc::gen::inRange<int64_t>(-2, 20));
  }
  double operator()(double) const {
    const double bits = std::bit_cast<double>(*rc::gen::arbitrary<uint64_t>());
    for (const double candidate : {bits, std::abs(bits), std::modf(bits, &ignored_), -0.0, 0.3}) {
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
  mutable double ignored_ = 0;
};

Config random_config(const Schema& schema) {
  Config config(schema);
  for (const Table& table : schema.tables()) {
    for (const Option& option : table.options) {
      const Value value = std::visit([&](const auto& type) { return Value(ValueMaker(option)(type)); }, option.value);
      if (*rc::gen::arbitrary<bool>() && fault(option, value).empty()) {
        config.set(option.key + "=" + to_literal(value));
        RC_ASSERT(config.value(option.key) == value);
      }
    }
  }
  return config;
}

void expect_round_trip(const Schema& schema) {
  EXPECT_TRUE(rc::check("a configuration that is written and read is the same", [&] {
    const Config config = random_config(schema);
    const std::string text = to_toml(config);
    Config read(schema);
    read.read_text(text, "config.toml");
    RC_ASSERT(read == config);
    RC_ASSERT(to_toml(read) == text);
    for (const std::string& key : schema.keys()) RC_ASSERT(read.origin(key).kind == Origin::Kind::kFile);
  }));
}

TEST(ConfigProperties, WrittenAndReadIsTheSameForEveryType) {
  expect_round_trip(small_schema());
}
TEST(ConfigProperties, WrittenAndReadIsTheSameForARun) {
  expect_round_trip(run_schema());
}

TEST(ConfigProperties, DamagedTextsAreReadOrRefused) {
  const std::string whole = to_toml(Config(run_schema()));
  std::mt19937 random(7);
  const auto at = [&](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  static constexpr std::string_view kBytes(
      "\"'[]{}=.,#\\\n\r \0\x80\xff\xc3"
      "eE_-+0u",
      25);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string text = whole.substr(at(whole.size() / 2), 1 + at(400));
    for (size_t k = at(4); k > 0; --k) text[at(text.size())] = kBytes[at(kBytes.size())];
    Config config(run_schema());
    try {
      config.read_text(text, "config.toml");
    } catch (const ConfigError& error) {
      ++refused;
      EXPECT_TRUE(std::string_view(error.what()).starts_with("config.toml:")) << error.what();
    }
  }
  EXPECT_GT(refused, 1000);
}

// A slip of the pen: a letter lost, doubled by another, or swapped with the next.
std::string misspelt(const std::string& key, std::mt19937& random) {
  const auto at = [&](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  std::string result = key;
  switch (at(3)) {
    case 0:
      result.erase(at(key.size()), 1);
      break;
    case 1:
      result.insert(at(key.size() + 1), 1, static_cast<char>('a' + at(26)));
      break;
    default: {
      const size_t i = at(key.size() - 1);
      std::swap(result[i], result[i + 1]);
    }
  }
  return result;
}

TEST(ConfigProperties, MisspeltKeysAreRefusedWithTheRightSuggestion) {
  std::mt19937 random(20240607);
  const std::vector<std::string> keys = run_schema().keys();
  const std::set<std::string> known(keys.begin(), keys.end());
  int refused = 0;
  int suggested = 0;
  int mutants = 0;
  while (mutants < 1000) {
    const std::string& key = keys[std::uniform_int_distribution<size_t>(0, keys.size() - 1)(random)];
    const std::string wrong = misspelt(key, random);
    if (known.count(wrong)) continue;  // two like letters swapped
    ++mutants;
    const std::string value = to_literal(run_schema().find(key)->value);
    Config config(run_schema());
    try {
      if (mutants % 2) {
        config.set(wrong + "=" + value);
      } else {
        config.read_text(wrong + " = " + value, "config.toml");
      }
      ADD_FAILURE() << wrong << " is accepted";
    } catch (const ConfigError& error) {
      ++refused;
      suggested += std::string(error.what()).find("(did you mean " + key + "?)") != std::string::npos;
    }
  }
  EXPECT_EQ(refused, 1000);
  EXPECT_GE(suggested, 900);
}

}  // namespace
}  // namespace elbo::app
