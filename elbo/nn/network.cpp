#include "elbo/nn/network.h"

#include <string>

#include "elbo/nn/gated.h"
#include "elbo/nn/mlp.h"
#include "elbo/nn/resnet.h"
#include "elbo/settings/error.h"

namespace elbo::nn {

const Registry<NetworkRow>& networks() {
  static const Registry<NetworkRow> all("network", {&kMlpNetwork, &kResnet, &kGated});
  return all;
}

Tensor Network::operator()(Tensor x) const {
  const Shape& shape = x.shape();
  if (shape.rank() < 2 || shape.last(0) != in_) {
    throw ShapeError("network: src " + to_string(shape) + ": rows of " + std::to_string(in_) + " are required");
  }
  return apply_(x);
}

Network make_network(const NetworkSite& site, const Settings& part) {
  const int64_t out = site.out.value_or(1);
  if (site.in < 1 || out < 1) {
    throw ConfigError("network at " + site.scope.path() + ": in = " + std::to_string(site.in) +
                      ", out = " + std::to_string(out) + ": both must be at least 1");
  }
  return part.row<NetworkRow>().make(site, part);
}

MakeNetwork network_of(const Settings& part) {
  return [part](const NetworkSite& site) { return make_network(site, part); };
}

}  // namespace elbo::nn
