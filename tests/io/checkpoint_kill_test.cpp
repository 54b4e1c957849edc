// SIGKILL at random moments of a tight loop of saving and pruning: a whole checkpoint is always there, none that was
// reported as saved is lost, and none that is damaged is taken.
#include <random>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elbo/io/checkpoint.h"
#include "elbo/io/file_system.h"
#include "elbo/settings/error.h"
#include "tests/io/io_testing.h"

namespace elbo::io {
namespace {

namespace fs = std::filesystem;

Checkpoint checkpoint_at(int64_t step) {
  Checkpoint checkpoint{.step = step, .meta = {{"step", std::to_string(step)}}};
  for (int i = 0; i < 4; ++i) {
    Array array(DType::kF64, {5000});
    for (double& value : array.values<double>()) value = static_cast<double>(step) + i;
    checkpoint.tensors.push_back({"t" + std::to_string(i), std::move(array)});
  }
  return checkpoint;
}

bool is_whole(const Checkpoint& checkpoint) {
  const Checkpoint expected = checkpoint_at(checkpoint.step);
  for (size_t i = 0; i < 4; ++i) {
    const auto& got = checkpoint.tensors.at(i).array;
    if (std::memcmp(got.data(), expected.tensors[i].array.data(), got.bytes()) != 0) return false;
  }
  return checkpoint.meta == expected.meta;
}

// Saves on from `step` until it is killed, and tells the pipe of each checkpoint that is done.
[[noreturn]] void save_forever(const fs::path& run, int64_t step, int pipe, bool sync) {
  FileSystem table = file_system();
  if (!sync)
    table.fsync = [](int) { return 0; };  // a kill loses no written page; without the wait more moments are hit
  const ReplaceFileSystem replaced(table);
  try {
    for (;; ++step) {
      save_checkpoint(run, checkpoint_at(step));
      if (::write(pipe, &step, sizeof step) != sizeof step) break;
      if (step % 3 == 0) save_checkpoint(run, checkpoint_at(step));  // the replacement of a checkpoint, too
      prune_checkpoints(run, 2);
    }
  } catch (const std::exception&) {
  }
  ::_exit(1);
}

TEST(CheckpointKill, AWholeCheckpointIsAlwaysThere) {
  const TestFolder run;
  std::mt19937 random(42);
  int64_t next = 0, last_done = -1;
  for (int kill = 0; kill < 100; ++kill) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) save_forever(run.path(), next, pipe[1], kill % 10 == 0);
    ::close(pipe[1]);
    ::usleep(static_cast<useconds_t>(2'000 + random() % 15'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself";
    for (int64_t done = 0; ::read(pipe[0], &done, sizeof done) == sizeof done;) last_done = done;
    ::close(pipe[0]);

    std::vector<std::string> warnings;
    const auto latest = latest_checkpoint(run.path(), &warnings);
    EXPECT_TRUE(warnings.empty()) << warnings[0];
    if (last_done < 0) continue;  // killed before the first one was done
    ASSERT_TRUE(latest.has_value()) << "after kill " << kill;
    const Checkpoint loaded = load_checkpoint(*latest);
    EXPECT_GE(loaded.step, last_done);
    EXPECT_TRUE(is_whole(loaded));
    for (const auto& entry : fs::directory_iterator(run / "checkpoints")) {  // what bears a name is whole
      const std::string name = entry.path().filename();
      if (name.starts_with("step-")) {
        EXPECT_TRUE(is_whole(load_checkpoint(entry.path()))) << name;
      }
    }
    next = loaded.step + 1;
  }
  EXPECT_GT(last_done, 20);  // the loop did run between the kills
  save_checkpoint(run.path(), checkpoint_at(next));
  prune_checkpoints(run.path(), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(run / "checkpoints"), {}), 1) << "leftovers of the killed stay";
}

}  // namespace
}  // namespace elbo::io
