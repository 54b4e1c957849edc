#include "elbo/models/linear_gaussian.h"

#include <Eigen/Core>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/models/linear_gaussian_fit_internal.h"
#include "elbo/models/standardize_internal.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

std::vector<Option> linear_gaussian_settings(const char* of_standardization) {
  return {Group{.key = "latent",
                .meaning = "the code z that stands for an example",
                .options = {Integer{.key = "dimension",
                                    .value = 1,
                                    .meaning = "length of the code, less than that of a row",
                                    .limits = {.at_least = 1, .at_most = 64}}}},
          standardize_setting(of_standardization)};
}

std::vector<Option> ppca_settings() {
  std::vector<Option> settings = linear_gaussian_settings(
      "columns get mean 0 and deviation 1 over the training rows: the noise is as large in each of them, by that "
      "measure; samples and densities are in the units of the data all the same");
  settings.emplace_back(Text{.key = "fit",
                             .value = "closed-form",
                             .meaning = "how the maximum of the likelihood is found",
                             .choices = {"closed-form", "em"}});
  return settings;
}

void put(const VariablePtr& variable, const Eigen::Ref<const Eigen::MatrixXd>& values) {
  const auto dst = variable->value.values<float>();
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    for (Eigen::Index j = 0; j < values.cols(); ++j) {
      dst[static_cast<size_t>(i * values.cols() + j)] = static_cast<float>(values(i, j));
    }
  }
}

ValueNeeds linear_gaussian_needs(const Settings& settings) {
  return {.values = Values::kReals,
          .standardize = asks_to_standardize(settings) ? Standardize::kAll : Standardize::kNo};
}

bool fits_no_target(const Settings& /*settings*/) {
  return false;
}

template <Noise kNoise>
std::unique_ptr<const Model> make_linear_gaussian(const ModelSite& site, const Settings& settings) {
  return std::make_unique<const LinearGaussianModel>(site, settings, kNoise);
}

}  // namespace

LinearGaussianModel::LinearGaussianModel(const ModelSite& site, const Settings& settings, Noise noise)
    : parameters_(site.parameters),
      dim_(column(site, "x").dim),
      x_{.facts = {.name = "x", .dim = dim_, .values = Values::kReals}, .who = "a density", .is_density = true},
      code_dim_(settings.integer("latent.dimension")),
      noise_(noise),
      by_em_(noise == Noise::kColumns || settings.text("fit") == "em") {
  if (code_dim_ >= dim_) {
    settings.refuse("latent.dimension",
                    "must be below the " + std::to_string(dim_) + " columns of the data, for noise to be left");
  }
  loc_ = parameters_.get("loc", {.shape = {dim_}});
  factor_ = parameters_.get("factor", {.shape = {dim_, code_dim_}, .init = site.init});
  log_scale_ = parameters_.get("log_scale", {.shape = {noise == Noise::kShared ? 1 : dim_}});
}

prob::LowRankNormal LinearGaussianModel::density(Graph& graph) const {
  const Tensor log_scale = broadcast_to(graph.variable(log_scale_), {dim_});
  return {.loc = reshape(graph.variable(loc_), {1, dim_}),
          .log_scale = reshape(log_scale, {1, dim_}),
          .factor = reshape(graph.variable(factor_) * exp(-reshape(log_scale, {dim_, 1})), {1, dim_, code_dim_})};
}

Terms LinearGaussianModel::terms(Graph& /*graph*/, const Batch& batch, int64_t /*rows*/) const {
  return {.loss = -log_prob(batch), .parts = {}};
}

Description LinearGaussianModel::describe() const {
  const std::string dims = std::to_string(dim_) + " dimensions";
  return {{"p(z)", "standard-normal in " + std::to_string(code_dim_) + (code_dim_ == 1 ? " dimension" : " dimensions")},
          {"p(x|z)", "normal in " + dims + ", linear in z, " + (noise_ == Noise::kShared ? "the same" : "its own") +
                         " noise in each"},
          {"p(x)", "low-rank-normal in " + dims}};
}

void LinearGaussianModel::initialize_from(const Array& rows, const Array& /*context*/) const {
  if (rows.shape().rank() != 2 || rows.shape()[1] != dim_ || rows.shape()[0] < 1) {
    throw DataError("the first rows are " + to_string(rows.shape()) + ", rows of " + std::to_string(dim_) +
                    " are required");
  }
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Array wide = rows.cast(DType::kF64);
  const Eigen::Map<const Rows> x(wide.values<double>().data(), rows.shape()[0], dim_);
  const Eigen::RowVectorXd mean = x.colwise().mean();
  const Rows away = x.rowwise() - mean;
  const Eigen::MatrixXd covariance = away.transpose() * away / static_cast<double>(x.rows());
  const auto fit_by = noise_ == Noise::kColumns ? em_factor_analysis : by_em_ ? em_ppca : closed_form_ppca;
  const LinearGaussianFit fit = fit_by(covariance, code_dim_);
  put(loc_, mean);
  put(factor_, fit.factor);
  const Eigen::VectorXd log_scale = 0.5 * fit.noise.array().log();
  put(log_scale_, log_scale.head(noise_ == Noise::kShared ? 1 : dim_));
}

Tensor LinearGaussianModel::sample(Graph& graph, int64_t rows, bool /*draw*/) const {
  return density(graph).sample(graph, rows);
}

Tensor LinearGaussianModel::log_prob(const Batch& batch) const {
  const Tensor x = batch.find("x")->second;
  return density(x.graph()).log_prob(x);
}

Tensor LinearGaussianModel::encode(const Batch& batch, bool draw) const {
  const Tensor x = batch.find("x")->second;
  const prob::LowRankNormal d = density(x.graph());
  return draw ? d.shared_draw(x) : d.shared_mean(x);
}

Tensor LinearGaussianModel::reconstruct(const Batch& batch, bool draw) const {
  return decode(encode(batch, draw));
}

Tensor LinearGaussianModel::decode(Tensor z) const {
  Graph& graph = z.graph();
  const Tensor from_code = matmul(z, graph.variable(factor_), {.transpose_b = true});
  return graph.variable(loc_) + from_code;
}

const ModelKind kPpcaKind{
    .name = "ppca",
    .description = "probabilistic principal component analysis: a linear code and the same noise in all columns",
    .paper = "Tipping & Bishop 1999",
    .can = capabilities_of<LinearGaussianModel>(),
    .settings = ppca_settings(),
    .make = make_linear_gaussian<Noise::kShared>,
    .needs = linear_gaussian_needs,
    .fits_target = fits_no_target};

const ModelKind kFactorAnalysisKind{
    .name = "factor-analysis",
    .description = "a linear code and noise of its own in each column, by EM",
    .paper = "Rubin & Thayer 1982",
    .can = capabilities_of<LinearGaussianModel>(),
    .settings = linear_gaussian_settings("columns get mean 0 and deviation 1 over the training rows; the model is the "
                                         "same one in any units, and so are samples and densities"),
    .make = make_linear_gaussian<Noise::kColumns>,
    .needs =
        [](const Settings& settings) {
          ValueNeeds needs = linear_gaussian_needs(settings);
          needs.varying = true;  // a column with a noise of its own, and nothing to have noise about, has no density
          return needs;
        },
    .fits_target = fits_no_target};

}  // namespace elbo::models
