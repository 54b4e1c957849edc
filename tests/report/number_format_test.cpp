#include "elbo/report/number_format.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "tests/support/not_finite.h"

namespace elbo::report {
namespace {

using testing_support::kInf;
using testing_support::kNan;

TEST(Fixed, RoundsAndTypesets) {
  EXPECT_EQ(fixed(109.2312, 2), "109.23");
  EXPECT_EQ(fixed(-109.2312, 2), "−109.23");
  EXPECT_EQ(fixed(-0.001, 2), "0.00");
  EXPECT_EQ(fixed(1234.5, 1), "1234.5");
  EXPECT_EQ(fixed(-1234567.25, 2), "−1,234,567.25");
  EXPECT_EQ(fixed(0, 0), "0");
  EXPECT_EQ(fixed(kNan, 2), "nan");
  EXPECT_EQ(fixed(-kInf, 2), "−inf");
  EXPECT_EQ(fixed(1e300, 2), "1.000×10³⁰⁰");
}

TEST(Significant, KeepsTheDigitsAsked) {
  EXPECT_EQ(significant(109.2312, 4), "109.2");
  EXPECT_EQ(significant(100, 4), "100.0");
  EXPECT_EQ(significant(123.4, 3), "123");
  EXPECT_EQ(significant(0.0012345, 3), "0.00123");
  EXPECT_EQ(significant(-1.5e-7, 2), "−1.5×10⁻⁷");
  EXPECT_EQ(significant(60000, 3), "60,000");
  EXPECT_EQ(significant(1149864, 3), "1.15×10⁶");
  EXPECT_EQ(significant(1149864, 8), "1,149,864.0");
  EXPECT_EQ(significant(9.996, 3), "10.0");
  EXPECT_EQ(significant(1e12, 1), "10¹²");
  EXPECT_EQ(significant(0, 3), "0.00");
}

TEST(WithThousands, SetsThemOffFromFiveDigitsOn) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(1000), "1000");
  EXPECT_EQ(with_thousands(60000), "60,000");
  EXPECT_EQ(with_thousands(-1149864), "−1,149,864");
  EXPECT_EQ(with_thousands(std::numeric_limits<int64_t>::min()), "−9,223,372,036,854,775,808");
}

TEST(PlusMinus, TakesItsDigitsFromTheError) {
  EXPECT_EQ(plus_minus(109.2312, 0.0412), "109.23 ± 0.04");
  EXPECT_EQ(plus_minus(109.2312, 0.0123), "109.231 ± 0.012");
  EXPECT_EQ(plus_minus(109.2312, 0.0296), "109.23 ± 0.03");
  EXPECT_EQ(plus_minus(109.2312, 0.0294), "109.231 ± 0.029");
  EXPECT_EQ(plus_minus(-1096.2, 12), "−1096 ± 12");
  EXPECT_EQ(plus_minus(109.2312, 0.0412, 1), "109.2 ± 0.0");
  EXPECT_EQ(plus_minus(109.2312, 0), "109.23 ± 0.00");
  EXPECT_EQ(plus_minus(kNan, kNan), "nan ± nan");
}

TEST(Duration, IsReadAtAGlance) {
  EXPECT_EQ(duration(0.42), "0.4s");
  EXPECT_EQ(duration(9.97), "10s");
  EXPECT_EQ(duration(59.7), "1m 00s");
  EXPECT_EQ(duration(83), "1m 23s");
  EXPECT_EQ(duration(3599.6), "1h 00m");
  EXPECT_EQ(duration(7500), "2h 05m");
  EXPECT_EQ(duration(90000), "1d 01h");
  EXPECT_EQ(duration(-1), "–");
  EXPECT_EQ(duration(kNan), "–");
  EXPECT_EQ(duration(1e30), "1.16×10²⁵d");
}

TEST(ByteSize, PicksTheUnit) {
  EXPECT_EQ(byte_size(512), "512 B");
  EXPECT_EQ(byte_size(1023.7), "1.0 KiB");
  EXPECT_EQ(byte_size(1536), "1.5 KiB");
  EXPECT_EQ(byte_size(200.0 * 1024 * 1024), "200 MiB");
}

}  // namespace
}  // namespace elbo::report
