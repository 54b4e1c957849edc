#include "elbo/eval/evaluate.h"

#include <cmath>
#include <gtest/gtest.h>

#include "elbo/data/graph_input.h"
#include "elbo/data/registry.h"
#include "elbo/engine/ops.h"
#include "elbo/models/elbo.h"
#include "elbo/models/vae_model.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/normal.h"
#include "elbo/settings/error.h"
#include "elbo/train/optimizer.h"
#include "elbo/train/trainer.h"
#include "tests/models/built.h"

namespace elbo::eval {
namespace {

// x = z + noise in one dimension with z ~ N(0, 1) and noise ~ N(0, s^2): p(x) = N(0, 1 + s^2), and the posterior is
// N(x / (1 + s^2), s^2 / (1 + s^2)).  `shift` moves the model's posterior away from it, `stretch` makes it wider.
constexpr double kNoise = 0.5;

models::Vae linear_vae(double shift, double stretch = 1) {
  return {.prior = prob::StandardNormal{1},
          .posterior =
              [=](Tensor x) {
                const double variance = kNoise * kNoise / (1 + kNoise * kNoise);
                const Tensor loc = x * (1 / (1 + kNoise * kNoise)) + shift;
                return prob::Normal{.loc = loc, .scale = 0.0 * x + stretch * std::sqrt(variance)};
              },
          .likelihood = [](Tensor z) { return prob::Normal{.loc = z, .scale = 0.0 * z + kNoise}; }};
}

models::VaeModel model_of(const models::Vae& vae, int64_t dim = 1) {
  return {vae, nn::Parameters{}, {.x = {.name = "x", .dim = dim}, .code_dim = 1}};
}

data::Dataset numbers(int64_t count) {
  data::Dataset dataset;
  dataset.name = "numbers";
  Array rows(DType::kF32, {count, 1});
  for (int64_t i = 0; i < count; ++i)
    rows.values<float>()[static_cast<size_t>(i)] = 2.0f * std::sin(static_cast<float>(i));
  dataset.train.set("x", rows);
  dataset.test.set("x", rows);
  return dataset;
}

double exact_nll(const data::Dataset& dataset) {
  double total = 0;
  const double variance = 1 + kNoise * kNoise;
  for (const float x : dataset.test.array("x").values<float>()) {
    total += 0.5 * std::log(2 * M_PI * variance) + 0.5 * static_cast<double>(x) * static_cast<double>(x) / variance;
  }
  return total / static_cast<double>(dataset.test.count());
}

TEST(Evaluate, IsExactWithTheTruePosterior) {
  // log p(x, z) - log q(z | x) is log p(x) for every z: both estimates are exact, whatever is drawn.  Counts that fill
  // no batch, samples that fill no run.
  for (const int64_t count : {1, 7, 300}) {
    const data::Dataset dataset = numbers(count);
    const Evaluation e = evaluate(model_of(linear_vae(0)), dataset, data::Split::kTest,
                                  {.latent_samples = 4001, .importance_samples = 501, .batch_size = 64, .threads = 2});
    EXPECT_NEAR(e.find("nll_importance")->estimate.mean, exact_nll(dataset), 2e-5);
    EXPECT_EQ(e.count, count);
    EXPECT_EQ(e.find("negative_elbo")->estimate.samples, 4001);
    // The bound's two terms are noisy one by one: within 5 standard errors of a mean over 4001 draws.
    EXPECT_NEAR(e.find("negative_elbo")->estimate.mean, exact_nll(dataset),
                5 * 0.71 / std::sqrt(4001.0 * static_cast<double>(count)));
  }
}

TEST(Evaluate, TheBoundLiesAboveAndImportanceSamplesCloseTheGap) {
  const data::Dataset dataset = numbers(500);
  const double exact = exact_nll(dataset);
  const double shift = 0.6;
  // KL between two normals of the same variance: shift^2 / (2 variance).
  const double gap = shift * shift / (2 * kNoise * kNoise / (1 + kNoise * kNoise));
  double before = exact + gap;
  for (const int64_t samples : {1, 10, 100, 2000}) {
    const Evaluation e = evaluate(model_of(linear_vae(shift)), dataset, data::Split::kTest,
                                  {.latent_samples = 200, .importance_samples = samples, .seed = 3});
    EXPECT_NEAR(e.find("negative_elbo")->estimate.mean, exact + gap, 0.03);
    EXPECT_LT(e.find("nll_importance")->estimate.mean, before + 0.1);
    EXPECT_GT(e.find("nll_importance")->estimate.mean, exact - 0.01);
    before = e.find("nll_importance")->estimate.mean;
  }
  EXPECT_NEAR(before, exact, 0.01);
}

// The weights of a posterior that is s times as wide as the true one have a tail of shape 1 - s² (of its scores).
TEST(Evaluate, SaysHowFarTheImportanceWeightsCanBeTrusted) {
  const data::Dataset dataset = numbers(200);
  const auto measured = [&](const models::Vae& vae, int64_t samples) {
    return evaluate(model_of(vae), dataset, data::Split::kTest, {.importance_samples = samples, .seed = 2});
  };
  const Evaluation good = measured(linear_vae(0.2), 2000);
  ASSERT_TRUE(good.importance_trust);
  EXPECT_LT(good.importance_trust->unreliable_share.value(), 0.02);
  EXPECT_GT(good.importance_trust->effective_share, 0.5);
  EXPECT_LE(good.importance_trust->least_effective_share, good.importance_trust->effective_share);
  EXPECT_TRUE(good.warnings.empty()) << good.warnings.front();

  const Evaluation narrow = measured(linear_vae(0, 0.2), 2000);
  EXPECT_GT(narrow.importance_trust->unreliable_share.value(), 0.7);
  ASSERT_FALSE(narrow.warnings.empty());
  EXPECT_NE(narrow.warnings.front().find("cannot be trusted"), std::string::npos);

  // Few samples tell nothing of a tail.
  const Evaluation few = measured(linear_vae(0, 0.2), 10);
  EXPECT_FALSE(few.importance_trust->unreliable_share);
  EXPECT_FALSE(measured(linear_vae(0), 0).importance_trust);
}

// Over many seeds the error of the mean is what the Monte Carlo error says.
TEST(Evaluate, TheMonteCarloErrorIsThatOfOtherDraws) {
  const data::Dataset dataset = numbers(20);
  std::vector<double> means;
  double said = 0;
  constexpr int kSeeds = 60;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Evaluation e = evaluate(model_of(linear_vae(0.3)), dataset, data::Split::kTest,
                                  {.latent_samples = 1, .importance_samples = 100, .seed = seed, .threads = 1});
    means.push_back(e.find("nll_importance")->estimate.mean);
    said += e.importance_trust->monte_carlo_error / kSeeds;
  }
  const double deviation = estimate_of(means, 1).standard_error * std::sqrt(static_cast<double>(kSeeds));
  // A deviation of 60 values is known to 9 %.
  EXPECT_NEAR(said, deviation, 0.35 * deviation);
}

TEST(Evaluate, QuadratureGivesTheEvidenceWhateverThePosterior) {
  const data::Dataset dataset = numbers(150);
  for (const auto& [shift, stretch] : {std::pair(0.0, 1.0), std::pair(0.0, 0.05), std::pair(5.0, 0.3)}) {
    const Evaluation e = evaluate(model_of(linear_vae(shift, stretch)), dataset, data::Split::kTest,
                                  {.importance_samples = 50, .seed = 1});
    EXPECT_NEAR(e.find("nll_quadrature")->estimate.mean, exact_nll(dataset), 2e-4) << shift << " " << stretch;
    EXPECT_FALSE(e.find("nll_quadrature")->takes_samples);
  }
  // A posterior that lies elsewhere is found out.
  const Evaluation away =
      evaluate(model_of(linear_vae(5, 0.3)), dataset, data::Split::kTest, {.importance_samples = 200, .seed = 1});
  EXPECT_GT(away.find("nll_importance")->estimate.mean, exact_nll(dataset) + 1);
  ASSERT_FALSE(away.warnings.empty());
  EXPECT_NE(away.warnings.back().find("above that by quadrature"), std::string::npos);
  EXPECT_EQ(evaluate(model_of(linear_vae(0)), dataset, data::Split::kTest, {}).find("nll_quadrature"), nullptr);
}

// A model that ignores z and calls every bit a one with the same probability, so that log p(x) counts ones.
TEST(Evaluate, AllSamplesOfAnExampleBelongToOneBinarization) {
  constexpr int64_t kCount = 600, kDim = 20;
  constexpr double kLogit = 2;
  data::Dataset dataset;
  dataset.name = "grey";
  dataset.binarization = data::Binarization::kDynamic;
  Array rows(DType::kF32, {kCount, kDim});
  for (float& value : rows.values<float>()) value = 0.5f;
  dataset.train.set("x", rows);
  dataset.test.set("x", rows);
  const models::Vae vae{.prior = prob::StandardNormal{1},
                        .posterior =
                            [](Tensor x) {
                              const Tensor zero = 0.0 * sum(x, {.axes = {1}, .keep = true});
                              return prob::Normal{.loc = zero, .scale = zero + 1.0};
                            },
                        .likelihood =
                            [](Tensor z) {
                              return prob::Bernoulli{.logits = broadcast_to(0.0 * z + kLogit, {z.shape()[0], kDim})};
                            }};
  // Of one x:  -log p(x) = D log(1 + e^l) - l * ones, with D/2 ones on average and a variance of D/4.
  const double mean = kDim * (std::log1p(std::exp(kLogit)) - kLogit / 2);
  const double error = kLogit * std::sqrt(kDim / 4.0 / static_cast<double>(kCount));
  for (const int64_t samples : {100, 256, 500}) {  // one run of an example, several, several and a shorter one
    const Evaluation e = evaluate(model_of(vae, kDim), dataset, data::Split::kTest, {.importance_samples = samples});
    EXPECT_NEAR(e.find("nll_importance")->estimate.mean, mean, 4 * error) << samples;
    EXPECT_NEAR(e.find("nll_importance")->estimate.standard_error, error, 0.2 * error) << samples;
  }
}

TEST(Evaluate, StandardErrorIsThatOfTheMeanOverExamples) {
  const data::Dataset dataset = numbers(400);
  const RowEvaluator evaluator(
      [](Graph&, const models::Batch& batch, int64_t) {
        const Tensor x = batch.at("x");
        return std::map<std::string, Tensor>{{"x", reshape(x, {x.shape()[0]})}};
      },
      dataset, data::Split::kTest, {.latent_samples = 1, .batch_size = 33});
  const auto estimates = evaluator.estimates();
  EXPECT_EQ(evaluator.estimates().at("x").mean, estimates.at("x").mean);  // compiled once, run as often as wanted
  double mean = 0, squares = 0;
  for (const float x : dataset.test.array("x").values<float>()) mean += static_cast<double>(x) / 400;
  for (const float x : dataset.test.array("x").values<float>())
    squares += (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean);
  EXPECT_NEAR(estimates.at("x").mean, mean, 1e-6);
  EXPECT_NEAR(estimates.at("x").standard_error, std::sqrt(squares / 399 / 400), 1e-6);
}

TEST(Evaluate, TheSameSeedGivesTheSameFiguresForAnyNumberOfThreads) {
  const data::Dataset dataset = numbers(100);
  const auto figure = [&](int threads, uint64_t seed) {
    return evaluate(model_of(linear_vae(0.3)), dataset, data::Split::kTest, {.seed = seed, .threads = threads})
        .find("negative_elbo")
        ->estimate.mean;
  };
  EXPECT_EQ(figure(1, 0), figure(2, 0));
  EXPECT_EQ(figure(1, 0), figure(4, 0));
  EXPECT_NE(figure(1, 0), figure(1, 1));
}

TEST(Evaluate, RefusesWhatItCannotMeasure) {
  const data::Dataset dataset = numbers(10);
  EXPECT_THROW(evaluate(model_of(linear_vae(0)), dataset, data::Split::kValidation, {}), DataError);
  EXPECT_THROW(evaluate(model_of(linear_vae(0)), dataset, data::Split::kTest, {.latent_samples = 0}), ConfigError);
  EXPECT_THROW(evaluate(model_of(linear_vae(0)), dataset, data::Split::kTest, {.batch_size = 0}), ConfigError);
}

// Real images: two epochs of the 784-500-500-20 VAE.  A model that has learned nothing but the mean picture has about
// 375 nats here; a plain one reaches 240 in the long run.
TEST(Evaluate, AVaeLearnsRealImagesInTwoEpochs) {
  data::Dataset images;
  try {
    images = data::load_dataset("fashion-mnist");
  } catch (const DataError& error) {
    GTEST_SKIP() << "needs the package dataset-fashion-mnist: " << error.what();
  }
  for (const char* flow : {"none", "planar"}) {
    std::vector<std::string> settings{std::string("posterior.flow=") + flow};
    if (settings.front() != "posterior.flow=none") settings.emplace_back("posterior.flow.layers=4");
    const models::VaeModel model = testing_support::built_vae(images.dim(), settings, nn::Parameters{{.seed = 1}});
    Graph graph(GraphMode::kTraining);
    const Tensor loss = mean(models::negative_elbo(model.vae(), data::inputs(graph, images, 128).at("x")));
    graph.update(train::Adam{}.apply(nn::gradients(loss, model.parameters())));
    graph.output("loss", loss);
    train::train(graph, images.train, {.epochs = 2, .batch_size = 128, .seed = 1});
    const double bound =
        evaluate(model, images, data::Split::kTest, {.latent_samples = 5}).find("negative_elbo")->estimate.mean;
    EXPECT_LT(bound, 256) << flow;
    EXPECT_GT(bound, 220) << flow;  // nobody gets there: the bound would be broken
    RecordProperty(flow, std::to_string(bound));
  }
}

}  // namespace
}  // namespace elbo::eval
