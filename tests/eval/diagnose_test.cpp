#include "elbo/eval/diagnose.h"

#include <cmath>
#include <gtest/gtest.h>
#include <memory>

#include "elbo/data/random.h"
#include "elbo/engine/ops.h"
#include "elbo/models/vae_model.h"
#include "elbo/prob/normal.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

// z ~ N(0, I) in two dimensions, x = (a z_1, a z_2, noise) + N(0, s²): the exact posterior is N(x_i a / v, s² / v) with
// v = a² + s² in both, and q(z) of the true data is the prior.
constexpr double kSlope = 1.0, kSigma = 0.4;

struct Defect {
  bool ignores_code = false;      // the decoder
  double spread = 1;              // of the codes, whose posterior means are so much farther out
  double divide_kl = 1;           // what the bound's KL is divided by
  bool says_nothing = false;      // the encoder: q(z|x) is the prior
  bool second_is_unused = false;  // by both
};

models::Vae plane_vae(const Defect& defect) {
  constexpr double kVariance = kSlope * kSlope + kSigma * kSigma;
  return {.prior = prob::StandardNormal{2},
          .posterior =
              [=](Tensor x) {
                Tensor mask = x.graph().constant(Array::of<double>({1, 2}, {1, defect.second_is_unused ? 0.0 : 1.0}));
                if (defect.says_nothing) mask = 0.0 * mask;
                const Tensor first_two = slice(x, {.axis = 1, .start = 0, .stop = 2});
                const double width = kSigma / std::sqrt(kVariance);
                return prob::Normal{.loc = defect.spread * kSlope / kVariance * first_two * mask,
                                    .scale = 1.0 + (width - 1.0) * mask};
              },
          .likelihood =
              [=](Tensor z) {
                const double slope = defect.ignores_code ? 0.0 : kSlope / defect.spread;
                const Tensor heard =
                    z.graph().constant(Array::of<double>({1, 2}, {slope, defect.second_is_unused ? 0.0 : slope}));
                const Tensor third = 0.0 * slice(z, {.axis = 1, .start = 0, .stop = 1});
                return prob::Normal{.loc = concat({z * heard, third}, 1), .scale = z.graph().constant(kSigma)};
              }};
}

// A bound whose KL is the mean over the dimensions, as it comes out of one reduction that is wrong.
class MiscountingModel final : public models::Model, public models::Bounds, public models::LatentVariable {
 public:
  MiscountingModel(const models::Vae& vae, double divide_kl)
      : right_(vae, nn::Parameters{}, {.x = {.name = "x", .dim = 3}, .code_dim = 2}), divide_kl_(divide_kl) {}

  const nn::Parameters& parameters() const override { return right_.parameters(); }
  models::Terms terms(Graph& graph, const models::Batch& batch, int64_t rows) const override {
    return right_.terms(graph, batch, rows);
  }
  std::vector<models::ReadColumn> reads() const override { return right_.reads(); }
  models::Description describe() const override { return {}; }
  Bound bound(const models::Batch& batch, int64_t samples) const override {
    Bound bound = right_.bound(batch, samples);
    bound.kl = bound.kl / divide_kl_;
    return bound;
  }
  Tensor log_weights(const models::Batch& batch, int64_t samples) const override {
    return right_.log_weights(batch, samples);
  }
  bool loss_is_bound() const override { return true; }
  int64_t code_dim() const override { return 2; }
  prob::Distribution prior() const override { return right_.prior(); }
  prob::Distribution posterior(const models::Batch& batch) const override { return right_.posterior(batch); }
  prob::Distribution likelihood(Tensor z) const override { return right_.likelihood(z); }

 private:
  models::VaeModel right_;
  double divide_kl_;
};

data::Dataset plane_data(int64_t count, double third = 0) {
  data::Dataset dataset;
  dataset.name = "plane";
  Array rows(DType::kF32, {count, 3});
  for (int64_t i = 0; i < count; ++i) {
    data::RowRandom random({.seed = 5, .purpose = data::Purpose::kGenerate}, i);
    const auto x = rows.values<float>().subspan(static_cast<size_t>(3 * i), 3);
    for (size_t k = 0; k < 2; ++k) x[k] = static_cast<float>(kSlope * random.normal() + kSigma * random.normal());
    x[2] = static_cast<float>(third + kSigma * random.normal());
  }
  dataset.train.set("x", rows);
  dataset.test.set("x", rows);
  return dataset;
}

Diagnosis diagnosed(const Defect& defect, int64_t rows = 1000) {
  const MiscountingModel model(plane_vae(defect), defect.divide_kl);
  return diagnose(model, plane_data(rows), data::Split::kTest, {.rows = rows, .seed = 3});
}

