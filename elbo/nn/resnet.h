// ResNet: dense residual blocks with the activation before the layers.
//
//   h_0     = W_in x + b_in
//   h_{k+1} = h_k + W_k2 a(W_k1 a(h_k) + b_k1) + b_k2       He, Zhang, Ren & Sun (2016), eq. 5: the sum stays free of a
//   y       = W_out a(h_K) + b_out
//
// What passes by a block is unchanged, and so is its gradient: many blocks train as well as few.  There is no batch
// normalisation, so a row's output depends on that row alone.
//
//   const nn::MakeNetwork conditioner = nn::resnet({.width = 128, .blocks = 2});
//   const nn::Network net = conditioner({.scope = parameters / "net", .in = 3, .out = 5});   // [batch, 3] -> [batch,
//   5]
//
// Parameters: "in", "0.0", "0.1", "1.0", ..., "out", each with weight and bias.
#pragma once

#include <cstdint>
#include <string>

#include "elbo/nn/network.h"

namespace elbo::nn {

struct ResnetOptions {
  int64_t width = 64;  // of h, and within the blocks
  int64_t blocks = 2;  // of two layers each
  std::string activation = "relu";
};
// Where the site asks for no width: a(h_K), `width` columns.
MakeNetwork resnet(const ResnetOptions& options = {});

extern const NetworkRow kResnet;

}  // namespace elbo::nn
