#include "elbo/engine/reference/backend.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace elbo {

namespace {

std::vector<Array> arrays_for(const Graph& graph, const std::vector<Graph::NamedNode>& names) {
  std::vector<Array> arrays;
  for (const Graph::NamedNode& named : names) {
    arrays.emplace_back(graph.node(named.node).dtype, graph.node(named.node).shape);
  }
  return arrays;
}

class ReferenceProgram final : public Program {
 public:
  ReferenceProgram(Graph graph, const CompileOptions& options)
      : graph_(std::move(graph)),
        guard_(options.guard),
        inputs_(arrays_for(graph_, graph_.inputs())),
        outputs_(arrays_for(graph_, graph_.outputs())),
        interpreter_(graph_, {.precision = Precision::kF32}) {}

  const Graph& graph() const override { return graph_; }
  Array& input(size_t index) override { return inputs_[index]; }
  const Array& output(size_t index) const override { return outputs_[index]; }
  void set_threads(int /*threads*/) override {}  // one does all

  bool run(const StepContext& context) override {
    for (const VariablePtr& variable : graph_.variables()) {
      const auto values = variable->value.values<float>();
      interpreter_.set_variable(variable.get(), {values.begin(), values.end()});
    }
    std::map<std::string, Array> inputs;
    for (size_t i = 0; i < inputs_.size(); ++i) inputs.emplace(graph_.inputs()[i].name, inputs_[i]);
    const std::map<std::string, Array> outputs = interpreter_.run(inputs, context);
    bool finite = true;
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const std::string& name = graph_.outputs()[i].name;
      const Array value = outputs.at(name).cast(outputs_[i].dtype());
      std::memcpy(outputs_[i].data(), value.data(), value.bytes());
      if (name == guard_) finite = std::isfinite(outputs.at(name).values<double>()[0]);
    }
    if (!finite) return false;
    for (const Graph::Update& update : graph_.updates()) {
      const std::vector<double>& values = interpreter_.variable(update.variable.get());
      std::transform(values.begin(), values.end(), update.variable->value.values<float>().begin(),
                     [](double value) { return static_cast<float>(value); });
    }
    return true;
  }

 private:
  Graph graph_;
  std::string guard_;
  std::vector<Array> inputs_;
  std::vector<Array> outputs_;
  Interpreter interpreter_;
};

class ReferenceBackend final : public Backend {
 public:
  std::string_view name() const override { return "reference"; }
  std::vector<std::unique_ptr<Pass>> passes() const override { return {}; }
  std::unique_ptr<Program> build(Graph graph, const CompileOptions& options, CompileReport& report) const override {
    report.stages = static_cast<int>(graph.nodes().size());
    return std::make_unique<ReferenceProgram>(std::move(graph), options);
  }
};

}  // namespace

const Backend& reference_backend() {
  static const ReferenceBackend reference;
  return reference;
}

}  // namespace elbo