const Verdict& verdict(const std::vector<Verdict>& all, std::string_view name) {
  for (const Verdict& one : all) {
    if (one.name == name) return one;
  }
  throw std::logic_error("no such verdict");
}

TEST(Diagnose, AModelThatIsTrueHasNothingBad) {
  const Diagnosis d = diagnosed({});
  for (const Verdict& one : verdicts_of(d)) EXPECT_FALSE(one.is_bad) << one.name << ": " << one.figure;
  EXPECT_EQ(d.active(), 2);
  EXPECT_EQ(d.rows, 1000);
  // Per dimension the code's signal to noise is v / s²: the KL averages to half its logarithm, which is also the mutual
  // information of x and z; both within four errors, the latter but for what 1,000 rows leave of log N.
  const double expected = std::log((kSlope * kSlope + kSigma * kSigma) / (kSigma * kSigma));
  EXPECT_NEAR(d.kl.mean, expected, 4 * d.kl.standard_error);
  EXPECT_NEAR(d.drawn_kl.mean, expected, 4 * d.drawn_kl.standard_error);
  EXPECT_NEAR(d.mutual_information.mean, expected, 4 * d.mutual_information.standard_error + 0.05);
  EXPECT_NEAR(d.aggregate_kl.mean, 0, 0.1);
  // The entropy of a standard normal in two dimensions.
  EXPECT_NEAR(d.entropy.mean, std::log(2 * M_PI * M_E), 0.15);
  EXPECT_NEAR(d.cross_entropy.mean, std::log(2 * M_PI * M_E), 0.15);
  // Variance of the posterior means: a² / v.
  for (const LatentDimension& one : d.dimensions) {
    EXPECT_NEAR(one.variance_of_mean, kSlope * kSlope / (kSlope * kSlope + kSigma * kSigma), 0.12);
    EXPECT_NEAR(one.kl.value(), d.kl.mean / 2, 0.1);
    // (a Δz)² / 2s² for codes z of variance 1, half of it for what is off the mean: a² (1 + 1 - 2ρ ... ) is 2a²/2s²
    // less twice what x and its own code share.
    EXPECT_NEAR(one.worth, kSlope * kSlope / (kSigma * kSigma), 1.0);
  }
  EXPECT_NEAR(d.worth.mean, d.dimensions[0].worth + d.dimensions[1].worth, 1.5);
  EXPECT_LT(d.least_aggregate_kl, 0.1);
  EXPECT_LT(d.holes, 0.03);
}

// The three parts are taken apart of one mean.
TEST(Diagnose, ThePartsAddUp) {
  const Diagnosis d = diagnosed({.spread = 1.7}, 300);
  EXPECT_NEAR(d.mutual_information.mean + d.aggregate_kl.mean, d.drawn_kl.mean, 1e-5);
  EXPECT_NEAR(d.cross_entropy.mean - d.entropy.mean, d.aggregate_kl.mean, 1e-5);
  EXPECT_NEAR(d.kl.mean - d.drawn_kl.mean, d.kl_difference.mean, 1e-5);
  EXPECT_LT(d.mutual_information.mean, d.most_information());
}

TEST(Diagnose, NamesCollapse) {
  // A decoder that ignores z, though the encoder says what it did; an encoder that says nothing.
  for (const Defect& defect : {Defect{.ignores_code = true}, Defect{.says_nothing = true}}) {
    const auto all = verdicts_of(diagnosed(defect));
    EXPECT_EQ(verdict(all, "posterior collapse").word, "complete") << verdict(all, "posterior collapse").figure;
    EXPECT_TRUE(verdict(all, "posterior collapse").is_bad);
  }
  const Diagnosis half = diagnosed({.second_is_unused = true});
  EXPECT_EQ(half.active(), 1);
  EXPECT_NEAR(half.dimensions[1].worth, 0, 1e-4);
  EXPECT_EQ(verdict(verdicts_of(half), "posterior collapse").word, "partial");
  EXPECT_FALSE(verdict(verdicts_of(half), "posterior collapse").is_bad);
}

TEST(Diagnose, FindsAKlThatIsAveragedOverDimensions) {
  const auto all = verdicts_of(diagnosed({.divide_kl = 2}));
  EXPECT_EQ(verdict(all, "KL of the bound").word, "wrong") << verdict(all, "KL of the bound").figure;
  EXPECT_TRUE(verdict(all, "KL of the bound").is_bad);
  EXPECT_EQ(verdict(all, "posterior collapse").word, "none");
}

