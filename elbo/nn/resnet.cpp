#include "elbo/nn/resnet.h"

#include <optional>
#include <utility>
#include <vector>

#include "elbo/engine/ops.h"
#include "elbo/nn/activation.h"
#include "elbo/nn/linear.h"

namespace elbo::nn {

namespace {

struct ResidualBlock {
  Linear first, second;
};

Network make_resnet(const NetworkSite& site, const ResnetOptions& o) {
  const auto layer = [&](const Parameters& scope, int64_t in) {
    return Linear(scope, {.in = in, .out = o.width, .init = site.init});
  };
  const Linear in = layer(site.scope / "in", site.in);
  std::vector<ResidualBlock> blocks;
  for (int64_t k = 0; k < o.blocks; ++k) {
    const Parameters scope = site.scope / std::to_string(k);
    blocks.push_back({.first = layer(scope / "0", o.width), .second = layer(scope / "1", o.width)});
  }
  std::optional<Linear> out;
  if (site.out) {
    out.emplace(site.scope / "out", LinearOptions{.in = o.width,
                                                  .out = *site.out,
                                                  .init = site.out_init.value_or(site.init),
                                                  .bias_init = site.out_bias_init});
  }
  const auto apply = [in, blocks, out, a = Activation(o.activation)](Tensor x) {
    Tensor h = in(x);
    for (const ResidualBlock& block : blocks) h = h + block.second(a(block.first(a(h))));
    return out ? (*out)(a(h)) : a(h);
  };
  return {site.in, site.out.value_or(o.width), apply};
}

}  // namespace

MakeNetwork resnet(const ResnetOptions& options) {
  return [options](const NetworkSite& site) { return make_resnet(site, options); };
}

const NetworkRow kResnet{
    .name = "resnet",
    .description = "residual blocks of two linear layers, each after an activation",
    .paper = "He et al. 2016",
    .settings = {Integer{.key = "width",
                         .value = ResnetOptions{}.width,
                         .meaning = "of all hidden layers",
                         .unit = "units",
                         .limits = {.at_least = 1, .at_most = 65'536}},
                 Integer{.key = "blocks",
                         .value = ResnetOptions{}.blocks,
                         .meaning = "how many, of two layers each",
                         .limits = {.at_least = 1, .at_most = 1'024}},
                 Text{.key = "activation",
                      .value = ResnetOptions{}.activation,
                      .meaning = "function before each layer of a block and before the last",
                      .choices = activation_names}},
    .make = [](const NetworkSite& site, const Settings& s) {
      return make_resnet(
          site, {.width = s.integer("width"), .blocks = s.integer("blocks"), .activation = s.text("activation")});
    }};

}  // namespace elbo::nn
