#include "elbo/flows/planar.h"

#include <cmath>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/flows/tanh_equation.h"
#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

// Keeps û finite where ‖w‖ vanishes; 1 + wᵀû is computed with it too, so that the log-determinant stays exact.
constexpr double kNormFloor = 1e-10;
// In f32, 1 + wᵀû would underflow to 0 at wᵀu = -103.
constexpr double kSmallestOnePlus = 1e-30;

// First values, made of standard normal draws: w of length 1 in random directions; u = κ w + little, where κ has
// m(κ) = 0, so that û is small and the layer near the identity; b spread over the bulk of a standard normal base.
constexpr double kUSpread = 0.01, kBSpread = 0.5;

void make_unit_rows(std::span<double> w, int64_t dim) {
  const auto width = static_cast<size_t>(dim);
  for (size_t start = 0; start < w.size(); start += width) {
    double squares = 0;
    for (size_t d = start; d < start + width; ++d) squares += w[d] * w[d];
    for (size_t d = start; d < start + width; ++d) w[d] /= std::sqrt(squares);
  }
}

template <typename W>
void make_small_step(std::span<double> u, W w_at) {
  const double kappa = std::log(std::expm1(1.0));
  for (size_t i = 0; i < u.size(); ++i) u[i] = kUSpread * u[i] + kappa * w_at(i);
}

nn::Initializer unit_rows(int64_t dim) {
  return {"planar-w", [dim](const nn::InitialCall& call) {
            call.draws.fill_normal(call.dst);
            make_unit_rows(call.dst, dim);
          }};
}

nn::Initializer small_step(const VariablePtr& w) {
  return {"planar-u", [w](const nn::InitialCall& call) {
            const auto values = std::as_const(w->value).values<float>();
            call.draws.fill_normal(call.dst);
            make_small_step(call.dst, [&](size_t i) { return values[i]; });
          }};
}

// The bias of the map from the context: w of all layers, u of all, b of all.
nn::Initializer near_identity(int64_t layers, int64_t dim) {
  return {"planar-parameters", [layers, dim](const nn::InitialCall& call) {
            const auto block = static_cast<size_t>(layers * dim);
            call.draws.fill_normal(call.dst);
            const std::span<double> w = call.dst.first(block);
            make_unit_rows(w, dim);
            make_small_step(call.dst.subspan(block, block), [&](size_t i) { return w[i]; });
            for (double& b : call.dst.subspan(2 * block)) b *= kBSpread;
          }};
}

}  // namespace

Planar::Planar(const nn::Parameters& scope, const PlanarOptions& options) : path_(scope.path()), options_(options) {
  const int64_t layers = options.layers, dim = options.dim;
  if (dim < 1 || layers < 1 || options.context_dim < 0) {
    throw ConfigError("planar at " + path_ + ": dim = " + std::to_string(dim) + ", layers = " + std::to_string(layers) +
                      ", context_dim = " + std::to_string(options.context_dim) +
                      ": the first two must be at least 1, the last at least 0");
  }
  if (options.context_dim > 0) {
    const double spread = 0.01 / std::sqrt(static_cast<double>(options.context_dim));
    linear_.emplace(scope / "parameters", nn::LinearOptions{.in = options.context_dim,
                                                            .out = layers * (2 * dim + 1),
                                                            .init = nn::init::normal(spread),
                                                            .bias_init = near_identity(layers, dim)});
    return;
  }
  w_ = scope.get("w", {.shape = {layers, dim}, .init = unit_rows(dim)});
  u_ = scope.get("u", {.shape = {layers, dim}, .init = small_step(w_)});
  b_ = scope.get("b", {.shape = {layers}, .init = nn::init::normal(kBSpread)});
}

