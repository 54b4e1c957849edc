#include "elbo/eval/diagnose.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "elbo/data/random.h"
#include "elbo/engine/ops.h"
#include "elbo/eval/apply_internal.h"
#include "elbo/eval/joint_density_internal.h"
#include "elbo/eval/quantile.h"
#include "elbo/models/elbo.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

// Of the rows, those whose own codes may lie where q(z) is as low as in a hole.
constexpr double kRareShare = 0.01;

// What is taken of each row, as arrays [N, ...] f32.
struct LatentRows {
  Array x, center, z, log_q, reconstruction, kl;
  std::optional<Array> kl_terms;  // [N, code_dim]
};

LatentRows latent_rows(const models::LatentVariable& latent, const models::Bounds& bounds, const data::Dataset& dataset,
                       data::Split split, const DiagnoseOptions& options) {
  bool has_terms = false;
  const auto build = [&](const models::Batch& batch) {
    const Tensor x = batch.at("x");
    Graph& graph = x.graph();
    const int64_t rows = x.shape()[0];
    const prob::Distribution posterior = latent.posterior(batch);
    const auto [z, log_q] = posterior.sample_and_log_prob(graph, rows);
    const models::Bounds::Bound bound = bounds.bound(batch, 1);
    const auto column = [&](Tensor values) { return reshape(values, {rows, 1}); };
    std::vector<Tensor> wanted{
        x, posterior.center(graph, rows), z, column(log_q), column(bound.reconstruction), column(bound.kl)};
    const models::Vae vae{.prior = latent.prior(),
                          .posterior = [&](Tensor) { return posterior; },
                          .likelihood = [&](Tensor code) { return latent.likelihood(code); }};
    if (const auto terms = models::elbo_terms(vae, posterior, x, {}).kl_terms) {
      has_terms = true;
      wanted.push_back(broadcast_to(*terms, {rows, latent.code_dim()}));
    }
    return wanted;
  };
  std::vector<Array> found =
      apply(dataset, split, {.rows = options.rows, .seed = options.seed, .threads = options.threads}, build);
  LatentRows result{.x = std::move(found[0]),
                    .center = std::move(found[1]),
                    .z = std::move(found[2]),
                    .log_q = std::move(found[3]),
                    .reconstruction = std::move(found[4]),
                    .kl = std::move(found[5]),
                    .kl_terms = {}};
  if (has_terms) result.kl_terms = std::move(found[6]);
  return result;
}

std::vector<double> doubles_of(const Array& array) {
  const auto values = array.values<float>();
  return {values.begin(), values.end()};
}

std::vector<double> differences_of(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a.size());
  for (size_t i = 0; i < a.size(); ++i) result[i] = a[i] - b[i];
  return result;
}

std::vector<double> negated(std::vector<double> values) {
  for (double& value : values) value = -value;
  return values;
}

// Mean of a column, and its variance over the rows.
std::pair<double, double> moments_of(const Array& rows, size_t column) {
  const auto width = static_cast<size_t>(rows.shape()[1]);
  std::vector<double> values;
  for (size_t i = column; i < rows.values<float>().size(); i += width) {
    values.push_back(static_cast<double>(rows.values<float>()[i]));
  }
  const Estimate estimate = estimate_of(values, 1);
  const double error = estimate.standard_error;
  return {estimate.mean, error * error * static_cast<double>(values.size())};
}

// Codes z of the rows, where `column` (or, with none, every one) is that of another row: rows in a random circle, so
// that none is its own.
class Swapped {
 public:
  Swapped(const Array& z, uint64_t seed)
      : z_(z),
        order_(data::permutation(z.shape()[0], {.seed = seed, .purpose = data::Purpose::kShuffle})),
        next_(order_.size()) {
    for (size_t i = 0; i < order_.size(); ++i) next_[static_cast<size_t>(order_[i])] = order_[(i + 1) % order_.size()];
  }
  std::vector<double> code(size_t row, std::optional<size_t> column) const {
    const auto width = static_cast<size_t>(z_.shape()[1]);
    const auto values = z_.values<float>();
    std::vector<double> code(width);
    for (size_t i = 0; i < width; ++i) {
      const bool swaps = !column || *column == i;
      code[i] = static_cast<double>(values[(swaps ? static_cast<size_t>(next_[row]) : row) * width + i]);
    }
    return code;
  }

 private:
  const Array& z_;
  std::vector<int64_t> order_, next_;
};

// The entropy of a normal with the covariance of these codes, plus what so few make its estimate too small by, to first
// order: d (d + 1) / 4n for normal codes.  Nothing with too few of them.
std::optional<double> entropy_of_normal(const Array& z) {
  constexpr int64_t kRowsForEach = 10;  // dimension
  const int64_t rows = z.shape()[0], dim = z.shape()[1];
  if (rows < kRowsForEach * dim) return std::nullopt;
  using Codes = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Array wide = z.cast(DType::kF64);
  const Eigen::Map<const Codes> codes(wide.values<double>().data(), rows, dim);
  const Codes away = codes.rowwise() - codes.colwise().mean();
  const Eigen::MatrixXd covariance = away.transpose() * away / static_cast<double>(rows - 1);
  const Eigen::MatrixXd factor = covariance.llt().matrixL();
  const double bias = static_cast<double>(dim * (dim + 1)) / static_cast<double>(4 * (rows - 1));
  return factor.diagonal().array().log().sum() + bias +
         0.5 * static_cast<double>(dim) * std::log(2 * std::numbers::pi * std::numbers::e);
}

}  // namespace

