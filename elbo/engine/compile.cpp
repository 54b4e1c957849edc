#include "elbo/engine/compile.h"

#include <chrono>
#include <cstring>

#include "elbo/engine/cpu/recompute.h"
#include "elbo/engine/cpu/runner.h"
#include "elbo/engine/cpu/split_depth.h"
#include "elbo/engine/cpu/team.h"
#include "elbo/engine/ops/rows.h"
#include "elbo/engine/passes/pass.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

namespace elbo {

namespace {

// The passes in the order they run.  One round of the first three makes work for another, rarely for a third.
std::vector<std::unique_ptr<Pass>> passes() {
  std::vector<std::unique_ptr<Pass>> list;
  list.push_back(dead_code());              // gradients of inputs nobody asked for
  list.push_back(common_subexpressions());  // derivatives write the same terms again
  list.push_back(simplify());               // and terms that are 0, 1 or broadcast needlessly
  list.push_back(common_subexpressions());  // which leaves more that is the same
  list.push_back(simplify());
  list.push_back(dead_code());
  list.push_back(turn_weights());
  list.push_back(cpu::split_depth());
  list.push_back(cpu::recompute());
  list.push_back(dead_code());  // values that are now made by their readers alone
  return list;
}

// Outputs and values of updates that are memory from before the step are copied: an output shows the value from
// before the updates, and two variables can exchange their values.
void copy_sources(Graph& graph) {
  std::vector<Node> nodes = graph.nodes();
  const auto is_source = [&](int id) {
    const Node* node = &nodes[static_cast<size_t>(id)];
    while (node->op == &kReshape || node->op == &kSlice || node->op == &kStopGradient) {
      node = &nodes[static_cast<size_t>(node->inputs[0])];
    }
    return node->op->kind == OpKind::kSource;
  };
  std::vector<int> same(nodes.size());
  for (size_t id = 0; id < same.size(); ++id) same[id] = static_cast<int>(id);
  std::vector<int> renamed = same;
  const auto copied = [&](int id) {
    int& target = renamed[static_cast<size_t>(id)];
    if (target != id || !is_source(id)) return;
    Node copy;
    copy.op = &kBroadcastTo;
    copy.inputs = {id};
    copy.shape = nodes[static_cast<size_t>(id)].shape;
    copy.dtype = nodes[static_cast<size_t>(id)].dtype;
    copy.attributes.integers = copy.shape.dims();
    target = static_cast<int>(nodes.size());
    nodes.push_back(std::move(copy));
  };
  for (const auto& output : graph.outputs()) copied(output.node);
  for (const auto& update : graph.updates()) copied(update.value);
  if (nodes.size() == same.size()) return;
  graph.replace_results(std::move(nodes), renamed);
}

}  // namespace

class Executable::Impl {
 public:
  Impl(const Graph& source, const CompileOptions& options) : graph_(source.clone()) {
    report_.nodes_before = graph_.nodes().size();
    check_options(options);
    for (const auto& pass : passes()) {
      if (options.without.count(std::string(pass->name())) != 0) continue;
      const auto start = std::chrono::steady_clock::now();
      pass->run(graph_);
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      report_.passes.push_back({std::string(pass->name()), graph_.nodes().size(), took.count()});
      if (options.verify) verify(graph_);
    }
    copy_sources(graph_);
    if (options.verify) verify(graph_);
    for (const auto& input : graph_.inputs()) {
      inputs_.emplace_back(graph_.node(input.node).dtype, graph_.node(input.node).shape);
    }
    bound_inputs_ = inputs_;
    for (const VariablePtr& variable : graph_.variables()) {
      if (variable->value.dtype() != DType::kF32) {
        throw ShapeError("compile: the variable " + variable->name + " is " +
                         std::string(name_of(variable->value.dtype())) + ", it must be f32");
      }
      report_.variable_bytes += variable->value.bytes();
    }
    const auto start = std::chrono::steady_clock::now();
    plan_ = cpu::make_plan(graph_, options, bound_inputs_, report_);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    report_.passes.push_back({"fusion and memory plan", graph_.nodes().size(), took.count()});
    for (size_t i = 0; i < graph_.outputs().size(); ++i) {
      const Node& node = graph_.node(graph_.outputs()[i].node);
      outputs_.emplace_back(node.dtype, node.shape);
    }
    runner_ = std::make_unique<cpu::Runner>(plan_);
    runner_->set_threads(options.threads > 0 ? options.threads : cpu::available_threads());
  }

