// What the workloads on variational autoencoders share: synthetic digits and the nets of the study of Kong & Li.
#pragma once

#include "elbo/app/bench/training_workload.h"
#include "elbo/models/vae_model.h"

namespace elbo::app::bench {

constexpr int64_t kPixels = 784;

// u8 [rows, 784]: bright blobs on black, a few of a fixed set for each row, with noise; the same at every call.
Array synthetic_images(int64_t rows);

// 784-500-500-latent and back, ReLU, Bernoulli from logits on grey bytes; without flow if flow_layers is 0.
models::VaeModel study_vae(int64_t latent_dim, int64_t flow_layers);

// The input "x", u8 [batch, 784], as values from 0 to 1.
Tensor image_input(Graph& graph, int64_t batch);

struct VaeWorkloadOptions {
  const char* name;
  int64_t latent_dim = 20;
  int64_t flow_layers = 0;
  int threads = 1;
};
// A training step on batches of 128: closed-form KL without a flow, noise drawn in the step, Adam.
std::unique_ptr<Workload> vae_training(const VaeWorkloadOptions& options);
// The same of another VAE on the images, which has its parameters in `parameters`.
std::unique_ptr<Workload> vae_training(const char* name, const models::Vae& vae, const nn::Parameters& parameters,
                                       const WorkloadOptions& options);

}  // namespace elbo::app::bench
