#include "elbo/app/config/option.h"

#include <gmock/gmock.h>
#include <limits>

#include "tests/app/config/test_schema.h"

namespace elbo::app {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(Option, SaysWhatItMayHold) {
  EXPECT_EQ(allowed(Number{.key = "a", .limits = {.above = 0, .at_most = 0.5}}), "above 0, at most 0.5");
  EXPECT_EQ(allowed(Integers{.key = "a", .limits = {.at_least = 1}}), "each at least 1");
  EXPECT_EQ(allowed(Text{.key = "a", .choices = {"b", "c"}}), "one of b, c");
  EXPECT_EQ(allowed(Text{.key = "a"}), "");
  EXPECT_EQ(summary(*small_schema().find("train.epochs"), "default 10"),
            "passes over the training data (epochs; at least 1, at most 1000; default 10)");
  EXPECT_EQ(summary(*small_schema().find("train.out")), "folder of the run");
}

TEST(Option, BoundsAreExact) {
  const Option rate = Number{.key = "a", .limits = {.above = 0, .below = 1}};
  EXPECT_EQ(fault(rate, Value{0.0}), "must be above 0");
  EXPECT_EQ(fault(rate, Value{5e-324}), "");
  EXPECT_EQ(fault(rate, Value{1.0}), "must be below 1");
  const Option count = Integer{.key = "a", .limits = {.at_least = 1, .at_most = 3}};
  EXPECT_EQ(fault(count, Value{int64_t{0}}), "must be at least 1");
  EXPECT_EQ(fault(count, Value{int64_t{3}}), "");
  EXPECT_EQ(fault(count, Value{int64_t{4}}), "must be at most 3");
  EXPECT_EQ(fault(Number{.key = "a"}, Value{std::numeric_limits<double>::quiet_NaN()}), "must be a finite number");
  EXPECT_THROW(fault(count, Value{1.0}), std::logic_error);
}

std::vector<std::string> growing_names;

TEST(Option, ChoicesOfARegistryAreAskedWhenNeeded) {
  growing_names = {"adam"};
  const Option option = Text{.key = "a", .value = "adam", .choices = +[] { return growing_names; }};
  EXPECT_EQ(fault(option, Value{std::string("lion")}), "must be one of adam");
  growing_names.emplace_back("lion");
  EXPECT_EQ(fault(option, Value{std::string("lion")}), "");
  EXPECT_EQ(allowed(option), "one of adam, lion");
}

TEST(Schema, KeysCarryTheirTable) {
  EXPECT_THAT(small_schema().keys(),
              ElementsAre("seed", "optimizer.name", "optimizer.learning_rate", "optimizer.beta1", "train.epochs",
                          "train.resume", "train.out", "train.hidden", "train.rates", "train.tags", "train.parts"));
  EXPECT_EQ(small_schema().find("train.epochs")->name(), "epochs");
  EXPECT_EQ(small_schema().find("seed")->name(), "seed");
  EXPECT_EQ(small_schema().find("epochs"), nullptr);
}

TEST(Schema, KnowsWhatWasMeant) {
  EXPECT_THAT(small_schema().meant_by("trian.epochs"), Optional(std::string("train.epochs")));
  EXPECT_THAT(small_schema().meant_by("epochs"), Optional(std::string("train.epochs")));
  EXPECT_THAT(small_schema().meant_by("learning_rat"), Optional(std::string("optimizer.learning_rate")));
  EXPECT_THAT(small_schema().meant_by("optimizer.epochs"), Optional(std::string("train.epochs")));
  EXPECT_EQ(small_schema().meant_by("temperature"), std::nullopt);
  EXPECT_EQ(small_schema().meant_by(std::string(60'000, 'a')), std::nullopt);
}

TEST(Schema, RefusesTwoOptionsOfOneKey) {
  const auto twice = [] { return Schema{{.name = "a", .options = {Flag{.key = "b"}, Flag{.key = "b"}}}}; };
  EXPECT_THROW(twice(), std::logic_error);
  const auto two_tables = [] { return Schema{{.name = "a"}, {.name = "a"}}; };
  EXPECT_THROW(two_tables(), std::logic_error);
}

}  // namespace
}  // namespace elbo::app
