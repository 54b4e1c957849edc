#include "elbo/engine/graph_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "elbo/engine/graph/source.h"
#include "elbo/engine/op.h"
#include "elbo/settings/error.h"

namespace elbo {

namespace {

constexpr int64_t kMostNumbers = 64;  // of a constant that is printed whole

// The shortest digits that are read back as the same number.
std::string number(double value) {
  std::array<char, 32> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

std::string numbers_of(const Attributes& attributes) {
  std::string text;
  for (const double value : attributes.numbers) text += " " + number(value);
  if (attributes.value == nullptr) return text;
  if (attributes.value->elements() > kMostNumbers) return text + " ...";
  const Array numbers = attributes.value->cast(DType::kF64);
  for (const double value : numbers.values<double>()) text += " " + number(value);
  return text;
}

// One line, read from the left.
class Line {
 public:
  Line(std::string_view text, int number) : rest_(text), number_(number) {}

  bool done() const { return rest_.empty(); }
  bool starts(std::string_view what) const { return rest_.starts_with(what); }
  bool take(std::string_view what) {
    if (!starts(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }
  void require(std::string_view what) {
    if (!take(what)) fail("\"" + std::string(what) + "\" is required before \"" + std::string(rest_) + "\"");
  }
  std::string_view until(std::string_view end) {
    const size_t length = rest_.find(end);
    if (length == std::string_view::npos) fail("\"" + std::string(end) + "\" is missing");
    const std::string_view found = rest_.substr(0, length);
    rest_.remove_prefix(length + end.size());
    return found;
  }
  template <typename T>
  std::optional<T> number() {
    T value{};
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return value;
  }
  int node() {
    require("%");
    const auto id = number<int>();
    if (!id) fail("the number of a node is missing");
    return *id;
  }
  // After the opening bracket: "2, 4]".
  std::vector<int64_t> integers(std::string_view closing) {
    std::vector<int64_t> values;
    while (!take(closing)) {
      if (!values.empty()) require(", ");
      const auto value = number<int64_t>();
      if (!value) fail("a whole number is required before \"" + std::string(rest_) + "\"");
      values.push_back(*value);
    }
    return values;
  }
  std::string_view rest() const { return rest_; }
  std::string take_rest() { return std::string(std::exchange(rest_, {})); }
  [[noreturn]] void fail(const std::string& reason) const {
    throw DataError("graph text, line " + std::to_string(number_) + ": " + reason);
  }

 private:
  std::string_view rest_;
  int number_;
};

class Reader {
 public:
  explicit Reader(const std::vector<VariablePtr>& variables) {
    for (const VariablePtr& variable : variables) variables_.emplace(variable->name, variable);
  }

  void read(Line& line) {
    if (line.starts("%")) return read_node(line);
    if (line.take("mode training")) {
      if (!line.done() || !graph_.nodes().empty()) line.fail("the mode is a line of its own, before all nodes");
      graph_ = Graph(GraphMode::kTraining);
      return;
    }
    const bool is_output = line.take("output \"");
    if (!is_output && !line.take("update \"")) line.fail("a node, an output or an update is required");
    const std::string name(line.until("\" = "));
    const Tensor value = input(line);
    if (!line.done()) line.fail("nothing may follow, \"" + std::string(line.rest()) + "\" does");
    if (is_output) return graph_.output(name, value);
    const auto known = variables_.find(name);
    if (known == variables_.end()) line.fail("there is no variable \"" + name + "\"");
    graph_.update(known->second, value);
  }

  Graph take() { return std::move(graph_); }

 private:
  Tensor input(Line& line) {
    const int id = line.node();
    if (id < 0 || static_cast<size_t>(id) >= graph_.nodes().size()) line.fail("the node stands before its input");
    return graph_.tensor(id);
  }

  void read_node(Line& line) {
    if (line.node() != static_cast<int>(graph_.nodes().size())) line.fail("nodes are numbered in their order, from 0");
    line.require(" = ");
    const std::string name(line.until("("));
    const OpDef* op = find_op(name);
    if (op == nullptr) line.fail("there is no operation \"" + name + "\"");
    Tensors inputs;
    while (!line.take(")")) {
      if (!inputs.empty()) line.require(", ");
      inputs.push_back(input(line));
    }
    if (op->variadic ? inputs.size() < op->inputs.size() : inputs.size() != op->inputs.size()) {
      line.fail(name + " takes " + std::to_string(op->inputs.size()) + (op->variadic ? " inputs or more" : " inputs") +
                ", not " + std::to_string(inputs.size()));
    }
    Attributes a;
    if (line.take(" {")) a.integers = line.integers("}");
    line.require(" ");
    if (line.starts("...")) line.fail("the numbers of this constant are not in the text");
    while (const auto value = line.number<double>()) {
      a.numbers.push_back(*value);
      line.require(" ");
    }
    if (line.take("\"")) a.text = line.until("\" ");
    line.require("[");
    const Shape shape(line.integers("]"));
    DType dtype = DType::kF32;
    for (const DType other : {DType::kI32, DType::kU8}) {
      if (line.take(" " + std::string(name_of(other)))) dtype = other;
    }
    std::string scope;
    if (line.take("  // ")) scope = line.take_rest();
    if (!line.done()) line.fail("nothing may follow, \"" + std::string(line.rest()) + "\" does");
    const Graph::ScopeGuard guard = graph_.scope(scope);
    const Tensor made = op->kind == OpKind::kSource ? source(*op, a, shape, dtype) : graph_.add(*op, inputs, a);
    if (op->kind == OpKind::kRandom) {
      while (graph_.next_stream() < a.integers[0]) {
      }
    }
    if (made.shape() != shape) line.fail("gives " + to_string(made.shape()) + ", not " + to_string(shape));
  }

  Tensor source(const OpDef& op, const Attributes& a, const Shape& shape, DType dtype) {
    if (&op == &kInput) return graph_.input(a.text, shape, dtype);
    if (&op == &kStep) return graph_.add(op, {}, a);
    if (&op == &kVariable) {
      VariablePtr& variable = variables_[a.text];
      if (variable == nullptr) variable = make_variable(a.text, Array(DType::kF32, shape));
      return graph_.variable(variable);
    }
    if (a.numbers.size() == 1 && dtype == DType::kF32) {
      return graph_.add(op, {}, {.integers = shape.dims(), .numbers = a.numbers});
    }
    return graph_.constant(Array::of<double>(shape, a.numbers).cast(dtype));
  }

  Graph graph_;
  std::map<std::string, VariablePtr> variables_;
};

}  // namespace

std::string to_text(const Graph& graph) {
  std::string text = graph.training() ? "mode training\n" : "";
  for (size_t id = 0; id < graph.nodes().size(); ++id) {
    const Node& node = graph.nodes()[id];
    text += "%" + std::to_string(id) + " = " + std::string(node.op->name) + "(";
    for (size_t i = 0; i < node.inputs.size(); ++i) text += (i > 0 ? ", %" : "%") + std::to_string(node.inputs[i]);
    text += ")";
    const Attributes& a = node.attributes;
    const bool says_shape = node.op->kind == OpKind::kSource && node.op != &kStep;  // which stands there anyway
    if (!says_shape && !a.integers.empty()) {
      text += " {";
      for (size_t i = 0; i < a.integers.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(a.integers[i]);
      text += "}";
    }
    text += numbers_of(a);
    if (!a.text.empty()) text += " \"" + a.text + "\"";
    text += " " + to_string(node.shape);
    if (node.dtype != DType::kF32) text += " " + std::string(name_of(node.dtype));
    if (!node.scope.empty()) text += "  // " + node.scope;
    text += "\n";
  }
  for (const Graph::NamedNode& output : graph.outputs()) {
    text += "output \"" + output.name + "\" = %" + std::to_string(output.node) + "\n";
  }
  for (const Graph::Update& update : graph.updates()) {
    text += "update \"" + update.variable->name + "\" = %" + std::to_string(update.value) + "\n";
  }
  return text;
}

Graph graph_of_text(std::string_view text, const std::vector<VariablePtr>& variables) {
  Reader reader(variables);
  for (int number = 1; !text.empty(); ++number) {
    const size_t length = std::min(text.find('\n'), text.size());
    Line line(text.substr(0, length), number);
    reader.read(line);
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return reader.take();
}

}  // namespace elbo
