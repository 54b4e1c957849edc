#include "elbo/app/config/command_line.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <new>
#include <system_error>

#include "elbo/settings/describe.h"
#include "elbo/settings/error.h"
#include "tests/settings/small_schema.h"

namespace elbo::app {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What the commands below do when they run.
std::function<ExitCode(const Arguments&)> body;
ExitCode run_body(const Arguments& arguments) {
  return body(arguments);
}

void declare_train(Arguments& arguments) {
  arguments.add_positional({.name = "CONFIG", .meaning = "configuration file", .required = false});
  arguments.add_option(Text{.key = "out", .meaning = "folder of the run"}, {.placeholder = "RUN"});
  arguments.add_option(Flag{.key = "json", .meaning = "print one JSON object"});
  arguments.add_settings(small_schema());
  arguments.add_setting({.name = "seed", .key = "seed"});
  arguments.add_setting({.name = "resume", .key = "train.resume"});
}

void declare_sample(Arguments& arguments) {
  arguments.add_positional({.name = "RUN", .meaning = "folder of a run"});
  arguments.add_option(
      Integer{.key = "count", .value = 64, .meaning = "how many", .unit = "images", .limits = {.at_least = 1}},
      {.letter = 'n'});
  arguments.add_option(Text{.key = "split", .value = "test", .meaning = "rows", .choices = {"train", "test"}});
  arguments.add_option(Number{.key = "rate", .value = 0.5, .meaning = "a rate"});
  arguments.add_option(Texts{.key = "tag", .meaning = "a name"});
}

void declare_bench(Arguments& arguments) {
  arguments.add_positional({.name = "WORKLOAD", .meaning = "what is timed", .required = false, .repeated = true});
}

const Command kTrain{
    .name = "train",
    .summary = "train a model",
    .help = "Trains the model that CONFIG describes.\n\nA run that was cut short goes on with --resume.",
    .examples = {{"elbo train vae.toml", "train as the file says"},
                 {"elbo train vae.toml --set train.epochs=2", "the same, but two epochs"}},
    .declare = declare_train,
    .run = run_body};
const Command kSample{
    .name = "sample", .summary = "draw images", .help = "Draws.", .declare = declare_sample, .run = run_body};
const Command kBench{
    .name = "bench", .summary = "time workloads", .help = "Times.", .declare = declare_bench, .run = run_body};
const std::array kCommands{&kTrain, &kSample, &kBench};

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

Outcome run(std::vector<const char*> words, std::function<ExitCode(const Arguments&)> action = {}) {
  body = action ? std::move(action) : [](const Arguments&) { return ExitCode::kDone; };
  words.insert(words.begin(), "elbo");
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = run_program(kCommands, static_cast<int>(words.size()), words.data());
  return {code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

// The one sentence of a usage error.
std::string usage_error(const std::vector<const char*>& words) {
  const Outcome outcome = run(words, [](const Arguments& arguments) {
    if (arguments.schema()) arguments.config();
    return ExitCode::kDone;
  });
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, StartsWith("elbo: "));
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome.err;
  return outcome.err.substr(6, outcome.err.size() - 7);
}

TEST(CommandLine, GivesTheCommandItsArguments) {
  const Outcome outcome =
      run({"sample", "-n", "5", "runs/a", "--split=train", "--rate", "-1", "--tag", "a", "--tag", "b"},
          [](const Arguments& arguments) {
            EXPECT_EQ(arguments.text("RUN"), "runs/a");
            EXPECT_EQ(arguments.integer("count"), 5);
            EXPECT_EQ(arguments.text("split"), "train");
            EXPECT_EQ(arguments.number("rate"), -1.0);
            EXPECT_THAT(arguments.texts("tag"), ElementsAre("a", "b"));
            EXPECT_TRUE(arguments.given("count"));
            EXPECT_THROW(arguments.integer("RUN"), std::logic_error);
            EXPECT_THROW(arguments.text("out"), std::logic_error);
            return ExitCode::kDone;
          });
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
}

TEST(CommandLine, DefaultsStandWhereNothingIsGiven) {
  const Outcome outcome = run({"sample", "-n7", "--", "-odd-name"}, [](const Arguments& arguments) {
    EXPECT_EQ(arguments.text("RUN"), "-odd-name");
    EXPECT_EQ(arguments.integer("count"), 7);
    EXPECT_EQ(arguments.text("split"), "test");
    EXPECT_FALSE(arguments.given("split"));
    EXPECT_TRUE(arguments.texts("tag").empty());
    return ExitCode::kDone;
  });
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST(CommandLine, ARepeatedPositionalTakesAllThatFollow) {
  const Outcome outcome = run({"bench", "[a,b]", "c", "d"}, [](const Arguments& arguments) {
    EXPECT_THAT(arguments.texts("WORKLOAD"), ElementsAre("[a,b]", "c", "d"));
    return ExitCode::kDone;
  });
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  run({"bench"}, [](const Arguments& arguments) {
    EXPECT_TRUE(arguments.texts("WORKLOAD").empty());
    return ExitCode::kDone;
  });
}

TEST(CommandLine, SettingsStandOnTopOfTheFileInTheOrderGiven) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "command_line.toml";
  std::ofstream(path) << "seed = 1\ntrain.epochs = 2\ntrain.hidden = [3]\n";
  const Outcome outcome = run({"train", path.c_str(), "--set", "seed=5", "--seed", "6", "--set=train.epochs=7",
                               "--resume", "true", "--set", "train.tags=[\"a\", \"b\"]"},
                              [](const Arguments& arguments) {
                                const Config config = arguments.config(arguments.text("CONFIG"));
                                EXPECT_EQ(config->integer("seed"), 6);
                                EXPECT_EQ(config->integer("train.epochs"), 7);
                                EXPECT_TRUE(config->flag("train.resume"));
                                EXPECT_THAT(config->integers("train.hidden"), ElementsAre(3));
                                EXPECT_THAT(config->texts("train.tags"), ElementsAre("a", "b"));
                                EXPECT_EQ(config->origin("seed").text, "--seed 6");
                                return ExitCode::kDone;
                              });
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  run({"train", "--seed", "6", "--set", "seed=5"}, [](const Arguments& arguments) {
    EXPECT_EQ(arguments.config()->integer("seed"), 5);
    EXPECT_THROW(arguments.integer("seed"), std::logic_error);
    return ExitCode::kDone;
  });
}

TEST(CommandLine, UsageErrorsAreOneSentenceAndExitWithTwo) {
  EXPECT_EQ(usage_error({"trian", "x.toml"}), "unknown command \"trian\" (did you mean train?)");
  EXPECT_EQ(usage_error({"frobnicate"}), "unknown command \"frobnicate\"; see elbo --help");
  EXPECT_EQ(usage_error({"help", "smaple"}), "unknown command \"smaple\" (did you mean sample?)");
  EXPECT_EQ(usage_error({"--versoin"}), "unknown option \"--versoin\" (did you mean --version?)");
  EXPECT_EQ(usage_error({"--json", "train"}), "unknown option \"--json\"; a command comes first");
  EXPECT_EQ(usage_error({"train", "--sead", "3"}), "unknown option \"--sead\" (did you mean --seed?)");
  EXPECT_EQ(usage_error({"train", "--sead=3"}), "unknown option \"--sead\" (did you mean --seed?)");
  EXPECT_EQ(usage_error({"train", "-seed", "3"}), "unknown option \"-seed\" (did you mean --seed?)");
  EXPECT_EQ(usage_error({"train", "--epochs", "3"}),
            "unknown option \"--epochs\" (did you mean --set train.epochs=VALUE?)");
  EXPECT_EQ(usage_error({"train", "--frobnicate"}), "unknown option \"--frobnicate\"; see elbo train --help");
  EXPECT_EQ(usage_error({"sample", "-x", "a"}), "unknown option \"-x\"; see elbo sample --help");
  EXPECT_EQ(usage_error({"sample"}), "RUN is missing; see elbo sample --help");
  EXPECT_EQ(usage_error({"sample", ""}), "RUN is empty");
  EXPECT_EQ(usage_error({"sample", "a", "b"}), "one argument too many: \"b\"; see elbo sample --help");
  EXPECT_EQ(usage_error({"sample", "a", "-n"}), "-n needs a value");
  EXPECT_EQ(usage_error({"sample", "a", "--count", "--rate"}), "--count needs a value, but --rate follows");
  EXPECT_EQ(usage_error({"sample", "a", "--count="}), "--count needs a value after the =");
  EXPECT_EQ(usage_error({"sample", "a", "-n", "abc"}), "--count abc: must be a whole number");
  EXPECT_EQ(usage_error({"sample", "a", "-n", "0"}), "--count 0: must be at least 1");
  EXPECT_EQ(usage_error({"sample", "a", "-n", "1", "--count", "2"}), "--count is given more than once");
  EXPECT_EQ(usage_error({"sample", "a", "--split", "tets"}),
            "--split tets: must be one of train, test (did you mean test?)");
  EXPECT_EQ(usage_error({"train", "--json=yes"}), "--json=yes: --json takes no value");
  EXPECT_EQ(usage_error({"train", "--set", "trian.epochs=3"}),
            "--set trian.epochs=3: unknown key \"trian.epochs\" (did you mean train.epochs?)");
  EXPECT_EQ(usage_error({"train", "--seed", "-1"}), "--seed -1: must be at least 0");
  EXPECT_EQ(usage_error({"train", "--seed", "1", "--seed", "2"}), "--seed is given more than once");
}

TEST(CommandLine, WithoutACommandTheHelpGoesToStandardError) {
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, StartsWith("Usage: elbo COMMAND"));
  EXPECT_THAT(outcome.err, EndsWith("elbo: a command is missing\n"));
  const char* const none[] = {nullptr};
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run_program(kCommands, 0, none), 2);
  ::testing::internal::GetCapturedStderr();
}