int64_t Diagnosis::active() const {
  return std::count_if(dimensions.begin(), dimensions.end(), [](const auto& one) { return one.is_active(); });
}

double Diagnosis::most_information() const {
  return std::log(static_cast<double>(rows));
}

Diagnosis diagnose(const models::Model& model, const data::Dataset& dataset, data::Split split,
                   const DiagnoseOptions& options) {
  const auto* latent = model.can<models::LatentVariable>();
  const auto* bounds = model.can<models::Bounds>();
  if (latent == nullptr || bounds == nullptr) throw ConfigError("diagnose: the model has no code that is drawn");
  if (dataset.split(split).count() < 2 || options.rows == 1) {
    throw ConfigError("diagnose: one row tells nothing of a latent space; at least 2 are needed");
  }
  const auto report = [&](double fraction) {
    if (options.on_progress) options.on_progress(fraction);
  };
  const LatentRows rows = latent_rows(*latent, *bounds, dataset, split, options);
  const auto count = static_cast<size_t>(rows.x.shape()[0]);
  const auto code_dim = static_cast<size_t>(latent->code_dim());
  report(0.1);

  Diagnosis result;
  result.rows = static_cast<int64_t>(count);
  result.reconstruction = estimate_of(doubles_of(rows.reconstruction), 1);
  result.reconstruction.mean -= log_abs_det_of_units(model, dataset);
  result.kl = estimate_of(doubles_of(rows.kl), 1);

  // -log p(x|z) at the rows' own codes, at others', and with one dimension of another's; log p(z) at the first.
  JointDensity joint(*latent, rows.x.shape()[1], options.threads);
  const Swapped swapped(rows.z, options.seed);
  const auto density_at = [&](const std::function<std::vector<double>(size_t row)>& code_of) {
    const auto width = static_cast<size_t>(rows.x.shape()[1]);
    for (size_t row = 0; row < count; ++row) {
      joint.add(rows.x.values<float>().subspan(row * width, width), code_of(row));
    }
    return joint.values();
  };
  const std::vector<double> z = doubles_of(rows.z);
  const JointDensity::Values own = density_at([&](size_t row) {
    const auto first = z.begin() + static_cast<std::ptrdiff_t>(row * code_dim);
    return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(code_dim));
  });
  const auto worth_of = [&](std::optional<size_t> column) {
    const JointDensity::Values other = density_at([&](size_t row) { return swapped.code(row, column); });
    return estimate_of(differences_of(own.log_likelihood, other.log_likelihood), 1);
  };
  result.worth = worth_of(std::nullopt);
  for (size_t dimension = 0; dimension < code_dim; ++dimension) {
    LatentDimension one{.variance_of_mean = moments_of(rows.center, dimension).second, .worth = 0, .kl = {}};
    one.worth = code_dim == 1 ? result.worth.mean : worth_of(dimension).mean;
    if (rows.kl_terms) one.kl = moments_of(*rows.kl_terms, dimension).first;
    result.dimensions.push_back(one);
    report(0.1 + 0.4 * static_cast<double>(dimension + 1) / static_cast<double>(code_dim));
  }

  const AggregatedPosterior aggregate(*latent, rows.x, options.threads);
  const AggregatedPosterior::AtCodes at_codes = aggregate.log_density_at_codes(rows.z);
  report(0.75);
  const std::vector<double> log_q = doubles_of(rows.log_q);
  const std::vector<double> drawn_kl = differences_of(log_q, own.log_prior);
  result.drawn_kl = estimate_of(drawn_kl, 1);
  result.kl_difference = estimate_of(differences_of(doubles_of(rows.kl), drawn_kl), 1);
  result.mutual_information = estimate_of(differences_of(log_q, at_codes.whole), 1);
  result.aggregate_kl = estimate_of(differences_of(at_codes.whole, own.log_prior), 1);
  result.cross_entropy = estimate_of(negated(own.log_prior), 1);
  result.entropy = estimate_of(negated(at_codes.whole), 1);
  if (const auto most = entropy_of_normal(rows.z)) {
    const double highest = std::max(result.aggregate_kl.mean, 0.0);
    result.least_aggregate_kl = std::clamp(result.cross_entropy.mean - *most, 0.0, highest);
  }

  std::vector<double> in_order = at_codes.without_own;
  std::sort(in_order.begin(), in_order.end());
  const double rare = quantile(in_order, kRareShare);
  const std::vector<double> at_prior = aggregate.log_density(
      draw_prior(*latent, {.rows = result.rows, .seed = options.seed, .threads = options.threads}));
  const auto in_holes = std::count_if(at_prior.begin(), at_prior.end(), [&](double value) { return value < rare; });
  result.holes = static_cast<double>(in_holes) / static_cast<double>(at_prior.size());
  report(1);
  return result;
}

double area_under_roc(std::span<const double> first, std::span<const double> second) {
  std::vector<double> sorted(first.begin(), first.end());
  std::sort(sorted.begin(), sorted.end());
  double pairs = 0;
  for (const double value : second) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), value);
    pairs += static_cast<double>(low - sorted.begin()) + 0.5 * static_cast<double>(high - low);
  }
  return pairs / static_cast<double>(first.size()) / static_cast<double>(second.size());
}

}  // namespace elbo::eval
