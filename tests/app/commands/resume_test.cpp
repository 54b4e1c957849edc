// Runs that are killed, interrupted, damaged and gone on with.
#include <nlohmann/json.hpp>
#include <random>

#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Long enough to be hit: an epoch is ten steps and a checkpoint.
const Words kLong = kTiny + setting("train.epochs=80") + setting("data.binarization=dynamic") +
                    setting("posterior.flow=planar") + setting("posterior.flow.layers=2");

void expect_same_run(const fs::path& run, const fs::path& reference) {
  ASSERT_FALSE(last_state(reference).empty());
  EXPECT_EQ(checkpoints_of(run).back().filename(), checkpoints_of(reference).back().filename());
  EXPECT_TRUE(last_state(run) == last_state(reference)) << "the last checkpoints differ";
  EXPECT_EQ(metrics_without_seconds(run), metrics_without_seconds(reference));
  EXPECT_EQ(content_of(run / "samples.png"), content_of(reference / "samples.png"));
}

TEST(Resume, AfterKillAtRandomMomentsIsTheSameBitForBit) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "whole"} + kLong);
  std::mt19937 random(std::random_device{}());
  std::string moments;
  // With the configuration each time, as a script says it that starts the same command until it is through.
  write_file(place.path() / "config.toml", "seed = 0\n");
  const Words words = Words{"train", "config.toml", "--out", "killed", "--resume"} + kLong;
  for (int kill = 0; kill < 10; ++kill) {
    const auto delay = std::chrono::milliseconds(random() % 250);
    moments += std::to_string(delay.count()) + " ";
    const pid_t child = place.start(words);
    std::this_thread::sleep_for(delay);
    ::kill(child, SIGKILL);
    const Outcome outcome = place.wait_for(child);
    ASSERT_TRUE(outcome.code == -SIGKILL || outcome.code == 0) << outcome.err;
  }
  SCOPED_TRACE("killed after milliseconds " + moments);
  // What is there can be used at any moment, or says that it cannot be yet.
  const Outcome evaluated = place.elbo({"evaluate", "killed", "--json"});
  EXPECT_TRUE(evaluated.code == 0 || evaluated.code == 3 || evaluated.code == 2) << evaluated.code << evaluated.err;
  place.output_of(words);
  expect_same_run(place.path() / "killed", place.path() / "whole");
}

TEST(Resume, AfterCtrlCIsTheSameBitForBit) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "whole"} + kLong);
  const std::vector<std::pair<int, int>> signals{{SIGINT, 130}, {SIGTERM, 143}};
  write_file(place.path() / "config.toml", "seed = 0\n");
  size_t lines = 1;
  for (const auto& [signal, code] : signals) {
    const pid_t child = place.start(Words{"train", "config.toml", "--out", "stopped", "--resume", "--json"} + kLong);
    ASSERT_TRUE(wait_until([&] {
      const std::string metrics = content_of(place.path() / "stopped" / "metrics.jsonl");
      return static_cast<size_t>(std::count(metrics.begin(), metrics.end(), '\n')) >= lines;
    }));
    ::kill(child, signal);
    const Outcome outcome = place.wait_for(child);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("elbo train --resume --out stopped"));
    EXPECT_EQ(nlohmann::json::parse(outcome.out)["complete"], false);
    lines = static_cast<size_t>(nlohmann::json::parse(outcome.out)["epochs"].get<int64_t>()) + 2;
  }
  // Without the configuration: the run knows its own.
  const Outcome rest = place.elbo({"train", "--out", "stopped", "--resume"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("resumed at step"));
  expect_same_run(place.path() / "stopped", place.path() / "whole");
}

TEST(Resume, NumberOfThreadsDoesNotMatter) {
  const Workplace place;
  write_images(place.path() / "data");
  const auto with_threads = [](const char* count) {
    Words words = kLong;
    words[static_cast<size_t>(std::find(words.begin(), words.end(), "--threads") - words.begin()) + 1] = count;
    return words + setting("train.epochs=5");
  };
  place.output_of(Words{"train", "--out", "one"} + with_threads("1"));
  place.output_of(Words{"train", "--out", "two"} + with_threads("2"));
  place.output_of(Words{"train", "--out", "three"} + with_threads("3"));
  expect_same_run(place.path() / "two", place.path() / "one");
  expect_same_run(place.path() / "three", place.path() / "one");
}

TEST(Resume, SaysWhatMoreEpochsChange) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=2") +
                  setting("optimizer.schedule=cosine"));
  const Outcome more = place.elbo({"train", "--out", "run", "--resume", "--set", "train.epochs=3"});
  EXPECT_EQ(more.code, 0) << more.err;
  EXPECT_THAT(more.err,
              HasSubstr("optimizer.schedule = \"cosine\": it is spread over all epochs, which are 3 now; the run so "
                        "far counted on 2"));
}

