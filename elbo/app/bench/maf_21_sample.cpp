#include <cmath>
#include <fmt/format.h>

#include "elbo/app/bench/maf_21.h"
#include "elbo/app/bench/workloads.h"
#include "elbo/engine/interpreter.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"

namespace elbo::app::bench {
namespace {

constexpr int64_t kDraws = 1000;           // a step
constexpr int64_t kCheckDraws = 4;         // the interpreter is slow
constexpr int kFitSteps = 20;              // before a check, since a fresh flow is close to the identity
constexpr double kSampleTolerance = 1e-4;  // relative: sums of thousands of f32 terms in another order

class Sampling final : public Workload {
 public:
  explicit Sampling(const WorkloadOptions& options)
      : flow_(flow_of(description(), parameters_ / "flow")),
        executable_(compile(graph_of(kDraws, false), {.guard = "sample", .threads = options.threads})) {}

  void step() override { executable_.run({.seed = 1, .step = static_cast<uint64_t>(steps_++)}); }

  void check() override {
    TrainingWorkload fit(flow_training_parts(description(), flow_, parameters_), {.threads = 1});
    for (int i = 0; i < kFitSteps; ++i) fit.step();
    check_against_interpreter();
    check_densities();
  }

  const CompileReport& report() const override { return executable_.report(); }

 private:
  static FlowWorkload description() { return maf_21("maf-21-sample"); }

  // The output "sample", and "log_density" as the samples carry it along.
  Graph graph_of(int64_t samples, bool with_density) const {
    Graph graph;
    const prob::TransformedDistribution density{.base = prob::StandardNormal{flow_.dim()}, .transform = flow_};
    if (with_density) {
      const auto [x, log_prob] = density.sample_and_log_prob(graph, samples);
      graph.output("sample", x);
      graph.output("log_density", log_prob);
    } else {
      graph.output("sample", density.sample(graph, samples));
    }
    return graph;
  }

  // A few samples, compiled and as the plain loops compute them.
  void check_against_interpreter() const {
    const Graph graph = graph_of(kCheckDraws, false);
    const StepContext context{.seed = 1, .step = 0};
    const Array fast = compile(graph).run({}, context).at("sample");
    const Array plain = Interpreter(graph, {.precision = Precision::kF32}).run({}, context).at("sample");
    for (size_t i = 0; i < fast.values<float>().size(); ++i) {
      hold(static_cast<double>(fast.values<float>()[i]), plain.values<double>()[i], "a sample is",
           "the reference interpreter's");
    }
  }

  // Column after column on the way to the sample, all columns at once on the way back: the densities must agree.
  void check_densities() const {
    const auto drawn = compile(graph_of(kDraws, true)).run({}, {.seed = 1, .step = 0});
    Graph graph;
    graph.output("log_density", log_density(flow_, graph.input("x", {kDraws, flow_.dim()})));
    const auto found = compile(graph).run({{"x", drawn.at("sample")}}, {});
    for (size_t i = 0; i < static_cast<size_t>(kDraws); ++i) {
      hold(static_cast<double>(drawn.at("log_density").values<float>()[i]),
           static_cast<double>(found.at("log_density").values<float>()[i]), "the log-density carried by a sample is",
           "that found from it");
    }
  }

  // Throws unless the two are finite and equal but for rounding.
  static void hold(double a, double b, const char* first, const char* second) {
    if (std::abs(a - b) <= kSampleTolerance * (1 + std::abs(b))) return;
    throw NumericalError(fmt::format("bench maf-21-sample: {} {}, {} {}", first, a, second, b));
  }

  nn::Parameters parameters_{{.seed = 1}};
  prob::AnyTransform flow_;
  Executable executable_;
  int64_t steps_ = 0;
};

}  // namespace

const WorkloadEntry kMaf21Sample{.name = "maf-21-sample",
                                 .summary = "1,000 samples of maf-21's flow, column after column",
                                 .make = [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
                                   return std::make_unique<Sampling>(options);
                                 }};

}  // namespace elbo::app::bench
