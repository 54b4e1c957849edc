// The commands from training to pictures, on a small data set.
#include <nlohmann/json.hpp>

#include "elbo/data/npy.h"
#include "elbo/data/registry.h"
#include "elbo/flows/registry.h"
#include "elbo/models/objective.h"
#include "elbo/train/optimizer.h"
#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kPngMagic = "\x89PNG\r\n";

TEST(Commands, TrainEvaluateSampleReconstructEncodeExplain) {
  const Workplace place;
  write_images(place.path() / "data");
  const fs::path run = place.path() / "run";

  const json trained =
      json::parse(place.output_of(Words{"train", "--out", "run", "--json"} + kTiny + setting("train.epochs=30") +
                                  setting("data.validation=40") + setting("optimizer.learning_rate=0.01")));
  EXPECT_EQ(trained["run"], "run");
  EXPECT_EQ(trained["complete"], true);
  EXPECT_EQ(trained["epochs"], 30);
  EXPECT_EQ(trained["steps"], 30 * 8);
  EXPECT_GT(trained["seconds"], 0);
  EXPECT_GT(trained["ms_per_step"], 0);
  // 64-16, two heads 16-2, 2-16-64, each with a bias.
  EXPECT_EQ(trained["parameters"], 64 * 16 + 16 + 2 * (16 * 2 + 2) + 2 * 16 + 16 + 16 * 64 + 64);
  for (const char* split : {"train", "validation"}) {
    const json& metrics = trained[split];
    EXPECT_NEAR(metrics["loss"].get<double>(), metrics["reconstruction"].get<double>() + metrics["kl"].get<double>(),
                1e-3);
  }

  for (const char* name :
       {"config.toml", "environment.json", "data.json", "metrics.jsonl", "summary.json", "curves.svg"}) {
    EXPECT_FALSE(content_of(run / name).empty()) << name;
  }
  EXPECT_THAT(content_of(run / "samples.png"), StartsWith(kPngMagic));
  EXPECT_EQ(checkpoints_of(run).size(), 2u);
  const json environment = json::parse(content_of(run / "environment.json"));
  const json record = json::parse(content_of(run / "data.json"));
  EXPECT_EQ(record["dim"], 64);
  EXPECT_EQ(record["rows"]["train"], 160);
  EXPECT_EQ(environment["threads"], 1);
  EXPECT_FALSE(environment["instruction_set"].get<std::string>().empty());

  const json evaluated =
      json::parse(place.output_of({"evaluate", "run", "--samples", "5", "--importance-samples", "50", "--json"}));
  EXPECT_EQ(evaluated["split"], "test");
  EXPECT_EQ(evaluated["count"], 40);
  EXPECT_EQ(evaluated["negative_elbo"]["samples"], 5);
  EXPECT_EQ(evaluated["nll_importance"]["samples"], 50);
  const double bound = evaluated["negative_elbo"]["mean"];
  EXPECT_NEAR(bound, evaluated["reconstruction"].get<double>() + evaluated["kl"].get<double>(), 1e-3);
  EXPECT_LT(evaluated["nll_importance"]["mean"].get<double>(), bound);
  EXPECT_GT(evaluated["negative_elbo"]["standard_error"], 0);
  // What an untrained decoder takes for a pixel costs log 2 each; 64 pixels are 44.4 nats.
  EXPECT_LT(bound, 35);

  const json on_train =
      json::parse(place.output_of({"evaluate", "run", "--split", "train", "--limit", "20", "--json"}));
  EXPECT_EQ(on_train["count"], 20);
  EXPECT_EQ(on_train["split"], "train");
  EXPECT_EQ(on_train["negative_elbo"]["samples"], 10);
  EXPECT_TRUE(on_train["nll_importance"].is_null());
  const std::string table = place.output_of({"evaluate", "run", "--split", "validation"});
  for (const char* word : {"validation split of idx:data", "40 examples", "−ELBO", "±", "KL", "samples"}) {
    EXPECT_THAT(table, HasSubstr(word));
  }

  // Sampling needs no data.
  fs::rename(place.path() / "data", place.path() / "elsewhere");
  EXPECT_THAT(place.output_of({"sample", "run", "-n", "9", "--out", "s.png"}), HasSubstr("s.png: 9 samples of run"));
  EXPECT_THAT(content_of(place.path() / "s.png"), StartsWith(kPngMagic));
  place.output_of({"sample", "run", "-n", "300", "--out", "s.npy"});
  place.output_of({"sample", "run", "-n", "3", "--out", "few.npy"});
  const Array many = data::read_npy(place.path() / "s.npy"), few = data::read_npy(place.path() / "few.npy");
  ASSERT_EQ(many.shape(), (Shape{300, 64}));
  ASSERT_EQ(few.shape(), (Shape{3, 64}));
  EXPECT_TRUE(std::equal(few.values<float>().begin(), few.values<float>().end(), many.values<float>().begin()));
  for (const float value : many.values<float>()) EXPECT_TRUE(value > 0 && value < 1);
  place.output_of({"sample", "run", "-n", "3", "--draw", "--out", "bits.npy"});
  const Array bits = data::read_npy(place.path() / "bits.npy");
  for (const float value : bits.values<float>()) EXPECT_TRUE(value == 0 || value == 1) << value;
  place.output_of({"sample", "run", "-n", "3", "--seed", "1", "--out", "other.npy"});
  EXPECT_NE(content_of(place.path() / "other.npy"), content_of(place.path() / "few.npy"));
  EXPECT_EQ(place.elbo({"reconstruct", "run", "--out", "r.png"}).code, 3);
  const Words moved = setting("data.name=idx:elsewhere");

  place.output_of(Words{"reconstruct", "run", "--split", "train", "--first", "12", "--out", "r.png"} + moved);
  EXPECT_THAT(content_of(place.path() / "r.png"), StartsWith(kPngMagic));
  place.output_of(Words{"reconstruct", "run", "--first", "12", "--out", "r.npy"} + moved);
  const Array pairs = data::read_npy(place.path() / "r.npy");
  ASSERT_EQ(pairs.shape(), (Shape{12, 2, 64}));
  // The first test image is bright above and dark below; so must its reconstruction be.
  const auto pixel = [&](size_t which, size_t at) { return pairs.values<float>()[which * 64 + at]; };
  EXPECT_NEAR(pixel(0, 0), 0.85, 0.1);
  EXPECT_GT(pixel(1, 0), pixel(1, 63) + 0.3f);

  place.output_of(Words{"encode", "run", "--out", "z.npy"} + moved);
  ASSERT_EQ(data::read_npy(place.path() / "z.npy").shape(), (Shape{40, 2}));
  place.output_of(Words{"encode", "run", "--sample", "--out", "draws.npy"} + moved);
  EXPECT_NE(content_of(place.path() / "draws.npy"), content_of(place.path() / "z.npy"));

  const std::string explained = place.output_of(Words{"explain", "run"} + moved);
  for (const char* word : {"encoder.0", "weight [16, 64]", "dead-code", "matmul", "alive at the peak", "GFLOP"}) {
    EXPECT_THAT(explained, HasSubstr(word));
  }
}

