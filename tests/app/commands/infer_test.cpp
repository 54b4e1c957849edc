// elbo infer, and how every command reads what a conditional model is given.
#include <cmath>
#include <nlohmann/json.hpp>

#include "elbo/data/npy.h"
#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using ::testing::HasSubstr;

// x = 1000 + y + noise of 0.1, y about 50 with deviation 5; the columns in the order that is asked for.
void write_table(const fs::path& file, const std::vector<std::string>& order, int rows) {
  std::ofstream out(file);
  for (size_t i = 0; i < order.size(); ++i) out << order[i] << (i + 1 < order.size() ? ',' : '\n');
  out.precision(12);
  for (int i = 0; i < rows; ++i) {
    const double y = 50 + 7 * std::sin(12.9898 * i), other = std::cos(78.233 * i);
    const double x = 1000 + y + 0.14 * std::sin(37.719 * i);
    for (size_t k = 0; k < order.size(); ++k) {
      out << (order[k] == "x" ? x : order[k] == "y" ? y : other) << (k + 1 < order.size() ? ',' : '\n');
    }
  }
}

const Words kPairs = Words{"--set",     "model=conditional",
                           "--set",     "data.name=csv:pairs.csv",
                           "--set",     "data.context=[\"y\", \"other\"]",
                           "--set",     "flow=affine",
                           "--set",     "summary=mlp",
                           "--set",     "summary.hidden=[16]",
                           "--set",     "optimizer.learning_rate=0.02",
                           "--threads", "1",
                           "-q"};

class Infer : public testing::Test {
 protected:
  void SetUp() override {
    write_table(place_.path() / "pairs.csv", {"other", "x", "y"}, 1000);
    place_.output_of(Words{"train", "--out", "run"} + kPairs + setting("train.epochs=60"));
  }
  nlohmann::json posterior(const std::string& file) const {
    return nlohmann::json::parse(place_.output_of({"infer", "run", "--observation", file, "--json", "-n", "2000"}));
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(place_.path() / name) << text; }

  Workplace place_;
};

TEST_F(Infer, SaysWhatTheObservationTells) {
  write("y.csv", "other,y\n0.5,52\n");
  const nlohmann::json found = posterior("y.csv")["row_1"]["x"];
  EXPECT_NEAR(found["mean"], 1052, 0.1);
  EXPECT_NEAR(found["deviation"], 0.1, 0.05);
  EXPECT_LT(found["quantile_0.25"], found["quantile_0.75"]);
  const std::string text = place_.output_of({"infer", "run", "--observation", "y.csv"});
  EXPECT_THAT(text, HasSubstr("10000 draws for 1 row of y.csv"));
}

TEST_F(Infer, ReadsAnyFileByName) {
  write("y.csv", "other,y\n0.5,52\n");
  write("turned.csv", "y,other\n52,0.5\n");
  write("whole.csv", "y,x,other\n52,7,0.5\n");
  write("plain.csv", "52 0.5\n");
  const nlohmann::json expected = posterior("y.csv");
  for (const char* file : {"turned.csv", "whole.csv", "plain.csv"}) EXPECT_EQ(posterior(file), expected) << file;
}

TEST_F(Infer, WritesDraws) {
  write("y.csv", "y,other\n52,0.5\n48,0\n");
  place_.output_of({"infer", "run", "--observation", "y.csv", "-n", "10", "--out", "x.npy"});
  EXPECT_EQ(data::read_npy(place_.path() / "x.npy").shape(), (Shape{2, 10, 1}));
  EXPECT_EQ(place_.elbo({"infer", "run", "--observation", "y.csv", "--out", "x.csv"}).code, 2);
  write("one.csv", "y,other\n52,0.5\n");
  place_.output_of({"infer", "run", "--observation", "one.csv", "-n", "10", "--out", "x.csv"});
  const std::string table = content_of(place_.path() / "x.csv");
  EXPECT_TRUE(table.starts_with("x\n10")) << table;
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 11);
}

