#include "elbo/settings/describe.h"

#include <gmock/gmock.h>

#include "tests/settings/parts_schema.h"
#include "tests/settings/small_schema.h"

namespace elbo {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

void expect_within_terminal(const std::string& text) {
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    ASSERT_NE(end, std::string::npos) << "the last line is not ended";
    EXPECT_LE(end - start, 80u) << text.substr(start, end - start);
    start = end + 1;
  }
}

size_t count_of(std::string_view piece, std::string_view text) {
  size_t count = 0;
  for (size_t i = text.find(piece); i != text.npos; i = text.find(piece, i + 1)) ++count;
  return count;
}

TEST(Describe, AlignsTheMeaningsWithinTheTerminal) {
  const std::string text = describe(Config(small_schema()).settings());
  EXPECT_THAT(text, StartsWith("  seed = 0  seed (at least 0)\n"
                               "\n"
                               "[optimizer] how parameters follow their gradients\n"
                               "  name = \"adam\"          update rule (one of adam, sgd, rmsprop)\n"
                               "  learning_rate = 0.001  step size (above 0)\n"
                               "  beta1 = 0.9            decay (at least 0, below 1)\n"
                               "\n"
                               "[train] how long\n"
                               "  epochs = 10          passes over the training data (epochs; at least 1, at\n"
                               "                       most 1000)\n"));
  expect_within_terminal(text);
}

TEST(Describe, ShowsWhatIsChosenAndWhereTheOthersAre) {
  Config config(parts::schema());
  config.set({"posterior.flow=[actnorm, planar]", "posterior.flow.1.layers=3", "data=csv:a.csv"});
  const std::string text = describe(config.settings());
  expect_within_terminal(text);
  EXPECT_THAT(text, StartsWith("  model = \"vae\"  what is trained: encoder and decoder (Kingma & Welling 2014);\n"
                               "                 elbo list model shows the others\n"));
  EXPECT_THAT(text, HasSubstr("\n"
                              "[[posterior.flow]] transform of the draws\n"
                              "  name = \"actnorm\"  scale and shift; elbo list flow shows the others\n"
                              "  inverted = false  the other way round\n"
                              "\n"
                              "[[posterior.flow]] transform of the draws\n"
                              "  name = \"planar\"   bent planes (Rezende & Mohamed 2015); elbo list flow shows\n"
                              "                    the others\n"
                              "  layers = 3        how many (layers; at least 1; default 2)\n"));
  EXPECT_THAT(text, HasSubstr("\n"
                              "[prior] over the codes\n"
                              "  flow = \"none\"  transform of the draws; elbo list flow shows what may stand\n"
                              "                 here\n"));
  EXPECT_THAT(text, HasSubstr("\n"
                              "[data] what it is trained on\n"
                              "  name = \"csv\"     a table; elbo list data-set shows the others (default\n"
                              "                   \"noise\")\n"
                              "  file = \"a.csv\"   the file (default \"\")\n"));
  // Nothing of what is not chosen.
  EXPECT_THAT(text, Not(HasSubstr("bins")));
  EXPECT_THAT(text, Not(HasSubstr("standardize")));
}

