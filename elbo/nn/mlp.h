// Mlp: linear layers with an activation between them, and another, if wanted, after the last.
//
//   const nn::Mlp encoder{parameters / "encoder", {.layers = {784, 500, 500}, .output_activation = "relu"}};
//   const Tensor h = encoder(x);       // x [batch, 784] -> [batch, 500];  "encoder.0.weight", "encoder.0.bias", ...
#pragma once

#include <string>
#include <vector>

#include "elbo/nn/activation.h"
#include "elbo/nn/linear.h"
#include "elbo/nn/network.h"

namespace elbo::nn {

struct MlpOptions {
  std::vector<int64_t> layers;  // widths, from the input to the output: at least two
  Activation activation = "relu";
  Activation output_activation = "none";
  bool bias = true;
  Initializer init = init::pytorch_linear();
};

class Mlp final {
 public:
  // Throws ConfigError when fewer than two widths are given or one is below 1.
  Mlp(const Parameters& scope, const MlpOptions& options);

  // x [..., layers.front()] -> [..., layers.back()].
  Tensor operator()(Tensor x) const;

  int64_t in() const { return layers_.front().in(); }
  int64_t out() const { return layers_.back().out(); }
  const std::vector<Linear>& layers() const { return layers_; }

 private:
  std::vector<Linear> layers_;
  Activation activation_;
  Activation output_activation_;
};

// As a network by name: linear layers "0", "1", ... that end, where the site asks for a width, in one without an
// activation.  No hidden layers and no such width: the identity.
struct MlpNetworkOptions {
  std::vector<int64_t> hidden{64, 64};
  std::string activation = "relu";
  std::string output_activation = "same";  // after the last hidden layer; same: as activation says
};
MakeNetwork mlp(const MlpNetworkOptions& options = {});

extern const NetworkRow kMlpNetwork;

}  // namespace elbo::nn
