#include "elbo/report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "elbo/report/base64.h"
#include "tests/report/markup_check.h"

namespace elbo::report {
namespace {

TEST(EscapeMarkup, LeavesNothingThatActs) {
  EXPECT_EQ(escape_markup("<script>alert('1 & \"2\"')</script>"),
            "&lt;script&gt;alert(&#39;1 &amp; &quot;2&quot;&#39;)&lt;/script&gt;");
  EXPECT_EQ(escape_markup("Rényi − 109 ± 1\n\t"), "Rényi − 109 ± 1\n\t");
}

TEST(EscapeMarkup, ReplacesWhatXmlCannotCarry) {
  EXPECT_EQ(escape_markup(std::string_view("a\0b\x1b", 4)), "a\uFFFDb\uFFFD");
  EXPECT_EQ(escape_markup("\xC3"), "\uFFFD");                      // cut off
  EXPECT_EQ(escape_markup("\xC0\xAF"), "\uFFFD\uFFFD");            // "/" in two bytes
  EXPECT_EQ(escape_markup("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
}

RC_GTEST_PROP(EscapeMarkup, MakesAnyBytesBalancedMarkup, (const std::string& bytes)) {
  RC_ASSERT(is_balanced(escape_markup(bytes)));
}

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("109.23 ± 0.04"), 13);
  EXPECT_EQ(display_width("−é"), 2);
  EXPECT_EQ(display_width("e\u0301"), 1);  // a combining accent
  EXPECT_EQ(display_width("模型"), 4);
  EXPECT_EQ(display_width("10⁻⁵"), 4);
}

TEST(CutToWidth, EndsInAnEllipsis) {
  EXPECT_EQ(cut_to_width("abc", 3), "abc");
  EXPECT_EQ(cut_to_width("abcd", 3), "ab…");
  EXPECT_EQ(cut_to_width("é±−x", 3), "é±…");
  EXPECT_EQ(cut_to_width("模型模型", 4), "模…");
  EXPECT_EQ(cut_to_width("abcd", 1), "…");
  EXPECT_EQ(cut_to_width("abcd", 0), "");
}

RC_GTEST_PROP(CutToWidth, NeverTakesMoreThanItMay, (const std::string& bytes)) {
  const int width = *rc::gen::inRange(0, 20);
  RC_ASSERT(display_width(cut_to_width(bytes, width)) <= width);
}

TEST(Base64, MatchesTheVectorsOfTheRfc) {
  const auto encode = [](std::string_view text) { return base64(std::as_bytes(std::span(text.data(), text.size()))); };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode("\xFB\xFF\xFE"), "+//+");
}

}  // namespace
}  // namespace elbo::report
