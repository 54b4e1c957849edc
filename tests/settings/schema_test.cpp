#include <gmock/gmock.h>

#include "elbo/settings/config.h"
#include "tests/settings/parts_schema.h"
#include "tests/settings/small_schema.h"

namespace elbo {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(Schema, FindsWhateverMayStandThere) {
  EXPECT_EQ(small_schema().find("train.epochs")->key, "epochs");
  EXPECT_EQ(small_schema().find("seed")->key, "seed");
  EXPECT_EQ(small_schema().find("epochs"), nullptr);
  const Schema& schema = parts::schema();
  EXPECT_EQ(schema.find("posterior.flow.bins")->key, "bins");
  EXPECT_EQ(schema.find("posterior.flow.3.network.activation")->key, "activation");
  EXPECT_EQ(schema.find("posterior.flow.name")->key, "flow");
  EXPECT_EQ(schema.find("posterior.flow.inverted")->key, "inverted");
  EXPECT_EQ(schema.find("standardize")->key, "standardize");
  EXPECT_EQ(schema.find("train.draws")->key, "draws");
  EXPECT_EQ(schema.find("posterior.flow.loops"), nullptr);
  EXPECT_EQ(schema.find(""), nullptr);
}

TEST(Schema, KnowsWhatWasMeant) {
  EXPECT_THAT(small_schema().meant_by("trian.epochs"), Optional(std::string("train.epochs")));
  EXPECT_THAT(small_schema().meant_by("epochs"), Optional(std::string("train.epochs")));
  EXPECT_THAT(small_schema().meant_by("learning_rat"), Optional(std::string("optimizer.learning_rate")));
  EXPECT_THAT(small_schema().meant_by("optimizer.epochs"), Optional(std::string("train.epochs")));
  EXPECT_EQ(small_schema().meant_by("temperature"), std::nullopt);
  EXPECT_EQ(small_schema().meant_by(std::string(60'000, 'a')), std::nullopt);
}

TEST(Schema, DeclarationsWithoutMistakes) {
  EXPECT_THAT(small_schema().mistakes(), ElementsAre());
  EXPECT_THAT(parts::schema().mistakes(), ElementsAre());
}

TEST(Schema, MistakesOfDeclarationsAreFound) {
  const auto mistakes = [](std::vector<Option> options) { return Schema{.options = std::move(options)}.mistakes(); };
  EXPECT_THAT(mistakes({Flag{.key = "a", .meaning = "m"}, Flag{.key = "a", .meaning = "m"}}),
              ElementsAre("a: declared twice"));
  EXPECT_THAT(mistakes({Group{.key = "a", .meaning = "m", .options = {Flag{.key = "b", .meaning = "m"}}},
                        Group{.key = "a", .meaning = "m", .options = {Flag{.key = "b", .meaning = "m"}}}}),
              ElementsAre("a.b: declared twice"));
  EXPECT_THAT(mistakes({Flag{.key = "a", .meaning = "m"}, Group{.key = "a", .meaning = "m", .options = {}}}),
              ElementsAre("a: declared as key and as table"));
  EXPECT_THAT(mistakes({Integer{.key = "a", .value = 0, .meaning = "m", .limits = {.at_least = 1}}}),
              ElementsAre("a: its default must be at least 1"));
  EXPECT_THAT(mistakes({Flag{.key = "a.b"}}), ElementsAre("a.b: has no meaning", "a.b: is not one word"));
  Part part{.key = "p", .value = "nothing", .meaning = "m", .rows = parts::networks().view()};
  EXPECT_THAT(mistakes({part}), ElementsAre("p: its default \"nothing\" is not among its rows"));
  part.value = "none";
  EXPECT_THAT(mistakes({part}), ElementsAre("p: its default \"none\" is not among its rows"));
  part.value = "mlp";
  part.place = {Flag{.key = "hidden", .meaning = "m"}};
  EXPECT_THAT(mistakes({part}), ElementsAre("p(mlp).hidden: declared twice"));
  part.place = {Flag{.key = "name", .meaning = "m"}};
  EXPECT_THAT(mistakes({part}),
              ElementsAre("p(mlp).: \"name\" is the name of the row", "p(linear).: \"name\" is the name of the row"));
  part.place = {};
  part.defaults = {{"width", int64_t{3}}, {"hidden", int64_t{3}}};
  EXPECT_THAT(mistakes({part}), ElementsAre("p: none of its rows has the setting \"width\" of its defaults",
                                            "p: its default of \"hidden\" is of another type"));
  part.defaults = {{"hidden", std::vector<int64_t>{0}}};
  EXPECT_THAT(mistakes({part}), ElementsAre("p: its default of \"hidden\" element 1 must be at least 1"));
  part.defaults = {};
  EXPECT_THAT(mistakes({part, Group{.key = "p", .meaning = "m", .options = {Flag{.key = "hidden", .meaning = "m"}}}}),
              ElementsAre("p(mlp).hidden: declared twice"));
  // A row of a model that repeats a key of the top.
  const parts::Model model{
      .name = "one", .description = "d", .paper = "", .settings = {Flag{.key = "a", .meaning = "m"}}};
  const Registry<parts::Model> models("model", {&model});
  EXPECT_THAT(mistakes({Flag{.key = "a", .meaning = "m"},
                        Part{.key = "model", .value = "one", .meaning = "m", .rows = models.view(), .beside = true}}),
              ElementsAre("(one) a: declared twice"));
  // Two of its rows are never there together.
  const parts::Model other{
      .name = "two", .description = "d", .paper = "", .settings = {Flag{.key = "a", .meaning = "m"}}};
  const Registry<parts::Model> alike("model", {&model, &other});
  EXPECT_THAT(mistakes({Part{.key = "model", .value = "one", .meaning = "m", .rows = alike.view(), .beside = true}}),
              ElementsAre());
}

}  // namespace
}  // namespace elbo
