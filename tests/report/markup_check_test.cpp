// The check itself must see what is wrong, or the tests that lean on it show nothing.
#include "tests/report/markup_check.h"

namespace elbo::report {
namespace {

TEST(MarkupCheck, SeesWhatIsWrong) {
  EXPECT_TRUE(is_balanced("<!DOCTYPE html><p class=\"a > b\">x &lt; y<br><img src=\"x\"></p><g/>"));
  EXPECT_FALSE(is_balanced("<p>"));
  EXPECT_FALSE(is_balanced("<p></q>"));
  EXPECT_FALSE(is_balanced("</p>"));
  EXPECT_FALSE(is_balanced("<b><i></b></i>"));
  EXPECT_FALSE(is_balanced("a > b"));
  EXPECT_FALSE(is_balanced("a & b"));
  EXPECT_FALSE(is_balanced("<p title=\"<\"></p>"));
  EXPECT_FALSE(is_balanced("<p"));
}

}  // namespace
}  // namespace elbo::report
