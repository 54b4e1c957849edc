#include "elbo/flows/autoregressive.h"

#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

// Of the last layer's weights, before the division by the root of their number: a layer starts near its `initial`.
constexpr double kMadeSpread = 0.01;

nn::Initializer repeated(const ColumnMap& map, int64_t dim) {
  return {"autoregressive-bias", [initial = map.initial, layout = map.layout, dim](const nn::InitialCall& call) {
            const size_t columns = static_cast<size_t>(dim), count = initial.size();
            for (size_t o = 0; o < call.dst.size(); ++o) {
              call.dst[o] = initial[layout == nn::OutputLayout::kByOutput ? o / columns : o % count];
            }
          }};
}

}  // namespace

Autoregressive::Autoregressive(const nn::Parameters& scope, ColumnMap map, const AutoregressiveOptions& options)
    : path_(scope.path()), map_(std::move(map)), options_(options) {
  if (options.layers < 1) {
    throw ConfigError(map_.name + " at " + path_ + ": layers = " + std::to_string(options.layers) +
                      ", must be at least 1");
  }
  const int64_t last = options.hidden.empty() ? options.dim : options.hidden.back();
  const double spread = kMadeSpread / std::sqrt(static_cast<double>(std::max<int64_t>(last, 1)));
  for (int64_t k = 0; k < options.layers; ++k) {
    nn::MadeOptions made{.dim = options.dim,
                         .hidden = options.hidden,
                         .outputs = map_.parameters,
                         .layout = map_.layout,
                         .context_dim = options.context_dim,
                         .activation = options.activation,
                         .output_init = nn::init::normal(spread),
                         .output_bias_init = repeated(map_, options.dim)};
    if (k % 2 == 1) made.order = nn::reversed_order(options.dim);
    networks_.emplace_back(scope / std::to_string(k), made);
  }
}

TransformResult Autoregressive::forward(Tensor z, Tensor context) const {
  return run(z, context, Direction::kForward);
}

TransformResult Autoregressive::inverse(Tensor y, Tensor context) const {
  return run(y, context, Direction::kInverse);
}

TransformResult Autoregressive::run(Tensor x, Tensor context, Direction direction) const {
  Graph& graph = x.graph();
  const Graph::ScopeGuard scope = graph.scope(path_);
  const int64_t rows = x.shape()[0];
  const bool forward = direction == Direction::kForward;
  const bool sees_given = forward == (options_.network_sees == NetworkSees::kBase);
  const auto& map = forward ? map_.forward : map_.inverse;
  Tensor log_abs_det;  // [rows, 1]
  const auto add = [&](Tensor term) { log_abs_det = log_abs_det.defined() ? log_abs_det + term : term; };
  for (size_t step = 0; step < networks_.size(); ++step) {
    const nn::Made& made = networks_[forward ? step : networks_.size() - 1 - step];
    if (sees_given) {
      const auto [y, log_slope] = map(x, made(x, context));
      x = y;
      add(sum(log_slope, {.axes = {1}, .keep = true}));
      continue;
    }
    x = made.solve(graph, rows, context, [&](int64_t column, Tensor theta) {
      const auto [y, log_slope] = map(slice(x, {.axis = 1, .start = column, .stop = column + 1}), theta);
      add(log_slope);
      return y;
    });
  }
  return {.y = x, .log_abs_det = reshape(log_abs_det, {rows})};
}

AutoregressiveOptions autoregressive_options(const FlowOptions& options, NetworkSees network_sees) {
  return {.dim = options.dim,
          .layers = options.layers,
          .context_dim = options.context_dim,
          .hidden = options.hidden,
          .activation = options.activation,
          .network_sees = network_sees};
}

}  // namespace elbo::flows
