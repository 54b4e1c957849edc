// Parts and registries: what a configuration chooses, and what may then be said.
#include <gmock/gmock.h>

#include "elbo/settings/error.h"
#include "elbo/settings/toml_writer.h"
#include "tests/settings/parts_schema.h"
#include "tests/support/message.h"

namespace elbo {
namespace {

using testing_support::message_of;

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Config read_parts(std::string_view toml, const std::vector<std::string>& sets = {}) {
  std::vector<Assignment> all = assignments_of_text(toml, "c.toml");
  for (const std::string& one : sets) all.push_back(Assignment::of_set(one));
  return Config(parts::schema(), std::move(all));
}

Config set_parts(const std::vector<std::string>& sets) {
  return read_parts("", sets);
}

std::string part_refusal(std::string_view toml, const std::vector<std::string>& sets = {}) {
  return message_of<ConfigError>([&] { read_parts(toml, sets); });
}
std::string sets_refusal(const std::vector<std::string>& sets) {
  return part_refusal("", sets);
}

std::vector<std::string> names_at(const Config& config, std::string_view key) {
  std::vector<std::string> names;
  for (const Settings& one : config->parts(key)) names.emplace_back(one.name());
  return names;
}

TEST(Parts, ARowBringsItsSettings) {
  const Config config =
      set_parts({"posterior.flow=nsf-coupling", "posterior.flow.bins=16", "posterior.flow.inverted=true"});
  const Settings& flow = config->part("posterior.flow");
  EXPECT_EQ(flow.name(), "nsf-coupling");
  EXPECT_EQ(flow.path(), "posterior.flow");
  EXPECT_EQ(flow.integer("bins"), 16);
  EXPECT_EQ(flow.integer("layers"), 2);
  EXPECT_TRUE(flow.flag("inverted"));
  EXPECT_THAT(flow.integers("network.hidden"), ElementsAre(64, 64));
  EXPECT_THAT(config->integers("posterior.flow.network.hidden"), ElementsAre(64, 64));
  EXPECT_EQ(flow.part("network").part("activation").name(), "relu");
  EXPECT_EQ(&flow.row<parts::Flow>(), &parts::flows().find("nsf-coupling"));
  EXPECT_THROW(flow.row<parts::Network>(), std::logic_error);
  EXPECT_FALSE(flow.has("loops"));
  EXPECT_FALSE(config->has("prior.flow.layers"));
  EXPECT_THROW(config->part("prior.flow"), std::logic_error);
  EXPECT_EQ(config->text("prior.flow"), "none");
  EXPECT_EQ(config->text("posterior.flow"), "nsf-coupling");
}

TEST(Parts, EveryWayToSpellAPartIsTheSame) {
  const Config table = read_parts("[posterior.flow]\nname = \"maf\"\nlayers = 3\n");
  EXPECT_EQ(table, read_parts("posterior.flow.name = 'maf'\nposterior.flow.layers = 3\n"));
  EXPECT_EQ(table, read_parts("[posterior]\nflow = {layers = 3, name = \"maf\"}\n"));
  EXPECT_EQ(table, read_parts("[[posterior.flow]]\nname = \"maf\"\nlayers = 3\n"));
  EXPECT_EQ(table, read_parts("posterior.flow = [{name = \"maf\", layers = 3}]\n"));
  EXPECT_EQ(table, set_parts({"posterior.flow=maf", "posterior.flow.layers=3"}));
  EXPECT_EQ(table, set_parts({"posterior.flow.layers=3", "posterior.flow.name=\"maf\""}));
  EXPECT_EQ(table, set_parts({"posterior.flow.0=maf", "posterior.flow.0.layers=3"}));
  EXPECT_EQ(table, set_parts({"posterior.flow=[maf]", "posterior.flow.0.layers=3"}));
  EXPECT_EQ(table, read_parts("posterior.flow = \"maf\"\n", {"posterior.flow.layers=3"}));
  EXPECT_FALSE(table == read_parts("posterior.flow = \"maf\""));
}

TEST(Parts, AListOfTablesIsAChain) {
  const Config config = read_parts(
      "[[prior.flow]]\nname = \"actnorm\"\n"
      "[[prior.flow]]\nname = \"nsf-coupling\"\nbins = 4\n[prior.flow.network]\nname = \"linear\"\n"
      "[[prior.flow]]\nname = \"planar\"\n");
  EXPECT_THAT(names_at(config, "prior.flow"), ElementsAre("actnorm", "nsf-coupling", "planar"));
  EXPECT_EQ(config->integer("prior.flow.1.bins"), 4);
  EXPECT_EQ(config->parts("prior.flow")[1].part("network").name(), "linear");
  EXPECT_EQ(config->parts("prior.flow")[2].path(), "prior.flow.2");
  EXPECT_EQ(config->text("prior.flow"), "actnorm, nsf-coupling, planar");
  EXPECT_EQ(config->origin("prior.flow.1.bins").text, "c.toml:5");
  EXPECT_THROW(config->integer("prior.flow.bins"), std::logic_error);
  EXPECT_THROW(config->integer("prior.flow.3.bins"), std::logic_error);
}

TEST(Parts, AListOfNamesIsAChainToo) {
  const auto names = [](const Config& config) { return names_at(config, "prior.flow"); };
  EXPECT_THAT(names(read_parts("prior.flow = [\"actnorm\", \"maf\"]")), ElementsAre("actnorm", "maf"));
  EXPECT_THAT(names(set_parts({"prior.flow=[\"actnorm\", 'maf']"})), ElementsAre("actnorm", "maf"));
  EXPECT_THAT(names(set_parts({"prior.flow=[actnorm, maf]"})), ElementsAre("actnorm", "maf"));
  EXPECT_THAT(names(set_parts({"prior.flow=[actnorm,maf]", "prior.flow.1.layers=9"})), ElementsAre("actnorm", "maf"));
  EXPECT_THAT(names(read_parts("prior.flow = [\"actnorm\", {name = \"maf\", layers = 1}]")),
              ElementsAre("actnorm", "maf"));
  EXPECT_THAT(names(set_parts({"prior.flow.0=maf", "prior.flow.1=planar"})), ElementsAre("maf", "planar"));
  // Of nothing.
  EXPECT_THAT(names(read_parts("prior.flow = []")), ElementsAre());
  EXPECT_THAT(names(set_parts({"prior.flow=[]"})), ElementsAre());
  EXPECT_THAT(names(read_parts("prior.flow = [\"actnorm\", \"maf\"]", {"prior.flow=[]"})), ElementsAre());
  EXPECT_THAT(names(read_parts("prior.flow = [\"none\"]")), ElementsAre());
}

TEST(Parts, OneBecomesTheFirstOfAListWithWhatWasSaidOfIt) {
  const std::string file = "[prior.flow]\nname = \"maf\"\nlayers = 7\nnetwork.hidden = [5]\n";
  for (const auto& sets : std::vector<std::vector<std::string>>{
           {"prior.flow.1.name=planar"}, {"prior.flow.1=planar"}, {"prior.flow.layers=7", "prior.flow.1=planar"}}) {
    const Config longer = read_parts(file, sets);
    EXPECT_THAT(names_at(longer, "prior.flow"), ElementsAre("maf", "planar"));
    EXPECT_EQ(longer->integer("prior.flow.0.layers"), 7);
    EXPECT_THAT(longer->integers("prior.flow.0.network.hidden"), ElementsAre(5));
    EXPECT_EQ(longer->integer("prior.flow.1.layers"), 2);
  }
  EXPECT_EQ(part_refusal(file, {"prior.flow.1=planar", "prior.flow.layers=9"}),
            "--set prior.flow.layers=9: prior.flow is a list of 2: say which, as prior.flow.0.layers");
}

TEST(Parts, TheCommandLineReachesIntoListsByIndex) {
  const std::string file =
      "[[prior.flow]]\nname = \"maf\"\nlayers = 7\n[[prior.flow]]\nname = \"planar\"\nlayers = 8\n";
  const Config changed = read_parts(file, {"prior.flow.1.layers=9", "prior.flow.0.network.hidden=[3]"});
  EXPECT_EQ(changed->integer("prior.flow.0.layers"), 7);
  EXPECT_EQ(changed->integer("prior.flow.1.layers"), 9);
  EXPECT_THAT(changed->integers("prior.flow.0.network.hidden"), ElementsAre(3));
  const Config renamed = read_parts(file, {"prior.flow.1=nsf-coupling", "prior.flow.1.bins=2"});
  EXPECT_THAT(names_at(renamed, "prior.flow"), ElementsAre("maf", "nsf-coupling"));
  EXPECT_EQ(renamed->integer("prior.flow.1.layers"), 8);
  EXPECT_THAT(names_at(read_parts(file, {"prior.flow.2.name=actnorm"}), "prior.flow"),
              ElementsAre("maf", "planar", "actnorm"));
  EXPECT_EQ(part_refusal(file, {"prior.flow.3=actnorm"}),
            "--set prior.flow.3=actnorm: prior.flow is a list of 2: its next is prior.flow.2");
  EXPECT_EQ(part_refusal(file, {"prior.flow.layers=1"}),
            "--set prior.flow.layers=1: prior.flow is a list of 2: say which, as prior.flow.0.layers");
  EXPECT_EQ(part_refusal(file, {"prior.flow.name=maf"}),
            "--set prior.flow.name=maf: prior.flow is a list of 2: say which, as prior.flow.0.name");
  EXPECT_EQ(part_refusal(file, {"prior.flow.2.layers=1"}),
            "--set prior.flow.2.layers=1: prior.flow.2.name is missing: it must be one of planar, maf, nsf-coupling, "
            "actnorm");
  EXPECT_EQ(sets_refusal({"model=density", "flow.00.layers=1"}),
            "--set flow.00.layers=1: unknown key \"flow.00.layers\" (did you mean flow.layers?)");
}

TEST(Parts, TheOneThatStandsByDefaultIsTheFirstOfItsList) {
  EXPECT_EQ(set_parts({"model=density", "flow.0.layers=4"})->integer("flow.layers"), 4);
  EXPECT_THAT(names_at(set_parts({"model=density", "flow.1=maf"}), "flow"), ElementsAre("maf", "maf"));
}

TEST(Parts, OptionsBesideTheKeyBelongToTheRowChosen) {
  EXPECT_EQ(set_parts({"model=density", "flow.layers=4"})->text("model"), "density");
  EXPECT_TRUE(set_parts({"model=density"})->flag("standardize"));
  EXPECT_FALSE(set_parts({})->has("standardize"));
  // A table that the row and the top share.
  EXPECT_EQ(set_parts({"train.draws=4", "train.epochs=9"})->integer("train.draws"), 4);
  EXPECT_FALSE(set_parts({"model=density"})->has("train.draws"));
  EXPECT_EQ(set_parts({"train.epochs=9"})->group("train").integer("epochs"), 9);
  EXPECT_EQ(part_refusal("standardize = true\n"),
            "c.toml:1: standardize = true: only model = \"density\" reads this key, and here model = \"vae\"");
  EXPECT_EQ(sets_refusal({"model=density", "train.draws=2"}),
            "--set train.draws=2: only model = \"vae\" reads this key, and here model = \"density\"");
  EXPECT_EQ(sets_refusal({"model.name=density"}),
            "--set model.name=density: model is no table: its name stands alone, as model = \"vae\"");
  EXPECT_EQ(part_refusal("model = \"density\"\n[prior.flow]\nname = \"maf\"\n"),
            "c.toml:3: prior.flow.name = \"maf\": only model = \"vae\" reads this key, and here model = \"density\"");
}

TEST(Parts, SettingsOfAPlaceHoldForEveryRow) {
  EXPECT_EQ(set_parts({"data=csv", "data.validation=3"})->integer("data.validation"), 3);
  EXPECT_EQ(set_parts({"data.validation=3"})->integer("data.validation"), 3);
}

TEST(Parts, AGroupOfAPartsKeyAddsToItsTable) {
  const Config config = read_parts("model = \"density\"\n[data]\nname = \"csv\"\nfolds = 4\nfile = \"a\"\n");
  EXPECT_EQ(config->integer("data.folds"), 4);
  EXPECT_EQ(config->part("data").text("file"), "a");
  EXPECT_FALSE(set_parts({})->has("data.folds"));
  EXPECT_EQ(sets_refusal({"data.folds=4"}),
            "--set data.folds=4: only model = \"density\" reads this key, and here model = \"vae\"");
  EXPECT_EQ(set_parts({"model=density", "data=csv", "data.folds=3"})->integer("data.folds"), 3);
}

TEST(Parts, APlaceMayHaveOtherDefaults) {
  const Config config = set_parts({});
  EXPECT_THAT(config->integers("decoder.hidden"), ElementsAre(500));
  EXPECT_EQ(config->text("decoder.activation"), "tanh");
  EXPECT_EQ(set_parts({"decoder.activation=relu"})->text("decoder.activation"), "relu");
  const Config density = set_parts({"model=density"});
  EXPECT_EQ(density->integer("flow.layers"), 5);
  EXPECT_THAT(density->integers("flow.network.hidden"), ElementsAre(128));
  EXPECT_EQ(density->part("flow").part("network").part("activation").name(), "relu");
  // A row that has no such key goes without.
  EXPECT_FALSE(set_parts({"decoder=linear"})->has("decoder.hidden"));
  // What is written is complete, and says what is not the default of its place.
  EXPECT_THAT(to_toml(config.settings()), HasSubstr("[decoder]\n# one of mlp, linear\nname = \"mlp\"\n"
                                                    "# widths (each at least 1)\nhidden = [500]\n"));
}

TEST(Parts, WhatFollowsAColonIsASetting) {
  const Config config = set_parts({"data=csv:wine.csv", "data.label=quality"});
  EXPECT_EQ(config->part("data").name(), "csv");
  EXPECT_EQ(config->text("data"), "csv");
  EXPECT_EQ(config->text("data.file"), "wine.csv");
  EXPECT_EQ(config->origin("data.file").text, "--set data=csv:wine.csv");
  EXPECT_EQ(set_parts({"data=csv:C:\\a:b"})->text("data.file"), "C:\\a:b");
  EXPECT_EQ(read_parts("data = \"csv:a.csv\"\n", {"data.file=b.csv"})->text("data.file"), "b.csv");
  EXPECT_EQ(read_parts("[data]\nname = \"csv\"\nfile = \"a.csv\"\n", {"data=csv:b.csv"})->text("data.file"), "b.csv");
  // The same again after writing, whatever has changed since.
  const Config again = read_parts(to_toml(read_parts("data = \"csv:a.csv\"\n", {"data.file=b.csv"}).settings()));
  EXPECT_EQ(again->text("data.file"), "b.csv");
  EXPECT_EQ(sets_refusal({"data=noise:3"}), "--set data=noise:3: must be one of noise, csv (did you mean noise?)");
  EXPECT_EQ(sets_refusal({std::string("data=csv:a\x01")}),
            "--set data=csv:a?: what follows the colon must hold no control characters");
}

TEST(Parts, ANameOnTheCommandLineReplacesTheFilesAndItsSettings) {
  const std::string file = "[posterior.flow]\nname = \"nsf-coupling\"\nlayers = 7\nbins = 4\n";
  const Config planar = read_parts(file, {"posterior.flow=planar"});
  EXPECT_EQ(planar->part("posterior.flow").name(), "planar");
  EXPECT_EQ(planar->integer("posterior.flow.layers"), 7);  // which planar knows as well
  EXPECT_FALSE(planar->has("posterior.flow.bins"));
  EXPECT_EQ(read_parts(file, {"posterior.flow=maf", "posterior.flow=planar"})->integer("posterior.flow.layers"), 7);
  EXPECT_EQ(read_parts(file, {"posterior.flow=none"})->text("posterior.flow"), "none");
  EXPECT_EQ(read_parts(file, {"posterior.flow=none"})->origin("posterior.flow").text, "--set posterior.flow=none");
  EXPECT_THAT(names_at(read_parts(file, {"posterior.flow=[maf, planar]"}), "posterior.flow"),
              ElementsAre("maf", "planar"));
  EXPECT_FALSE(read_parts(file, {"posterior.flow.network=linear"})->has("posterior.flow.network.hidden"));
  // Other tables go with a model.
  EXPECT_EQ(read_parts("[posterior.flow]\nname = \"maf\"\n[train]\ndraws = 2\nepochs = 5\n", {"model=density"})
                ->integer("train.epochs"),
            5);
  // A whole list.
  const std::string list =
      "[[prior.flow]]\nname = \"maf\"\nlayers = 7\n[[prior.flow]]\nname = \"planar\"\nlayers = 8\n";
  EXPECT_EQ(read_parts(list, {"prior.flow=none"})->text("prior.flow"), "none");
  EXPECT_EQ(read_parts(list, {"prior.flow=planar"})->integer("prior.flow.layers"), 2);
  EXPECT_EQ(read_parts(list, {"prior.flow=[maf, maf]"})->integer("prior.flow.0.layers"), 2);
  EXPECT_EQ(read_parts(list, {"prior.flow=[actnorm]"})->text("prior.flow"), "actnorm");
  // Without a name in the file it is the default's settings that go.
  EXPECT_EQ(read_parts("[data]\nrows = 5\n", {"data=csv:a"})->text("data"), "csv");
}

TEST(Parts, OnlyWhatTheReplacedRowKnewIsDropped) {
  EXPECT_EQ(part_refusal("[posterior.flow]\nname = \"planar\"\nloops = 4\n", {"posterior.flow=maf"}),
            "c.toml:3: unknown key \"posterior.flow.loops\"");
  EXPECT_EQ(part_refusal("[posterior.flow]\nname = \"planar\"\nbins = 4\n", {"posterior.flow=maf"}),
            "c.toml:3: posterior.flow.bins = 4: flow \"maf\" has no such setting; nsf-coupling has");
  EXPECT_EQ(part_refusal("[[prior.flow]]\nname = \"maf\"\nloops = 7\n", {"prior.flow=none"}),
            "c.toml:3: unknown key \"prior.flow.0.loops\"");
  // What the command line itself says is always meant.
  EXPECT_EQ(sets_refusal({"posterior.flow=nsf-coupling", "posterior.flow.bins=4", "posterior.flow=planar"}),
            "--set posterior.flow.bins=4: flow \"planar\" has no such setting; nsf-coupling has");
}

TEST(Parts, ALaterFileReplacesAnEarlierOne) {
  Config config(parts::schema());
  config.read_text("[prior.flow]\nname = \"nsf-coupling\"\nbins = 3\nlayers = 9\n[train]\nepochs = 8\n", "first.toml");
  config.read_text("prior.flow = \"planar\"\n", "second.toml");
  EXPECT_EQ(config->text("prior.flow"), "planar");
  EXPECT_EQ(config->integer("prior.flow.layers"), 9);
  EXPECT_EQ(config->integer("train.epochs"), 8);
  config.read_text("[[prior.flow]]\nname = \"maf\"\n[[prior.flow]]\nname = \"actnorm\"\n", "third.toml");
  EXPECT_THAT(names_at(config, "prior.flow"), ElementsAre("maf", "actnorm"));
  EXPECT_EQ(config->integer("prior.flow.0.layers"), 2);
}

TEST(Parts, ASettingThatNothingChosenReadsIsRefused) {
  EXPECT_EQ(part_refusal("[posterior.flow]\nname = \"planar\"\nbins = 4\n"),
            "c.toml:3: posterior.flow.bins = 4: flow \"planar\" has no such setting; nsf-coupling has");
  EXPECT_EQ(sets_refusal({"posterior.flow=actnorm", "posterior.flow.layers=4"}),
            "--set posterior.flow.layers=4: flow \"actnorm\" has no such setting; planar, maf, nsf-coupling have");
  EXPECT_EQ(sets_refusal({"posterior.flow=planar", "posterior.flow.network.hidden=[4]"}),
            "--set posterior.flow.network.hidden=[4]: flow \"planar\" has no such setting; maf, nsf-coupling have");
  EXPECT_EQ(sets_refusal({"prior.flow.layers=4"}),
            "--set prior.flow.layers=4: there is no flow to use it; prior.flow names one");
  EXPECT_EQ(sets_refusal({"posterior.flow=maf", "posterior.flow.network=linear", "posterior.flow.network.hidden=[4]"}),
            "--set posterior.flow.network.hidden=[4]: network \"linear\" has no such setting; mlp has");
  EXPECT_EQ(sets_refusal({"prior.flow=[maf,planar]", "prior.flow.1.bins=2"}),
            "--set prior.flow.1.bins=2: flow \"planar\" has no such setting; nsf-coupling has");
  EXPECT_EQ(sets_refusal({"posterior.flow=planar", "posterior.flow.layrs=4"}),
            "--set posterior.flow.layrs=4: unknown key \"posterior.flow.layrs\" (did you mean posterior.flow.layers?)");
  EXPECT_EQ(sets_refusal({"posterior.flwo=planar"}),
            "--set posterior.flwo=planar: unknown key \"posterior.flwo\" (did you mean posterior.flow?)");
  // In the file's order, whichever kind of mistake it is.
  EXPECT_EQ(part_refusal("[prior.flow]\nlayers = 1\n[train]\nepochs = \"x\"\n"),
            "c.toml:2: prior.flow.layers = 1: there is no flow to use it; prior.flow names one");
  EXPECT_EQ(part_refusal("[train]\nepochs = \"x\"\n[prior.flow]\nlayers = 1\n"),
            "c.toml:2: train.epochs = \"x\": must be a whole number");
}

TEST(Parts, UnknownNamesAreRefusedWithTheKnownOnes) {
  EXPECT_EQ(
      sets_refusal({"posterior.flow=plnar"}),
      "--set posterior.flow=plnar: must be one of none, planar, maf, nsf-coupling, actnorm (did you mean planar?)");
  EXPECT_EQ(part_refusal("model = \"density\"\n[flow]\nname = \"planar\"\n"),
            "c.toml:3: flow.name = \"planar\": must be one of maf");
  EXPECT_EQ(part_refusal("decoder = \"none\"\n"), "c.toml:1: decoder = \"none\": must be one of mlp, linear");
  EXPECT_EQ(part_refusal("decoder = \"\"\n"), "c.toml:1: decoder = \"\": must be one of mlp, linear");
  EXPECT_EQ(sets_refusal({"decoder="}), "--set decoder=: must be one of mlp, linear");
  EXPECT_EQ(part_refusal("decoder = 5\n"), "c.toml:1: decoder = 5: must be a text in quotes");
  EXPECT_EQ(part_refusal("decoder = [\"mlp\"]\n"), "c.toml:1: decoder = [\"mlp\"]: must be a text in quotes");
  EXPECT_EQ(part_refusal("[[decoder]]\nname = \"mlp\"\n"),
            "c.toml:1: [decoder.0]: one network stands there, not a list");
  EXPECT_EQ(part_refusal("prior.flow = 5\n"), "c.toml:1: prior.flow = 5: must be a text in quotes, or a list of them");
  EXPECT_EQ(part_refusal("prior.flow = [\"maf\", 5]\n"),
            "c.toml:1: prior.flow = [\"maf\", 5]: must be a text in quotes, or a list of them");
  EXPECT_EQ(part_refusal("prior.flow = [\"maf\", \"plnar\"]\n"),
            "c.toml:1: prior.flow = [\"maf\", \"plnar\"]: element 2 must be one of planar, maf, nsf-coupling, actnorm "
            "(did you mean planar?)");
  EXPECT_EQ(part_refusal("prior.flow = [\"maf\", \"none\"]\n"),
            "c.toml:1: prior.flow = [\"maf\", \"none\"]: element 2 must be one of planar, maf, nsf-coupling, actnorm");
  EXPECT_EQ(part_refusal("[[prior.flow]]\nlayers = 3\n"),
            "c.toml:1: prior.flow.name is missing: it must be one of planar, maf, nsf-coupling, actnorm");
  EXPECT_EQ(part_refusal("[[prior.flow]]\nname = \"maf\"\n[[prior.flow]]\nname = \"\"\n"),
            "c.toml:4: prior.flow.1.name = \"\": must be one of planar, maf, nsf-coupling, actnorm");
  EXPECT_EQ(part_refusal("model = \"density\"\nflow = []\n"), "c.toml:2: flow = []: must hold at least one name");
  EXPECT_EQ(sets_refusal({"model=density", "flow=[]"}), "--set flow=[]: must hold at least one name");
  EXPECT_EQ(sets_refusal({"model=density", "flow=[maf,]"}), "--set flow=[maf,]: element 2 must be one of maf");
  EXPECT_THAT(sets_refusal({"decoder=" + std::string(60'000, 'm')}), HasSubstr("mmm...: must be one of mlp, linear"));
  EXPECT_EQ(sets_refusal({"model=flow"}), "--set model=flow: must be one of vae, density");
}

TEST(Parts, OneMistakeIsReportedOnce) {
  // Not the settings below a name that is wrong, nor those of its tables, though they come first.
  EXPECT_EQ(part_refusal("posterior.flow.bins = 3\nposterior.flow.name = 5\n"),
            "c.toml:2: posterior.flow.name = 5: must be a text in quotes, or a list of them");
  EXPECT_EQ(part_refusal("posterior.flow.bins = 3\nposterior.flow.name = \"nfs\"\n"),
            "c.toml:2: posterior.flow.name = \"nfs\": must be one of none, planar, maf, nsf-coupling, actnorm");
  EXPECT_EQ(part_refusal("standardize = false\nmodel = \"densty\"\n"),
            "c.toml:2: model = \"densty\": must be one of vae, density (did you mean density?)");
}

TEST(Parts, ChainsHaveALimit) {
  std::string names = "\"maf\"";
  for (int i = 1; i < 65; ++i) names += ", \"maf\"";
  EXPECT_THAT(part_refusal("prior.flow = [" + names + "]\n"), HasSubstr(": a list of at most 64 stands there"));
  std::string tables;
  for (int i = 0; i < 65; ++i) tables += "[[prior.flow]]\nname = \"maf\"\n";
  EXPECT_EQ(part_refusal(tables), "c.toml:129: [prior.flow.64]: a list of at most 64 stands there");
  EXPECT_EQ(sets_refusal({"prior.flow.99999999999999999999.name=maf"}),
            "--set prior.flow.99999999999999999999.name=maf: unknown key \"prior.flow.99999999999999999999.name\"");
}

TEST(Parts, OldKeysNameTheNewOnes) {
  EXPECT_EQ(part_refusal("[posterior]\nlayers = 3\n"),
            "c.toml:2: posterior.layers = 3: posterior.layers is posterior.flow.layers now");
  EXPECT_EQ(sets_refusal({"fit.epochs=3"}), "--set fit.epochs=3: fit.epochs is train.epochs now");
}

TEST(Parts, RefusalsOfARowNameItsKey) {
  const Config config =
      read_parts("prior.flow = [\"maf\", {name = \"nsf-coupling\", bins = 3}]\n", {"posterior.flow=maf"});
  EXPECT_EQ(message_of<ConfigError>([&] { config->parts("prior.flow")[1].refuse("bins", "must be even"); }),
            "c.toml:1: prior.flow.1.bins = 3: must be even");
  EXPECT_EQ(message_of<ConfigError>([&] { config->part("posterior.flow").refuse("network.hidden", "must be short"); }),
            "posterior.flow.network.hidden = [64, 64] (the default): must be short");
  EXPECT_EQ(message_of<ConfigError>([&] { config->part("posterior.flow").refuse("is not for bits"); }),
            "--set posterior.flow=maf: is not for bits");
  EXPECT_EQ(message_of<ConfigError>([&] { config->parts("prior.flow")[0].refuse("comes last"); }),
            "c.toml:1: prior.flow.0 = \"maf\": comes last");
  EXPECT_EQ(message_of<ConfigError>([&] { config->part("decoder").refuse("is too narrow"); }),
            "decoder = \"mlp\" (the default): is too narrow");
}

TEST(Parts, SettingsWithoutAFile) {
  const Settings flow = Settings::of(view_of(parts::flows().find("maf")), {"layers=4", "network.hidden=[8]"});
  EXPECT_EQ(flow.name(), "maf");
  EXPECT_EQ(flow.integer("layers"), 4);
  EXPECT_THAT(flow.integers("network.hidden"), ElementsAre(8));
  EXPECT_EQ(Settings::of(parts::networks().find("mlp").settings).integers("hidden").size(), 2u);
  EXPECT_EQ(message_of<ConfigError>([&] { Settings::of(view_of(parts::flows().find("maf")), {"bins=4"}); }),
            "--set bins=4: unknown key \"bins\"");
  EXPECT_EQ(Settings::of(view_of(parts::activations().find("relu"))).name(), "relu");
}

TEST(Parts, DifferencesAreByKey) {
  const Config before = set_parts({"prior.flow=maf"}), now = set_parts({"prior.flow=planar", "prior.flow.layers=3"});
  std::vector<std::string> lines;
  for (const Difference& one : differences(now.settings(), before.settings())) {
    lines.push_back(one.key + ": " + (one.now ? to_literal(*one.now) : "nothing") + ", " +
                    (one.before ? to_literal(*one.before) : "nothing"));
  }
  EXPECT_THAT(lines,
              ElementsAre("prior.flow.name: \"planar\", \"maf\"", "prior.flow.layers: 3, 2",
                          "prior.flow.network.name: nothing, \"mlp\"", "prior.flow.network.hidden: nothing, [64, 64]",
                          "prior.flow.network.activation.name: nothing, \"relu\""));
}

}  // namespace
}  // namespace elbo
