#include "elbo/report/interval_plot.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/report/markup_check.h"

namespace elbo::report {
namespace {

using testing::HasSubstr;
using testing::Not;

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(IntervalPlot, HasADotForEachValueAndABarForEachRowWithBothEnds) {
  const std::string svg = interval_plot({.title = "Bound & evidence",
                                         .x = "nats",
                                         .low = "NLL",
                                         .high = "−ELBO",
                                         .rows = {{.name = "a < b", .low = {90, 91}, .high = {95, 96}},
                                                  {.name = "no evidence", .low = {}, .high = {94}},
                                                  {.name = "failed", .low = {89}, .high = {std::nan("")}}}})
                              .str();
  EXPECT_TRUE(is_balanced(svg));
  EXPECT_EQ(count_of(svg, "<circle"), 2 + 4 + 1 + 1u);  // the legend's two among them
  EXPECT_EQ(count_of(svg, "<rect"), 1 + 1u);            // the background and one bar
  for (const char* text : {"a &lt; b", "no evidence", "Bound &amp; evidence", "NLL", "nats"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(IntervalPlot, OfNothingIsStillADrawing) {
  EXPECT_TRUE(is_balanced(interval_plot({.title = "", .x = "", .low = "", .high = "", .rows = {}}).str()));
}

}  // namespace
}  // namespace elbo::report
