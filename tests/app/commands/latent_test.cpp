// Commands that look into a latent space and use it.
#include <cmath>
#include <nlohmann/json.hpp>

#include "elbo/data/npy.h"
#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// A VAE on the images in "data" that has learned their four kinds.
const Words kLearned = kTiny + Words{"--set", "train.epochs=60", "--set", "optimizer.learning_rate=0.01"};

class LatentCommands : public testing::Test {
 protected:
  void SetUp() override {
    write_images(place_.path() / "data");
    place_.output_of(Words{"train", "--out", "run", "-q"} + kLearned);
  }
  json json_of(const Words& words) const { return json::parse(place_.output_of(words + Words{"--json"})); }

  Workplace place_;
};

TEST_F(LatentCommands, EvaluateSaysHowFarItsEstimateCanBeTrusted) {
  const json found = json_of({"evaluate", "run", "-k", "200", "-q"});
  const json& importance = found["nll_importance"];
  EXPECT_GT(importance["monte_carlo_error"].get<double>(), 0);
  EXPECT_GT(importance["effective_share"].get<double>(), importance["least_effective_share"].get<double>());
  EXPECT_LE(importance["unreliable_share"].get<double>(), 1);
  // Two latents: the evidence itself, which the bound lies above.
  EXPECT_LT(found["nll_quadrature"]["mean"].get<double>(), found["negative_elbo"]["mean"].get<double>());
  const json few = json_of({"evaluate", "run", "-k", "10", "-q"});
  EXPECT_TRUE(few["nll_importance"]["unreliable_share"].is_null());
  const std::string table = place_.output_of({"evaluate", "run", "-k", "200", "-q"});
  for (const char* words : {"NLL, by quadrature", "are effective", "Monte Carlo error", "Pareto k"}) {
    EXPECT_THAT(table, HasSubstr(words));
  }
}

TEST_F(LatentCommands, ScoreGivesTheBoundOfEachRow) {
  place_.output_of({"score", "run", "--out", "s.npy", "-q"});
  const Array plain = data::read_npy(place_.path() / "s.npy");
  ASSERT_EQ(plain.shape(), (Shape{40, 3}));
  for (size_t row = 0; row < 40; ++row) {
    const auto values = plain.values<double>().subspan(3 * row, 3);
    EXPECT_NEAR(values[0], values[1] + values[2], 1e-3);
  }
  const json found = json_of({"score", "run", "-k", "100", "-q"});
  for (const char* name : {"negative_elbo", "reconstruction", "kl", "nll_importance", "pareto_k"}) {
    EXPECT_EQ(found[name].size(), 40u) << name;
  }
  // Their means are what evaluate says, with the same draws.
  const json evaluated = json_of({"evaluate", "run", "-k", "100", "-q"});
  for (const char* name : {"negative_elbo", "nll_importance"}) {
    double mean = 0;
    for (const json& value : found[name]) mean += value.get<double>() / 40;
    EXPECT_NEAR(mean, evaluated[name]["mean"].get<double>(), 1e-6) << name;
  }
  EXPECT_EQ(place_.elbo({"score", "run"}).code, 2);
}

TEST_F(LatentCommands, DiagnoseGivesFiguresVerdictsAndPictures) {
  const Outcome outcome = place_.elbo({"diagnose", "run", "-q"});
  EXPECT_TRUE(outcome.code == 0 || outcome.code == 1) << outcome.err;
  EXPECT_EQ(outcome.code == 1, outcome.out.find("(bad)") != std::string::npos);
  for (const char* words : {"posterior collapse", "mutual information", "holes", "variance of the mean", "log 40"}) {
    EXPECT_THAT(outcome.out, HasSubstr(words));
  }
  EXPECT_TRUE(fs::exists(place_.path() / "run" / "latent.svg"));
  EXPECT_TRUE(fs::exists(place_.path() / "run" / "manifold.png"));
  EXPECT_EQ(place_.elbo({"sample", "run", "--out", "run/manifold.png"}).code, 2) << "it is the run's own";
  const json found = json::parse(place_.elbo({"diagnose", "run", "-q", "--json", "--rows", "30"}).out);
  EXPECT_EQ(found["count"], 30);
  EXPECT_EQ(found["dimensions"].size(), 2u);
  EXPECT_NEAR(found["most_information"].get<double>(), std::log(30), 1e-9);
  EXPECT_EQ(found["verdicts"][0]["name"], "posterior collapse");
}

TEST_F(LatentCommands, DiagnoseNamesCollapseAndOtherData) {
  // So strong a divergence that no code is worth its price.
  place_.output_of(Words{"train", "--out", "collapsed", "-q"} + kLearned +
                   Words{"--set", "objective=beta-vae", "--set", "objective.beta=1000"});
  const Outcome outcome = place_.elbo({"diagnose", "collapsed", "-q"});
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("complete (bad)"));
  // Noise is told from images with a bright half.
  std::string noise = big_endian(0x803) + big_endian(30) + big_endian(8) + big_endian(8);
  for (int i = 0; i < 30 * 64; ++i) noise += static_cast<char>(i * i % 251);
  write_file(place_.path() / "noise.idx", noise);
  const json found = json::parse(place_.elbo({"diagnose", "run", "-q", "--json", "--other", "noise.idx"}).out);
  EXPECT_EQ(found["verdicts"].back()["word"], "told apart") << found["verdicts"].back();
}