// What comes of training with too small a weight of the KL: codes far outside of the prior.
TEST(Diagnose, FindsAnAggregatedPosteriorThatIsNotThePrior) {
  const Diagnosis d = diagnosed({.spread = 6});
  const auto all = verdicts_of(d);
  EXPECT_TRUE(verdict(all, "q(z) and the prior").is_bad) << verdict(all, "q(z) and the prior").figure;
  EXPECT_EQ(verdict(all, "q(z) and the prior").word, "far apart");
  EXPECT_GT(d.aggregate_kl.mean, 10);
  // The true q(z) is normal here, and so is the bound from below: in each dimension ½ (v - 1 - log v), where the mean's
  // variance is 36 a² / v_x and the posterior's s² / v_x.
  const double v = (36 * kSlope * kSlope + kSigma * kSigma) / (kSlope * kSlope + kSigma * kSigma);
  EXPECT_NEAR(d.least_aggregate_kl, v - 1 - std::log(v), 0.12 * v);
  // So few rows that their mutual information is log N: the bound tells it all the same.
  const Diagnosis few = diagnosed({.spread = 6}, 25);
  EXPECT_GT(few.mutual_information.mean, 0.8 * few.most_information());
  EXPECT_EQ(verdict(verdicts_of(few), "q(z) and the prior").word, "far apart");
}

// Codes on two islands: most prior draws lie where there are none.
TEST(Diagnose, FindsHoles) {
  data::Dataset dataset = plane_data(600);
  const auto x = dataset.test.array("x").values<float>();
  Array rows(DType::kF32, {600, 3});
  for (size_t i = 0; i < x.size(); ++i) {
    const float island = i / 3 % 2 == 0 ? -2.5f : 2.5f;
    rows.values<float>()[i] = i % 3 == 2 ? x[i] : island + 0.1f * x[i];
  }
  dataset.test.set("x", rows);
  const MiscountingModel model(plane_vae({}), 1);
  const Diagnosis d = diagnose(model, dataset, data::Split::kTest, {.rows = 600, .seed = 1});
  EXPECT_GT(d.holes, 0.5);
  EXPECT_EQ(verdict(verdicts_of(d), "holes in the prior").word, "many");
}

TEST(Diagnose, TheAreaUnderTheCurveCountsPairs) {
  const std::vector<double> first{1, 2, 3}, second{2, 4};
  EXPECT_DOUBLE_EQ(area_under_roc(first, second), (1.5 + 3) / 6);
  EXPECT_DOUBLE_EQ(area_under_roc(second, first), 1 - (1.5 + 3) / 6);
  EXPECT_TRUE(verdict_on_others(0.3, "digits").is_bad);
  EXPECT_EQ(verdict_on_others(0.3, "digits").word, "taken for likelier");
  EXPECT_FALSE(verdict_on_others(0.95, "digits").is_bad);
}

TEST(Diagnose, TheSameForAnyNumberOfThreadsAndFewRows) {
  const MiscountingModel model(plane_vae({}), 1);
  const data::Dataset dataset = plane_data(37);
  const auto holes = [&](int threads) {
    return diagnose(model, dataset, data::Split::kTest, {.seed = 2, .threads = threads}).aggregate_kl.mean;
  };
  EXPECT_EQ(holes(1), holes(3));
  EXPECT_THROW(diagnose(model, plane_data(1), data::Split::kTest, {}), ConfigError);
}

// By hand: two rows, whose posteriors are known.
TEST(Diagnose, TheAggregatedPosteriorIsTheMeanOfPosteriors) {
  const MiscountingModel model(plane_vae({}), 1);
  const Array x = Array::of<float>({2, 3}, {1, 0, 0, -1, 0.5, 0});
  const Array z = Array::of<float>({2, 2}, {0.2f, 0.1f, -1, 1});
  const double variance = kSlope * kSlope + kSigma * kSigma;
  const auto log_q = [&](size_t row, size_t code) {
    double sum = 0;
    for (size_t k = 0; k < 2; ++k) {
      const double loc = kSlope / variance * static_cast<double>(x.values<float>()[row * 3 + k]);
      const double e = static_cast<double>(z.values<float>()[code * 2 + k]) - loc;
      const double v = kSigma * kSigma / variance;
      sum += -0.5 * e * e / v - 0.5 * std::log(2 * M_PI * v);
    }
    return sum;
  };
  const AggregatedPosterior aggregate(model, x, 1);
  const auto at = aggregate.log_density_at_codes(z);
  for (size_t code = 0; code < 2; ++code) {
    const double whole = std::log((std::exp(log_q(0, code)) + std::exp(log_q(1, code))) / 2);
    EXPECT_NEAR(aggregate.log_density(z)[code], whole, 1e-5);
    EXPECT_NEAR(at.whole[code], whole, 1e-5);
    EXPECT_NEAR(at.without_own[code], log_q(1 - code, code), 1e-5);
  }
}

}  // namespace
}  // namespace elbo::eval
