#include "elbo/settings/option.h"

#include <gmock/gmock.h>
#include <limits>

#include "tests/settings/small_schema.h"

namespace elbo {
namespace {

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

}  // namespace
}  // namespace elbo
