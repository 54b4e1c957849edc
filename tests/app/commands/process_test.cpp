// What a run does with what it inherits from its parent and gets from the system: signals, descriptors, limits, names.
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Seconds = std::chrono::duration<double>;

std::vector<std::string> leftovers_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(".elbo-tmp-") || name.starts_with(".tmp-")) names.push_back(entry.path());
  }
  return names;
}

// As under nohup.
TEST(Process, ASignalThatWasIgnoredStaysIgnored) {
  const Workplace place;
  write_images(place.path() / "data");
  const Words words = Words{"train", "--out", "run"} + kTiny + setting("train.epochs=300");
  const pid_t child = place.start(words, [] { std::signal(SIGHUP, SIG_IGN); });
  const fs::path metrics = place.path() / "run" / "metrics.jsonl";
  ASSERT_TRUE(wait_until([&] { return !content_of(metrics).empty(); }));
  ::kill(child, SIGHUP);
  const Outcome outcome = place.wait_for(child);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

// Validation of minutes: the signal is answered between two of its runs, and the evaluation is made on resuming.
TEST(Process, ASignalInALongValidationIsAnsweredAtOnce) {
  const Workplace place;
  write_images(place.path() / "data");
  const Words words = Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1") +
                      setting("data.validation=100") + setting("train.validation_samples=10000") +
                      setting("decoder.hidden=[1000, 1000]");
  const pid_t child = place.start(words);
  const fs::path run = place.path() / "run";
  ASSERT_TRUE(wait_until([&] { return fs::exists(run / "metrics.jsonl"); }));
  std::this_thread::sleep_for(std::chrono::seconds(2));  // the ten steps are long over
  const auto start = std::chrono::steady_clock::now();
  ::kill(child, SIGTERM);
  const Outcome outcome = place.wait_for(child);
  EXPECT_LT(Seconds(std::chrono::steady_clock::now() - start).count(), 3);  // a busy machine; 0.1 on an idle one
  EXPECT_EQ(outcome.code, 143) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("elbo train --resume --out run"));
  EXPECT_THAT(content_of(run / "metrics.jsonl"), IsEmpty());
  EXPECT_EQ(checkpoints_of(run).size(), 1U);
}

TEST(Process, ASignalEndsAnEvaluationAtOnceAndLeavesNothing) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1"));
  for (const int signal : {SIGINT, SIGTERM}) {
    const pid_t child = place.start({"evaluate", "run", "--samples", "1000000", "--json"});
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const auto start = std::chrono::steady_clock::now();
    ::kill(child, signal);
    const Outcome outcome = place.wait_for(child);
    EXPECT_LT(Seconds(std::chrono::steady_clock::now() - start).count(), 3);
    EXPECT_EQ(outcome.code, -signal);  // which a shell calls 130 and 143
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  EXPECT_THAT(leftovers_in(place.path()), IsEmpty());
}

TEST(Process, ClosedDescriptorsAreNotTakenByFilesOfTheRun) {
  const Workplace place;
  write_images(place.path() / "data");
  const Words words = Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1000000");
  const fs::path run = place.path() / "run";
  // Nothing is to be said before the lock is there: a stream that has failed once stays silent.
  const pid_t child = place.start(words, [] { ::close(STDERR_FILENO); });
  ASSERT_TRUE(wait_until([&] { return checkpoints_of(run).size() == 2; }));
  const std::string lock = content_of(run / "run.lock");  // the file that would be standard error
  EXPECT_TRUE(lock.starts_with("process " + std::to_string(child) + " on host ")) << lock;
  EXPECT_EQ(std::count(lock.begin(), lock.end(), '\n'), 1) << lock;
  ::kill(child, SIGTERM);
  EXPECT_EQ(place.wait_for(child).code, 143);
  EXPECT_EQ(place.elbo({"evaluate", "run"}, [] { ::close(STDIN_FILENO); }).code, 0);
  // What cannot be written is not done.
  EXPECT_EQ(place.elbo({"evaluate", "run", "--json"}, [] { ::close(STDOUT_FILENO); }).code, 5);
}

TEST(Process, AFileThatGrowsPastItsLimitIsAnErrorOfTheWrite) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1"));
  const fs::path run = place.path() / "run";
  const std::string before = last_state(run);
  const auto limited = [] {
    const rlimit limit{.rlim_cur = 16384, .rlim_max = 16384};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  };
  const Outcome outcome = place.elbo({"train", "--out", "run", "--resume", "--set", "train.epochs=2"}, limited);
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("state.safetensors"));
  EXPECT_TRUE(last_state(run) == before);
  EXPECT_THAT(leftovers_in(run), IsEmpty());
}

// Of two shapes: a wide decoder, where variables and moments count, and a flow of wide batches, where what lies between
// forward and backward does.
TEST(Process, TheMemoryOfTrainingIsToldBeforeItIsTaken) {
  const Workplace place;
  write_images(place.path() / "data");
  const std::vector<Words> models{
      kTiny + setting("decoder.hidden=[1500, 1500]") + setting("train.epochs=2") + setting("data.validation=40"),
      Words{"--set", "model=flow", "--set", "data.name=two-moons", "--set", "data.rows=40000", "--set", "flow=real-nvp",
            "--set", "train.batch_size=20000", "--set", "train.epochs=1", "--threads", "2"}};
  for (size_t i = 0; i < models.size(); ++i) {
    const std::string run = "run" + std::to_string(i);
    place.output_of(Words{"train", "--out", run} + models[i]);
    const auto number = [&](const char* file, const char* key) {
      return nlohmann::json::parse(content_of(place.path() / run / file))[key].get<double>();
    };
    const double told = number("environment.json", "memory_bytes"), taken = number("summary.json", "peak_memory_bytes");
    EXPECT_GT(told, 45e6);
    EXPECT_NEAR(told / taken, 1, 0.15) << told << " " << taken;

    for (const int resource : {RLIMIT_AS, RLIMIT_DATA}) {
      const auto limited = [&] {
        const rlim_t bytes = resource == RLIMIT_AS ? 60'000'000 : 35'000'000;  // the program is of the former alone
        const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
        ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
      };
      const Outcome refused = place.elbo(Words{"train", "--out", "refused"} + models[i], limited);
      EXPECT_EQ(refused.code, 5) << refused.err;
      EXPECT_THAT(refused.err, HasSubstr(resource == RLIMIT_AS ? "(ulimit -v)" : "(ulimit -d)"));
      EXPECT_FALSE(fs::exists(place.path() / "refused"));
    }
  }
}

