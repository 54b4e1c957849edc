#include "elbo/flows/radial.h"

#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

// Under α and s, which softplus lets vanish in f32, and under r², whose root has no slope at 0.
constexpr double kSmallestScale = 1e-6, kSmallestDistance = 1e-30;

// First values of a and b, made of standard normal draws: α and s near 1, so that β̂ is small.
constexpr double kCenterSpread = 0.01;
double softplus_of_one() {
  return std::log(std::expm1(1.0));
}

nn::Initializer near_one() {
  return {"radial", [](const nn::InitialCall& call) {
            call.draws.fill_normal(call.dst);
            for (double& value : call.dst) value = softplus_of_one() + kCenterSpread * value;
          }};
}

nn::Initializer near_identity(int64_t centers) {
  return {"radial-parameters", [centers](const nn::InitialCall& call) {
            call.draws.fill_normal(call.dst);
            for (double& value : call.dst.subspan(static_cast<size_t>(centers))) {
              value = softplus_of_one() + kCenterSpread * value;
            }
          }};
}

Tensor norm(Tensor x) {
  return sqrt(maximum(dot(x, x), kSmallestDistance));
}

}  // namespace

Radial::Radial(const nn::Parameters& scope, const RadialOptions& options) : path_(scope.path()), options_(options) {
  const int64_t layers = options.layers, dim = options.dim;
  if (dim < 1 || layers < 1 || options.context_dim < 0) {
    throw ConfigError("radial at " + path_ + ": dim = " + std::to_string(dim) + ", layers = " + std::to_string(layers) +
                      ", context_dim = " + std::to_string(options.context_dim) +
                      ": the first two must be at least 1, the last at least 0");
  }
  if (options.context_dim > 0) {
    const double spread = 0.01 / std::sqrt(static_cast<double>(options.context_dim));
    linear_.emplace(scope / "parameters", nn::LinearOptions{.in = options.context_dim,
                                                            .out = layers * (dim + 2),
                                                            .init = nn::init::normal(spread),
                                                            .bias_init = near_identity(layers * dim)});
    return;
  }
  center_ = scope.get("center", {.shape = {layers, dim}, .init = nn::init::normal(1)});
  a_ = scope.get("a", {.shape = {layers}, .init = near_one()});
  b_ = scope.get("b", {.shape = {layers}, .init = near_one()});
}

std::vector<Radial::Layer> Radial::layers(Graph& graph, Tensor context, int64_t rows) const {
  const int64_t count = options_.layers, dim = options_.dim;
  Tensor center, a, b;  // columns of all layers: [1 or batch, K dim], [1 or batch, K] twice
  if (linear_) {
    const Tensors parts = split(prob::spread_rows((*linear_)(context), rows), {count * dim, count, count}, -1);
    center = parts[0], a = parts[1], b = parts[2];
  } else {
    center = reshape(graph.variable(center_), {1, count * dim});
    a = reshape(graph.variable(a_), {1, count});
    b = reshape(graph.variable(b_), {1, count});
  }
  const Tensor alpha = softplus(a) + kSmallestScale, s = softplus(b) + kSmallestScale;
  std::vector<Layer> result;
  for (int64_t k = 0; k < count; ++k) {
    result.push_back({.center = slice(center, {.axis = 1, .start = k * dim, .stop = (k + 1) * dim}),
                      .alpha = slice(alpha, {.axis = 1, .start = k, .stop = k + 1}),
                      .s = slice(s, {.axis = 1, .start = k, .stop = k + 1})});
  }
  return result;
}

// With 1 + β̂h = (r + s)/(α + r) and 1 + β̂h + β̂h'r = (r (2α + r) + sα)/(α + r)²: sums of positive terms.
TransformResult Radial::forward(Tensor z, Tensor context) const {
  const Graph::ScopeGuard scope = z.graph().scope(path_);
  const int64_t rows = z.shape()[0];
  Tensor log_abs_det;
  for (const Layer& layer : layers(z.graph(), context, rows)) {
    const Tensor away = z - layer.center, r = norm(away), below = layer.alpha + r;
    const Tensor ratio = (r + layer.s) / below;
    z = layer.center + away * ratio;
    const Tensor along = (r * (below + layer.alpha) + layer.s * layer.alpha) / square(below);
    const Tensor term = static_cast<double>(options_.dim - 1) * log(ratio) + log(along);
    log_abs_det = log_abs_det.defined() ? log_abs_det + term : term;
  }
  return {.y = z, .log_abs_det = reshape(log_abs_det, {rows})};
}

TransformResult Radial::inverse(Tensor y, Tensor context) const {
  const Graph::ScopeGuard scope = y.graph().scope(path_);
  const int64_t rows = y.shape()[0];
  const std::vector<Layer> all = layers(y.graph(), context, rows);
  Tensor log_abs_det;
  for (size_t k = all.size(); k-- > 0;) {
    const Layer& layer = all[k];
    const Tensor away = y - layer.center, rho = norm(away), b = layer.s - rho;
    const Tensor root = sqrt(square(b) + 4 * rho * layer.alpha);
    // Of the two forms of the root, the one in which nothing cancels.
    const Tensor r = select(less(0, b), 2 * rho * layer.alpha / (abs(b) + root), 0.5 * (root - b));
    const Tensor below = layer.alpha + r, ratio = (r + layer.s) / below;
    y = layer.center + away / ratio;
    const Tensor along = (r * (below + layer.alpha) + layer.s * layer.alpha) / square(below);
    const Tensor term = static_cast<double>(options_.dim - 1) * log(ratio) + log(along);
    log_abs_det = log_abs_det.defined() ? log_abs_det + term : term;
  }
  return {.y = y, .log_abs_det = reshape(-log_abs_det, {rows})};
}

const FlowFamily kRadialFamily{
    .name = "radial",
    .description = "z + β(z - z₀)/(α + ‖z - z₀‖): pulls towards points and pushes away",
    .paper = "Rezende & Mohamed 2015",
    .settings = {layers_option(RadialOptions{}.layers)},
    .fast_direction = prob::FastDirection::kBoth,
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings& s) -> prob::AnyTransform {
      return Radial{site.scope, {.dim = site.dim, .layers = s.integer("layers"), .context_dim = site.context_dim}};
    }};

}  // namespace elbo::flows
