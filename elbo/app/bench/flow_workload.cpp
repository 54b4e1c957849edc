#include "elbo/app/bench/flow_workload.h"

#include <cmath>

#include "elbo/data/random.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/registry.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"

namespace elbo::app::bench {
namespace {

enum Stream : uint32_t { kColumns, kContext };

// Standard normal.
Array noise(int64_t rows, int64_t dim, Stream stream) {
  Array array(DType::kF32, {rows, dim});
  data::RowRandom random({.seed = 1, .purpose = data::Purpose::kGenerate, .stream = stream}, 0);
  for (float& value : array.values<float>()) value = static_cast<float>(random.normal());
  return array;
}

// Adds to each column a smooth function of one of the context's.
void bend_by(const Array& context, Array& rows) {
  const int64_t from = context.shape()[1], dim = rows.shape()[1];
  const auto c = context.values<float>();
  auto x = rows.values<float>();
  for (int64_t i = 0; i < static_cast<int64_t>(x.size()); ++i) {
    x[static_cast<size_t>(i)] += 0.5f * std::tanh(c[static_cast<size_t>(i / dim * from + i % dim % from)]);
  }
}

}  // namespace

Array synthetic_rows(int64_t rows, int64_t dim) {
  Array array = noise(rows, dim, kColumns);
  auto x = array.values<float>();
  for (size_t i = 0; i < x.size(); ++i) {
    const bool first = i % static_cast<size_t>(dim) == 0;
    x[i] = first ? 0.5f * x[i] : 0.4f * std::sin(2 * x[i - 1]) + 0.3f * x[i];
  }
  return array;
}

prob::AnyTransform flow_of(const FlowWorkload& workload, const nn::Parameters& scope) {
  return flows::make_flow(workload.family, {.scope = scope, .dim = workload.dim, .context_dim = workload.context_dim},
                          workload.settings);
}

Tensor log_density(const prob::AnyTransform& flow, Tensor x, Tensor context) {
  return prob::TransformedDistribution{.base = prob::StandardNormal{flow.dim()}, .transform = flow, .context = context}
      .log_prob(x);
}

TrainingParts flow_training_parts(const FlowWorkload& workload, const prob::AnyTransform& flow,
                                  const nn::Parameters& parameters) {
  TrainingParts parts{.name = workload.name,
                      .parameters = parameters,
                      .loss =
                          [flow](Graph& graph, int64_t batch) {
                            const Tensor x = graph.input("x", {batch, flow.dim()});
                            const int64_t columns = flow.context_dim();
                            const Tensor context = columns > 0 ? graph.input("context", {batch, columns}) : Tensor{};
                            return -mean(log_density(flow, x, context));
                          },
                      .rows = {},
                      .batch = workload.batch};
  const int64_t rows = 2 * workload.batch;
  Array x = synthetic_rows(rows, flow.dim());
  if (flow.context_dim() > 0) {
    Array context = noise(rows, flow.context_dim(), kContext);
    bend_by(context, x);
    parts.rows.emplace("context", std::move(context));
  }
  parts.rows.emplace("x", std::move(x));
  return parts;
}

std::unique_ptr<Workload> flow_training(const FlowWorkload& workload, const WorkloadOptions& options) {
  const nn::Parameters parameters{{.seed = 1}};
  const prob::AnyTransform flow = flow_of(workload, parameters / "flow");
  return std::make_unique<TrainingWorkload>(flow_training_parts(workload, flow, parameters), options);
}

}  // namespace elbo::app::bench
