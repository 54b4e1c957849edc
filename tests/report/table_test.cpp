#include "elbo/report/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "elbo/settings/error.h"
#include "tests/report/markup_check.h"

namespace elbo::report {
namespace {

using testing::HasSubstr;

Table results() {
  Table table({{.name = "model"}, {.name = "printed"}, {.name = "−ELBO", .unit = "nats"}, {.name = "parameters"}});
  table.set_caption("Kong & Li");
  table.add_row(
      {"no flow", Number{.value = 109.23}, Estimate{.mean = 99.3712, .standard_error = 0.0412}, Count{1149864}});
  table.add_rule();
  table.add_row({"Rényi | \"8\"", Number{.value = -7.671, .digits = 1},
                 strong(Estimate{.mean = 142.1, .standard_error = 0.3}), Count{99}});
  table.add_row(
      {"lost", Cell(), Estimate{.mean = std::numeric_limits<double>::quiet_NaN(), .standard_error = 0.5}, Cell()});
  table.add_note("± one standard error");
  return table;
}

TEST(Table, PrintsAsText) {
  EXPECT_EQ(results().to_text(),
            "Kong & Li\n"
            "model        printed   −ELBO (nats)  parameters\n"
            "───────────────────────────────────────────────\n"
            "no flow       109.23   99.37 ± 0.04   1,149,864\n"
            "───────────────────────────────────────────────\n"
            "Rényi | \"8\"    −7.7   142.1  ± 0.3           99\n"
            "lost            –     nan    ± 0.5            –\n"
            "± one standard error\n");
}

TEST(Table, PrintsAsMarkdown) {
  EXPECT_EQ(results().to_markdown(),
            "Kong & Li\n"
            "\n"
            "| model | printed | −ELBO (nats) | parameters |\n"
            "| :--- | ---: | ---: | ---: |\n"
            "| no flow | 109.23 | 99.37 ± 0.04 | 1,149,864 |\n"
            "| Rényi \\| \"8\" | −7.7 | **142.1 ± 0.3** | 99 |\n"
            "| lost | – | nan ± 0.5 | – |\n"
            "\n"
            "± one standard error\n");
}

TEST(Table, WritesCsvWithAllDigits) {
  EXPECT_EQ(results().to_csv(),
            "model,printed,elbo,elbo_standard_error,parameters\r\n"
            "no flow,109.23,99.3712,0.0412,1149864\r\n"
            "\"Rényi | \"\"8\"\"\",-7.671,142.1,0.3,99\r\n"
            "lost,,nan,0.5,\r\n");
}

TEST(Table, QuotesCsvFieldsThatNeedIt) {
  Table table({{.name = "text"}});
  table.add_row({"a,b"}).add_row({"a\nb"}).add_row({"a\"b"}).add_row({"a b"});
  EXPECT_EQ(table.to_csv(), "text\r\n\"a,b\"\r\n\"a\nb\"\r\n\"a\"\"b\"\r\na b\r\n");
}

TEST(Table, WritesJsonRows) {
  EXPECT_EQ(
      results().to_json(),
      R"([{"model":"no flow","printed":109.23,"elbo":{"mean":99.3712,"standard_error":0.0412},"parameters":1149864},)"
      R"({"model":"Rényi | \"8\"","printed":-7.671,"elbo":{"mean":142.1,"standard_error":0.3},"parameters":99},)"
      R"({"model":"lost","printed":null,"elbo":{"mean":null,"standard_error":0.5,"nonfinite":{"mean":"nan"}},"parameters":null}])");
}

TEST(Table, WritesHtmlThatIsBalancedAndEscaped) {
  Table table = results();
  table.add_row({"<script>alert(1)</script>", Number{}, Cell(), Count{}});
  const std::string html = table.to_html();
  EXPECT_TRUE(is_balanced(html));
  EXPECT_THAT(html, testing::Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("<caption>Kong &amp; Li</caption>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\" class=\"number\" colspan=\"2\">−ELBO (nats)</th>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"number\">99.37</td><td class=\"error\">± 0.04</td>"));
  // Fewer digits are filled up to the width of the column's most.
  EXPECT_THAT(html, HasSubstr("<strong>142.1\u2007</strong>"));
  EXPECT_EQ(count_of(html, "<tr class=\"rule\">"), 1);
}

TEST(Table, KeysAreUniqueAndNeverEmpty) {
  const Table table({{.name = "−ELBO (test)"}, {.name = "ELBO test"}, {.name = "模型"}, {.name = "x", .key = "given"}});
  EXPECT_EQ(table.columns()[0].key, "elbo_test");
  EXPECT_EQ(table.columns()[1].key, "elbo_test_2");
  EXPECT_EQ(table.columns()[2].key, "column");
  EXPECT_EQ(table.columns()[3].key, "given");
}

TEST(Table, PrintsWithoutRowsAndWithoutColumns) {
  const Table empty({{.name = "a"}, {.name = "b"}});
  EXPECT_EQ(empty.to_text(), "a  b\n────\n");
  EXPECT_EQ(empty.to_csv(), "a,b\r\n");
  EXPECT_EQ(empty.to_json(), "[]");
  EXPECT_TRUE(is_balanced(empty.to_html()));
  EXPECT_TRUE(is_balanced(Table({}).to_html()));
  EXPECT_EQ(Table({}).to_text(), "\n\n");
}

TEST(Table, AlignsAsTold) {
  Table table({{.name = "left", .align = Align::kLeft}, {.name = "right", .align = Align::kRight}});
  table.add_row({Count{1}, "a"}).add_row({Count{22}, "bb"});
  EXPECT_EQ(table.to_text(),
            "left  right\n"
            "───────────\n"
            "1         a\n"
            "22       bb\n");
}

TEST(Table, RefusesARowOfAnotherLength) {
  Table table({{.name = "a"}, {.name = "b"}});
  try {
    table.add_row({"x"});
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "table: row 1 has 1 cells, 2 columns are required");
  }
}

}  // namespace
}  // namespace elbo::report
