#include "elbo/engine/shape.h"

#include <gtest/gtest.h>

#include "elbo/settings/error.h"

namespace elbo {
namespace {

TEST(Shape, BroadcastsByNumpysRule) {
  EXPECT_EQ(broadcast({128, 20}, {20}), (Shape{128, 20}));
  EXPECT_EQ(broadcast({128, 1}, {1, 20}), (Shape{128, 20}));
  EXPECT_EQ(broadcast({}, {3}), (Shape{3}));
  EXPECT_EQ(broadcast({0, 1}, {1, 5}), (Shape{0, 5}));
  EXPECT_FALSE(broadcast({2, 3}, {4, 3}).has_value());
}

TEST(Shape, CountsElementsAndStrides) {
  EXPECT_EQ(Shape{}.elements(), 1);
  EXPECT_EQ((Shape{4, 0, 2}).elements(), 0);
  EXPECT_EQ((Shape{2, 3, 4}).strides(), (std::vector<int64_t>{12, 4, 1}));
  EXPECT_EQ(to_string(Shape{128, 784}), "[128, 784]");
}

TEST(Shape, RefusesWhatItCannotHold) {
  EXPECT_THROW((Shape{2, -1}), ShapeError);
  EXPECT_THROW(Shape(std::vector<int64_t>(9, 1)), ShapeError);
  EXPECT_THROW((Shape{int64_t{1} << 40, int64_t{1} << 40}), ShapeError);
}

}  // namespace
}  // namespace elbo
