#include "elbo/app/bench/vae_workload.h"

#include <algorithm>
#include <array>

#include "elbo/engine/ops.h"
#include "elbo/engine/philox.h"
#include "elbo/models/elbo.h"
#include "elbo/run/schema.h"

namespace elbo::app::bench {
namespace {

constexpr int64_t kSide = 28;
constexpr int64_t kBlobs = 16;
constexpr int64_t kVaeRows = 512;
constexpr int64_t kVaeBatch = 128;

using Blob = std::array<uint8_t, kPixels>;

// A bright disc that fades towards its rim.
Blob blob(const Philox4x32::Counter& bits) {
  const auto center = [&](size_t i) { return 6 + static_cast<int64_t>(bits[i] % 16); };
  const int64_t x0 = center(0), y0 = center(1), radius = 3 + static_cast<int64_t>(bits[2] % 4);
  Blob result{};
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) {
      const int64_t squared = (x - x0) * (x - x0) + (y - y0) * (y - y0);
      const int64_t value = 255 - 255 * squared / (radius * radius);
      result[static_cast<size_t>(y * kSide + x)] = static_cast<uint8_t>(std::max<int64_t>(value, 0));
    }
  }
  return result;
}

}  // namespace

Array synthetic_images(int64_t rows) {
  const Philox4x32::Key key = Philox4x32::key(1);
  std::array<Blob, kBlobs> blobs;
  for (size_t i = 0; i < blobs.size(); ++i)
    blobs[i] = blob(Philox4x32::block({static_cast<uint32_t>(i), 0, 0, 0}, key));
  Array images(DType::kU8, {rows, kPixels});
  uint8_t* out = images.values<uint8_t>().data();
  for (int64_t row = 0; row < rows; ++row, out += kPixels) {
    const auto bits = Philox4x32::block({static_cast<uint32_t>(row), 1, 0, 0}, key);
    const Blob& first = blobs[bits[0] % kBlobs];
    const Blob& second = blobs[bits[1] % kBlobs];
    for (size_t i = 0; i < kPixels; ++i) out[i] = std::max(first[i], second[i]);
  }
  return images;
}

models::VaeModel study_vae(int64_t latent_dim, int64_t flow_layers) {
  std::vector<Assignment> assignments{Assignment::of_set("latent.dimension=" + std::to_string(latent_dim))};
  if (flow_layers > 0) {
    assignments.push_back(Assignment::of_set("posterior.flow=planar"));
    assignments.push_back(Assignment::of_set("posterior.flow.layers=" + std::to_string(flow_layers)));
  }
  const models::ModelSite site{.parameters = nn::Parameters{{.seed = 1}},
                               .columns = {{.name = "x", .dim = kPixels, .values = Values::kUnit}},
                               .init = nn::initializer("pytorch-linear")};
  return {site, resolve(run::run_schema(), assignments)};
}

Tensor image_input(Graph& graph, int64_t batch) {
  return to_real(graph.input("x", {batch, kPixels}, DType::kU8)) * (1.0 / 255);
}

std::unique_ptr<Workload> vae_training(const char* name, const models::Vae& vae, const nn::Parameters& parameters,
                                       const WorkloadOptions& options) {
  TrainingParts parts{
      .name = name,
      .parameters = parameters,
      .loss = [vae](Graph& graph,
                    int64_t batch) { return mean(models::negative_elbo(vae, image_input(graph, batch))); },
      .rows = {},
      .batch = kVaeBatch};
  parts.rows.emplace("x", synthetic_images(kVaeRows));
  return std::make_unique<TrainingWorkload>(std::move(parts), options);
}

std::unique_ptr<Workload> vae_training(const VaeWorkloadOptions& options) {
  const models::VaeModel model = study_vae(options.latent_dim, options.flow_layers);
  return vae_training(options.name, model.vae(), model.parameters(), {.threads = options.threads});
}

}  // namespace elbo::app::bench
