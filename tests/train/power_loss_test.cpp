// Power loss: training is recorded call by call, and goes on from what a disk may then hold.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>

#include "elbo/io/checkpoint.h"
#include "elbo/settings/error.h"
#include "tests/io/fault_injection.h"
#include "tests/io/recorded_disk.h"
#include "tests/support/folder.h"
#include "tests/train/small_model.h"

namespace elbo::train {
namespace {

namespace fs = std::filesystem;
using io::RecordedDisk;
using testing_support::TestFolder;

// Better, better, worse, best, worse: the best is ahead of the newest checkpoint and behind it.
std::optional<Metrics> up_and_down(int64_t epoch) {
  constexpr std::array kLosses{3.0, 2.0, 2.5, 1.0, 4.0, 1.5};
  return Metrics{{"loss", kLosses.at(static_cast<size_t>(epoch - 1))}};
}

const TrainingOptions kOptions{
    .epochs = 6, .batch_size = kBatch, .seed = 1, .checkpoint_every = 2, .keep_checkpoints = 1, .patience = 4};

RecordedDisk::Record recorded_training() {
  const TestFolder place;
  TrainingOptions options = kOptions;
  options.folder = place / "run";
  fs::create_directories(options.folder);
  const RecordedDisk disk(options.folder);
  Model model;
  TrainingCallbacks callbacks{.validate = up_and_down};
  callbacks.on_epoch = [](const EpochReport& report) {  // after the checkpoint of the epoch
    if (report.epoch % kOptions.checkpoint_every == 0) RecordedDisk::mark(report.step);
  };
  train(model.graph, rows(), options, callbacks);
  return disk.record();
}

struct Losses {
  int states = 0;
  int wrong = 0;
  std::string first;  // what is wrong with the first of them
};

// What a run makes of the state: the checkpoint that was promised or a newer one, and the same end as one that was
// never stopped.
std::string fault_of(const fs::path& run, int64_t promised, const std::vector<Array>& expected) {
  const io::FaultyFileSystem waits_for_no_disk({});
  try {
    std::vector<std::string> warnings;
    const auto latest = io::latest_checkpoint(run, &warnings);
    if (!warnings.empty()) return warnings[0];
    if (promised > 0 && (!latest || io::load_checkpoint_head(*latest).step < promised)) {
      return "the checkpoint of step " + std::to_string(promised) + " is lost";
    }
    TrainingOptions options = kOptions;
    options.folder = run;
    options.resume = true;
    Model again;
    TrainingCallbacks callbacks{.validate = up_and_down};
    callbacks.on_warning = [&](const std::string& warning) { warnings.push_back(warning); };
    const TrainingResult result = train(again.graph, rows(), options, callbacks);
    if (!warnings.empty()) return warnings[0];
    if (result.best_epoch != 4) return "the best is of epoch " + std::to_string(result.best_epoch);
    const std::vector<Array> values = values_of(again);
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::memcmp(values[i].data(), expected[i].data(), values[i].bytes()) != 0) return "the weights differ";
    }
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

// After calls, some of the states that a power loss may then leave: all that was not synced there, nothing of it,
// and parts of it by chance.
struct Effort {
  size_t every = 1;  // so many calls
  int states = 2;    // at each
};
Losses lose_power(const RecordedDisk::Record& record, const Effort& effort) {
  Model whole;
  train(whole.graph, rows(), kOptions, {.validate = up_and_down});
  const std::vector<Array> expected = values_of(whole);
  std::mt19937 random(7);
  Losses losses;
  int64_t promised = 0;
  for (size_t count = 0; count <= record.calls.size(); ++count) {
    if (count > 0 && record.calls[count - 1].kind == RecordedDisk::Call::Kind::kMark) {
      promised = record.calls[count - 1].mark;
    }
    const std::vector<size_t> pending = record.pending(count);
    if (count % effort.every != 0) continue;
    for (int state = 0; state < (pending.empty() ? 1 : effort.states); ++state) {
      std::vector<bool> lost(record.calls.size()), torn(record.calls.size());
      for (const size_t i : pending) {
        lost[i] = state == 0 || (state > 1 && random() % 2 == 0);
        torn[i] = state > 1 && random() % 4 == 0;
      }
      const TestFolder place;
      record.restore(count, lost, torn, place / "run");
      const std::string fault = fault_of(place / "run", promised, expected);
      ++losses.states;
      if (fault.empty()) continue;
      if (losses.wrong++ == 0) losses.first = "after call " + std::to_string(count) + ": " + fault;
    }
  }
  return losses;
}

// ELBO_RELIABILITY=full: some 5,000 states.
TEST(PowerLoss, ARunGoesOnFromWhateverADiskMayHold) {
  const bool full = std::getenv("ELBO_RELIABILITY") != nullptr;
  const Losses losses =
      lose_power(recorded_training(), full ? Effort{.every = 1, .states = 40} : Effort{.every = 3, .states = 3});
  RecordProperty("trials", losses.states);
  EXPECT_EQ(losses.wrong, 0) << "of " << losses.states << " states; " << losses.first;
  EXPECT_GT(losses.states, full ? 5000 : 100);
}

// The test sees what it is to see: a program that syncs nothing, or no folder, loses checkpoints in it.
TEST(PowerLoss, WithoutSyncingCheckpointsAreLost) {
  for (const bool folders_only : {false, true}) {
    RecordedDisk::Record careless = recorded_training();
    for (RecordedDisk::Call& call : careless.calls) {
      const bool of_folder = careless.is_folder[static_cast<size_t>(call.inode)];
      if (call.kind == RecordedDisk::Call::Kind::kSync && (of_folder || !folders_only)) {
        call = {.kind = RecordedDisk::Call::Kind::kSync, .inode = -1};  // of nothing
      }
    }
    EXPECT_GT(lose_power(careless, {.every = 5, .states = 2}).wrong, 0);
  }
}

}  // namespace
}  // namespace elbo::train