// Constrains all layers at once, on [K, dim] or [K, batch, dim], and cuts the result into layers.  Layers come first
// in both, so that a layer is one piece of memory.
std::vector<Planar::Layer> Planar::layers(Graph& graph, Tensor context, int64_t rows) const {
  const int64_t count = options_.layers, dim = options_.dim;
  Tensor w, u, b;  // [K, ..., dim] twice and [K, ..., 1]
  if (linear_) {
    const int64_t batch = context.shape()[0];
    const Tensors parts = split((*linear_)(context), {count * dim, count * dim, count}, -1);
    const auto layers_first = [&](Tensor part, int64_t width) {
      return transpose(reshape(part, {batch, count, width}), {1, 0, 2});
    };
    w = layers_first(parts[0], dim);
    u = layers_first(parts[1], dim);
    b = layers_first(parts[2], 1);
  } else {
    w = graph.variable(w_);
    u = graph.variable(u_);
    b = reshape(graph.variable(b_), {count, 1});
  }
  const Tensor inner = dot(w, u);                    // wᵀu
  const Tensor norm = dot(w, w) + kNormFloor;        // ‖w‖²
  const Tensor wanted = softplus(inner);             // 1 + m(wᵀu)
  const Tensor shift = (wanted - 1 - inner) / norm;  // û = u + shift w
  const Tensor short_of = kNormFloor / norm;         // how much of the shift the floor takes away: nothing, usually
  const Tensor one_plus = maximum(wanted + short_of * (1 + inner - wanted), kSmallestOnePlus);
  const Tensor u_hat = u + shift * w;

  const auto layer_of = [&](Tensor all, int64_t k) {
    const Tensor one = slice(all, {.axis = 0, .start = k, .stop = k + 1});
    return linear_ ? prob::spread_rows(reshape(one, one.shape().without(0)), rows) : one;
  };
  std::vector<Layer> result;
  for (int64_t k = 0; k < count; ++k) {
    result.push_back({layer_of(w, k), layer_of(u_hat, k), layer_of(b, k), layer_of(one_plus, k)});
  }
  return result;
}

TransformResult Planar::forward(Tensor z, Tensor context) const {
  const Graph::ScopeGuard scope = z.graph().scope(path_);
  const int64_t rows = z.shape()[0];
  Tensor log_abs_det;
  for (const Layer& layer : layers(z.graph(), context, rows)) {
    const Tensor h = tanh(dot(z, layer.w) + layer.b);  // [rows, 1]
    const Tensor h2 = square(h);
    z = z + layer.u * h;
    // 1 + (1 - h²) wᵀû as a sum of two positive terms: nothing cancels.
    const Tensor term = log(h2 + (1 - h2) * layer.one_plus);
    log_abs_det = log_abs_det.defined() ? log_abs_det + term : term;
  }
  return {.y = z, .log_abs_det = reshape(log_abs_det, {rows})};
}

// wᵀy + b = β + wᵀû tanh β  with β = wᵀz + b; then z = y - û tanh β.
TransformResult Planar::inverse(Tensor y, Tensor context) const {
  const Graph::ScopeGuard scope = y.graph().scope(path_);
  const int64_t rows = y.shape()[0];
  const std::vector<Layer> all = layers(y.graph(), context, rows);
  Tensor log_abs_det;
  for (size_t k = all.size(); k-- > 0;) {
    const Layer& layer = all[k];
    const TanhSolution solution = solve_tanh_equation(dot(y, layer.w) + layer.b, layer.one_plus);
    y = y - layer.u * solution.tanh;
    const Tensor term = log(solution.slope);
    log_abs_det = log_abs_det.defined() ? log_abs_det + term : term;
  }
  return {.y = y, .log_abs_det = reshape(-log_abs_det, {rows})};
}

const FlowFamily kPlanarFamily{
    .name = "planar",
    .description = "z + u tanh(wᵀz + b): squeezes and stretches along planes",
    .paper = "Rezende & Mohamed 2015",
    .settings = {layers_option(PlanarOptions{}.layers)},
    .fast_direction = prob::FastDirection::kForward,
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings& s) -> prob::AnyTransform {
      return Planar{site.scope, {.dim = site.dim, .layers = s.integer("layers"), .context_dim = site.context_dim}};
    }};

}  // namespace elbo::flows
