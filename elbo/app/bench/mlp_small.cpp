#include <cmath>

#include "elbo/app/bench/training_workload.h"
#include "elbo/app/bench/workloads.h"
#include "elbo/data/random.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/mlp.h"

namespace elbo::app::bench {
namespace {

constexpr int64_t kMlpBatch = 512;
constexpr int64_t kMlpWidth = 64;

Array normal_rows(int64_t rows, uint32_t stream) {
  Array array(DType::kF32, {rows, kMlpWidth});
  data::RowRandom random({.seed = 1, .purpose = data::Purpose::kGenerate, .stream = stream}, 0);
  for (float& value : array.values<float>()) value = static_cast<float>(random.normal());
  return array;
}

// Targets that can be learned: each a smooth function of two inputs.
Array targets_of(const Array& inputs) {
  Array targets(DType::kF32, inputs.shape());
  const auto x = inputs.values<float>();
  auto y = targets.values<float>();
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = 0.5f * x[i] + 0.5f * std::tanh(x[i - i % kMlpWidth + (i + 1) % kMlpWidth]);
  return targets;
}

std::unique_ptr<Workload> make(const WorkloadOptions& options) {
  const nn::Parameters parameters{{.seed = 1}};
  const nn::Mlp mlp{parameters / "mlp", {.layers = {kMlpWidth, kMlpWidth, kMlpWidth}}};
  TrainingParts parts{.name = "mlp-small",
                      .parameters = parameters,
                      .loss =
                          [mlp](Graph& graph, int64_t batch) {
                            const Tensor x = graph.input("x", {batch, kMlpWidth});
                            const Tensor y = graph.input("y", {batch, kMlpWidth});
                            return mean(square(mlp(x) - y));
                          },
                      .rows = {},
                      .batch = kMlpBatch};
  Array inputs = normal_rows(2 * kMlpBatch, 0);
  parts.rows.emplace("y", targets_of(inputs));
  parts.rows.emplace("x", std::move(inputs));
  return std::make_unique<TrainingWorkload>(std::move(parts), options);
}

}  // namespace

const WorkloadEntry kMlpSmall{
    .name = "mlp-small", .summary = "64-64-64 regression, squared error, batch 512, Adam", .make = make};

}  // namespace elbo::app::bench