TEST(CommandLine, WhatIsThrownBecomesOneSentenceAndItsCode) {
  const auto thrown = [](std::function<ExitCode(const Arguments&)> action) {
    return run({"bench"}, std::move(action));
  };
  Outcome outcome = thrown([](const Arguments&) -> ExitCode { throw DataError("a.gz: cut\nshort"); });
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.err, "elbo: a.gz: cut short\n");
  EXPECT_EQ(thrown([](const Arguments&) -> ExitCode { throw NumericalError("loss"); }).code, 4);
  EXPECT_EQ(thrown([](const Arguments&) -> ExitCode { throw CorruptFileError("a"); }).code, 6);
  EXPECT_EQ(thrown([](const Arguments&) -> ExitCode { throw RunInUseError("a"); }).code, 7);
  outcome = thrown([](const Arguments&) -> ExitCode { throw std::bad_alloc(); });
  EXPECT_EQ(outcome.code, 5);
  EXPECT_THAT(outcome.err, StartsWith("elbo: out of memory: "));
  outcome = thrown([](const Arguments&) -> ExitCode {
    throw std::filesystem::filesystem_error("cannot rename", "a", std::make_error_code(std::errc::no_space_on_device));
  });
  EXPECT_EQ(outcome.code, 5);
  EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
  outcome = thrown([](const Arguments& arguments) -> ExitCode {
    arguments.text("nothing");
    return ExitCode::kDone;
  });
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "elbo: internal error, please report it: bench: no argument \"nothing\" is declared\n");
  EXPECT_EQ(thrown([](const Arguments&) { return ExitCode::kInterrupted; }).code, 130);
}

