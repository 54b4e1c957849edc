// Tables, pictures and the page of made-up results.
#include <cmath>
#include <nlohmann/json.hpp>

#include "elbo/settings/error.h"
#include "elbo/studies/picture.h"
#include "elbo/studies/prose.h"
#include "elbo/studies/table.h"
#include "tests/report/markup_check.h"
#include "tests/studies/testing.h"

namespace elbo::studies {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Shown : public testing::Test {
 protected:
  Study study = parse_study(kSmallStudy, "two-flows.toml");
  StudyOptions options;
  StudyResults results = made_up(study, options);
  const Settings& table(size_t index) { return study.settings.parts("tables")[index]; }
};

TEST_F(Shown, ListHasARowForEachModelOnEachDataSet) {
  const json rows = json::parse(table_of(results, table(0)).to_json());
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0]["data"], "rings");
  EXPECT_EQ(rows[0]["model"], "autoregressive");
  EXPECT_EQ(rows[0]["printed"], -2.5);
  EXPECT_TRUE(rows[1]["printed"].is_null());
  EXPECT_EQ(rows[2]["nll_test"]["mean"], 5);
  EXPECT_EQ(rows[2]["nll_test"]["standard_error"], 0.125);
  EXPECT_EQ(rows[3]["parameters"], 1234);
  const std::string text = table_of(results, table(0)).to_markdown();
  EXPECT_THAT(text, HasSubstr("**3.00 ± 0.12**"));  // the lowest on rings
  EXPECT_THAT(text, HasSubstr("| 5.00 ± 0.12"));
  EXPECT_THAT(text, HasSubstr("1 samples."));
}

TEST_F(Shown, MatrixHasAColumnForEachDataSet) {
  const json rows = json::parse(table_of(results, table(1)).to_json());
  ASSERT_EQ(rows.size(), 4u);  // reference, two models, errors
  EXPECT_EQ(rows[0]["rings"], 2.62);
  EXPECT_TRUE(rows[0]["two-moons"].is_null());
  EXPECT_EQ(rows[1]["two-moons"], 5);
  EXPECT_EQ(rows[2]["two-moons"], 4);
  EXPECT_EQ(rows[3]["rings"], 0.125);
}

TEST_F(Shown, TextsTakeFiguresInAndAreLeftOutWithoutThem) {
  EXPECT_EQ(filled("{{value maf nll_test}} in {{epochs}}", results), "3.00 in 2 epochs");
  EXPECT_EQ(filled("{{estimate maf nll_test}}", results), "3.00 ± 0.12");
  EXPECT_EQ(filled("{{difference maf real-nvp nll_test}}", results), "−1.00");
  EXPECT_EQ(filled("{{title lowest:nll_test}} {{value maf nll_test-parameters}}", results), "autoregressive −1231.00");
  EXPECT_EQ(filled("{{data}}, {{models}}, {{seeds}}, {{seed}}", results), "2 data sets, 2, 1 seed, 0");
  EXPECT_EQ(filled("{{value real-nvp printed}}", results), std::nullopt);
  results.runs.resize(1);  // real-nvp is not finished
  EXPECT_EQ(filled("{{difference maf real-nvp nll_test}}", results), std::nullopt);
}

TEST_F(Shown, PageIsWellFormedWithAnyNumberOfRuns) {
  const std::string whole = page_of(results);
  for (const char* text : {"Two flows on 2 data sets, 2 epochs", "Printed: −2.50.", "Apart by −1.00 nats.",
                           "elbo reproduce two-flows.toml --seed 0", "rings/maf/config.toml"}) {
    EXPECT_THAT(whole, HasSubstr(text));
  }
  for (size_t count = results.runs.size() + 1; count-- > 0;) {
    results.runs.resize(count);
    const std::string page = page_of(results);
    EXPECT_TRUE(report::is_balanced(page)) << count;
    EXPECT_EQ(page.find("are finished; the same command goes on") != page.npos, count < results.plan.size());
    EXPECT_EQ(page.find("Apart by") != page.npos, count >= 2);
  }
}

TEST(Prose, HasHeadingsListsNotesAndCode) {
  const Study study = parse_study(R"(
models = [{name = "a"}]
page = """
## One

A paragraph
in two lines with **strong**.

- first
  goes on
- second

> A note
> goes on.

```title
  x = 1

  y < 2
```
### Two
"""
)",
                                  "b.toml");
  const StudyOptions options;
  const std::string page = page_of(made_up(study, options));
  EXPECT_TRUE(report::is_balanced(page));
  for (const char* text : {"A paragraph in two lines with <strong>strong</strong>.", "first goes on", "<li>second",
                           "A note goes on.", "  x = 1\n\n  y &lt; 2", "Two</h3>"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
}

TEST(Pooled, IsTheMeanWithTheSpreadBetweenSeeds) {
  const Pooled one = pooled({{.mean = 3, .standard_error = 0.5, .samples = 10}});
  EXPECT_EQ(one.estimate.mean, 3);
  EXPECT_FALSE(one.spread);
  const Pooled two =
      pooled({{.mean = 3, .standard_error = 0.5, .samples = 10}, {.mean = 5, .standard_error = 0.25, .samples = 10}});
  EXPECT_EQ(two.estimate.mean, 4);
  EXPECT_EQ(two.estimate.standard_error, 0.375);
  EXPECT_DOUBLE_EQ(*two.spread, std::sqrt(2.0));
}

TEST(RunResult, ReadsBackWhatItWrites) {
  RunResult result{.config = "seed = 0\n", .measured = "evaluate"};
  result.figures = {{"a", {.mean = 1.25, .standard_error = std::nan(""), .samples = 3}}, {"b", plain(7)}};
  result.epochs = {{{"loss", 3.5}}};
  const std::string text = to_json(result);
  EXPECT_EQ(to_json(result_from_json(text, "result.json")), text);
  EXPECT_THROW(result_from_json("{}", "result.json"), CorruptFileError);
  EXPECT_THROW(result_from_json(text.substr(0, 40), "result.json"), CorruptFileError);
}

}  // namespace
}  // namespace elbo::studies