  Array& input(const std::string& name) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (graph_.inputs()[i].name == name) return inputs_[i];
    }
    throw DataError("run: the graph has no input \"" + name + "\"");
  }

  const Array& output(const std::string& name) const {
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (graph_.outputs()[i].name == name) return outputs_[i];
    }
    throw DataError("run: the graph has no output \"" + name + "\"");
  }

  void run(const StepContext& context) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const Array &given = inputs_[i], &bound = bound_inputs_[i];
      if (given.shape() != bound.shape() || given.dtype() != bound.dtype()) refuse_input(i, given);
      std::memcpy(bound_inputs_[i].data(), given.data(), given.bytes());
    }
    const bool finite = runner_->run({.seed = context.seed, .step = context.step});
    for (size_t i = 0; i < outputs_.size(); ++i) {
      std::memcpy(outputs_[i].data(), plan_.output_memory[i], outputs_[i].bytes());
    }
    if (!finite) throw NumericalError(guard_message(context));
  }

  void set_threads(int threads) { runner_->set_threads(threads); }
  const Graph& graph() const { return graph_; }
  const CompileReport& report() const { return report_; }
  const std::vector<Array>& outputs() const { return outputs_; }

  [[noreturn]] void refuse_input(size_t index, const Array& given) const {
    const Array& declared = bound_inputs_[index];
    throw DataError("run: the input \"" + graph_.inputs()[index].name + "\" is " + std::string(name_of(given.dtype())) +
                    " " + to_string(given.shape()) + ", the graph declares " + std::string(name_of(declared.dtype())) +
                    " " + to_string(declared.shape()));
  }

 private:
  void check_options(const CompileOptions& options) {
    guard_ = options.guard;
    const std::vector<std::string> known = {
        "dead-code", "common-subexpressions", "simplify", "turn-weights", "split-depth", "recompute", "fusion"};
    for (const std::string& name : options.without) {
      bool found = false;
      for (const std::string& candidate : known) found = found || candidate == name;
      if (!found) throw ConfigError(unknown_name("pass", name, known));
    }
    bool found = options.guard.empty();
    for (const auto& output : graph_.outputs()) found = found || output.name == options.guard;
    if (!found) throw ConfigError("compile: the guard \"" + options.guard + "\" is no output of the graph");
  }

  // Runs the same step again in the reference interpreter, which keeps every value, to name where it went wrong.
  std::string guard_message(const StepContext& context) {
    std::map<std::string, Array> inputs;
    for (size_t i = 0; i < inputs_.size(); ++i) inputs.emplace(graph_.inputs()[i].name, inputs_[i]);
    Interpreter reference(graph_, {.precision = Precision::kF32});
    reference.run(inputs, context);
    const std::string head = "step " + std::to_string(context.step) + ": " + guard_ + " is not finite";
    const auto first = reference.first_non_finite();
    if (!first) return head;
    const Node& node = graph_.node(*first);
    std::string what = std::string(node.op->name) + " " + to_string(node.shape);
    if (!node.attributes.text.empty()) what = std::string(node.op->name) + " \"" + node.attributes.text + "\"";
    return head + "; the first value that is not is that of " + what + (node.scope.empty() ? "" : " at " + node.scope);
  }

  Graph graph_;
  CompileReport report_;
  std::string guard_;
  std::vector<Array> inputs_;        // what the caller fills, or replaces
  std::vector<Array> bound_inputs_;  // what the kernels read: their addresses are fixed
  std::vector<Array> outputs_;
  cpu::Plan plan_;
  std::unique_ptr<cpu::Runner> runner_;
};

Executable::Executable(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Executable::Executable(Executable&&) noexcept = default;
Executable& Executable::operator=(Executable&&) noexcept = default;
Executable::~Executable() = default;

Array& Executable::input(const std::string& name) const {
  return impl_->input(name);
}
const Array& Executable::output(const std::string& name) const {
  return impl_->output(name);
}
void Executable::run(const StepContext& context) const {
  impl_->run(context);
}
void Executable::set_threads(int threads) const {
  impl_->set_threads(threads);
}
const Graph& Executable::graph() const {
  return impl_->graph();
}
const CompileReport& Executable::report() const {
  return impl_->report();
}

std::map<std::string, Array> Executable::run(const std::map<std::string, Array>& inputs,
                                             const StepContext& context) const {
  for (const auto& [name, value] : inputs) impl_->input(name) = value;
  for (const auto& declared : impl_->graph().inputs()) {
    if (inputs.count(declared.name) == 0) throw DataError("run: the input \"" + declared.name + "\" is missing");
  }
  impl_->run(context);
  std::map<std::string, Array> result;
  for (size_t i = 0; i < impl_->outputs().size(); ++i) {
    result.emplace(impl_->graph().outputs()[i].name, impl_->outputs()[i]);
  }
  return result;
}

Executable compile(const Graph& graph, const CompileOptions& options) {
  return Executable(std::make_unique<Executable::Impl>(graph, options));
}

}  // namespace elbo
