#include <algorithm>
#include <deque>
#include <gmock/gmock.h>
#include <memory>
#include <random>
#include <rapidcheck.h>
#include <set>

#include "elbo/settings/error.h"
#include "elbo/settings/toml_writer.h"
#include "tests/settings/parts_schema.h"
#include "tests/settings/random_settings.h"
#include "tests/settings/small_schema.h"

namespace elbo {
namespace {

// Registries at random: each has rows whose settings are random options and places for rows of the registries before.
class RandomSchema {
 public:
  struct Row {
    std::string name, description, paper;
    std::vector<Option> settings;
  };

  RandomSchema() {
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
      std::vector<const Row*> registry;
      for (int row = *rc::gen::inRange(1, 4); row > 0; --row) {
        rows_.push_back({fresh("row"), "a row", "", options(*rc::gen::inRange(0, 4))});
        registry.push_back(&rows_.back());
      }
      kinds_.push_back(fresh("kind"));
      registries_.emplace_back(kinds_.back(), std::move(registry));
    }
    schema_.options = options(4);
    const Registry<Row>& last = registries_.back();
    schema_.options.push_back(
        Part{.key = fresh("beside"), .value = last.names()[0], .meaning = "m", .rows = last.view(), .beside = true});
  }

  const Schema& schema() const { return schema_; }

 private:
  std::string fresh(const std::string& word) { return word + "-" + std::to_string(++count_); }

  std::vector<Option> options(int count) {
    std::vector<Option> all;
    for (int i = 0; i < count; ++i) {
      const std::string key = fresh("key");
      switch (*rc::gen::inRange(0, 9)) {
        case 0:
          all.emplace_back(Flag{.key = key, .meaning = "m"});
          break;
        case 1:
          all.emplace_back(Integer{.key = key, .value = 3, .meaning = "m", .limits = {.at_least = -1}});
          break;
        case 2:
          all.emplace_back(Number{.key = key, .value = 0.5, .meaning = "m", .limits = {.above = 0}});
          break;
        case 3:
          all.emplace_back(Text{.key = key, .value = "a", .meaning = "m"});
          break;
        case 4:
          all.emplace_back(Integers{.key = key, .meaning = "m"});
          break;
        case 5:
          all.emplace_back(Texts{.key = key, .meaning = "m"});
          break;
        case 6:
          all.emplace_back(Group{.key = key, .meaning = "m", .options = options(*rc::gen::inRange(0, 3))});
          break;
        default:
          if (registries_.empty()) break;
          all.emplace_back(part(key, registries_[*rc::gen::inRange<size_t>(0, registries_.size())]));
      }
    }
    return all;
  }

  Part part(const std::string& key, const Registry<Row>& rows) {
    const bool optional = *rc::gen::arbitrary<bool>();
    return {.key = key,
            .value = optional ? "none" : rows.names()[*rc::gen::inRange<size_t>(0, rows.names().size())],
            .meaning = "m",
            .rows = rows.view(),
            .optional = optional,
            .chain = *rc::gen::arbitrary<bool>(),
            .place = {Integer{.key = fresh("place"), .value = 1, .meaning = "m"}}};
  }

