// A Vae of dense layers from plain options: what a configuration file describes.
//
//   const models::BuiltVae built = models::build_vae({.data_dim = 784, .flow = "planar"}, nn::Parameters{{.seed = 0}});
//   const Tensor loss = mean(models::negative_elbo(built.vae, x));
//
// Parameters: "encoder.<i>", the heads "loc" and "log_scale" (or "log_variance", "raw_scale"), "decoder.<i>", "flow",
// "prior"; each linear layer has "weight" [out, in] and "bias" [out].
#pragma once

#include <string>
#include <vector>

#include "elbo/models/vae.h"
#include "elbo/nn/parameters.h"

namespace elbo::models {

struct VaeOptions {
  int64_t data_dim = 784;
  int64_t latent_dim = 20;

  // Recognition network: hidden layers, then one linear head each for location and scale.  No hidden layers: the heads
  // read x itself.
  std::vector<int64_t> encoder_hidden = {500, 500};
  std::string encoder_activation = "relu";         // between hidden layers
  std::string encoder_output_activation = "relu";  // after the last one
  std::string head_activation = "none";            // after both heads; "tanh" keeps them within (-1, 1)
  // What the scale head gives: "log-scale" (scale = exp t), "log-variance" (exp(t/2)), "softplus" (softplus t + 1e-6).
  std::string scale = "log-scale";

  // Flow on top of the diagonal normal posterior: "none", or a name of flows/registry.h.
  std::string flow = "none";
  int64_t flow_layers = 8;
  bool flow_amortized = false;  // its parameters come from the encoder's last layer

  std::vector<int64_t> decoder_hidden = {500, 500};
  std::string decoder_activation = "relu";

  std::string likelihood = "bernoulli";
  std::string prior = "standard-normal";
  std::string initializer = "pytorch-linear";
};

struct BuiltVae {
  Vae vae;  // holds its layers itself
  nn::Parameters parameters;
  VaeOptions options;
};

// Makes the parameters in a fixed order: encoder, heads, flow, prior, decoder.  Throws ConfigError for an unknown name
// (listing the known ones) and for an extent below 1.
BuiltVae build_vae(const VaeOptions& options, const nn::Parameters& parameters);

// How a scale can be parameterised, for lists of names.
struct ScaleRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::string_view parameter;      // name of the head
  Tensor (*scale)(Tensor column);  // what the head puts out -> standard deviation
};
std::span<const ScaleRow* const> scale_kinds();

}  // namespace elbo::models
