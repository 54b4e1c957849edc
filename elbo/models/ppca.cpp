#include "elbo/models/ppca.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/models/standardize_internal.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

// Below this share of the mean variance, what is left over is rounding.
constexpr double kLeastNoiseShare = 1e-7;

std::vector<Option> ppca_settings() {
  return {Group{.key = "latent",
                .meaning = "the code z that stands for an example",
                .options = {Integer{.key = "dimension",
                                    .value = 1,
                                    .meaning = "length of the code, less than that of a row",
                                    .limits = {.at_least = 1, .at_most = 64}}}},
          standardize_setting("columns get mean 0 and deviation 1 over the training rows: the noise is "
                              "as large in each of them, by that measure; samples and densities are in "
                              "the units of the data all the same")};
}

void put(const VariablePtr& variable, const Eigen::Ref<const Eigen::MatrixXd>& values) {
  const auto dst = variable->value.values<float>();
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    for (Eigen::Index j = 0; j < values.cols(); ++j) {
      dst[static_cast<size_t>(i * values.cols() + j)] = static_cast<float>(values(i, j));
    }
  }
}

}  // namespace

PpcaModel::PpcaModel(const ModelSite& site, const Settings& settings)
    : parameters_(site.parameters),
      dim_(column(site, "x").dim),
      x_{.facts = {.name = "x", .dim = dim_, .values = Values::kReals}, .who = "a density", .is_density = true},
      code_dim_(settings.integer("latent.dimension")) {
  if (code_dim_ >= dim_) {
    settings.refuse("latent.dimension",
                    "must be below the " + std::to_string(dim_) + " columns of the data, for noise to be left");
  }
  loc_ = parameters_.get("loc", {.shape = {dim_}});
  factor_ = parameters_.get("factor", {.shape = {dim_, code_dim_}, .init = site.init});
  log_scale_ = parameters_.get("log_scale", {.shape = {1}});
}

prob::LowRankNormal PpcaModel::density(Graph& graph) const {
  const Tensor log_scale = reshape(graph.variable(log_scale_), {1, 1});
  return {.loc = reshape(graph.variable(loc_), {1, dim_}),
          .log_scale = broadcast_to(log_scale, {1, dim_}),
          .factor = reshape(graph.variable(factor_) * exp(-log_scale), {1, dim_, code_dim_})};
}

Terms PpcaModel::terms(Graph& /*graph*/, const Batch& batch, int64_t /*rows*/) const {
  return {.loss = -log_prob(batch), .parts = {}};
}

Description PpcaModel::describe() const {
  const std::string dims = std::to_string(dim_) + " dimensions";
  return {{"p(z)", "standard-normal in " + std::to_string(code_dim_) + (code_dim_ == 1 ? " dimension" : " dimensions")},
          {"p(x|z)", "normal in " + dims + ", linear in z, the same noise in each"},
          {"p(x)", "low-rank-normal in " + dims}};
}

void PpcaModel::initialize_from(const Array& rows) const {
  if (rows.shape().rank() != 2 || rows.shape()[1] != dim_ || rows.shape()[0] < 1) {
    throw DataError("ppca: its first rows are " + to_string(rows.shape()) + ", rows of " + std::to_string(dim_) +
                    " are required");
  }
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Array wide = rows.cast(DType::kF64);
  const Eigen::Map<const Rows> x(wide.values<double>().data(), rows.shape()[0], dim_);
  const Eigen::RowVectorXd mean = x.colwise().mean();
  const Rows away = x.rowwise() - mean;
  const Eigen::MatrixXd covariance = away.transpose() * away / static_cast<double>(x.rows());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solved(covariance);  // eigenvalues from the smallest on
  const double noise = solved.eigenvalues().head(dim_ - code_dim_).mean();
  if (!(noise > kLeastNoiseShare * solved.eigenvalues().mean())) {
    throw DataError("ppca: the " + std::to_string(rows.shape()[0]) + " training rows lie in " +
                    std::to_string(code_dim_) + " of their " + std::to_string(dim_) +
                    " dimensions, and have no density; a smaller latent.dimension or fewer columns are needed");
  }
  Eigen::MatrixXd factor(dim_, code_dim_);
  for (int64_t k = 0; k < code_dim_; ++k) {
    const int64_t from = dim_ - 1 - k;
    const Eigen::VectorXd direction = solved.eigenvectors().col(from);
    Eigen::Index largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    // Either sign would do; the same rows shall always give the same.
    const double sign = direction[largest] < 0 ? -1 : 1;
    factor.col(k) = sign * std::sqrt(std::max(solved.eigenvalues()[from] - noise, 0.0)) * direction;
  }
  put(loc_, mean);
  put(factor_, factor);
  put(log_scale_, Eigen::MatrixXd::Constant(1, 1, 0.5 * std::log(noise)));
}

Tensor PpcaModel::sample(Graph& graph, int64_t rows, bool /*draw*/) const {
  return density(graph).sample(graph, rows);
}

Tensor PpcaModel::log_prob(const Batch& batch) const {
  const Tensor x = batch.find("x")->second;
  return density(x.graph()).log_prob(x);
}

Tensor PpcaModel::encode(const Batch& batch, bool draw) const {
  const Tensor x = batch.find("x")->second;
  const prob::LowRankNormal d = density(x.graph());
  return draw ? d.shared_draw(x) : d.shared_mean(x);
}

Tensor PpcaModel::reconstruct(const Batch& batch, bool draw) const {
  return decode(encode(batch, draw));
}

Tensor PpcaModel::decode(Tensor z) const {
  Graph& graph = z.graph();
  const Tensor from_code = matmul(z, graph.variable(factor_), {.transpose_b = true});
  return graph.variable(loc_) + from_code;
}

const ModelKind kPpcaKind{
    .name = "ppca",
    .description = "probabilistic principal component analysis: a linear code and the same noise in all columns",
    .paper = "Tipping & Bishop 1999",
    .can = capabilities_of<PpcaModel>(),
    .settings = ppca_settings(),
    .make = [](const ModelSite& site, const Settings& settings) -> std::unique_ptr<const Model> {
      return std::make_unique<const PpcaModel>(site, settings);
    },
    .needs =
        [](const Settings& settings) {
          const bool standardizes = asks_to_standardize(settings);
          return ValueNeeds{.values = Values::kReals,
                            .standardize = standardizes ? Standardize::kAll : Standardize::kNo};
        },
    .fits_target = [](const Settings& /*settings*/) { return false; }};

}  // namespace elbo::models
