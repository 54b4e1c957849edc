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
  const Words words = Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1");
  const Outcome outcome = place.elbo(words, [] {
    ::close(STDIN_FILENO);
    ::close(STDERR_FILENO);
  });
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(content_of(place.path() / "run" / "run.lock"), IsEmpty());
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
    EXPECT_GT(told, 60e6);
    EXPECT_NEAR(told / taken, 1, 0.15) << told << " " << taken;

    for (const int resource : {RLIMIT_AS, RLIMIT_DATA}) {
      const auto limited = [&] {
        const rlimit limit{.rlim_cur = 50'000'000, .rlim_max = 50'000'000};
        ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
      };
      const Outcome refused = place.elbo(Words{"train", "--out", "refused"} + models[i], limited);
      EXPECT_NE(refused.code, 0) << resource;
      EXPECT_GT(refused.code, 0) << "ended by a signal";
      EXPECT_FALSE(fs::exists(place.path() / "refused"));
    }
  }
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
  if (sets_of("best") != sets_of("products")) EXPECT_THAT(resumed.err, HasSubstr("instruction set"));
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
