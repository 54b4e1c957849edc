#include "elbo/train/metrics_file.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "tests/support/folder.h"

namespace elbo::train {
namespace {

using testing_support::TestFolder;

TEST(Metrics, ALineIsReadBackToTheSameValues) {
  const EpochReport report{.epoch = 3,
                           .step = 18,
                           .train = {{"loss", 1.0 / 3}, {"worst", HUGE_VAL}},
                           .validation = {{"loss", -HUGE_VAL}, {"kl", 1e-300}},
                           .seconds = 0.1};
  const EpochReport again = report_of(line_of(report)).value();
  EXPECT_EQ(line_of(again), line_of(report));
  EXPECT_EQ(again.train, report.train);
  EXPECT_EQ(again.validation, report.validation);
  EXPECT_TRUE(std::isnan(
      report_of(line_of({.epoch = 1, .step = 1, .train = {{"loss", std::nan("")}}})).value().train.at("loss")));
  for (const char* text : {"", "{}", "[]", "null", R"({"epoch":0,"step":1,"train":{}})", R"({"epoch":1,"step":1})",
                           R"({"epoch":1,"step":1,"train":3})", R"({"epoch":1.5,"step":1,"train":{}})"}) {
    EXPECT_FALSE(report_of(text)) << text;
  }
}

TEST(Metrics, ATornLastLineIsLeftOut) {
  const TestFolder place;
  const auto folder = place / "torn";
  std::filesystem::create_directories(folder);
  append_metrics(folder, {.epoch = 1, .step = 6, .train = {{"loss", 2.5}}});
  std::ofstream(folder / "metrics.jsonl", std::ios::app) << R"({"epoch":2,"step":12,"tr)";
  EXPECT_EQ(read_metrics(folder, 10).size(), 1U);
  EXPECT_TRUE(read_metrics(folder, 0).empty());
}

}  // namespace
}  // namespace elbo::train
