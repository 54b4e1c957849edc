#include "elbo/nn/mlp.h"

#include <optional>

#include "elbo/settings/error.h"

namespace elbo::nn {

Mlp::Mlp(const Parameters& scope, const MlpOptions& options)
    : activation_(options.activation), output_activation_(options.output_activation) {
  if (options.layers.size() < 2) {
    throw ConfigError("mlp at " + scope.path() + ": " + std::to_string(options.layers.size()) +
                      " widths were given, at least two are required: input and output");
  }
  for (size_t i = 0; i + 1 < options.layers.size(); ++i) {
    layers_.emplace_back(
        scope / std::to_string(i),
        LinearOptions{
            .in = options.layers[i], .out = options.layers[i + 1], .bias = options.bias, .init = options.init});
  }
}

Tensor Mlp::operator()(Tensor x) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Activation& activation = i + 1 < layers_.size() ? activation_ : output_activation_;
    x = activation(layers_[i](x));
  }
  return x;
}

namespace {

Network make_mlp(const NetworkSite& site, const MlpNetworkOptions& o) {
  std::vector<int64_t> widths{site.in};
  widths.insert(widths.end(), o.hidden.begin(), o.hidden.end());
  const std::string& last = o.output_activation == "same" ? o.activation : o.output_activation;
  std::optional<Mlp> hidden;
  if (!o.hidden.empty()) {
    hidden.emplace(
        site.scope,
        MlpOptions{.layers = widths, .activation = o.activation, .output_activation = last, .init = site.init});
  }
  std::optional<Linear> out;
  if (site.out) {
    out.emplace(site.scope / std::to_string(o.hidden.size()), LinearOptions{.in = widths.back(),
                                                                            .out = *site.out,
                                                                            .init = site.out_init.value_or(site.init),
                                                                            .bias_init = site.out_bias_init});
  }
  return {site.in, site.out.value_or(widths.back()), [hidden, out](Tensor x) {
            if (hidden) x = (*hidden)(x);
            return out ? (*out)(x) : x;
          }};
}

std::vector<std::string> output_activation_names() {
  std::vector<std::string> names = activation_names();
  names.insert(names.begin(), "same");
  return names;
}

}  // namespace

MakeNetwork mlp(const MlpNetworkOptions& options) {
  return [options](const NetworkSite& site) { return make_mlp(site, options); };
}

const NetworkRow kMlpNetwork{
    .name = "mlp",
    .description = "linear layers with an activation between them",
    .paper = "",
    .settings = {Integers{.key = "hidden",
                          .value = MlpNetworkOptions{}.hidden,
                          .meaning = "widths of the hidden layers, first to last",
                          .unit = "units",
                          .limits = {.at_least = 1, .at_most = 65'536}},
                 Text{.key = "activation",
                      .value = MlpNetworkOptions{}.activation,
                      .meaning = "function after each hidden layer",
                      .choices = activation_names},
                 Text{.key = "output_activation",
                      .value = MlpNetworkOptions{}.output_activation,
                      .meaning = "function after the last hidden layer; same: as activation says",
                      .choices = output_activation_names}},
    .make = [](const NetworkSite& site, const Settings& s) {
      return make_mlp(site, {.hidden = s.integers("hidden"),
                             .activation = s.text("activation"),
                             .output_activation = s.text("output_activation")});
    }};

}  // namespace elbo::nn
