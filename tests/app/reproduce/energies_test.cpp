// The study energies on one energy, as its users run it.
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/app/commands/program.h"
#include "tests/report/markup_check.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(Energies, FitsMeasuresAndGoesOnWhereItWas) {
  const Workplace place;
  const Words words{"reproduce", "energies", "--data", "energy-2",  "--epochs", "2",      "--limit",
                    "500",       "--out",    "out",    "--threads", "1",        "--json", "--quiet"};
  const json first = json::parse(place.output_of(words));
  const fs::path out = place.path() / "out";
  ASSERT_EQ(first.size(), 13u);
  EXPECT_EQ(first[0]["flow"], "normal, no flow");
  for (const json& row : first) {
    EXPECT_EQ(row["energy"], "energy-2");
    // Neither divergence is below 0 but by chance, and the estimate of Z stands within its error or is too small: four
    // steps make no good fit, and the far weights that q hardly draws are missing.
    for (const char* name : {"reverse_kl", "forward_kl"}) {
      const double mean = row[name]["mean"], error = row[name]["standard_error"];
      EXPECT_GT(mean, -4 * error) << row;
      EXPECT_GT(error, 0) << row;
    }
    EXPECT_TRUE(std::isfinite(row["log_normalizer_error"]["mean"].get<double>())) << row;
    EXPECT_GT(row["effective_percent"], 0);
    EXPECT_LE(row["effective_percent"], 100 + 1e-6);
    EXPECT_GE(row["parameters"], 4);
  }
  for (const char* name : {"table.md", "table.csv", "table.json", "densities.svg"}) {
    EXPECT_GT(fs::file_size(out / name), 100u) << name;
  }
  const std::string page = content_of(out / "report.html");
  EXPECT_TRUE(report::is_balanced(page));
  for (const char* text : {"planar ×32", "nsf-autoregressive ×4", "elbo reproduce energies --seed 0 --data energy-2"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
  const std::string state = last_state(out / "energy-2" / "iaf-4");
  fs::remove_all(out / "energy-2" / "planar-32");
  json again = json::parse(place.output_of(words)), before = first;
  for (json* table : {&again, &before}) {
    for (json& row : *table) row.erase("ms_per_step");
  }
  EXPECT_EQ(again, before);
  EXPECT_EQ(last_state(out / "energy-2" / "iaf-4"), state);
}

TEST(Energies, RefusesWhatItCannotUse) {
  const Workplace place;
  const auto refused = [&](const Words& words, const char* sentence) {
    const Outcome outcome = place.elbo(Words{"reproduce", "energies", "--out", "out"} + words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(sentence));
  };
  refused({"--data", "energy-5"}, "known: energy-1, energy-2, energy-3, energy-4");
  refused({"--variant", "corrected"}, "--variant: the study energies has no use for it");
  refused({"--importance-samples", "5"}, "--importance-samples: the study energies has no use for it");
  EXPECT_FALSE(fs::exists(place.path() / "out"));
}

}  // namespace
}  // namespace elbo::app
