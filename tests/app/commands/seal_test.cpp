// A configuration belongs to its weights, and weights are numbers: what commands refuse to compute with.
#include <cmath>
#include <limits>

#include "elbo/data/npy.h"
#include "elbo/io/checkpoint.h"
#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using ::testing::HasSubstr;

const Words kFlowRun = kTiny + setting("posterior.flow=iaf-affine") + setting("posterior.flow.layers=1") +
                       setting("posterior.flow.log_scale_bound=2") + setting("train.epochs=1");

void replace_in(const fs::path& file, const std::string& before, const std::string& after) {
  std::string text = content_of(file);
  const size_t at = text.find(before);
  ASSERT_NE(at, std::string::npos) << before << " in\n" << text;
  write_file(file, text.replace(at, before.size(), after));
}

// One value of a tensor, under a checksum that is right.
void set_value(const fs::path& run, const std::string& tensor, float value) {
  io::Checkpoint checkpoint = io::load_checkpoint(io::latest_checkpoint(run).value());
  bool found = false;
  for (io::NamedArray& one : checkpoint.tensors) {
    if (one.name != tensor) continue;
    for (float& v : one.array.values<float>()) v = value;
    found = true;
  }
  ASSERT_TRUE(found) << tensor;
  io::save_checkpoint(run, checkpoint);
}

TEST(Seal, AnEditedConfigurationIsRefused) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kFlowRun);
  const fs::path run = place.path() / "run";
  const std::string summary = content_of(run / "summary.json");
  replace_in(run / "config.toml", "log_scale_bound = 2.0", "log_scale_bound = 3.0");
  for (const Words& words : {Words{"evaluate", "run"}, Words{"sample", "run", "--out", "s.npy"},
                             Words{"encode", "run", "--out", "z.npy"}, Words{"reconstruct", "run", "--out", "r.npy"},
                             Words{"train", "--resume", "--out", "run", "--set", "train.epochs=2"}}) {
    const Outcome outcome = place.elbo(words);
    EXPECT_EQ(outcome.code, 2) << words[0] << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("posterior.flow.log_scale_bound = 2.0")) << words[0];
    EXPECT_THAT(outcome.err, HasSubstr("says 3.0")) << words[0];
  }
  EXPECT_EQ(content_of(run / "summary.json"), summary) << "a resume that fails changes nothing";
  EXPECT_THAT(content_of(run / "config.toml"), HasSubstr("epochs = 1\n"));
  replace_in(run / "config.toml", "log_scale_bound = 3.0", "log_scale_bound = 2.0");
  place.output_of({"evaluate", "run", "--set", "evaluate.batch_size=7", "--set", "seed=3"});
  // Other data is another question to a finished run, and another run to one that goes on.
  replace_in(run / "config.toml", "binarization = \"none\"", "binarization = \"dynamic\"");
  EXPECT_EQ(place.elbo({"evaluate", "run"}).code, 0);
  const Outcome resumed = place.elbo({"train", "--resume", "--out", "run", "--set", "train.epochs=2"});
  EXPECT_EQ(resumed.code, 2);
  EXPECT_THAT(resumed.err, HasSubstr("data.binarization"));
}

TEST(Seal, WeightsThatAreNotFiniteAreRefused) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1"));
  const std::string tensor = "adam.m.decoder.0.weight";  // nothing that is computed after training reads it
  set_value(place.path() / "run", tensor, std::numeric_limits<float>::quiet_NaN());
  for (const Words& words : {Words{"evaluate", "run"}, Words{"sample", "run", "--out", "s.npy"},
                             Words{"train", "--resume", "--out", "run", "--set", "train.epochs=2"}}) {
    const Outcome outcome = place.elbo(words);
    EXPECT_EQ(outcome.code, 4) << words[0] << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(tensor));
    EXPECT_THAT(outcome.err, HasSubstr("step-000000010"));
  }
  EXPECT_FALSE(fs::exists(place.path() / "s.npy"));
}

// Each weight is finite, and what they make is not.
TEST(Seal, FiguresAndSamplesThatAreNotFiniteAreRefused) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("likelihood.name=normal") +
                  setting("train.epochs=1"));
  for (const char* tensor : {"encoder.0.weight", "decoder.0.weight", "decoder.0.bias"}) {
    set_value(place.path() / "run", tensor, 3e38F);
  }
  for (const Words& words : {Words{"evaluate", "run", "--json"}, Words{"reconstruct", "run", "--out", "r.npy"}}) {
    const Outcome outcome = place.elbo(words);
    EXPECT_EQ(outcome.code, 4) << words[0] << outcome.err;
    EXPECT_EQ(outcome.out, "") << words[0];
  }
  EXPECT_FALSE(fs::exists(place.path() / "r.npy"));
  // Draws that are not finite are left out, and counted; the others are not lost with them.
  const Outcome sampled = place.elbo({"sample", "run", "--out", "s.npy"});
  EXPECT_EQ(sampled.code, 4);
  EXPECT_THAT(sampled.err, HasSubstr("of 64 draws went beyond 32-bit numbers"));
  const Array samples = data::read_npy(place.path() / "s.npy");
  EXPECT_LT(samples.shape()[0], 64);
  for (const float value : samples.values<float>()) EXPECT_TRUE(std::isfinite(value));
}

TEST(Seal, ForceDeletesOnlyRunsOfElbo) {
  const Workplace place;
  write_images(place.path() / "data");
  for (const char* config : {"[paths]\nroot = 3\n", "seed = 1\n", "not toml at all"}) {
    const fs::path other = place.path() / "other";
    write_file(other / "config.toml", config);
    write_file(other / "checkpoints" / "weights", "theirs");
    const Outcome outcome = place.elbo(Words{"train", "--out", "other", "--force"} + kTiny + setting("train.epochs=1"));
    EXPECT_EQ(outcome.code, 2) << config << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("--force"));
    EXPECT_EQ(content_of(other / "checkpoints" / "weights"), "theirs");
    EXPECT_EQ(content_of(other / "config.toml"), config);
  }
  // A run that was killed before environment.json was written.
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1"));
  write_file(place.path() / "young" / "config.toml", content_of(place.path() / "run" / "config.toml"));
  place.output_of(Words{"train", "--out", "young", "--force"} + kTiny + setting("train.epochs=1"));
}

TEST(Seal, ALinkToNothingIsCalledThat) {
  const Workplace place;
  write_images(place.path() / "data");
  fs::create_symlink("nowhere", place.path() / "run");
  const Outcome outcome = place.elbo(Words{"train", "--out", "run"} + kTiny);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("run: is a link to what is not there"));
}

}  // namespace
}  // namespace elbo::app
