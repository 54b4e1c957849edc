#include "elbo/settings/text_layout.h"

#include <gtest/gtest.h>

namespace elbo {
namespace {

TEST(Printable, LeavesTextAndEscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("runs/für/日本 𝛼: \"x\""), "runs/für/日本 𝛼: \"x\"");
  EXPECT_EQ(printable("one\ntwo"), "one two");
  EXPECT_EQ(printable("\x1b[31mred\x7f\r"), "\\x1b[31mred\\x7f\\x0d");
  EXPECT_EQ(printable("a\xff\xc3"), "a\\xff\\xc3");
  EXPECT_EQ(printable("\xc3\xa9\xa9"), "é\\xa9");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable(""), "");
}

}  // namespace
}  // namespace elbo
