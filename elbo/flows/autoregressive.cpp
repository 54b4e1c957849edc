#include "elbo/flows/autoregressive.h"

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

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
  for (int64_t k = 0; k < options.layers; ++k) {
    nn::MaskedNetworkSite site{.scope = scope / std::to_string(k),
                               .dim = options.dim,
                               .outputs = map_.parameters,
                               .layout = map_.layout,
                               .context_dim = options.context_dim,
                               .init = options.start.hidden,
                               .out_init = options.start.last,
                               .out_bias_init = repeated(map_, options.dim)};
    if (k % 2 == 1) site.order = nn::reversed_order(options.dim);
    networks_.push_back(options_.network(site));
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
    const nn::MaskedNetwork& network = networks_[forward ? step : networks_.size() - 1 - step];
    if (sees_given) {
      const auto [y, log_slope] = map(x, network(x, context));
      x = y;
      add(sum(log_slope, {.axes = {1}, .keep = true}));
      continue;
    }
    x = network.solve(graph, rows, context, [&](int64_t column, Tensor theta) {
      const auto [y, log_slope] = map(slice(x, {.axis = 1, .start = column, .stop = column + 1}), theta);
      add(log_slope);
      return y;
    });
  }
  return {.y = x, .log_abs_det = reshape(log_abs_det, {rows})};
}

std::vector<Option> autoregressive_settings() {
  return {layers_option(AutoregressiveOptions{}.layers),
          Part{.key = "network",
               .value = "made",
               .meaning = "from the columns before to the map of a column",
               .rows = nn::masked_networks().view(),
               .place = network_start_settings()}};
}

prob::AnyTransform autoregressive_flow(std::string_view name, ColumnMap map, NetworkSees network_sees,
                                       const FlowSite& site, const Settings& s) {
  map.name = name;
  return Autoregressive{site.scope,
                        std::move(map),
                        {.dim = site.dim,
                         .layers = s.integer("layers"),
                         .context_dim = site.context_dim,
                         .network = nn::masked_network_of(s.part("network")),
                         .start = network_start_of(s.part("network")),
                         .network_sees = network_sees}};
}

}  // namespace elbo::flows
