#include "elbo/settings/value.h"

#include <gtest/gtest.h>
#include <limits>

namespace elbo {
namespace {

TEST(Value, IsWrittenAsToml) {
  EXPECT_EQ(to_literal(Value{true}), "true");
  EXPECT_EQ(to_literal(Value{std::numeric_limits<int64_t>::min()}), "-9223372036854775808");
  EXPECT_EQ(to_literal(Value{std::string("a\"b\\c\n\t\x01\x7f")}), R"("a\"b\\c\n\t\u0001\u007F")");
  EXPECT_EQ(to_literal(Value{std::vector<int64_t>{500, 500}}), "[500, 500]");
  EXPECT_EQ(to_literal(Value{std::vector<double>{0.5, 1}}), "[0.5, 1.0]");
  EXPECT_EQ(to_literal(Value{std::vector<std::string>{"a", "b"}}), R"(["a", "b"])");
  EXPECT_EQ(to_literal(Value{std::vector<std::string>{}}), "[]");
}

TEST(Value, NumbersAreShortAndNeverLookWhole) {
  EXPECT_EQ(to_literal(0.001), "0.001");
  EXPECT_EQ(to_literal(1.0), "1.0");
  EXPECT_EQ(to_literal(-0.0), "-0.0");
  EXPECT_EQ(to_literal(1e-8), "1e-08");
  EXPECT_EQ(to_literal(1e22), "1e+22");
  EXPECT_EQ(to_literal(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(to_literal(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(to_literal(std::numeric_limits<double>::infinity()), "inf");
}

TEST(Value, LongTextsAreCutBetweenCharacters) {
  EXPECT_EQ(shortened("short", 5), "short");
  EXPECT_EQ(shortened("shorter", 5), "short...");
  EXPECT_EQ(shortened("abc\xc3\xa9", 4), "abc...");
  EXPECT_EQ(shortened("a\nb", 5), "a?b");
}

TEST(Utf8, IsWhatRfc3629Says) {
  for (const char* text : {"", "plain", "é漢", "\xf0\x9f\x8e\xb2", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text :
       {"a\xff", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\xbc", "\x80", "\xf0\x8f\xbf\xbf",
        "\xe6\xbc"
        "a"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace elbo
