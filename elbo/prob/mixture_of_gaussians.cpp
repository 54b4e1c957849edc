#include "elbo/prob/mixture_of_gaussians.h"

#include <cmath>
#include <numbers>

#include "elbo/engine/ops.h"
#include "elbo/prob/choice_internal.h"
#include "elbo/prob/family.h"
#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

constexpr std::string_view kMixtureName = "mixture-of-gaussians";

struct Extents {
  int64_t batch = 0, components = 0, dim = 0;
};

Extents extents_of(const MixtureOfGaussians& d) {
  const Shape logits = require_parameter_rows(kMixtureName, "logits", d.logits);
  if (!d.loc.defined() || !d.log_scale.defined()) {
    throw ShapeError("mixture-of-gaussians: loc or log_scale is missing, both are required");
  }
  const Shape loc = d.loc.shape();
  const bool fits = loc.rank() == 3 && loc[0] == logits[0] && loc[1] == logits[1];
  if (!fits || broadcast(loc, d.log_scale.shape()) != loc) {
    throw ShapeError("mixture-of-gaussians: logits " + to_string(logits) + ", loc " + to_string(loc) +
                     " and log_scale " + to_string(d.log_scale.shape()) +
                     ": [batch, components], [batch, components, dim] and a shape that broadcasts to it are required");
  }
  return {loc[0], loc[1], loc[2]};
}

// Parameters of rank 3 for the rows of a value.
Tensor spread(Tensor parameter, const Extents& e, int64_t rows) {
  const Shape own{e.batch, e.components, e.dim};
  return spread_rows(parameter.shape() == own ? parameter : broadcast_to(parameter, own), rows);
}

}  // namespace

int64_t MixtureOfGaussians::event_dim() const {
  return extents_of(*this).dim;
}

int64_t MixtureOfGaussians::rows() const {
  return extents_of(*this).batch;
}

Tensor MixtureOfGaussians::log_prob(Tensor value) const {
  const Extents e = extents_of(*this);
  const int64_t n = require_rows(kMixtureName, value, e.dim, e.batch);
  const Tensor log_scales = spread(log_scale, e, n);
  const Tensor away = (reshape(value, {n, 1, e.dim}) - spread(loc, e, n)) * exp(-log_scales);
  const Tensor each = sum(-0.5 * square(away) - log_scales, {.axes = {-1}});  // [n, components]
  const double constant = 0.5 * std::log(2 * std::numbers::pi) * static_cast<double>(e.dim);
  return log_sum_exp(each + spread_rows(log_softmax(logits), n), {.axes = {-1}}) - constant;
}

MixtureOfGaussians MixtureOfGaussians::held() const {
  return {.logits = hold(logits), .loc = hold(loc), .log_scale = hold(log_scale)};
}

namespace {

// The draws [n, dim] themselves, with the gradients that they have when each keeps its place in the distribution as
// the parameters change: F_d(z_d | z_1 ... z_{d-1}) stays for every d (implicit reparameterisation, Figurnov et al.
// 2018, section 3), so dz_d = -dF_d / p_d, p_d = ∂F_d/∂z_d.  `log_w` [n, components] and the others
// [n, components, dim] are of the draws' rows.
Tensor with_gradients(Tensor draws, Tensor log_w, Tensor loc, Tensor log_scale) {
  constexpr double kLeastLogDensity = -60;  // far above underflow; a draw is hardly ever there
  const int64_t n = draws.shape()[0], dim = draws.shape()[1], components = loc.shape()[1];
  Tensor log_joint = log_w;  // of component and the dimensions so far
  Tensors columns;
  for (int64_t d = 0; d < dim; ++d) {
    const auto column = [&](Tensor x) {
      return reshape(slice(x, {.axis = -1, .start = d, .stop = d + 1}), {n, x.shape().rank() == 3 ? components : 1});
    };
    const Tensor m = column(loc), log_s = column(log_scale), z = stop_gradient(column(draws));
    const Tensor weights = log_softmax(log_joint), a = (z - m) * exp(-log_s);
    const Tensor below = 0.5 * sum(exp(weights) * (1 + erf(a * std::sqrt(0.5))), {.axes = {1}, .keep = true});
    const Tensor log_density = log_sum_exp(weights - 0.5 * square(a) - log_s, {.axes = {1}, .keep = true}) -
                               0.5 * std::log(2 * std::numbers::pi);
    const Tensor per_density = stop_gradient(exp(-maximum(log_density, kLeastLogDensity)));
    const Tensor moving = z - (below - stop_gradient(below)) * per_density;
    log_joint = log_joint - 0.5 * square((moving - m) * exp(-log_s)) - log_s;
    columns.push_back(moving);
  }
  return dim == 1 ? columns[0] : concat(columns, 1);
}

}  // namespace

Tensor MixtureOfGaussians::sample(Graph& graph, int64_t rows) const {
  const Extents e = extents_of(*this);
  require_row_count(kMixtureName, rows, e.batch);
  const Tensor log_w = spread_rows(log_softmax(logits), rows);
  const Tensor component = reshape(chosen_by(log_w, random_uniform(graph, {rows, 1})), {rows, e.components, 1});
  const Tensor locs = spread(loc, e, rows), log_scales = spread(log_scale, e, rows);
  const auto pick = [&](Tensor parameter) { return sum(component * parameter, {.axes = {1}}); };
  const Tensor draws = pick(locs) + exp(pick(log_scales)) * random_normal(graph, {rows, e.dim});
  const auto full = [&](Tensor x) { return broadcast_to(x, {rows, e.components, e.dim}); };
  return with_gradients(draws, broadcast_to(log_w, {rows, e.components}), full(locs), full(log_scales));
}

SampleAndLogProb MixtureOfGaussians::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> MixtureOfGaussians::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor MixtureOfGaussians::center(Graph& /*graph*/, int64_t rows) const {
  const Extents e = extents_of(*this);
  require_row_count(kMixtureName, rows, e.batch);
  const Tensor weights = reshape(exp(log_softmax(logits)), {e.batch, e.components, 1});
  const Tensor mean = spread_rows(sum(weights * loc, {.axes = {1}}), rows);
  return mean.shape()[0] == rows ? mean : broadcast_to(mean, {rows, e.dim});
}

std::optional<Tensor> MixtureOfGaussians::entropy(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

const DistributionFamily kMixtureOfGaussiansFamily{
    .name = "mixture-of-gaussians",
    .description = "normal components of independent dimensions, by weights, means and scales",
    .paper = "Dilokthanakul et al. 2016",
    .settings = {Integer{
        .key = "components", .value = 10, .meaning = "how many", .limits = {.at_least = 1, .at_most = 65'536}}},
    // The locations begin apart from each other, or the components would stay one.
    .parameters = [](int64_t dim, const Settings& settings) -> std::vector<ParameterSpec> {
      const int64_t components = settings.integer("components");
      return {{.name = "logits", .shape = {components}, .role = Role::kLogits},
              {.name = "loc", .shape = {components, dim}, .role = Role::kLocation, .spread = 0.5},
              {.name = "scale", .shape = {components, dim}, .role = Role::kScale}};
    },
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return MixtureOfGaussians{.logits = p("logits"), .loc = p("loc"), .log_scale = log_of(p("scale"))};
    }};

}  // namespace elbo::prob
