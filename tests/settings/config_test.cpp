#include "elbo/settings/config.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>

#include "elbo/settings/error.h"
#include "tests/settings/small_schema.h"
#include "tests/support/message.h"

namespace elbo {
namespace {

using testing_support::message_of;

using ::testing::ElementsAre;

std::string file_refusal(std::string_view text) {
  return message_of<ConfigError>([&] { Config(small_schema()).read_text(text, "config.toml"); });
}

std::string set_refusal(std::string_view assignment) {
  return message_of<ConfigError>([&] { Config(small_schema()).set(assignment); });
}

std::string temporary_file(const std::string& name, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / name;
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

TEST(Config, StartsWithTheDefaults) {
  const Config config(small_schema());
  EXPECT_EQ(config->integer("seed"), 0);
  EXPECT_EQ(config->text("optimizer.name"), "adam");
  EXPECT_EQ(config->number("optimizer.learning_rate"), 0.001);
  EXPECT_FALSE(config->flag("train.resume"));
  EXPECT_THAT(config->integers("train.hidden"), ElementsAre(500, 500));
  EXPECT_THAT(config->numbers("train.rates"), ElementsAre(0.5));
  EXPECT_TRUE(config->texts("train.tags").empty());
  EXPECT_EQ(config->origin("seed").kind, Origin::Kind::kDefault);
}

TEST(Config, FileOverridesDefaultsAndCommandLineOverridesTheFile) {
  const std::string path = temporary_file("layers.toml", "seed = 1\n[train]\nepochs = 2\nresume = true\n");
  Config config(small_schema());
  config.set({"train.epochs=3", "train.epochs=4"});
  config.read_file(path);  // the command line is stronger, whichever comes first
  EXPECT_EQ(config->integer("seed"), 1);
  EXPECT_EQ(config->integer("train.epochs"), 4);
  EXPECT_TRUE(config->flag("train.resume"));
  EXPECT_EQ(config->origin("seed").text, path + ":1");
  EXPECT_EQ(config->origin("train.resume").text, path + ":4");
  EXPECT_EQ(config->origin("train.epochs").text, "--set train.epochs=4");
  EXPECT_EQ(config->origin("train.epochs").kind, Origin::Kind::kCommandLine);
}

TEST(Config, EveryWayToSpellATableIsTheSame) {
  Config headers(small_schema());
  headers.read_text("[train]\nepochs = 3\nhidden = [1,\n 2] # widths\n", "a");
  Config dotted(small_schema());
  dotted.read_text("train.epochs = 3\ntrain.hidden = [1, 2]\n", "b");
  Config inlined(small_schema());
  inlined.read_text("train = {epochs = 3, hidden = [1, 2]}\r\n", "c");
  EXPECT_EQ(headers, dotted);
  EXPECT_EQ(headers, inlined);
  EXPECT_FALSE(headers == Config(small_schema()));
  Config empty(small_schema());
  empty.read_text("[train]\n[optimizer]\n", "d");
  EXPECT_EQ(empty, Config(small_schema()));
}

TEST(Config, AskingForWhatIsNotDeclaredIsAMistakeOfTheCaller) {
  const Config config(small_schema());
  EXPECT_THROW(config->integer("train.epoch"), std::logic_error);
  EXPECT_THROW(config->number("train.epochs"), std::logic_error);
  EXPECT_THROW(config->text("train.epochs.n"), std::logic_error);
}

TEST(Config, WholeNumbersDoForNumbersButNotTheOtherWayRound) {
  Config config(small_schema());
  config.read_text("optimizer.learning_rate = 1\ntrain.rates = [1, 0.5]\n", "config.toml");
  EXPECT_EQ(config->number("optimizer.learning_rate"), 1.0);
  EXPECT_THAT(config->numbers("train.rates"), ElementsAre(1.0, 0.5));
  EXPECT_EQ(file_refusal("train.epochs = 10.0"),
            "config.toml:1: train.epochs = 10.0: must be a whole number, written without point or exponent");
}

TEST(Config, RefusalsInAFileNameTheLine) {
  EXPECT_EQ(file_refusal("seed = 1\n\n[optimizer]\nlearning_rate = -0.1\n"),
            "config.toml:4: optimizer.learning_rate = -0.1: must be above 0");
  EXPECT_EQ(file_refusal("optimizer.beta1 = 1.0"), "config.toml:1: optimizer.beta1 = 1.0: must be below 1");
  EXPECT_EQ(file_refusal("optimizer.beta1 = nan"), "config.toml:1: optimizer.beta1 = nan: must be a finite number");
  EXPECT_EQ(file_refusal("[train]\nepochs = 0"), "config.toml:2: train.epochs = 0: must be at least 1");
  EXPECT_EQ(file_refusal("[train]\nepochs = 1001"), "config.toml:2: train.epochs = 1001: must be at most 1000");
  EXPECT_EQ(file_refusal("[train]\nepochs = \"3\""), "config.toml:2: train.epochs = \"3\": must be a whole number");
  EXPECT_EQ(file_refusal("[train]\nepochs = 1979-05-27"),
            "config.toml:2: train.epochs = 1979-05-27: must be a whole number");
  EXPECT_EQ(file_refusal("[train]\nresume = 1"), "config.toml:2: train.resume = 1: must be true or false");
  EXPECT_EQ(file_refusal("[train]\nout = 5"), "config.toml:2: train.out = 5: must be a text in quotes");
  EXPECT_EQ(file_refusal("[train]\nhidden = 5"),
            "config.toml:2: train.hidden = 5: must be a list of whole numbers, as [500, 500]");
  EXPECT_EQ(file_refusal("[train]\nhidden = [5, 0]"),
            "config.toml:2: train.hidden = [5, 0]: element 2 must be at least 1");
  EXPECT_EQ(file_refusal("[train]\nhidden = [5, 1.5]"),
            "config.toml:2: train.hidden = [5, 1.5]: must be a list of whole numbers, as [500, 500]");
  EXPECT_EQ(file_refusal("[train]\nrates = [0.5, 2]"),
            "config.toml:2: train.rates = [0.5, 2]: element 2 must be at most 1");
  EXPECT_EQ(file_refusal("[train]\ntags = [\"a\", 1]"),
            "config.toml:2: train.tags = [\"a\", 1]: must be a list of texts, as [\"a\", \"b\"]");
  EXPECT_EQ(file_refusal("optimizer.name = \"adm\""),
            "config.toml:1: optimizer.name = \"adm\": must be one of adam, sgd, rmsprop (did you mean adam?)");
  EXPECT_EQ(file_refusal("optimizer.name = \"newton\""),
            "config.toml:1: optimizer.name = \"newton\": must be one of adam, sgd, rmsprop");
  EXPECT_EQ(file_refusal("train.parts = [\"encoder\", \"decoder\", \"encder\"]"),
            "config.toml:1: train.parts = [\"encoder\", \"decoder\", \"encder\"]: element 3 must be one of encoder, "
            "decoder (did you mean encoder?)");
}

std::string refused_key(const std::function<void()>& call) {
  try {
    call();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.key();
  }
  return "nothing was thrown";
}

TEST(Config, ARefusalCarriesItsKey) {
  Config config(small_schema());
  EXPECT_EQ(refused_key([&] { config.read_text("seed = 1\n[train]\nepochs = 0", "config.toml"); }), "train.epochs");
  EXPECT_EQ(refused_key([&] { config.set("trian.epochs=3"); }), "trian.epochs");
  EXPECT_EQ(refused_key([&] { config->group("train").refuse("hidden", "must be short"); }), "train.hidden");
}

TEST(Config, UnknownKeysInAFileAreRefused) {
  EXPECT_EQ(file_refusal("seed = 1\n\ntrian.epochs = 3"),
            "config.toml:3: unknown key \"trian.epochs\" (did you mean train.epochs?)");
  EXPECT_EQ(file_refusal("[trian]\nepochs = 3"),
            "config.toml:2: unknown key \"trian.epochs\" (did you mean train.epochs?)");
  EXPECT_EQ(file_refusal("epochs = 3"), "config.toml:1: unknown key \"epochs\" (did you mean train.epochs?)");
  EXPECT_EQ(file_refusal("temperature = 3"), "config.toml:1: unknown key \"temperature\"");
  EXPECT_EQ(file_refusal("[extras]"), "config.toml:1: unknown table \"extras\"");
  EXPECT_EQ(file_refusal("train = 3"), "config.toml:1: train is a table: its keys stand under [train]");
  EXPECT_EQ(file_refusal("[[train]]\nepochs = 3"), "config.toml:1: train is one table, [train], and no list");
  EXPECT_EQ(file_refusal("[train.epochs]\nn = 3"), "config.toml:2: train.epochs.n = 3: train.epochs is no table");
  EXPECT_EQ(file_refusal("train.hidden = [{n = 3}]"), "config.toml:1: [train.hidden.0]: train.hidden is no table");
  EXPECT_EQ(file_refusal("train.epochs = {}"), "config.toml:1: [train.epochs]: must be a whole number");
  // A dot in quotes does not part a key.
  EXPECT_EQ(file_refusal("\"train.epochs\" = 3"),
            "config.toml:1: unknown key \"\"train.epochs\"\" (did you mean train.epochs?)");
  EXPECT_EQ(file_refusal("a.b.c.d.e.f.g.h.i.j = 1"),
            "config.toml:1: key \"a.b.c.d.e.f.g.h.i\" goes deeper than 8 tables");
  // The first mistake in the file is the one that is reported.
  EXPECT_EQ(file_refusal("zebra = 1\nant = 2"), "config.toml:1: unknown key \"zebra\"");
}

TEST(Config, ARefusedFileOrAssignmentChangesNothing) {
  Config config(small_schema());
  EXPECT_THROW(config.read_text("seed = 3\ntrain.epochs = 0", "config.toml"), ConfigError);
  EXPECT_THROW(config.set("train.epochs=0"), ConfigError);
  EXPECT_EQ(config, Config(small_schema()));
  EXPECT_EQ(config->origin("seed").kind, Origin::Kind::kDefault);
}

TEST(Config, AssignmentsHoldTomlValuesOrBareWords) {
  Config config(small_schema());
  for (const char* assignment : {"train.out=mnist", "train.hidden=[300, 200]", "optimizer.learning_rate=1e-4",
                                 "train.resume=true", "train.tags=[\"a\", 'b']", " seed = 7 ", "train.epochs=1_0"}) {
    config.set(assignment);
  }
  EXPECT_EQ(config->text("train.out"), "mnist");
  EXPECT_THAT(config->integers("train.hidden"), ElementsAre(300, 200));
  EXPECT_EQ(config->number("optimizer.learning_rate"), 1e-4);
  EXPECT_TRUE(config->flag("train.resume"));
  EXPECT_THAT(config->texts("train.tags"), ElementsAre("a", "b"));
  EXPECT_EQ(config->integer("seed"), 7);
  EXPECT_EQ(config->integer("train.epochs"), 10);
}

TEST(Config, ATextOptionTakesTheWordsAsTheyStand) {
  const auto out = [](std::string_view text) {
    Config config(small_schema());
    config.set("train.out=" + std::string(text));
    return config->text("train.out");
  };
  EXPECT_EQ(out("2024"), "2024");
  EXPECT_EQ(out("true"), "true");
  EXPECT_EQ(out(""), "");
  EXPECT_EQ(out("a=b"), "a=b");
  EXPECT_EQ(out("/data/a#b c"), "/data/a#b c");
  EXPECT_EQ(out("[abc]"), "[abc]");
  EXPECT_EQ(out("\"a#b\""), "a#b");
  EXPECT_EQ(out("\"\xc3\xa9#b\""), "\xc3\xa9#b");
  EXPECT_EQ(out("'C:\\x'"), "C:\\x");
  EXPECT_EQ(out("\"tab\\\\\""), "tab\\");
}

TEST(Config, RefusalsOnTheCommandLineShowTheWords) {
  EXPECT_EQ(set_refusal("train.epochs=abc"), "--set train.epochs=abc: must be a whole number");
  EXPECT_EQ(set_refusal("train.epochs="), "--set train.epochs=: must be a whole number");
  EXPECT_EQ(set_refusal("train.epochs=5#x"), "--set train.epochs=5#x: must be a whole number");
  EXPECT_EQ(set_refusal("train.epochs=5\nseed=3"), "--set train.epochs=5?seed=3: must be a whole number");
  EXPECT_EQ(set_refusal("train.epochs=99999999999999999999"),
            "--set train.epochs=99999999999999999999: must be a whole number");
  EXPECT_EQ(set_refusal("train.hidden=300,200"),
            "--set train.hidden=300,200: must be a list of whole numbers, as [500, 500]");
  EXPECT_EQ(set_refusal("optimizer.learning_rate=0"), "--set optimizer.learning_rate=0: must be above 0");
  EXPECT_EQ(set_refusal("optimizer.name=adm"),
            "--set optimizer.name=adm: must be one of adam, sgd, rmsprop (did you mean adam?)");
  EXPECT_EQ(set_refusal("trian.epochs=1"),
            "--set trian.epochs=1: unknown key \"trian.epochs\" (did you mean train.epochs?)");
  EXPECT_EQ(set_refusal("train=1"), "--set train=1: train is a table: one of its keys is needed, as train.KEY");
  EXPECT_EQ(set_refusal("train.epochs"), "--set train.epochs: must be key=value");
  EXPECT_EQ(set_refusal("=1"), "--set =1: unknown key \"\"");
  EXPECT_EQ(set_refusal("train.out=\"a"), "--set train.out=\"a: must be a text whose quotes are closed");
  EXPECT_EQ(set_refusal("train.out=\xff"), "--set train.out=\xff: must be valid UTF-8");
  EXPECT_EQ(set_refusal("train.out=\"a\\u0000\""), "--set train.out=\"a\\u0000\": must hold no control characters");
  EXPECT_EQ(set_refusal("train.out=" + std::string(5000, 'a')),
            "--set train.out=" + std::string(70, 'a') + "...: must have at most 4096 bytes");
}

TEST(Config, AFlagOfACommandIsShownAsItWasGiven) {
  Config config(small_schema());
  config.add({Assignment::of_flag("seed", "3", "--seed 3")});
  EXPECT_EQ(config->integer("seed"), 3);
  EXPECT_EQ(message_of<ConfigError>([&] { config.add({Assignment::of_flag("seed", "-1", "--seed -1")}); }),
            "--seed -1: must be at least 0");
}

TEST(Config, RefusesLaterWithTheOriginOfTheValue) {
  Config config(small_schema());
  config.read_text("\ntrain.epochs = 7", "config.toml");
  config.set("train.out=a");
  const auto later = [&](std::string_view key) {
    return message_of<ConfigError>([&] { config->refuse(key, "must be even"); });
  };
  EXPECT_EQ(later("train.epochs"), "config.toml:2: train.epochs = 7: must be even");
  EXPECT_EQ(later("train.out"), "--set train.out=a: must be even");
  EXPECT_EQ(later("train.hidden"), "train.hidden = [500, 500] (the default): must be even");
}

TEST(Config, FilesThatCannotBeReadAreRefused) {
  const auto file = [](const std::string& path) {
    return message_of<ConfigError>([&] { Config(small_schema()).read_file(path); });
  };
  EXPECT_EQ(file("/nowhere/config.toml"), "/nowhere/config.toml: no such file");
  EXPECT_EQ(file("/"), "/: is a folder, not a configuration file");
  EXPECT_EQ(file("/dev/zero"), "/dev/zero: larger than the 65536 bytes that a configuration may have");
  const std::string comment(64 * 1024 - 1, '#');
  EXPECT_NO_THROW(Config(small_schema()).read_file(temporary_file("full.toml", comment + "\n")));
  const std::string large = temporary_file("large.toml", comment + "\n\n");
  EXPECT_EQ(file(large), large + ": larger than the 65536 bytes that a configuration may have");
}

}  // namespace
}  // namespace elbo