TEST(CommandLine, HelpOfTheProgram) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, StartsWith("Usage: elbo COMMAND [ARGUMENT...]\n\nTrains, evaluates and compares"));
  EXPECT_THAT(outcome.out, HasSubstr("\nCommands:\n"
                                     "  train   train a model\n"
                                     "  sample  draw images\n"
                                     "  bench   time workloads\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\nExit codes:\n  0         done\n"));
  EXPECT_EQ(run({"-h"}).out, outcome.out);
  EXPECT_EQ(run({"help"}).out, outcome.out);
}

TEST(CommandLine, HelpOfACommand) {
  const std::string expected =
      "Usage: elbo train [CONFIG] [OPTION...]\n"
      "\n"
      "Trains the model that CONFIG describes.\n"
      "\n"
      "A run that was cut short goes on with --resume.\n"
      "\n"
      "Arguments:\n"
      "  CONFIG  configuration file\n"
      "\n"
      "Options:\n"
      "  -h, --help               show this text\n"
      "      --out RUN            folder of the run\n"
      "      --json               print one JSON object\n"
      "      --set KEY=VALUE      set a key of the configuration, over what the file\n"
      "                           says; may be given many times\n"
      "      --help-config        show every key of the configuration\n"
      "      --seed N             seed (at least 0; the same as --set seed=...)\n"
      "      --resume true|false  go on (the same as --set train.resume=...)\n"
      "\n"
      "Examples:\n"
      "  # train as the file says\n"
      "  elbo train vae.toml\n"
      "  # the same, but two epochs\n"
      "  elbo train vae.toml --set train.epochs=2\n";
  EXPECT_EQ(run({"train", "--help"}).out, expected);
  EXPECT_EQ(run({"help", "train"}).out, expected);
  // Help is wanted most where the other words are wrong.
  EXPECT_EQ(run({"train", "--frobnicate", "-h"}).out, expected);
  EXPECT_THAT(run({"sample", "--help"}).out,
              HasSubstr("  -n, --count N     how many (images; at least 1; default 64)\n"));
  EXPECT_EQ(run({"train", "--help-config"}).out, describe(resolve(small_schema(), {})));
}

TEST(CommandLine, Version) {
  EXPECT_THAT(run({"--version"}).out, ::testing::MatchesRegex("elbo [0-9.]+\n"));
}

TEST(Arguments, DeclaredTwiceIsAMistakeOfTheCaller) {
  Arguments arguments("train");
  EXPECT_THROW(arguments.add_option(Flag{.key = "help"}), std::logic_error);
  EXPECT_THROW(arguments.add_option(Flag{.key = "hard"}, {.letter = 'h'}), std::logic_error);
  EXPECT_THROW(arguments.add_setting({.name = "seed", .key = "seed"}), std::logic_error);
  EXPECT_THROW(arguments.config(), std::logic_error);
}

}  // namespace
}  // namespace elbo::app
