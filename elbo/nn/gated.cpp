#include "elbo/nn/gated.h"

#include <optional>

#include "elbo/engine/ops.h"
#include "elbo/nn/activation.h"
#include "elbo/nn/linear.h"

namespace elbo::nn {

namespace {

struct GatedLayer {
  Linear value, gate;
};

Network make_gated(const NetworkSite& site, const GatedOptions& o) {
  std::vector<GatedLayer> hidden;
  int64_t width = site.in;
  for (const int64_t next : o.hidden) {
    const Parameters scope = site.scope / std::to_string(hidden.size());
    const LinearOptions layer{.in = width, .out = next, .init = site.init};
    hidden.push_back({.value = Linear(scope / "value", layer), .gate = Linear(scope / "gate", layer)});
    width = next;
  }
  std::optional<Linear> out;
  if (site.out) {
    out.emplace(
        site.scope / "out",
        LinearOptions{
            .in = width, .out = *site.out, .init = site.out_init.value_or(site.init), .bias_init = site.out_bias_init});
  }
  const auto apply = [hidden, out, a = Activation(o.activation)](Tensor h) {
    for (const GatedLayer& layer : hidden) h = a(layer.value(h)) * sigmoid(layer.gate(h));
    return out ? (*out)(h) : h;
  };
  return {site.in, site.out.value_or(width), apply};
}

}  // namespace

MakeNetwork gated(const GatedOptions& options) {
  return [options](const NetworkSite& site) { return make_gated(site, options); };
}

const NetworkRow kGated{.name = "gated",
                        .description = "linear layers, each multiplied by gates that another of the same inputs opens",
                        .paper = "Dauphin et al. 2017",
                        .settings = {Integers{.key = "hidden",
                                              .value = GatedOptions{}.hidden,
                                              .meaning = "widths of the hidden layers, first to last",
                                              .unit = "units",
                                              .limits = {.at_least = 1, .at_most = 65'536}},
                                     Text{.key = "activation",
                                          .value = GatedOptions{}.activation,
                                          .meaning = "function of what the gates let through",
                                          .choices = activation_names}},
                        .make = [](const NetworkSite& site, const Settings& s) {
                          return make_gated(site, {.hidden = s.integers("hidden"), .activation = s.text("activation")});
                        }};

}  // namespace elbo::nn
