#include "elbo/data/standardization.h"

#include <cmath>
#include <limits>

#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Standardization, GivesMeanZeroAndVarianceOne) {
  const Array rows = Array::of<double>({4, 2}, {1, 10, 2, 20, 3, 30, 6, 20});
  const auto standard = Standardization::of(rows);
  EXPECT_THAT(standard.mean, ElementsAre(DoubleEq(3), DoubleEq(20)));
  EXPECT_THAT(standard.scale, ElementsAre(DoubleEq(std::sqrt(3.5)), DoubleEq(std::sqrt(50))));
  EXPECT_THAT(standard.constant_columns, IsEmpty());
  EXPECT_DOUBLE_EQ(standard.log_abs_det(), -0.5 * std::log(3.5 * 50));
  const Array y = standard.apply(rows);
  EXPECT_DOUBLE_EQ(y.values<double>()[6], 3 / std::sqrt(3.5));
  const Array back = standard.undo(y);
  for (size_t i = 0; i < 8; ++i) EXPECT_DOUBLE_EQ(back.values<double>()[i], rows.values<double>()[i]);
}

TEST(Standardization, LogAbsDetIsThatOfItsJacobian) {
  const auto standard = Standardization::of(Array::of<double>({3, 2}, {0, 5, 1, 9, 5, 2}));
  const Array at = standard.apply(Array::of<double>({3, 2}, {1, 1, 2, 1, 1, 2}));
  const auto y = at.values<double>();
  EXPECT_NEAR(standard.log_abs_det(), std::log((y[2] - y[0]) * (y[5] - y[1])), 1e-12);
}

TEST(Standardization, ReportsConstantColumnsAndLeavesTheirScale) {
  // 0.1 is no sum of binary fractions: its mean over rows is not 0.1 again, and a scale of 1e-17 would follow.
  std::vector<float> values;
  for (int row = 0; row < 7; ++row) values.insert(values.end(), {0.1f, static_cast<float>(row), -3.0f});
  const auto standard = Standardization::of(Array::of<float>({7, 3}, values));
  EXPECT_THAT(standard.constant_columns, ElementsAre(0, 2));
  EXPECT_EQ(standard.scale[0], 1);
  EXPECT_EQ(standard.scale[2], 1);
  const Array y = standard.apply(Array::of<float>({7, 3}, values));
  for (size_t row = 0; row < 7; ++row) EXPECT_EQ(y.values<float>()[3 * row], 0);
}

TEST(Standardization, StaysFiniteOverTheWholeRangeOfDoubles) {
  const Array rows = Array::of<double>({2, 3}, {1e300, 1e-300, 1.7e308, -1e300, 3e-300, 1.6e308});
  const auto standard = Standardization::of(rows);
  EXPECT_DOUBLE_EQ(standard.scale[0], 1e300);
  EXPECT_DOUBLE_EQ(standard.scale[1], 1e-300);
  const Array standardized = standard.apply(rows);
  for (const double y : standardized.values<double>()) EXPECT_NEAR(std::abs(y), 1, 1e-9);
}

TEST(Standardization, TakesBytesAndOneRow) {
  const Array y = Standardization::of(Array::of<uint8_t>({2, 1}, {0, 255})).apply(Array::of<uint8_t>({1, 1}, {255}));
  EXPECT_EQ(y.dtype(), DType::kF32);
  EXPECT_EQ(y.values<float>()[0], 1);
  EXPECT_THAT(Standardization::of(Array::of<float>({1, 2}, {3, 4})).constant_columns, ElementsAre(0, 1));
}

TEST(Standardization, RefusesWhatItCannotStandardize) {
  EXPECT_THROW(Standardization::of(Array(DType::kF32, {0, 3})), DataError);
  const Array bad = Array::of<float>({2, 2}, {1, 2, 3, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_EQ(message_of([&] { Standardization::of(bad); }), "standardization: row 2, column 2 is not finite");
  const auto two = Standardization::of(Array::of<float>({2, 2}, {1, 2, 3, 4}));
  EXPECT_EQ(message_of<ShapeError>([&] {
              two.apply(Array(DType::kF32, {5, 3}));
            }),
            "standardization of 2 columns: does not fit rows [5, 3]");
}

}  // namespace
}  // namespace elbo::data
