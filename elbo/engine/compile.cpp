#include "elbo/engine/compile.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "elbo/engine/backend.h"
#include "elbo/engine/cpu/backend.h"
#include "elbo/engine/op.h"
#include "elbo/engine/passes/pass.h"
#include "elbo/engine/reference/backend.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

namespace elbo {

std::vector<const Backend*> backends() {
  return {&cpu::backend(), &reference_backend()};
}

namespace {

// The passes that know no device, in the order they run.  One round of the first three makes work for another, rarely
// for a third.  Those of the back end follow.
std::vector<std::unique_ptr<Pass>> common_passes() {
  std::vector<std::unique_ptr<Pass>> list;
  list.push_back(dead_code());              // gradients of inputs nobody asked for
  list.push_back(common_subexpressions());  // derivatives write the same terms again
  list.push_back(simplify());               // and terms that are 0, 1 or broadcast needlessly
  list.push_back(common_subexpressions());  // which leaves more that is the same
  list.push_back(simplify());
  list.push_back(dead_code());
  return list;
}

const Backend& backend_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Backend* backend : backends()) {
    if (name.empty() || backend->name() == name) return *backend;
    names.emplace_back(backend->name());
  }
  throw ConfigError(unknown_name("back end", name, names));
}

// Every pass of every back end can be named: one that a back end does not have is left out there anyway.
std::vector<std::string> names_to_leave_out() {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  };
  for (const auto& pass : common_passes()) add(pass->name());
  for (const Backend* backend : backends()) {
    for (const auto& pass : backend->passes()) add(pass->name());
    for (const std::string_view name : backend->switches()) add(name);
  }
  return names;
}

void check_options(const Graph& graph, const CompileOptions& options) {
  const std::vector<std::string> known = names_to_leave_out();
  for (const std::string& name : options.without) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw ConfigError(unknown_name("pass", name, known));
    }
  }
  const auto is_guard = [&](const Graph::NamedNode& output) { return output.name == options.guard; };
  if (!options.guard.empty() && std::none_of(graph.outputs().begin(), graph.outputs().end(), is_guard)) {
    throw ConfigError("compile: the guard \"" + options.guard + "\" is no output of the graph");
  }
}

void run_passes(const std::vector<std::unique_ptr<Pass>>& passes, const CompileOptions& options, Graph& graph,
                CompileReport& report) {
  for (const auto& pass : passes) {
    if (options.without.count(std::string(pass->name())) != 0) continue;
    const auto start = std::chrono::steady_clock::now();
    pass->run(graph);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    report.passes.push_back({std::string(pass->name()), graph.nodes().size(), took.count()});
    if (options.verify) verify(graph);
  }
}

// All variables a graph reads or updates, in bytes.  They are computed with as they are.
size_t variable_bytes(const Graph& graph) {
  size_t bytes = 0;
  for (const VariablePtr& variable : graph.variables()) {
    if (variable->value.dtype() != DType::kF32) {
      throw ShapeError("compile: the variable " + variable->name + " is " +
                       std::string(name_of(variable->value.dtype())) + ", it must be f32");
    }
    bytes += variable->value.bytes();
  }
  return bytes;
}

}  // namespace

class Executable::Impl {
 public:
  Impl(const Graph& source, const CompileOptions& options) : guard_(options.guard) {
    const Backend& backend = backend_named(options.backend);
    check_options(source, options);
    Graph rewritten = source.clone();
    report_.nodes_before = rewritten.nodes().size();
    run_passes(common_passes(), options, rewritten, report_);
    run_passes(backend.passes(), options, rewritten, report_);
    report_.variable_bytes = variable_bytes(rewritten);
    program_ = backend.build(std::move(rewritten), options, report_);
    for (size_t i = 0; i < graph().inputs().size(); ++i) inputs_.push_back(program_->input(i));
  }

  Array& input(const std::string& name) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (graph().inputs()[i].name == name) return inputs_[i];
    }
    throw DataError("run: the graph has no input \"" + name + "\"");
  }

  const Array& output(const std::string& name) const {
    for (size_t i = 0; i < graph().outputs().size(); ++i) {
      if (graph().outputs()[i].name == name) return program_->output(i);
    }
    throw DataError("run: the graph has no output \"" + name + "\"");
  }

  void run(const StepContext& context) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const Array& given = inputs_[i];
      Array& declared = program_->input(i);
      if (given.shape() != declared.shape() || given.dtype() != declared.dtype()) refuse_input(i, given, declared);
      std::memcpy(declared.data(), given.data(), given.bytes());
    }
    if (!program_->run(context)) throw NumericalError(guard_message(context));
  }

  void set_threads(int threads) { program_->set_threads(threads); }
  const Graph& graph() const { return program_->graph(); }
  const CompileReport& report() const { return report_; }

 private:
  [[noreturn]] void refuse_input(size_t index, const Array& given, const Array& declared) const {
    throw DataError("run: the input \"" + graph().inputs()[index].name + "\" is " +
                    std::string(name_of(given.dtype())) + " " + to_string(given.shape()) + ", the graph declares " +
                    std::string(name_of(declared.dtype())) + " " + to_string(declared.shape()));
  }

  // Runs the same step again in the reference interpreter, which keeps every value, to name where it went wrong.
  std::string guard_message(const StepContext& context) {
    std::map<std::string, Array> inputs;
    for (size_t i = 0; i < inputs_.size(); ++i) inputs.emplace(graph().inputs()[i].name, inputs_[i]);
    Interpreter reference(graph(), {.precision = Precision::kF32});
    reference.run(inputs, context);
    const std::string head = "step " + std::to_string(context.step) + ": " + guard_ + " is not finite";
    const auto first = reference.first_non_finite();
    if (!first) return head;
    const Node& node = graph().node(*first);
    std::string what = std::string(node.op->name) + " " + to_string(node.shape);
    if (!node.attributes.text.empty()) what = std::string(node.op->name) + " \"" + node.attributes.text + "\"";
    return head + "; the first value that is not is that of " + what + (node.scope.empty() ? "" : " at " + node.scope);
  }

  CompileReport report_;
  std::string guard_;
  std::unique_ptr<Program> program_;
  std::vector<Array> inputs_;  // what the caller fills, or replaces
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
  for (const auto& shown : impl_->graph().outputs()) result.emplace(shown.name, impl_->output(shown.name));
  return result;
}

Executable compile(const Graph& graph, const CompileOptions& options) {
  return Executable(std::make_unique<Executable::Impl>(graph, options));
}

}  // namespace elbo
