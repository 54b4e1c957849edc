// The program's own studies: every model builds, every quantity of every table comes out of a tiny run.
#include <nlohmann/json.hpp>
#include <set>

#include "elbo/data/energies.h"
#include "elbo/data/generators.h"
#include "elbo/flows/registry.h"
#include "elbo/run/build.h"
#include "elbo/studies/runner.h"
#include "tests/report/markup_check.h"
#include "tests/studies/testing.h"
#include "tests/support/bytes.h"

namespace elbo::studies {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing_support::big_endian;
using testing_support::content_of;
using testing_support::TestFolder;
using testing_support::write_file;

// Images of 8 x 8, half bright: 60 to train on and 20 to test with.
void write_images(const fs::path& folder) {
  for (const auto& [name, count] : {std::pair("train", 60u), std::pair("t10k", 20u)}) {
    std::string images = big_endian(0x803) + big_endian(count) + big_endian(8) + big_endian(8);
    std::string labels = big_endian(0x801) + big_endian(count);
    for (uint32_t i = 0; i < count; ++i) {
      for (uint32_t pixel = 0; pixel < 64; ++pixel) {
        images +=
            static_cast<char>((pixel / 8 < 4) == (i % 2 == 0) ? 200 + (pixel * 7 + i) % 50 : (pixel * 5 + i) % 50);
      }
      labels += static_cast<char>(i % 2);
    }
    write_file(folder / (std::string(name) + "-images-idx3-ubyte"), images);
    write_file(folder / (std::string(name) + "-labels-idx1-ubyte"), labels);
  }
}

class OwnStudy : public testing::TestWithParam<std::string> {
 protected:
  OwnStudy() : study(find_study(GetParam())) {
    options.folder = place / "out";
    options.epochs = 1;
    options.limit = 30;
    options.threads = 1;
    options.quiet = true;
    if (!study.settings.texts("data").empty()) {
      options.data = study.settings.texts("data").back();
      return;
    }
    write_images(place / "data");
    options.data = "idx:" + (place / "data").string();
    // Networks of the size of the images.
    options.settings = {Assignment::of_set("encoder.hidden=[16]"), Assignment::of_set("decoder.hidden=[16]")};
    if (study.settings.integer("seeds") > 0) options.seeds = 1;
  }

