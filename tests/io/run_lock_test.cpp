#include "elbo/io/run_lock.h"

#include <array>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include "elbo/settings/error.h"
#include "tests/io/io_testing.h"

namespace elbo::io {
namespace {

using testing::HasSubstr;

std::string this_host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

TEST(RunLock, RefusesASecondOwnerAndNamesTheFirst) {
  const TestFolder folder;
  const RunLock lock(folder.path());
  const std::string expected = "the run folder " + folder.path().string() + " is in use by process " +
                               std::to_string(::getpid()) + " on host " + this_host();
  EXPECT_EQ(message_of<RunInUseError>([&] { RunLock second(folder.path()); }), expected);
  EXPECT_EQ(message_of<RunInUseError>([&] { RunLock third(folder.path()); }), expected);
}

TEST(RunLock, IsFreeAfterRelease) {
  const TestFolder folder;
  { const RunLock lock(folder.path()); }
  RunLock first(folder.path());
  RunLock moved(std::move(first));
  EXPECT_THROW(RunLock second(folder.path()), RunInUseError);
  const TestFolder* same = &folder;
  {
    const RunLock taken = std::move(moved);
    EXPECT_THROW(RunLock second(same->path()), RunInUseError);
  }
  const RunLock again(folder.path());
}

TEST(RunLock, SurvivesAKilledOwner) {
  const TestFolder folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    const RunLock lock(folder.path());
    [[maybe_unused]] const auto put = ::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THAT(message_of<RunInUseError>([&] { RunLock second(folder.path()); }),
              HasSubstr("process " + std::to_string(owner) + " on host "));
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  EXPECT_THAT(content_of(folder / "run.lock"), HasSubstr(std::to_string(owner)));  // stale, and no obstacle
  const RunLock lock(folder.path());
  EXPECT_THAT(content_of(folder / "run.lock"), HasSubstr("process " + std::to_string(::getpid())));
}

TEST(RunLock, HasOneOwnerInEveryRace) {
  const TestFolder folder;
  for (int round = 0; round < 25; ++round) {
    constexpr int kRacers = 4;
    std::array<pid_t, kRacers> racers{};
    int start[2], result[2];
    ASSERT_EQ(::pipe(start), 0);
    ASSERT_EQ(::pipe(result), 0);
    for (pid_t& racer : racers) {
      racer = ::fork();
      if (racer != 0) continue;
      ::close(start[1]);
      char byte = 0;
      [[maybe_unused]] auto count = ::read(start[0], &byte, 1);  // until the parent closes its end
      char outcome = 'w';
      try {
        const RunLock lock(folder.path());
        count = ::write(result[1], &outcome, 1);
        for (;;) ::pause();
      } catch (const RunInUseError& error) {
        outcome = std::string(error.what()).find("process") != std::string::npos ? 'l' : '?';
      }
      count = ::write(result[1], &outcome, 1);
      ::_exit(0);
    }
    ::close(start[0]);
    ::close(start[1]);
    std::string outcomes(kRacers, '?');
    for (char& outcome : outcomes) ASSERT_EQ(::read(result[0], &outcome, 1), 1);
    for (const pid_t racer : racers) {
      ::kill(racer, SIGKILL);
      ::waitpid(racer, nullptr, 0);
    }
    ::close(result[0]);
    ::close(result[1]);
    EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), 'w'), 1) << outcomes;
    EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), 'l'), kRacers - 1) << outcomes;
  }
}

TEST(RunLock, RefusesWhatItCannotLock) {
  const TestFolder folder;
  EXPECT_THAT(message_of<IoError>([&] { RunLock lock(folder / "missing"); }), HasSubstr("No such file"));
  std::filesystem::create_symlink("elsewhere", folder / "run.lock");
  EXPECT_THROW(RunLock lock(folder.path()), IoError);
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

}  // namespace
}  // namespace elbo::io