TEST_F(LatentCommands, WalksDecodeWhatLiesOnThem) {
  place_.output_of({"traverse", "run", "--steps", "5", "--out", "t.npy"});
  EXPECT_EQ(data::read_npy(place_.path() / "t.npy").shape(), (Shape{2, 5, 64}));
  place_.output_of({"traverse", "run", "--row", "3", "--out", "t.png"});
  EXPECT_TRUE(fs::exists(place_.path() / "t.png"));
  // Both ends are what reconstruct makes of the rows.
  place_.output_of({"interpolate", "run", "1", "7", "--steps", "4", "--out", "i.npy"});
  place_.output_of({"reconstruct", "run", "-n", "7", "--out", "r.npy"});
  const Array path = data::read_npy(place_.path() / "i.npy");
  const Array pairs = data::read_npy(place_.path() / "r.npy").cast(DType::kF32);
  ASSERT_EQ(path.shape(), (Shape{2, 4, 64}));
  const auto walked = path.values<float>(), kept = pairs.values<float>();
  for (size_t pixel = 0; pixel < 64; ++pixel) {
    for (size_t way = 0; way < 2; ++way) {
      EXPECT_NEAR(walked[way * 256 + pixel], kept[64 + pixel], 1e-5);
      EXPECT_NEAR(walked[way * 256 + 192 + pixel], kept[6 * 128 + 64 + pixel], 1e-5);
    }
  }
  place_.output_of({"attribute", "run", "--steps", "3", "--row", "2", "--out", "a.npy"});
  EXPECT_EQ(data::read_npy(place_.path() / "a.npy").shape(), (Shape{4, 3, 64}));
  for (const Words& words : {Words{"interpolate", "run", "0", "3", "--out", "x.png"},
                             Words{"interpolate", "run", "1", "41", "--out", "x.png"},
                             Words{"interpolate", "run", "one", "2", "--out", "x.png"},
                             Words{"traverse", "run", "--row", "41", "--out", "x.png"},
                             Words{"attribute", "run", "--row", "41", "--out", "x.png"}, Words{"traverse", "run"}}) {
    const Outcome outcome = place_.elbo(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
  }
  EXPECT_THAT(place_.elbo({"interpolate", "run", "1", "41", "--out", "x.png"}).err, HasSubstr("numbered from 1 to 40"));
}

TEST_F(LatentCommands, ClusterFindsTheFourKinds) {
  const json found = json_of({"cluster", "run", "--labels", "--out", "c.npy"});
  EXPECT_EQ(found["clusters"], 4);
  EXPECT_GT(found["k_means"]["accuracy"].get<double>(), 0.9);
  EXPECT_GT(found["k_means"]["nmi"].get<double>(), 0.8);
  EXPECT_EQ(data::read_npy(place_.path() / "c.npy").shape(), (Shape{40, 2}));
  EXPECT_THAT(place_.output_of({"cluster", "run", "--clusters", "3"}), HasSubstr("mixture of normals"));
  EXPECT_EQ(place_.elbo({"cluster", "run", "--clusters", "41"}).code, 2);
}

// Labels are numbered in their order, whatever they are.
TEST(LatentCommandsOfTables, TakeAnyWholeNumbersForLabels) {
  const Workplace place;
  std::ofstream file(place.path() / "t.csv");
  file << "a,b,kind\n";
  for (int i = 0; i < 200; ++i) {
    const int kind = i % 3 == 0 ? -1 : 7;
    file << kind + 0.1 * std::sin(i) << ',' << -kind + 0.1 * std::cos(2 * i) << ',' << kind << '\n';
  }
  file.close();
  place.output_of({"train", "--out", "run", "-q", "--set", "model=ppca", "--set", "data.name=csv:t.csv", "--set",
                   "data.label_column=kind", "--set", "train.batch_size=50", "--set", "train.epochs=1"});
  const json found = json::parse(place.output_of({"cluster", "run", "--labels", "--json"}));
  EXPECT_EQ(found["clusters"], 2);
  EXPECT_EQ(found["k_means"]["accuracy"], 1);
  place.output_of({"attribute", "run", "--steps", "3", "--out", "a.npy"});
  EXPECT_EQ(data::read_npy(place.path() / "a.npy").shape(), (Shape{2, 3, 2}));
}

TEST(LatentCommandsOfFlows, AreRefusedWithTheModelsThatHaveThem) {
  const Workplace place;
  place.output_of({"train", "--out", "flow", "-q", "--set", "model=flow", "--set", "data=two-moons", "--set",
                   "data.rows=200", "--set", "train.epochs=1", "--set", "flow=planar"});
  const std::vector<std::pair<Words, const char*>> all{
      {{"diagnose", "flow"}, "model = \"vae\""},
      {{"traverse", "flow", "--out", "x.npy"}, "model = \"vae\" or \"ppca\""},
      {{"interpolate", "flow", "1", "2", "--out", "x.npy"}, "model = \"vae\" or \"ppca\""},
      {{"attribute", "flow", "--out", "x.npy"}, "model = \"vae\" or \"ppca\""},
      {{"cluster", "flow"}, "model = \"vae\" or \"ppca\""}};
  for (const auto& [words, models] : all) {
    const Outcome outcome = place.elbo(words);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(models)) << words.front();
  }
}

}  // namespace
}  // namespace elbo::app