  TestFolder place;
  Study study;
  StudyOptions options;
};

TEST_P(OwnStudy, SaysWhatItIs) {
  for (const char* key : {"title", "summary", "paper", "duration"}) EXPECT_NE(study.text(key), "") << key;
  EXPECT_NE(study.page, "");
  EXPECT_FALSE(study.settings.parts("tables").empty());
}

TEST_P(OwnStudy, EveryModelResolvesAndBuildsInItsWholeSize) {
  options.settings.clear();
  std::set<int64_t> sizes;
  for (const PlannedRun& run : planned_runs(study, options)) {
    const run::RunModel built = run::build_run(run.config.settings());
    EXPECT_GT(built.model->parameters().count(), 0) << run.folder;
    sizes.insert(built.model->parameters().count());
  }
  EXPECT_GT(sizes.size(), study.models.size() / 3);  // the settings of models come through
}

TEST_P(OwnStudy, ATinyRunFillsItsTablesAndItsPage) {
  const StudyOutcome outcome = run_study(study, options);
  ASSERT_EQ(outcome.finished, study.models.size());
  for (const Settings& table : study.settings.parts("tables")) {
    const json rows = json::parse(content_of(options.folder / (table.text("file") + ".json")));
    ASSERT_FALSE(rows.empty());
    for (const auto& [key, cell] : rows.back().items()) {
      const bool may_be_empty =
          key.ends_with("_spread") || key == "printed" || key.starts_with("logged") || key == "negative_entropy";
      EXPECT_TRUE(!cell.is_null() || may_be_empty) << table.text("file") << ": " << key;
    }
  }
  for (const Settings& picture : study.settings.parts("pictures")) {
    const fs::path svg = options.folder / (picture.text("file") + ".svg");
    EXPECT_TRUE(fs::exists(svg) || picture.name() == "images") << svg;
  }
  const std::string page = content_of(options.folder / "report.html");
  EXPECT_TRUE(report::is_balanced(page));
  EXPECT_EQ(page.find("{{"), page.npos);
  EXPECT_THAT(outcome.json, testing::HasSubstr("elbo reproduce " + study.name + " "));
  // What is finished is not trained again.
  const fs::path metrics = options.folder / planned_runs(study, options).back().folder / "metrics.jsonl";
  const auto time = fs::last_write_time(metrics);
  const StudyOutcome again = run_study(study, options);
  EXPECT_EQ(again.json, outcome.json);
  EXPECT_EQ(fs::last_write_time(metrics), time);
}

std::vector<std::string> own_names() {
  std::vector<std::string> names;
  for (const Study& study : own_studies()) names.push_back(study.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(All, OwnStudy, testing::ValuesIn(own_names()), [](const auto& study) {
  std::string name = study.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(KongLi, HasThePaperTwiceAndItsFiguresBesideThoseOfTheLogs) {
  const Study study = find_study("kong-li");
  const std::vector<PlannedRun> runs = planned_runs(study, {.only = {"as-published"}});
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(study.find("as-published/planar-5")->figures.at("printed"), 105.09);  // as section 4.3 lists it
  EXPECT_EQ(study.find("as-published/planar-5")->figures.at("logged"), 107.67);
  for (const PlannedRun& run : planned_runs(study, {})) {
    const Settings& settings = run.config.settings();
    const bool published = study.groups[run.model->group].name == "as-published";
    const bool flow = !settings.part("posterior").parts("flow").empty();
    EXPECT_EQ(settings.integer("train.epochs"), 100);
    EXPECT_EQ(settings.text("posterior.head_activation"), published ? "tanh" : "none") << run.folder;
    EXPECT_EQ(settings.part("objective").name(), published ? "kong-li" : "elbo") << run.folder;
    EXPECT_EQ(settings.text("posterior.scale"), published && flow ? "log-variance" : "log-scale") << run.folder;
  }
}

TEST(Density2d, HasEveryFamilyThatIsADensityByItself) {
  // Layers that others are made of: by themselves they fit a normal distribution at best.
  const std::set<std::string> parts{"lu-linear", "actnorm", "batch-norm", "permutation", "reversal", "affine"};
  std::set<std::string> families, models;
  for (const flows::FlowFamily* family : flows::flow_families().rows()) {
    const bool keeps_reals =
        family->base_support == flows::Support::kReal && family->data_support == flows::Support::kReal;
    if (keeps_reals && !parts.contains(std::string(family->name))) families.emplace(family->name);
  }
  const Study study = find_study("density-2d");
  for (const StudyModel& model : study.models) models.insert(model.name);
  EXPECT_EQ(models, families);
  for (const std::string& name : study.settings.texts("data")) {
    EXPECT_NE(data::generators().find_if_known(name), nullptr) << name;
  }
}

TEST(Energies, MeasuresWhatIsAlwaysSo) {
  const TestFolder place;
  const StudyOutcome outcome = run_study(find_study("energies"), {.data = "energy-2",
                                                                  .folder = place / "out",
                                                                  .only = {"normal", "planar-8", "iaf-4"},
                                                                  .epochs = 2,
                                                                  .limit = 500,
                                                                  .threads = 1,
                                                                  .quiet = true});
  for (const json& run : json::parse(outcome.json)["runs"]) {
    const json& figures = run["figures"];
    // Neither divergence is below 0 but by chance.
    for (const char* name : {"reverse_kl", "forward_kl"}) {
      EXPECT_GT(figures[name]["standard_error"], 0);
      EXPECT_GT(figures[name]["mean"].get<double>(), -4 * figures[name]["standard_error"].get<double>());
    }
    EXPECT_GT(figures["effective_share"], 0);
    EXPECT_LE(figures["effective_share"], 1 + 1e-9);
  }
}

TEST(KongLi, ItsTermsAddUp) {
  const TestFolder place;
  write_images(place / "data");
  const StudyOutcome outcome =
      run_study(find_study("kong-li"), {.data = "idx:" + (place / "data").string(),
                                        .folder = place / "out",
                                        .only = {"as-published"},
                                        .epochs = 1,
                                        .limit = 40,
                                        .importance_samples = 2,
                                        .settings = {Assignment::of_set("encoder.hidden=[16]")},
                                        .threads = 1,
                                        .quiet = true});
  for (const json& run : json::parse(outcome.json)["runs"]) {
    const auto mean = [&](const char* name) { return run["figures"][name]["mean"].get<double>(); };
    const bool flow = run["model"] != "as-published/no-flow";
    EXPECT_NEAR(mean("marginal_train"), mean("reconstruction_train") + mean("kl_train"), 1e-3);
    EXPECT_NEAR(mean("negative_elbo_train"), mean("marginal_train") - mean("log_abs_det_train"), 1e-3);
    EXPECT_NEAR(mean("study_loss_train"),
                mean("reconstruction_train") + mean("kl_train") / (flow ? 20 : 1) - mean("log_abs_det_train"), 1e-3);
    EXPECT_EQ(run["figures"]["nll_importance_test"]["samples"], 2);
    EXPECT_EQ(run["figures"]["count_train"], 40);
    for (const char* name : {"reconstructions.png", "prior-samples.png"}) {
      EXPECT_TRUE(fs::exists(place / "out" / run["folder"].get<std::string>() / name)) << name;
    }
  }
}

}  // namespace
}  // namespace elbo::studies