  int count_ = 0;
  std::deque<std::string> kinds_;
  std::deque<Row> rows_;
  std::deque<Registry<Row>> registries_;
  Schema schema_;
};

void check_round_trip(const Schema& schema) {
  Config config(schema);
  config.set(random_sets(schema));
  const std::string text = to_toml(config.settings());
  Config read(schema);
  read.read_text(text, "c.toml");
  RC_ASSERT(read == config);
  RC_ASSERT(to_toml(read.settings()) == text);
}

TEST(ConfigProperties, WrittenAndReadIsTheSameForEveryType) {
  EXPECT_TRUE(rc::check("for options in tables", [] { check_round_trip(small_schema()); }));
}
TEST(ConfigProperties, WrittenAndReadIsTheSameForParts) {
  EXPECT_TRUE(rc::check("for parts and lists of them", [] { check_round_trip(parts::schema()); }));
}
TEST(ConfigProperties, WrittenAndReadIsTheSameForRandomRegistries) {
  EXPECT_TRUE(rc::check("for random registries", [] {
    const RandomSchema random;
    const std::vector<std::string> mistakes = random.schema().mistakes();
    RC_ASSERT(mistakes.empty());
    check_round_trip(random.schema());
  }));
}

// Every key that settings have can be set alone, and is then found under that key.
TEST(ConfigProperties, EveryKeyCanBeSet) {
  EXPECT_TRUE(rc::check("what is set is read", [] {
    const Schema& schema = parts::schema();
    const std::vector<std::string> chosen = random_sets(schema);
    Config config(schema);
    config.set(chosen);
    for (const auto& [key, value] : config->flattened()) {
      Config again(schema);
      again.set(chosen);
      again.set(key + "=" + to_literal(value));
      RC_ASSERT(again == config);
      if (!key.ends_with(".name")) RC_ASSERT(again->value(key) == value);
    }
  }));
}

constexpr std::string_view kNasty(
    "\"'[]{}=.,#\\\n\r \0\x80\xff\xc3\xce\x9d"
    "eE_-+0u",
    27);

TEST(ConfigProperties, DamagedTextsAreReadOrRefused) {
  std::mt19937 random(7);
  const auto at = [&](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const Schema& schema = i % 2 ? small_schema() : parts::schema();
    Config chosen(schema);
    if (i % 2 == 0) chosen.set({"prior.flow=[maf, nsf-coupling]", "posterior.flow=planar", "data=csv:a"});
    const std::string whole = to_toml(chosen.settings());
    std::string text = whole.substr(at(whole.size() / 2), 1 + at(400));
    for (size_t k = at(4); k > 0; --k) text[at(text.size())] = kNasty[at(kNasty.size())];
    Config config(schema);
    try {
      config.read_text(text, "config.toml");
    } catch (const ConfigError& error) {
      ++refused;
      EXPECT_TRUE(std::string_view(error.what()).starts_with("config.toml:")) << error.what();
    }
  }
  EXPECT_GT(refused, 1500);
}

TEST(ConfigProperties, DamagedAssignmentsAreReadOrRefused) {
  std::mt19937 random(11);
  const auto at = [&](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  static const std::vector<std::string> kWords{
      "prior", "posterior", "flow", ".",  ".",      "0",    "1",     "name", "=",  "=",      "maf", "[",    "]",
      "[maf,", "planar]",   "{",    "\"", "layers", "data", "train", "none", "''", "csv:ab", "",    "model"};
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::string> sets;
    for (size_t n = 1 + at(3); n > 0; --n) {
      std::string& one = sets.emplace_back();
      for (size_t k = 1 + at(8); k > 0; --k) one += kWords[at(kWords.size())];
    }
    Config config(parts::schema());
    try {
      config.set(sets);
    } catch (const ConfigError& error) {
      ++refused;
      EXPECT_TRUE(std::string_view(error.what()).starts_with("--set ")) << error.what();
    }
  }
  EXPECT_GT(refused, 4000);
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

// Of 1000 misspelt keys of a configuration, how many are refused with the right suggestion.
int right_suggestions(const Config& chosen, uint32_t seed) {
  std::mt19937 random(seed);
  const auto values = chosen->flattened();
  std::set<std::string> known;
  for (const auto& [key, value] : values) known.insert(key);
  int suggested = 0;
  for (int mutants = 0; mutants < 1000;) {
    const auto& [key, value] = values[std::uniform_int_distribution<size_t>(0, values.size() - 1)(random)];
    const std::string wrong = misspelt(key, random);
    if (known.contains(wrong)) continue;  // two like letters swapped
    ++mutants;
    Config config = chosen;
    try {
      if (mutants % 2) {
        config.set(wrong + "=" + to_literal(value));
      } else {
        config.read_text(wrong + " = " + to_literal(value), "config.toml");
      }
      ADD_FAILURE() << wrong << " is accepted";
    } catch (const ConfigError& error) {
      suggested += std::string(error.what()).find("(did you mean " + key + "?)") != std::string::npos;
    }
  }
  return suggested;
}

TEST(ConfigProperties, MisspeltKeysAreRefusedWithTheRightSuggestion) {
  EXPECT_GE(right_suggestions(Config(small_schema()), 20240607), 900);
}

TEST(ConfigProperties, MisspeltKeysOfPartsAreRefusedWithTheRightSuggestion) {
  Config config(parts::schema());
  config.set({"posterior.flow=nsf-coupling", "prior.flow=maf", "data=csv:a.csv"});
  EXPECT_GE(right_suggestions(config, 20240608), 900);
}

}  // namespace
}  // namespace elbo
