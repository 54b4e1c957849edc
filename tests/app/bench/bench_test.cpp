#include <nlohmann/json.hpp>
#include <sstream>

#include "elbo/app/bench/measure.h"
#include "tests/app/commands/program.h"

namespace elbo::app::bench {
namespace {

using testing::HasSubstr;

TEST(Spread, IsMedianAndEnds) {
  const Spread odd = spread_of({3, 1, 2});
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 3);
  EXPECT_EQ(spread_of({4, 1, 2, 3}).median, 2.5);
  EXPECT_THROW(spread_of({}), std::logic_error);
}

class EveryWorkload : public testing::TestWithParam<const WorkloadEntry*> {};

TEST_P(EveryWorkload, GivesTheAnswerOfTheInterpreter) {
  const std::unique_ptr<Workload> workload = GetParam()->make({.threads = 1});
  EXPECT_NO_THROW(workload->check());
  EXPECT_NE(workload->report().flops > 0, workload->bytes_per_step() > 0);
}

INSTANTIATE_TEST_SUITE_P(Bench, EveryWorkload, testing::ValuesIn(workloads().begin(), workloads().end()),
                         [](const auto& entry) {
                           std::string name(entry.param->name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Measure, RelatesWorkloadsToTheReferenceOfTheSameRounds) {
  const Results results = measure({&workload_named("vae-kong-li"), &workload_named("mlp-small")},
                                  {.threads = 1, .repeats = 2, .seconds_per_repeat = 0.001, .check = false});
  ASSERT_EQ(results.workloads.size(), 2u);
  EXPECT_FALSE(results.workloads[0].ratio_to_reference);
  ASSERT_TRUE(results.workloads[1].ratio_to_reference);
  EXPECT_GT(*results.workloads[1].ratio_to_reference, 0);
  // Three products of 784-500-500-40, four of 20-500-500-784, each twice as much backward, but the first layer's
  // inputs.
  const double row = 784 * 500 + 500 * 500 + 2 * 500 * 20 + 20 * 500 + 500 * 500 + 500 * 784;
  EXPECT_NEAR(results.workloads[0].gflop_per_step, 128 * 2e-9 * (3 * row - 784 * 500), 1e-6);
}

TEST(Workloads, ASampleComputesEachHiddenUnitOnce) {
  // 21 passes, each of the units it is the first to know: less than one pass that ignores the masks, for all of them.
  const std::unique_ptr<Workload> workload = workload_named("maf-21-sample").make({.threads = 1});
  const double pass = 1000 * 2.0 * 5 * (21 * 512 + 512 * 512 + 512 * 42);
  EXPECT_LT(workload->report().flops, pass);
  EXPECT_GT(workload->report().flops, pass / 3);
}

TEST(BenchCommand, PrintsOneLineOfJsonWithEveryField) {
  const Workplace place;
  const std::string out = place.output_of(
      {"bench", "mlp-small", "--json", "--threads", "1", "--repeats", "7", "--seconds-per-repeat", "0.001"});
  const auto json = nlohmann::json::parse(out);
  EXPECT_EQ(json["workload"], "mlp-small");
  EXPECT_EQ(json["threads"], 1);
  EXPECT_EQ(json["ms_per_step"]["repeats"], 7);
  EXPECT_LE(json["ms_per_step"]["min"], json["ms_per_step"]["median"]);
  EXPECT_LE(json["ms_per_step"]["median"], json["ms_per_step"]["max"]);
  for (const char* name : {"first_step_ms", "gflop_per_step", "share_of_peak", "peak_gflops", "peak_rss_mb"}) {
    EXPECT_GT(json[name].get<double>(), 0) << name;
  }
}

TEST(BenchCommand, SaysHowFastAFileIsRead) {
  const Workplace place;
  const std::string out = place.output_of(
      {"bench", "read-csv", "read-npy", "--json", "--threads", "1", "--repeats", "1", "--seconds-per-repeat", "0.001"});
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) EXPECT_GT(nlohmann::json::parse(line)["mb_per_second"], 1) << line;
}

TEST(BenchCommand, SaysHowFarApartItsThreadsAre) {
  const Workplace place;
  const std::string out = place.output_of(
      {"bench", "mlp-small", "--json", "--threads", "2", "--repeats", "7", "--seconds-per-repeat", "0.001"});
  const auto hand_off = nlohmann::json::parse(out)["hand_off_ns"];
  EXPECT_GT(hand_off["min"].get<double>(), 1);
  EXPECT_LE(hand_off["min"], hand_off["median"]);
  EXPECT_LE(hand_off["median"], hand_off["max"]);
}

TEST(BenchCommand, RefusesAnUnknownWorkload) {
  const Workplace place;
  const Outcome outcome = place.elbo({"bench", "mlp-smal"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean mlp-small?"));
}

}  // namespace
}  // namespace elbo::app::bench
