#include "elbo/eval/latent_walks.h"

#include <cmath>
#include <gtest/gtest.h>

#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

std::vector<float> row(const Array& codes, int64_t number) {
  const Array code = code_of(codes, number);
  return {code.values<float>().begin(), code.values<float>().end()};
}

TEST(LatentWalks, ATraversalChangesOneDimensionThroughItsRange) {
  Array codes(DType::kF32, {101, 2});
  for (size_t i = 0; i < 101; ++i) {
    codes.values<float>()[2 * i] = static_cast<float>(i);                        // 0 .. 100
    codes.values<float>()[2 * i + 1] = static_cast<float>((i * 37) % 101) - 50;  // -50 .. 50
  }
  const Array base = Array::of<float>({1, 2}, {7, 8});
  const Array walk = traversal(codes, base, {.steps = 3, .outside = 0.1});
  ASSERT_EQ(walk.shape(), (Shape{6, 2}));
  EXPECT_EQ(row(walk, 0), (std::vector<float>{10, 8}));
  EXPECT_EQ(row(walk, 1), (std::vector<float>{50, 8}));
  EXPECT_EQ(row(walk, 2), (std::vector<float>{90, 8}));
  EXPECT_EQ(row(walk, 3), (std::vector<float>{7, -40}));
  EXPECT_EQ(row(walk, 5), (std::vector<float>{7, 40}));
  EXPECT_EQ(row(mean_code(codes), 0), (std::vector<float>{50, 0}));
}

TEST(LatentWalks, PathsBeginAndEndWhereTheyAreToldTo) {
  const Array first = Array::of<float>({1, 2}, {2, 0}), second = Array::of<float>({1, 2}, {0, 2});
  const Array line = linear_path(first, second, 5), circle = spherical_path(first, second, 5);
  for (const Array& path : {line, circle}) {
    ASSERT_EQ(path.shape(), (Shape{5, 2}));
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_NEAR(row(path, 0)[i], first.values<float>()[i], 1e-6);
      EXPECT_NEAR(row(path, 4)[i], second.values<float>()[i], 1e-6);
    }
  }
  EXPECT_EQ(row(line, 2), (std::vector<float>{1, 1}));
  // At the same distance from the origin all along, and a quarter of the angle each step.
  for (int64_t step = 0; step < 5; ++step) {
    EXPECT_NEAR(row(circle, step)[0], 2 * std::cos(static_cast<double>(step) * M_PI / 8), 1e-6);
    EXPECT_NEAR(row(circle, step)[1], 2 * std::sin(static_cast<double>(step) * M_PI / 8), 1e-6);
  }
}

TEST(LatentWalks, DirectionsAndLengthsOfACircleChangeEvenly) {
  const Array path = spherical_path(Array::of<float>({1, 2}, {1, 0}), Array::of<float>({1, 2}, {0, 3}), 5);
  for (int64_t step = 0; step < 5; ++step) {
    const double angle = static_cast<double>(step) * M_PI / 8, length = 1 + 0.5 * static_cast<double>(step);
    EXPECT_NEAR(row(path, step)[0], length * std::cos(angle), 1e-6);
    EXPECT_NEAR(row(path, step)[1], length * std::sin(angle), 1e-6);
  }
}

TEST(LatentWalks, WithoutACircleThereIsTheLine) {
  const Array a = Array::of<float>({1, 2}, {1, 1}), b = Array::of<float>({1, 2}, {-2, -2}), o(DType::kF32, {1, 2});
  for (const Array& other : {b, o, a}) {
    const Array path = spherical_path(a, other, 4), line = linear_path(a, other, 4);
    for (int64_t step = 0; step < 4; ++step) EXPECT_EQ(row(path, step), row(line, step));
  }
}

TEST(LatentWalks, AttributeVectorsLeadFromTheOthersToALabel) {
  const Array codes = Array::of<float>({4, 2}, {0, 0, 2, 0, 10, 4, 10, 8});
  const Array vectors = attribute_vectors(codes, {0, 0, 1, 1});
  EXPECT_EQ(row(vectors, 0), (std::vector<float>{-9, -6}));
  EXPECT_EQ(row(vectors, 1), (std::vector<float>{9, 6}));
  const Array moved = along_vectors(code_of(codes, 1), vectors, {-1, 0, 0.5});
  ASSERT_EQ(moved.shape(), (Shape{6, 2}));
  EXPECT_EQ(row(moved, 0), (std::vector<float>{11, 6}));
  EXPECT_EQ(row(moved, 1), (std::vector<float>{2, 0}));
  EXPECT_EQ(row(moved, 5), (std::vector<float>{6.5, 3}));
  EXPECT_THROW(attribute_vectors(codes, {0, 0, 2, 2}), DataError);
  EXPECT_THROW(attribute_vectors(codes, {0, 0, 0, 0}), DataError);
}

}  // namespace
}  // namespace elbo::eval
