#include "elbo/app/bench/training_workload.h"

#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include "elbo/data/batches.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "elbo/train/optimizer.h"

namespace elbo::app::bench {
namespace {

constexpr uint64_t kSeed = 1;
constexpr int64_t kCheckRows = 4;    // the interpreter is slow
constexpr int64_t kCheckSteps = 20;  // of training, until the loss must have fallen
constexpr double kTolerance = 1e-4;  // relative: sums of thousands of f32 terms in another order

double scalar(const Executable& run) {
  return static_cast<double>(run.output("loss").values<float>()[0]);
}

}  // namespace

Executable TrainingWorkload::compiled(const TrainingParts& parts, const WorkloadOptions& options) {
  Graph graph{GraphMode::kTraining};
  const Tensor loss = parts.loss(graph, parts.batch);
  graph.output("loss", loss);
  graph.update(train::Adam{{.learning_rate = parts.learning_rate}}.apply(nn::gradients(loss, parts.parameters)));
  return compile(graph, {.guard = "loss", .threads = options.threads});
}

TrainingWorkload::TrainingWorkload(TrainingParts parts, const WorkloadOptions& options)
    : parts_(std::move(parts)),
      executable_(compiled(parts_, options)),
      indices_(static_cast<size_t>(parts_.batch)),
      rows_(parts_.rows.begin()->second.shape()[0]) {}

void TrainingWorkload::step() {
  const int64_t first = steps_ * parts_.batch % (rows_ - parts_.batch + 1);
  std::iota(indices_.begin(), indices_.end(), first);
  for (const auto& [name, rows] : parts_.rows) data::gather(rows, indices_, executable_.input(name));
  executable_.run({.seed = kSeed, .step = static_cast<uint64_t>(steps_++)});
}

void TrainingWorkload::check() {
  check_against_interpreter();
  check_that_it_learns();
}

// The loss of the first rows, compiled and as the plain loops compute it.
void TrainingWorkload::check_against_interpreter() const {
  Graph graph;
  graph.output("loss", parts_.loss(graph, kCheckRows));
  std::map<std::string, Array> inputs;
  std::vector<int64_t> first(static_cast<size_t>(kCheckRows));
  std::iota(first.begin(), first.end(), 0);
  for (const auto& input : graph.inputs()) {
    const Node& node = graph.node(input.node);
    Array array(node.dtype, node.shape);
    data::gather(parts_.rows.at(input.name), first, array);
    inputs.emplace(input.name, std::move(array));
  }
  const StepContext context{.seed = kSeed, .step = 0};
  const Executable run = compile(graph);
  const double fast = static_cast<double>(run.run(inputs, context).at("loss").values<float>()[0]);
  const double plain =
      Interpreter(graph, {.precision = Precision::kF32}).run(inputs, context).at("loss").values<double>()[0];
  if (!(std::abs(fast - plain) <= kTolerance * (1 + std::abs(plain)))) {
    throw NumericalError(
        fmt::format("bench {}: the compiled loss is {}, the reference interpreter's {}", parts_.name, fast, plain));
  }
}

void TrainingWorkload::check_that_it_learns() {
  step();
  const double before = scalar(executable_);
  for (int64_t i = 0; i < kCheckSteps; ++i) step();
  const double after = scalar(executable_);
  if (!std::isfinite(before) || !std::isfinite(after) || after >= before) {
    throw NumericalError(fmt::format("bench {}: the loss went from {} to {} in {} steps; it must fall", parts_.name,
                                     before, after, kCheckSteps));
  }
}

}  // namespace elbo::app::bench