TEST(Resume, GoesOnToMoreEpochs) {
  const Workplace place;
  write_images(place.path() / "data");
  const fs::path run = place.path() / "run";
  place.output_of(Words{"train", "--out", "whole"} + kTiny + setting("train.epochs=6"));
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=2"));
  place.output_of({"train", "--out", "run", "--resume", "--set", "train.epochs=6"});
  expect_same_run(run, place.path() / "whole");
  EXPECT_EQ(content_of(run / "config.toml"), content_of(place.path() / "whole" / "config.toml"));

  const Outcome again = place.elbo({"train", "--out", "run", "--resume", "--json"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("the run was complete"));
  EXPECT_EQ(nlohmann::json::parse(again.out)["steps"], 0);
  EXPECT_TRUE(nlohmann::json::parse(again.out)["ms_per_step"].is_null());

  const std::string config = content_of(run / "config.toml");
  for (const char* change : {"train.epochs=5", "latent.dimension=3", "seed=1", "optimizer.learning_rate=0.01"}) {
    const Outcome refused = place.elbo({"train", "--out", "run", "--resume", "--set", change});
    EXPECT_EQ(refused.code, 2) << change;
    EXPECT_THAT(refused.err, HasSubstr(std::string(change).substr(0, std::string(change).find('=')))) << change;
  }
  EXPECT_EQ(content_of(run / "config.toml"), config);
}

TEST(RunFolder, ForceBeginsAnew) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "whole", "--seed", "2"} + kTiny + setting("train.epochs=2"));
  place.output_of(Words{"train", "--out", "run", "--seed", "1"} + kTiny + setting("train.epochs=4"));
  write_file(place.path() / "run" / "notes.txt", "mine");
  place.output_of(Words{"train", "--out", "run", "--seed", "2", "--force"} + kTiny + setting("train.epochs=2"));
  expect_same_run(place.path() / "run", place.path() / "whole");
  EXPECT_EQ(checkpoints_of(place.path() / "run").size(), 2u);
  EXPECT_EQ(content_of(place.path() / "run" / "notes.txt"), "mine");
}

TEST(RunFolder, HasOneWriterAtATime) {
  const Workplace place;
  write_images(place.path() / "data");
  const Words words = Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1000000");
  const pid_t first = place.start(words);
  ASSERT_TRUE(wait_until([&] { return !content_of(place.path() / "run" / "metrics.jsonl").empty(); }));
  for (const char* flag : {"--resume", "--force"}) {
    const Outcome second = place.elbo(words + Words{flag});
    EXPECT_EQ(second.code, 7) << second.err;
    EXPECT_THAT(second.err, HasSubstr("in use by process " + std::to_string(first)));
  }
  EXPECT_EQ(place.elbo(words).code, 7);
  EXPECT_EQ(place.elbo({"sample", "run", "--out", "s.png"}).code, 0) << "reading is allowed";
  ::kill(first, SIGTERM);
  EXPECT_EQ(place.wait_for(first).code, 143);
}

void damage(const fs::path& checkpoint) {
  std::string state = content_of(checkpoint / "state.safetensors");
  state[state.size() / 2] = static_cast<char>(state[state.size() / 2] ^ 1);
  write_file(checkpoint / "state.safetensors", state);
}

TEST(RunFolder, FallsBackToTheCheckpointBeforeADamagedOne) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=4"));
  const fs::path run = place.path() / "run";
  const std::string whole = last_state(run);
  std::vector<fs::path> checkpoints = checkpoints_of(run);
  ASSERT_EQ(checkpoints.size(), 2u);
  damage(checkpoints[1]);

  const Outcome evaluated = place.elbo({"evaluate", "run"});
  EXPECT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_THAT(evaluated.err, HasSubstr("warning"));
  EXPECT_THAT(evaluated.err, HasSubstr(checkpoints[1].filename().string()));
  const Outcome resumed = place.elbo({"train", "--resume", "--out", "run"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr(checkpoints[1].filename().string()));
  EXPECT_TRUE(last_state(run) == whole) << "the epoch that was lost is computed again, to the same bits";

  for (const fs::path& checkpoint : checkpoints_of(run)) damage(checkpoint);
  for (const Words& words : {Words{"evaluate", "run"}, Words{"train", "--resume", "--out", "run"}}) {
    const Outcome refused = place.elbo(words);
    EXPECT_EQ(refused.code, 6) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("step-"));
  }
  EXPECT_EQ(place.elbo({"train", "--force", "--out", "run", "--set", "data.name=idx:nowhere"}).code, 3);
  EXPECT_FALSE(checkpoints_of(run).empty()) << "nothing is deleted before the new run can begin";
}

TEST(RunFolder, ALossThatIsNotFiniteLeavesTheLastCheckpoint) {
  const Workplace place;
  write_images(place.path() / "data");
  const Words words =
      Words{"train", "--out", "run"} + kTiny + setting("optimizer.name=sgd") + setting("train.epochs=50");
  const Outcome outcome = place.elbo(words + setting("optimizer.learning_rate=1e30"));
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("loss is not finite"));
  EXPECT_THAT(outcome.err, HasSubstr("step "));
  EXPECT_THAT(outcome.err, Not(HasSubstr("internal error")));
}

}  // namespace
}  // namespace elbo::app