TEST(Commands, AFlowTrainsAndIsMeasured) {
  const Workplace place;
  write_images(place.path() / "data");
  for (const char* amortized : {"true", "false"}) {
    const std::string out = std::string("run-") + amortized;
    place.output_of(Words{"train", "--out", out} + kTiny + setting("posterior.flow=planar") +
                    setting("posterior.flow.layers=3") + setting(std::string("posterior.flow.amortized=") + amortized) +
                    setting("train.epochs=5"));
    const json evaluated = json::parse(place.output_of({"evaluate", out, "--importance-samples", "100", "--json"}));
    EXPECT_LT(evaluated["nll_importance"]["mean"].get<double>(), evaluated["negative_elbo"]["mean"].get<double>());
    place.output_of({"encode", out, "--out", "z.npy"});
  }
}

TEST(Commands, ALearnedPriorIsTrainedResumedMeasuredAndSampled) {
  const Workplace place;
  write_images(place.path() / "data");
  const Words settings = kTiny + setting("prior.name=mixture-of-gaussians") + setting("prior.components=3") +
                         setting("prior.flow=iaf") + setting("prior.flow.layers=2") +
                         setting("prior.flow.network.hidden=[6]") + setting("posterior.name=full-normal") +
                         setting("posterior.flow=maf") + setting("posterior.flow.layers=1") +
                         setting("objective.kl=closed-form");
  const Outcome outcome = place.elbo(Words{"train", "--out", "whole"} + settings + Words{"--set", "train.epochs=4"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("this posterior's divergence from this prior has none; it is Monte Carlo"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("slow")));
  place.output_of(Words{"train", "--out", "cut"} + settings + Words{"--set", "train.epochs=2"});
  place.output_of({"train", "--out", "cut", "--resume", "-q", "--set", "train.epochs=4"});
  EXPECT_EQ(last_state(place.path() / "whole"), last_state(place.path() / "cut"));

  const json evaluated = json::parse(place.output_of({"evaluate", "whole", "--importance-samples", "20", "--json"}));
  EXPECT_LT(evaluated["nll_importance"]["mean"].get<double>(), evaluated["negative_elbo"]["mean"].get<double>());
  place.output_of({"sample", "whole", "-n", "9", "--out", "s.png"});
  const std::string explained = place.output_of({"explain", "whole"});
  for (const char* line :
       {"full-normal, then maf with 1 layers, in 2 dimensions", "mixture-of-gaussians, then iaf with 2 layers",
        "Monte Carlo", "prior.flow.0", "logits [3]"}) {
    EXPECT_THAT(explained, HasSubstr(line));
  }
}

TEST(Commands, ASavedConfigurationHoldsTheKeysOfItsModel) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=1"));
  const fs::path file = place.path() / "run" / "config.toml";
  const std::string saved = content_of(file);
  EXPECT_THAT(saved, HasSubstr("[posterior]"));
  EXPECT_THAT(saved, Not(HasSubstr("[flow]")));
  place.output_of({"train", "run/config.toml", "--out", "again"});
  place.output_of({"evaluate", "run"});
  place.output_of({"explain", "run"});
  place.output_of({"train", "--resume", "--out", "run", "--set", "train.epochs=2"});
  const Outcome outcome = place.elbo({"evaluate", "run", "--set", "flow.layers=8"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--set flow.layers=8: only model = \"flow\" or \"conditional\" reads this key"));
}

