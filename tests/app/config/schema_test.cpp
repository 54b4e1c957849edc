#include "elbo/app/config/schema.h"

#include <gmock/gmock.h>
#include <set>

#include "elbo/app/config/config.h"
#include "elbo/app/config/describe.h"
#include "elbo/app/config/toml_writer.h"
#include "tests/app/config/test_schema.h"

namespace elbo::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(RunSchema, EveryDefaultIsAllowedAndEveryOptionSaysWhatItMeans) {
  for (const Table& table : run_schema().tables()) {
    EXPECT_TRUE(table.name.empty() || !table.meaning.empty()) << table.name;
    for (const Option& option : table.options) {
      EXPECT_EQ(fault(option, option.value), "") << option.key;
      EXPECT_FALSE(option.meaning.empty()) << option.key;
      EXPECT_EQ(option.meaning.find('\n'), std::string::npos) << option.key;
    }
  }
}

TEST(RunSchema, HasTheDefaultsOfTheFirstModels) {
  const Config config(run_schema());
  EXPECT_EQ(config.text("model"), "vae");
  EXPECT_EQ(config.text("data.name"), "fashion-mnist");
  EXPECT_THAT(config.integers("encoder.hidden"), ElementsAre(500, 500));
  EXPECT_EQ(config.text("posterior.scale"), "log-scale");
  EXPECT_EQ(config.number("optimizer.epsilon"), 1e-8);
  EXPECT_EQ(config.integer("evaluate.latent_samples"), 10);
  EXPECT_EQ(config.text("objective.name"), "elbo");
}

TEST(TomlWriter, ShowsMeaningUnitBoundsAndTheDefaultThatWasLeft) {
  Config config(small_schema());
  config.set("optimizer.learning_rate=0.01");
  config.set("train.out=a\\b");
  EXPECT_THAT(to_toml(config), StartsWith("# seed (at least 0)\n"
                                          "seed = 0\n"
                                          "\n"
                                          "# how parameters follow their gradients\n"
                                          "[optimizer]\n"
                                          "# update rule (one of adam, sgd, rmsprop)\n"
                                          "name = \"adam\"\n"
                                          "# step size (above 0; default 0.001)\n"
                                          "learning_rate = 0.01\n"
                                          "# decay (at least 0, below 1)\n"
                                          "beta1 = 0.9\n"
                                          "\n"
                                          "# how long\n"
                                          "[train]\n"
                                          "# passes over the training data (epochs; at least 1, at most 1000)\n"
                                          "epochs = 10\n"));
  EXPECT_THAT(to_toml(config), HasSubstr("# folder of the run (default \"\")\nout = \"a\\\\b\"\n"));
}

TEST(Describe, AlignsTheMeaningsWithinTheTerminal) {
  EXPECT_THAT(describe(small_schema()),
              StartsWith("  seed = 0  seed (at least 0)\n"
                         "\n"
                         "[optimizer] how parameters follow their gradients\n"
                         "  name = \"adam\"          update rule (one of adam, sgd, rmsprop)\n"
                         "  learning_rate = 0.001  step size (above 0)\n"
                         "  beta1 = 0.9            decay (at least 0, below 1)\n"
                         "\n"
                         "[train] how long\n"
                         "  epochs = 10          passes over the training data (epochs; at least 1, at\n"
                         "                       most 1000)\n"));
  const std::string text = describe(run_schema());
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    EXPECT_LE(end - start, 80u) << text.substr(start, end - start);
    start = end + 1;
  }
}

TEST(Describe, MarkdownHasARowForEveryKey) {
  EXPECT_THAT(describe_markdown(small_schema()),
              HasSubstr("## [optimizer]\n\nhow parameters follow their gradients.\n\n"
                        "| key | type | default | meaning |\n|---|---|---|---|\n"
                        "| `optimizer.name` | text | `\"adam\"` | update rule (one of adam, sgd, rmsprop) |\n"));
  const std::string text = describe_markdown(run_schema());
  for (const std::string& key : run_schema().keys()) EXPECT_THAT(text, HasSubstr("| `" + key + "` |"));
}

}  // namespace
}  // namespace elbo::app
