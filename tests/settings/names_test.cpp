#include "elbo/settings/names.h"

#include <gtest/gtest.h>

namespace elbo {
namespace {

const std::vector<std::string> kFlows{"affine_coupling", "iaf", "maf", "planar", "radial", "sylvester"};

TEST(EditDistance, CountsInsertionsDeletionsChangesAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("abc", ""), 3);
  EXPECT_EQ(edit_distance("planar", "planer"), 1);
  EXPECT_EQ(edit_distance("planar", "plnar"), 1);
  EXPECT_EQ(edit_distance("planar", "plannar"), 1);
  EXPECT_EQ(edit_distance("planar", "palnar"), 1);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("Fashion_MNIST", "fashion-mnist"), 0);
}

TEST(ClosestName, FindsOneSlipInEveryPlaceOfAName) {
  const std::string name = "sylvester";
  for (size_t i = 0; i < name.size(); ++i) {
    std::string changed = name, shorter = name, longer = name;
    changed[i] = 'x';
    shorter.erase(i, 1);
    longer.insert(i, 1, 'x');
    for (const std::string& given : {changed, shorter, longer}) EXPECT_EQ(closest_name(given, kFlows), name) << given;
  }
}

TEST(ClosestName, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(closest_name("convolution", kFlows), std::nullopt);
  EXPECT_EQ(closest_name("x", kFlows), std::nullopt);
  EXPECT_EQ(closest_name("", kFlows), std::nullopt);
  EXPECT_EQ(closest_name("planar", {}), std::nullopt);
  EXPECT_EQ(closest_name(std::string(1000000, 'p'), kFlows), std::nullopt);
}

TEST(ClosestName, PrefersTheNearestThenTheFirst) {
  EXPECT_EQ(closest_name("mafs", {"masks", "maf"}), "maf");
  EXPECT_EQ(closest_name("baf", {"iaf", "maf"}), "iaf");
}

TEST(UnknownName, ListsTheKnownAndSuggests) {
  EXPECT_EQ(unknown_name("flow", "planer", {"iaf", "planar"}),
            "unknown flow \"planer\"; known: iaf, planar (did you mean planar?)");
  EXPECT_EQ(unknown_name("flow", "spline", {"iaf", "planar"}), "unknown flow \"spline\"; known: iaf, planar");
  EXPECT_EQ(unknown_name("flow", "spline", {}), "unknown flow \"spline\"; known: none");
}

}  // namespace
}  // namespace elbo