TEST(Commands, ATrainedRunRefusesWhatWouldMakeItAnotherModel) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("posterior.flow=planar") +
                  setting("train.epochs=1"));
  place.output_of(Words{"train", "--out", "chain"} + kTiny + setting("prior.flow=[\"actnorm\", \"affine\"]") +
                  setting("train.epochs=1"));
  const auto refused = [&](const Words& words, const char* sentence) {
    const Outcome outcome = place.elbo(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(sentence));
    EXPECT_THAT(outcome.err, HasSubstr("cannot be changed afterwards"));
  };
  refused({"evaluate", "run", "--set", "posterior.flow=none"}, "was trained with posterior.flow = \"planar\"");
  refused({"evaluate", "run", "--set", "posterior.flow=[\"actnorm\", \"planar\"]"}, "was trained with posterior.flow");
  refused({"evaluate", "chain", "--set", "prior.flow.1.name=maf"}, "was trained with \"affine\"");
  refused({"evaluate", "chain", "--set", "prior.flow=maf"}, "was trained with prior.flow");
  // Another folder of images is other data.
  fs::copy(place.path() / "data", place.path() / "other", fs::copy_options::recursive);
  const Outcome other =
      place.elbo({"train", "--resume", "--out", "run", "--set", "data=idx:other", "--set", "train.epochs=2"});
  EXPECT_EQ(other.code, 2) << other.err;
  EXPECT_THAT(other.err, HasSubstr("data.folder"));
}

TEST(Commands, EveryObjectiveAndOptimizerTrains) {
  const Workplace place;
  write_images(place.path() / "data");
  const Words planar = setting("posterior.flow=planar") + setting("posterior.flow.layers=2");
  for (const std::string& objective : models::vae_objectives().names()) {
    const Words words =
        Words{"train", "--out", objective} + kTiny + setting("train.epochs=2") + setting("objective.name=" + objective);
    if (objective == "dl-vae" || objective == "beta-tc-vae") {  // of dimensions that are independent
      EXPECT_EQ(place.elbo(words + planar).code, 2);
      place.output_of(words);
    } else {
      place.output_of(words + planar);
    }
  }
  for (const std::string& optimizer : train::optimizers().names()) {
    place.output_of(Words{"train", "--out", optimizer} + kTiny + setting("train.epochs=2") +
                    setting("optimizer.name=" + optimizer));
  }
}

