#include "elbo/settings/toml_writer.h"

#include <gmock/gmock.h>

#include "tests/settings/parts_schema.h"
#include "tests/settings/small_schema.h"

namespace elbo {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(TomlWriter, ShowsMeaningUnitBoundsAndTheDefaultThatWasLeft) {
  Config config(small_schema());
  config.set("optimizer.learning_rate=0.01");
  config.set("train.out=a\\b");
  const std::string text = to_toml(config.settings());
  EXPECT_THAT(text, StartsWith("# seed (at least 0)\n"
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
  EXPECT_THAT(text, HasSubstr("# folder of the run (default \"\")\nout = \"a\\\\b\"\n"));
}

TEST(TomlWriter, APartIsALineOrATableOrATableForEachOfAList) {
  Config config(parts::schema());
  config.set({"posterior.flow=[actnorm, maf]", "posterior.flow.1.network=linear", "posterior.flow.1.layers=3",
              "decoder=linear"});
  const std::string text = to_toml(config.settings());
  EXPECT_THAT(text, StartsWith("# what is trained (one of vae, density)\n"
                               "model = \"vae\"\n"
                               "# from code to data (one of mlp, linear; default \"mlp\")\n"
                               "decoder = \"linear\"\n"));
  EXPECT_THAT(text, HasSubstr("\n"
                              "# transform of the draws\n"
                              "[[posterior.flow]]\n"
                              "# one of none, planar, maf, nsf-coupling, actnorm, or a list of them\n"
                              "name = \"actnorm\"\n"
                              "# the other way round\n"
                              "inverted = false\n"
                              "\n"
                              "# transform of the draws\n"
                              "[[posterior.flow]]\n"
                              "# one of none, planar, maf, nsf-coupling, actnorm, or a list of them\n"
                              "name = \"maf\"\n"
                              "# how many (layers; at least 1; default 2)\n"
                              "layers = 3\n"
                              "# what makes the parameters (one of mlp, linear; default \"mlp\")\n"
                              "network = \"linear\"\n"
                              "# the other way round\n"
                              "inverted = false\n"));
  EXPECT_THAT(text, HasSubstr("flow = \"none\"\n"));
}

TEST(TomlWriter, NamesTables) {
  EXPECT_EQ(table_name("prior.flow.1.network"), "prior.flow.network");
  EXPECT_EQ(table_name("train"), "train");
  EXPECT_EQ(table_name(""), "");
}

}  // namespace
}  // namespace elbo
