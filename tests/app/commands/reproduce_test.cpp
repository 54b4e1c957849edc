// elbo reproduce, as its users run it.
#include <nlohmann/json.hpp>

#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kStudy = R"(
title = "Mine"
models = [{name = "maf", settings.flow = "maf"}, {name = "nsf", settings.flow = "nsf-coupling"}]
measures = ["evaluate"]
[settings]
model = "flow"
data = {name = "rings", limit = 60}
flow.network.hidden = [8]
train = {epochs = 1, batch_size = 20}
[[tables]]
name = "list"
columns = [{name = "model"}, {name = "figure", quantity = "nll_test"}]
)";

TEST(ReproduceCommand, ListsStudiesWhenBareAndRefusesUnknownOnes) {
  const Workplace place;
  for (const char* name : {"kong-li", "posteriors", "energies", "density-2d"}) {
    EXPECT_THAT(place.output_of({"reproduce"}), HasSubstr(name));
  }
  const Outcome outcome = place.elbo({"reproduce", "kong-lee"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean kong-li?"));
}

TEST(ReproduceCommand, RunsAFileOfTheUser) {
  const Workplace place;
  write_file(place.path() / "mine.toml", kStudy);
  const Words words{"reproduce", "mine.toml", "--threads", "1", "--quiet"};
  EXPECT_THAT(place.output_of(words), HasSubstr("All of it, with pictures: reproduce/mine-rings/report.html"));
  const json runs = json::parse(place.output_of(words + Words{"--json"}))["runs"];
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[1]["model"], "nsf");
  // Under other settings for all models, into another folder.
  const json wide = json::parse(place.output_of(
      words + Words{"--json", "--out", "wide", "--set", "flow.network.hidden=[16]", "--only", "maf"}))["runs"];
  ASSERT_EQ(wide.size(), 1u);
  EXPECT_GT(wide[0]["figures"]["parameters"], runs[0]["figures"]["parameters"]);
}

TEST(ReproduceCommand, SaysInOneSentenceWhereAFileIsWrong) {
  const Workplace place;
  write_file(place.path() / "mine.toml", std::string(kStudy) + "notse = [\"a\"]\n");
  const Outcome outcome = place.elbo({"reproduce", "mine.toml"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("mine.toml:13: "));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
}

TEST(ReproduceCommand, GoesOnWhereItWasInterrupted) {
  const Workplace place;
  write_file(place.path() / "mine.toml", kStudy);
  const Words words{"reproduce", "mine.toml", "--threads", "1", "--out", "out", "--epochs", "400"};
  const pid_t child = place.start(words);
  ASSERT_TRUE(wait_until([&] { return !checkpoints_of(place.path() / "out" / "maf").empty(); }));
  ::kill(child, SIGINT);
  const Outcome outcome = place.wait_for(child);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err, HasSubstr("the same command goes on from there"));
  EXPECT_THAT(place.output_of(words), HasSubstr("nsf"));
  place.output_of({"reproduce", "mine.toml", "--threads", "1", "--out", "whole", "--epochs", "400"});
  EXPECT_EQ(last_state(place.path() / "out" / "maf"), last_state(place.path() / "whole" / "maf"));
}

TEST(ReproduceCommand, RefusesWhatAStudyHasNoUseFor) {
  const Workplace place;
  const auto refused = [&](const Words& words, const char* sentence) {
    const Outcome outcome = place.elbo(Words{"reproduce", "energies", "--out", "out"} + words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(sentence));
  };
  refused({"--data", "energy-5"}, "known: energy-1, energy-2, energy-3, energy-4");
  refused({"--only", "planar"}, "--only: unknown model or group \"planar\"");
  refused({"--seeds", "2"}, "--seeds: the study energies has no use for it");
  refused({"--importance-samples", "5"}, "--importance-samples: the study energies has no use for it");
  refused({"--data-dir", "data"}, "--data-dir");
  EXPECT_FALSE(fs::exists(place.path() / "out"));
}

}  // namespace
}  // namespace elbo::app