TEST(Describe, OneRowWithWhatItCanBeTold) {
  const std::string text = describe_row(view_of(parts::flows().find("nsf-coupling")));
  expect_within_terminal(text);
  EXPECT_EQ(text,
            "nsf-coupling: splines by halves\n"
            "  Durkan et al. 2019\n"
            "\n"
            "Settings, with their defaults:\n"
            "  layers = 2       how many (layers; at least 1)\n"
            "  bins = 8         pieces of a spline (at least 1)\n"
            "  network = \"mlp\"  what makes the parameters (one of mlp, linear); elbo list\n"
            "                   network shows their settings\n");
  EXPECT_EQ(describe_row(view_of(parts::flows().find("actnorm"))),
            "actnorm: scale and shift\n\nIt has no settings of its own.\n");
  EXPECT_EQ(describe_row(view_of(parts::activations().find("relu"))),
            "relu: max(0, x)\n\nIt has no settings of its own.\n");
  EXPECT_THAT(describe_row(view_of(parts::flows().find("maf"))),
              StartsWith("maf: each column by those before\n  Papamakarios et al. 2017\n  column by column\n\n"));
  EXPECT_THAT(describe_row(view_of(parts::sources().find("csv"))),
              HasSubstr("  \"csv:X\" is short for name = \"csv\" with file = \"X\"\n"));
  const std::string vae = describe_row(view_of(parts::models().find("vae")));
  expect_within_terminal(vae);
  EXPECT_THAT(vae, HasSubstr("  posterior.flow = \"none\"      transform of the draws (one of none, planar, maf,\n"));
  EXPECT_THAT(vae, HasSubstr("  prior.flow.inverted = false  the other way round\n"));
  EXPECT_THAT(vae, HasSubstr("here hidden =\n                               [500], activation = \"tanh\"\n"));
}

TEST(DescribeMarkdown, HasARowForEveryKeyOfATable) {
  EXPECT_THAT(describe_markdown(small_schema()),
              HasSubstr("## [optimizer]\n\nhow parameters follow their gradients.\n\n"
                        "| key | type | default | meaning |\n|---|---|---|---|\n"
                        "| `optimizer.name` | text | `\"adam\"` | update rule (one of adam, sgd, rmsprop) |\n"));
  const std::string text = describe_markdown(small_schema());
  for (const auto& [key, value] : Config(small_schema())->flattened()) {
    EXPECT_THAT(text, HasSubstr("| `" + key + "` |"));
  }
}

TEST(DescribeMarkdown, HasASectionForEachRegistryOnce) {
  const std::string text = describe_markdown(parts::schema());
  EXPECT_THAT(text, StartsWith("| key | type | default | meaning |\n|---|---|---|---|\n"
                               "| `model` | [model](#model) | `\"vae\"` | what is trained (one of vae, density) |\n"
                               "\n"
                               "## [data]\n"
                               "\n"
                               "what it is trained on.\n"
                               "\n"
                               "| key | type | default | meaning |\n|---|---|---|---|\n"
                               "| `data.name` | [data set](#data-set) | `\"noise\"` | what it is trained on (one of "
                               "noise, csv) |\n"
                               "| `data.validation` | whole number | `10` | rows held out |\n"
                               "\n"
                               "## [train]\n"));
  for (const char* section : {"model", "data-set", "flow", "network", "activation"}) {
    EXPECT_EQ(count_of("\n## " + std::string(section) + "\n", text), 1u) << section;
  }
  EXPECT_THAT(text, HasSubstr("\n"
                              "## flow\n"
                              "\n"
                              "Stands in `vae: posterior.flow`, `vae: prior.flow`, `density: flow`.\n"
                              "\n"
                              "- `actnorm`: scale and shift\n"
                              "\n"
                              "### planar\n"
                              "\n"
                              "bent planes (Rezende & Mohamed 2015).\n"
                              "\n"
                              "| key | type | default | meaning |\n|---|---|---|---|\n"
                              "| `layers` | whole number | `2` | how many (layers; at least 1) |\n"));
  EXPECT_THAT(text, HasSubstr("\n"
                              "## activation\n"
                              "\n"
                              "Stands in `mlp: activation`.\n"
                              "\n"
                              "- `relu`: max(0, x)\n"
                              "- `tanh`: tanh x\n"));
  EXPECT_THAT(text, HasSubstr("| `posterior.flow` | [flow](#flow), or a list of them | `\"none\"` |"));
  EXPECT_THAT(text, HasSubstr("| `posterior.flow.inverted` | true or false |"));
  EXPECT_THAT(text, HasSubstr("; here hidden = [500], activation = \"tanh\" |\n"));
  EXPECT_THAT(text, HasSubstr("`csv:X` says `file` with the name.\n"));
}

}  // namespace
}  // namespace elbo
