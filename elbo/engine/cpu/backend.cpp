#include "elbo/engine/cpu/backend.h"

#include <chrono>
#include <cstring>

#include "elbo/engine/cpu/passes/passes.h"
#include "elbo/engine/cpu/run/runner.h"
#include "elbo/engine/machine.h"

namespace elbo::cpu {

namespace {

class CpuProgram final : public Program {
 public:
  CpuProgram(Graph graph, const CompileOptions& options, CompileReport& report) : graph_(std::move(graph)) {
    for (const auto& input : graph_.inputs()) {
      inputs_.emplace_back(graph_.node(input.node).dtype, graph_.node(input.node).shape);
    }
    plan_ = make_plan(graph_, options, inputs_, report);
    for (const auto& output : graph_.outputs()) {
      outputs_.emplace_back(graph_.node(output.node).dtype, graph_.node(output.node).shape);
    }
    runner_ = std::make_unique<Runner>(plan_);
    runner_->set_threads(options.threads > 0 ? options.threads : available_threads());
  }

  const Graph& graph() const override { return graph_; }
  Array& input(size_t index) override { return inputs_[index]; }
  const Array& output(size_t index) const override { return outputs_[index]; }
  void set_threads(int threads) override { runner_->set_threads(threads); }

  bool run(const StepContext& context) override {
    const bool finite = runner_->run({.seed = context.seed, .step = context.step});
    for (size_t i = 0; i < outputs_.size(); ++i) {
      std::memcpy(outputs_[i].data(), plan_.output_memory[i], outputs_[i].bytes());
    }
    return finite;
  }

 private:
  Graph graph_;
  std::vector<Array> inputs_;  // what the kernels read: their addresses are fixed
  std::vector<Array> outputs_;
  Plan plan_;
  std::unique_ptr<Runner> runner_;
};

class CpuBackend final : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }

  std::vector<std::unique_ptr<Pass>> passes() const override {
    std::vector<std::unique_ptr<Pass>> list;
    list.push_back(turn_weights());
    list.push_back(split_depth());
    list.push_back(recompute());
    list.push_back(dead_code());  // values that are now made by their readers alone
    return list;
  }

  std::vector<std::string_view> switches() const override { return {"fusion"}; }

  std::unique_ptr<Program> build(Graph graph, const CompileOptions& options, CompileReport& report) const override {
    copy_sources(graph);
    if (options.verify) verify(graph);
    const size_t nodes = graph.nodes().size();
    const auto start = std::chrono::steady_clock::now();
    auto program = std::make_unique<CpuProgram>(std::move(graph), options, report);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    report.passes.push_back({"fusion and memory plan", nodes, took.count()});
    return program;
  }
};

}  // namespace

const Backend& backend() {
  static const CpuBackend cpu;
  return cpu;
}

}  // namespace elbo::cpu
