#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include "elbo/app/bench/vae_workload.h"
#include "elbo/app/bench/workloads.h"
#include "elbo/data/batches.h"
#include "elbo/engine/interpreter.h"
#include "elbo/models/importance.h"
#include "elbo/settings/error.h"

namespace elbo::app::bench {
namespace {

constexpr int64_t kImages = 4;  // a step: with 500 samples each, 2,000 rows of the generator
constexpr int64_t kImportanceSamples = 500;
constexpr int64_t kRowsEvaluated = 256;
constexpr int64_t kCheckImportanceSamples = 3;
constexpr double kBoundTolerance = 1e-4;  // relative: sums of thousands of f32 terms in another order

class Evaluation final : public Workload {
 public:
  explicit Evaluation(const WorkloadOptions& options)
      : model_(study_vae(20, 0)),
        rows_(synthetic_images(kRowsEvaluated)),
        executable_(compile(graph_of(kImages, kImportanceSamples), {.guard = "nll", .threads = options.threads})) {}

  void step() override {
    take(executable_.input("x"), steps_ * kImages % (kRowsEvaluated - kImages + 1));
    executable_.run({.seed = 1, .step = static_cast<uint64_t>(steps_++)});
  }

  // A few samples of the first images, compiled and as the plain loops compute them.
  void check() override {
    const Graph graph = graph_of(2, kCheckImportanceSamples);
    Array x(DType::kU8, {2, kPixels});
    take(x, 0);
    const StepContext context{.seed = 1, .step = 0};
    const Array fast = compile(graph).run({{"x", x}}, context).at("nll");
    const Array plain = Interpreter(graph, {.precision = Precision::kF32}).run({{"x", x}}, context).at("nll");
    for (size_t i = 0; i < 2; ++i) {
      const double a = static_cast<double>(fast.values<float>()[i]);
      const double b = plain.values<double>()[i];
      if (!(std::abs(a - b) <= kBoundTolerance * (1 + std::abs(b)))) {
        throw NumericalError(
            fmt::format("bench vae-evaluate: the compiled estimate is {}, the reference interpreter's {}", a, b));
      }
    }
  }

  const CompileReport& report() const override { return executable_.report(); }

 private:
  Graph graph_of(int64_t images, int64_t samples) const {
    Graph graph;
    const Tensor x = image_input(graph, images);
    graph.output("nll", models::importance_weighted_nll(model_.vae(), x, {.importance_samples = samples}));
    return graph;
  }

  void take(Array& x, int64_t first) const {
    std::vector<int64_t> indices(static_cast<size_t>(x.shape()[0]));
    std::iota(indices.begin(), indices.end(), first);
    data::gather(rows_, indices, x);
  }

  models::VaeModel model_;
  Array rows_;
  Executable executable_;
  int64_t steps_ = 0;
};

}  // namespace

const WorkloadEntry kVaeEvaluate{
    .name = "vae-evaluate",
    .summary = "importance-weighted NLL of vae-kong-li's model, 500 samples an image, 4 images a step",
    .make = [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<Evaluation>(options);
    },
    .images_per_step = kImages};

}  // namespace elbo::app::bench