// While data is read and models are made, before a step is compiled.
TEST(Process, MemoryBeyondALimitIsRefusedByWhatIsNeededAndAllowed) {
  const Workplace place;
  const Words many_rows{"--set", "data.name=two-moons", "--set", "data.rows=20000000"};
  const Words wide{"--set", "data.name=two-moons", "--set", "flow.network.hidden=[20000, 20000]"};
  for (const Words& more : {many_rows, wide}) {
    const Outcome refused = place.elbo(Words{"train", "--out", "run", "--set", "model=flow"} + more, [] {
      const rlimit limit{.rlim_cur = 200'000'000, .rlim_max = 200'000'000};
      ::setrlimit(RLIMIT_AS, &limit);
    });
    EXPECT_EQ(refused.code, 5) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("of memory, and may use 191 MiB (ulimit -v)"));
    EXPECT_FALSE(fs::exists(place.path() / "run"));
  }
}

// The kernel ends a process that writes to more than its group may have; it has to be seen before.
TEST(Process, TheLimitOfAControlGroupIsKept) {
  std::ifstream groups("/proc/self/cgroup");
  fs::path group;
  for (std::string line; std::getline(groups, line);) {
    if (line.find(":memory:") == std::string::npos && !(group.empty() && line.starts_with("0::"))) continue;
    const bool unified = line.starts_with("0::");
    group = fs::path("/sys/fs/cgroup") / (unified ? "" : "memory") / line.substr(line.find('/', line.find(':')) + 1) /
            ("elbo_test_" + std::to_string(::getpid()));
  }
  std::error_code error;
  const bool made = !group.empty() && fs::create_directory(group, error);
  const fs::path limit = group / (fs::exists(group / "memory.max") ? "memory.max" : "memory.limit_in_bytes");
  if (!made || !(std::ofstream(limit) << 100'000'000).flush()) {
    fs::remove(group, error);
    GTEST_SKIP() << "a memory control group cannot be made here";
  }
  {
    const Workplace place;
    for (const char* rows : {"1000", "20000000"}) {
      const Outcome outcome =
          place.elbo(Words{"train", "--out", rows, "--set", "model=flow", "--set", "data.name=two-moons", "--set",
                           "train.epochs=1", "--set", std::string("data.rows=") + rows},
                     [&] { std::ofstream(group / "cgroup.procs") << 0; });
      EXPECT_EQ(outcome.code, rows == std::string("1000") ? 0 : 5) << outcome.err;
      if (outcome.code == 0) continue;
      EXPECT_THAT(outcome.err, HasSubstr("(the memory limit of its control group)"));
      EXPECT_FALSE(fs::exists(place.path() / rows));
    }
  }
  fs::remove(group, error);
}

TEST(Process, TheInstructionSetIsTheOneAskedFor) {
  const Workplace place;
  write_images(place.path() / "data");
  const Words words = Words{"train"} + kTiny + setting("train.epochs=1");
  const auto sets_of = [&](const char* run) {
    const auto environment = nlohmann::json::parse(content_of(place.path() / run / "environment.json"));
    return environment["instruction_set"].get<std::string>() + " " +
           environment["product_instruction_set"].get<std::string>();
  };
  place.output_of(words + Words{"--out", "limited", "--isa", "sse4"});
  EXPECT_EQ(sets_of("limited"), "SSE4 SSE41");
  place.output_of(words + Words{"--out", "best"});
  const Outcome other =
      place.elbo(words + Words{"--out", "products"}, [] { ::setenv("DNNL_MAX_CPU_ISA", "SSE41", 1); });
  EXPECT_EQ(other.code, 0) << other.err;
  EXPECT_EQ(sets_of("products"), sets_of("best").substr(0, sets_of("best").find(' ')) + " SSE41");
  const Outcome resumed = place.elbo({"train", "--resume", "--out", "products", "--set", "train.epochs=2"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  const bool differ = sets_of("best") != sets_of("products");
  EXPECT_EQ(resumed.err.find("instruction set") != std::string::npos, differ) << resumed.err;
  // Of one instruction set the same bits, whatever the processor has.
  place.output_of(words + Words{"--out", "again", "--isa", "sse4"});
  EXPECT_TRUE(last_state(place.path() / "again") == last_state(place.path() / "limited"));
}

TEST(Process, NamesThatATerminalWouldObeyAreEscaped) {
  const Workplace place;
  const Outcome outcome = place.elbo({"evaluate", "a\xff\x1b[31m\nb\u00e9"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, Not(HasSubstr("\xff")));
  EXPECT_THAT(outcome.err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(outcome.err, HasSubstr("b\u00e9"));
}

}  // namespace
}  // namespace elbo::app