TEST(Commands, TrainingStopsWhenValidationGetsNoBetter) {
  const Workplace place;
  write_images(place.path() / "data");
  // Steps too small to change a float: no evaluation can be better than the first.
  const Outcome outcome = place.elbo(Words{"train", "--out", "run", "--json"} + kTiny + setting("train.epochs=50") +
                                     setting("train.patience=3") + setting("data.validation=40") +
                                     setting("optimizer.learning_rate=1e-30"));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(json::parse(outcome.out)["epochs"], 4);
  EXPECT_EQ(json::parse(outcome.out)["stopped_early"], true);
  EXPECT_EQ(json::parse(outcome.out)["kept_epoch"], 1);
  EXPECT_THAT(outcome.err, HasSubstr("train.patience"));
  EXPECT_THAT(outcome.err, HasSubstr("the weights kept are those of epoch 1, the best on the validation rows"));
}

TEST(Commands, RowsThatAreNoImagesAreNotDrawn) {
  const Workplace place;
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("data.name=two-moons") + setting("data.rows=200") +
                  setting("likelihood.name=normal") + setting("train.epochs=2"));
  EXPECT_FALSE(fs::exists(place.path() / "run" / "samples.png"));
  place.output_of({"sample", "run", "--out", "s.png"});  // points of the plane are drawn as such
  const Outcome outcome = place.elbo({"reconstruct", "run", "--out", "r.png"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("no images"));
  place.output_of({"sample", "run", "-n", "10", "--draw", "--out", "s.npy"});
  EXPECT_EQ(data::read_npy(place.path() / "s.npy").shape(), (Shape{10, 2}));
}

TEST(Commands, RunsWithoutANameAreNumbered) {
  const Workplace place;
  write_images(place.path() / "data");
  write_file(place.path() / "small.toml", "[train]\nepochs = 1\n");
  place.output_of(Words{"train", "small.toml"} + kTiny);
  place.output_of(Words{"train", "small.toml"} + kTiny);
  place.output_of(Words{"train"} + kTiny + setting("train.epochs=1"));
  for (const char* name : {"small-1", "small-2", "vae-1"}) {
    EXPECT_TRUE(fs::exists(place.path() / "runs" / name / "summary.json")) << name;
  }
  EXPECT_EQ(place.elbo(Words{"train", "--set", "data.name=idx:nowhere"}).code, 3);
  EXPECT_FALSE(fs::exists(place.path() / "runs" / "vae-2")) << "a run that cannot begin must leave no folder";
}

TEST(Commands, ListNamesEverything) {
  const Workplace place;
  const std::string all = place.output_of({"list"});
  for (const std::string& name : data::datasets().names()) EXPECT_THAT(all, HasSubstr("  " + name));
  for (const std::string& name : flows::flow_families().names()) EXPECT_THAT(all, HasSubstr("  " + name));
  for (const char* word : {"relu", "standard-normal", "bernoulli", "elbo", "adam", "pytorch-linear", "mlp",
                           "full-normal", "mixture-of-gaussians", "Rezende & Mohamed", "fast direction: "}) {
    EXPECT_THAT(all, HasSubstr(word));
  }
  EXPECT_THAT(place.output_of({"list", "flows"}), StartsWith("flows (posterior.flow, prior.flow, flow):"));
  const std::string one = place.output_of({"list", "nsf-coupling"});
  for (const char* word : {"nsf-coupling, flow (posterior.flow, prior.flow, flow)", "bins", "bound", "network"}) {
    EXPECT_THAT(one, HasSubstr(word));
  }
  EXPECT_THAT(one, Not(HasSubstr("planar")));
  EXPECT_EQ(place.elbo({"list", "planer"}).err,
            "elbo: unknown name \"planer\" (did you mean planar?); \"elbo list\" shows all there are\n");
  const Outcome outcome = place.elbo({"list", "flwos"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean flows?"));
}

TEST(Commands, EveryCommandHasHelpWithAnExample) {
  const Workplace place;
  const std::string help = place.output_of({"--help"});
  for (const char* name : {"train", "evaluate", "sample", "reconstruct", "encode", "score", "density", "diagnose",
                           "traverse", "interpolate", "attribute", "cluster", "explain", "list"}) {
    EXPECT_THAT(help, HasSubstr(std::string("  ") + name));
    const std::string own = place.output_of({name, "--help"});
    EXPECT_THAT(own, StartsWith(std::string("Usage: elbo ") + name));
    EXPECT_THAT(own, HasSubstr("Examples:"));
  }
}

}  // namespace
}  // namespace elbo::app