TEST_F(Infer, ComplainsInOneSentence) {
  write("lacks.csv", "y\n52\n");
  write("far.csv", "y,other\n500,0\n");
  const auto complaint = [&](const Words& words, int code) {
    const Outcome outcome = place_.elbo(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(complaint({"infer", "run"}, 2), HasSubstr("--observation"));
  EXPECT_THAT(complaint({"infer", "run", "--observation", "lacks.csv"}, 3), HasSubstr("lacks the column \"other\""));
  EXPECT_THAT(complaint({"infer", "run", "--observation", "y.txt"}, 3), HasSubstr("y.txt"));
  EXPECT_THAT(complaint({"infer", "run", "--observation", "far.csv"}, 0),
              HasSubstr("deviations from the mean of what training saw"));
  write("two.csv", "y,other\n52,0.5\n48,0\n");
  EXPECT_THAT(complaint({"infer", "run", "--observation", "two.csv"}, 2), HasSubstr("has 2 rows"));
  write("holes.csv", "y,other\n52,0.5\n,0\n48,0\n");
  EXPECT_THAT(complaint({"infer", "run", "--observation", "holes.csv", "--json", "--set", "data.missing=drop"}, 3),
              HasSubstr("1 of 3 rows have missing values"));
  EXPECT_THAT(complaint({"encode", "run", "--out", "z.npy"}, 2), HasSubstr("needs a run with model ="));
  EXPECT_THAT(complaint({"infer", "run", "--observation", "two.csv", "--out", "two.csv"}, 2),
              HasSubstr("which it would replace"));
  EXPECT_THAT(complaint({"density", "run", "--out", "d.png"}, 2), HasSubstr("needs a run with model ="));
  place_.output_of(Words{"train", "--out", "flow", "-q", "--set", "model=flow", "--set", "data.name=two-moons", "--set",
                         "train.epochs=1"});
  EXPECT_THAT(complaint({"infer", "flow", "--observation", "far.csv"}, 2),
              HasSubstr("needs a run with model = \"conditional\""));
  EXPECT_THAT(complaint({"train", "--set", "model=flow", "--set", "data.name=csv:pairs.csv", "--set",
                         "data.context=[\"y\"]", "--out", "no"},
                        2),
              HasSubstr("data.context"));
  EXPECT_THAT(complaint({"train", "--set", "model=conditional", "--set", "data.name=csv:pairs.csv", "--out", "no"}, 3),
              HasSubstr("data.context names such columns"));
  EXPECT_FALSE(fs::exists(place_.path() / "no"));
}

// With an affine flow p(x | y) is normal, with the mean and the deviation that are inferred: its density in the units
// of the file.
TEST_F(Infer, ScoresPairs) {
  write("y.csv", "y,other\n52,0.5\n");
  const nlohmann::json found = posterior("y.csv")["row_1"]["x"];
  const double mean = found["mean"], deviation = found["deviation"];
  write("pair.csv", "y,x,other\n52," + std::to_string(mean) + ",0.5\n");
  write("turned.csv", "x,other,y\n" + std::to_string(mean) + ",0.5,52\n");
  place_.output_of({"score", "run", "--data", "pair.csv", "--out", "s.npy"});
  place_.output_of({"score", "run", "--data", "turned.csv", "--out", "t.npy"});
  const Array scores = data::read_npy(place_.path() / "s.npy");
  ASSERT_EQ(scores.shape(), Shape{1});
  EXPECT_TRUE(content_of(place_.path() / "s.npy") == content_of(place_.path() / "t.npy"));
  // The deviation is of 2000 draws.
  EXPECT_NEAR(scores.values<double>()[0], -0.5 * std::log(2 * std::acos(-1.0)) - std::log(deviation),
              4 / std::sqrt(2 * 2000.0));
}

TEST_F(Infer, ARunGoesOnAndKeepsToItsContext) {
  EXPECT_EQ(place_.elbo({"train", "--resume", "--out", "run", "--set", "train.epochs=61", "-q"}).code, 0);
  const Outcome other = place_.elbo({"infer", "run", "--observation", "pairs.csv", "--set", "summary.hidden=[8]"});
  EXPECT_EQ(other.code, 2) << other.err;
}

}  // namespace
}  // namespace elbo::app
