// A Vae of dense layers from plain options: what a configuration file describes.
//
//   const models::BuiltVae built = models::build_vae(
//       {.data_dim = 784, .posterior = {.flow = "planar"}, .prior = {.name = "mixture-of-gaussians"}},
//       nn::Parameters{{.seed = 0}});
//   const Tensor loss = mean(models::negative_elbo(built.training, x));
//
// Parameters: "encoder.<i>", the heads "loc" and "log_scale" (or "log_variance", "raw_scale") and what else the
// posterior's family has, "decoder.<i>", "flow", "prior", "prior.flow"; each linear layer has "weight" [out, in] and
// "bias" [out].
#pragma once

#include <string>
#include <vector>

#include "elbo/models/base.h"
#include "elbo/models/posterior.h"
#include "elbo/models/vae.h"
#include "elbo/nn/parameters.h"

namespace elbo::models {

// p(z): a base, and a flow that carries it further.  The density of given codes is what training needs, so a family
// that is fast only from base to data (planar, Sylvester, iaf) is turned round (flows/invert.h).
struct PriorOptions {
  std::string name = "standard-normal";  // a name of models/base.h that has a density everywhere
  BaseOptions base;
  std::string flow = "none";  // or a name of flows/registry.h, of a family from all reals to all reals
  flows::FlowOptions flow_options{.layers = 8};
};

struct VaeOptions {
  int64_t data_dim = 784;
  int64_t latent_dim = 20;

  // Recognition network: hidden layers, then the heads of the posterior.  No hidden layers: the heads read x itself.
  std::vector<int64_t> encoder_hidden = {500, 500};
  std::string encoder_activation = "relu";         // between hidden layers
  std::string encoder_output_activation = "relu";  // after the last one
  PosteriorOptions posterior;

  std::vector<int64_t> decoder_hidden = {500, 500};
  std::string decoder_activation = "relu";

  std::string likelihood = "bernoulli";
  PriorOptions prior;
  std::string initializer = "pytorch-linear";
};

struct BuiltVae {
  Vae vae;  // holds its layers itself
  // The same parameters, for the graph of a training step: batch normalisation in the prior's flow takes its
  // statistics from the codes of the step, and follows them.
  Vae training;
  nn::Parameters parameters;
  VaeOptions options;
};

// Makes the parameters in a fixed order: encoder, heads, flow, prior, decoder.  Throws ConfigError for an unknown name
// (listing the known ones), for an extent below 1, and for parts that do not go together.
BuiltVae build_vae(const VaeOptions& options, const nn::Parameters& parameters);

}  // namespace elbo::models
