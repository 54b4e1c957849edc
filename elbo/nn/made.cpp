#include "elbo/nn/made.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::nn {

namespace {

void check(const std::string& path, const MadeOptions& o) {
  const std::string who = "made at " + path + ": ";
  const auto require = [&](const char* name, int64_t value, int64_t least) {
    if (value < least) {
      throw ConfigError(who + name + " = " + std::to_string(value) + ", must be at least " + std::to_string(least));
    }
  };
  require("dim", o.dim, 1);
  require("outputs", o.outputs, 1);
  require("context_dim", o.context_dim, 0);
  for (const int64_t width : o.hidden) require("a hidden width", width, 1);
  if (!(o.largest_input > 0)) throw ConfigError(who + "largest_input must be above 0");
  std::vector<int64_t> sorted = o.order;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != natural_order(o.dim)) {
    throw ConfigError(who + "the order must hold each of 1 to " + std::to_string(o.dim) + " once");
  }
}

}  // namespace

std::vector<int64_t> natural_order(int64_t dim) {
  std::vector<int64_t> order(static_cast<size_t>(dim));
  std::iota(order.begin(), order.end(), int64_t{1});
  return order;
}

std::vector<int64_t> reversed_order(int64_t dim) {
  std::vector<int64_t> order = natural_order(dim);
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<int64_t> random_order(int64_t dim, uint64_t seed) {
  std::vector<double> keys(static_cast<size_t>(dim));
  InitialDraws(seed, "made order").fill_uniform(keys);
  std::vector<int64_t> order = natural_order(dim);
  std::sort(order.begin(), order.end(),
            [&](int64_t a, int64_t b) { return keys[static_cast<size_t>(a - 1)] < keys[static_cast<size_t>(b - 1)]; });
  return order;
}

Made::Made(const Parameters& scope, const MadeOptions& options) : path_(scope.path()), options_(options) {
  if (options_.order.empty()) options_.order = natural_order(std::max<int64_t>(options_.dim, 0));
  check(path_, options_);
  const int64_t dim = options_.dim, least = options_.context_dim > 0 ? 0 : 1;
  if (dim == 1 && options_.context_dim == 0) options_.hidden.clear();
  degrees_.push_back(options_.order);
  for (const int64_t width : options_.hidden) {
    std::vector<int64_t> units(static_cast<size_t>(width));
    for (int64_t u = 0; u < width; ++u) units[static_cast<size_t>(u)] = least + u * (dim - least) / width;
    degrees_.push_back(std::move(units));
  }
  const bool by_output = options_.layout == OutputLayout::kByOutput;
  std::vector<int64_t> seen(static_cast<size_t>(dim * options_.outputs));
  for (size_t o = 0; o < seen.size(); ++o) {
    const auto at = static_cast<int64_t>(o);
    seen[o] = options_.order[static_cast<size_t>(by_output ? at % dim : at / options_.outputs)] - 1;
  }
  degrees_.push_back(std::move(seen));

  const size_t count = degrees_.size() - 1;
  for (size_t l = 0; l < count; ++l) {
    const bool last = l + 1 == count;
    const Initializer& init = last ? options_.output_init : options_.init;
    const std::optional<Initializer> bias_init = last ? options_.output_bias_init : std::nullopt;
    const auto width = static_cast<int64_t>(degrees_[l + 1].size());
    const bool blind = l == 0 && dim == 1;  // the only column is seen by nobody
    if (blind) {
      layers_.emplace_back();
    } else {
      layers_.emplace_back(
          MaskedLinear(scope / std::to_string(l),
                       {.mask = degree_mask(degrees_[l], degrees_[l + 1]), .init = init, .bias_init = bias_init}));
    }
    if (l > 0) continue;
    if (options_.context_dim > 0) {
      context_.emplace(
          scope / "context",
          LinearOptions{.in = options_.context_dim, .out = width, .bias = blind, .init = init, .bias_init = bias_init});
    } else if (blind) {
      lone_bias_ = (scope / "0").get("bias", {.shape = {width}, .init = bias_init.value_or(init::zeros())});
    }
  }
}

Tensor Made::context_term(Tensor context, int64_t rows) const {
  const Tensor term = (*context_)(context);
  const int64_t batch = context.shape()[0];
  return batch == rows ? term : repeat_rows(term, rows / batch);
}

Tensor Made::operator()(Tensor x, Tensor context) const {
  Graph& graph = x.graph();
  const Graph::ScopeGuard scope = graph.scope(path_);
  const int64_t rows = x.shape()[0];
  if (lone_bias_ != nullptr) return broadcast_to(graph.variable(lone_bias_), {rows, options_.outputs});
  Tensor h = clamp(x, -options_.largest_input, options_.largest_input);
  for (size_t l = 0; l < layers_.size(); ++l) {
    if (l > 0) h = options_.activation(h);
    if (layers_[l]) h = (*layers_[l])(h);
    if (l > 0 || !context_) continue;
    const Tensor term = context_term(context, rows);
    h = layers_[l] ? h + term : term;
  }
  return h;
}

namespace {

MaskedNetwork make_made(const MaskedNetworkSite& site, const MadeNetworkOptions& o) {
  const auto network =
      std::make_shared<const Made>(site.scope, MadeOptions{.dim = site.dim,
                                                           .hidden = o.hidden,
                                                           .outputs = site.outputs,
                                                           .layout = site.layout,
                                                           .context_dim = site.context_dim,
                                                           .order = site.order,
                                                           .activation = o.activation,
                                                           .init = site.init,
                                                           .output_init = site.out_init.value_or(site.init),
                                                           .output_bias_init = site.out_bias_init});
  return {.apply = [network](Tensor x, Tensor context) { return (*network)(x, context); },
          .solve = [network](Graph& graph, int64_t rows, Tensor context,
                             const Made::NextColumn& next) { return network->solve(graph, rows, context, next); }};
}

}  // namespace

MakeMaskedNetwork made(const MadeNetworkOptions& options) {
  return [options](const MaskedNetworkSite& site) { return make_made(site, options); };
}

const MaskedNetworkRow kMadeNetwork{.name = "made",
                                    .description = "linear layers whose masks hide what does not come before",
                                    .paper = "Germain et al. 2015",
                                    .settings = {Integers{.key = "hidden",
                                                          .value = MadeNetworkOptions{}.hidden,
                                                          .meaning = "widths of the hidden layers, first to last",
                                                          .unit = "units",
                                                          .limits = {.at_least = 1, .at_most = 65'536}},
                                                 Text{.key = "activation",
                                                      .value = MadeNetworkOptions{}.activation,
                                                      .meaning = "function after each hidden layer",
                                                      .choices = activation_names}},
                                    .make = [](const MaskedNetworkSite& site, const Settings& s) {
                                      return make_made(
                                          site, {.hidden = s.integers("hidden"), .activation = s.text("activation")});
                                    }};

}  // namespace elbo::nn
