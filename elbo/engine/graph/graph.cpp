#include "elbo/engine/graph.h"

#include <algorithm>
#include <unordered_set>

#include "elbo/engine/graph/source.h"
#include "elbo/engine/op.h"
#include "elbo/settings/error.h"

namespace elbo {

Graph& Tensor::graph() const {
  if (graph_ == nullptr) throw ShapeError("an undefined tensor is used where one of a graph is required");
  return **graph_;
}
Shape Tensor::shape() const {
  return graph().node(id_).shape;
}
DType Tensor::dtype() const {
  return graph().node(id_).dtype;
}

Graph::Graph(GraphMode mode) : self_(std::make_unique<Graph*>(this)), mode_(mode) {}

Graph::Graph(Graph&& other) noexcept : mode_(other.mode_) {
  *this = std::move(other);
}

Graph& Graph::operator=(Graph&& other) noexcept {
  self_ = std::move(other.self_);
  if (self_ != nullptr) *self_ = this;
  mode_ = other.mode_;
  nodes_ = std::move(other.nodes_);
  inputs_ = std::move(other.inputs_);
  outputs_ = std::move(other.outputs_);
  updates_ = std::move(other.updates_);
  variable_nodes_ = std::move(other.variable_nodes_);
  scope_ = std::move(other.scope_);
  streams_ = other.streams_;
  return *this;
}

Graph Graph::clone() const {
  Graph copy(mode_);
  copy.nodes_ = nodes_;
  copy.inputs_ = inputs_;
  copy.outputs_ = outputs_;
  copy.updates_ = updates_;
  copy.variable_nodes_ = variable_nodes_;
  copy.scope_ = scope_;
  copy.streams_ = streams_;
  return copy;
}

Tensor Graph::input(const std::string& name, const Shape& shape, DType dtype) {
  for (const NamedNode& known : inputs_) {
    if (known.name == name) throw ShapeError("graph: the input \"" + name + "\" is declared twice");
  }
  Attributes attributes;
  attributes.text = name;
  attributes.integers = shape.dims();
  const Tensor tensor = add(kInput, {}, std::move(attributes));
  nodes_.back().dtype = dtype;
  inputs_.push_back({name, tensor.id()});
  return tensor;
}

Tensor Graph::variable(const VariablePtr& variable) {
  static const OpDef* const stop_gradient = find_op("stop_gradient");
  const Tensor value = node_of(variable);
  return holding_ > 0 ? add(*stop_gradient, {value}) : value;
}

Tensor Graph::node_of(const VariablePtr& variable) {
  const auto known = variable_nodes_.find(variable.get());
  if (known != variable_nodes_.end()) return tensor(known->second);
  Attributes attributes;
  attributes.text = variable->name;
  attributes.integers = variable->value.shape().dims();
  attributes.variable = variable;
  const Tensor result = add(kVariable, {}, std::move(attributes));
  variable_nodes_.emplace(variable.get(), result.id());
  return result;
}

Tensor Graph::constant(double value) {
  Attributes attributes;
  attributes.numbers = {value};
  return add(kConstant, {}, std::move(attributes));
}

Tensor Graph::constant(Array value) {
  const DType dtype = value.dtype();
  Attributes attributes;
  attributes.integers = value.shape().dims();
  attributes.value = std::make_shared<const Array>(dtype == DType::kF64 ? value.cast(DType::kF32) : std::move(value));
  const Tensor result = add(kConstant, {}, std::move(attributes));
  if (dtype == DType::kI32 || dtype == DType::kU8) nodes_.back().dtype = dtype;
  return result;
}

void Graph::output(const std::string& name, Tensor tensor) {
  for (const NamedNode& known : outputs_) {
    if (known.name == name) throw ShapeError("graph: the output \"" + name + "\" is declared twice");
  }
  if (&tensor.graph() != this) throw ShapeError("graph: the output \"" + name + "\" belongs to another graph");
  outputs_.push_back({name, tensor.id()});
}

void Graph::update(const VariablePtr& variable, Tensor value) {
  if (&value.graph() != this) throw ShapeError("update of " + variable->name + ": the value belongs to another graph");
  if (value.dtype() != DType::kF32) {
    throw ShapeError("update of " + variable->name + ": takes a real value, was given " +
                     std::string(name_of(value.dtype())) + " (see to_real)");
  }
  if (value.shape() != variable->value.shape()) {
    throw ShapeError("update of " + variable->name + ": value " + to_string(value.shape()) + " and variable " +
                     to_string(variable->value.shape()) + " differ in shape");
  }
  for (const Update& known : updates_) {
    if (known.variable == variable) throw ShapeError("graph: " + variable->name + " is updated twice in one step");
  }
  node_of(variable);
  updates_.push_back({variable, value.id()});
}

void Graph::update(const std::vector<std::pair<VariablePtr, Tensor>>& updates) {
  for (const auto& [variable, value] : updates) update(variable, value);
}

Tensor Graph::add(const OpDef& op, const Tensors& inputs, Attributes attributes) {
  std::vector<Shape> shapes;
  Node node;
  for (const Tensor input : inputs) {
    if (!input.defined() || &input.graph() != this) {
      throw ShapeError(std::string(op.name) + (scope_.empty() ? "" : " at " + scope_) +
                       ": an input is missing or belongs to another graph");
    }
    shapes.push_back(input.shape());
    node.inputs.push_back(input.id());
  }
  node.op = &op;
  node.scope = scope_;
  node.attributes = std::move(attributes);
  node.shape = op.shape(OpCall{op, shapes, node.attributes, scope_});
  if (op.kind == OpKind::kElementwise || op.kind == OpKind::kReduce || op.kind == OpKind::kMatmul ||
      op.kind == OpKind::kRows) {
    for (const Tensor input : inputs) {
      if (input.dtype() != DType::kF32) {
        OpCall{op, shapes, node.attributes, scope_}.fail("takes real tensors, was given " +
                                                         std::string(name_of(input.dtype())) + " (see to_real)");
      }
    }
  } else if (op.kind == OpKind::kMove && !inputs.empty()) {
    node.dtype = inputs[0].dtype();
    for (const Tensor input : inputs) {
      if (input.dtype() != node.dtype) {
        OpCall{op, shapes, node.attributes, scope_}.fail("the parts differ in dtype (" +
                                                         std::string(name_of(node.dtype)) + " and " +
                                                         std::string(name_of(input.dtype())) + ")");
      }
    }
  }
  nodes_.push_back(std::move(node));
  return tensor(static_cast<int>(nodes_.size()) - 1);
}

void Graph::replace_nodes(std::vector<Node> nodes, const std::vector<int>& new_ids) {
  nodes_ = std::move(nodes);
  const auto renamed = [&](int& id) { id = new_ids[static_cast<size_t>(id)]; };
  for (NamedNode& input : inputs_) renamed(input.node);
  for (NamedNode& output : outputs_) renamed(output.node);
  for (Update& update : updates_) renamed(update.value);
  for (auto it = variable_nodes_.begin(); it != variable_nodes_.end();) {
    renamed(it->second);
    it = it->second < 0 ? variable_nodes_.erase(it) : std::next(it);
  }
}

void Graph::replace_results(std::vector<Node> nodes, const std::vector<int>& new_ids) {
  nodes_ = std::move(nodes);
  for (NamedNode& output : outputs_) output.node = new_ids[static_cast<size_t>(output.node)];
  for (Update& update : updates_) update.value = new_ids[static_cast<size_t>(update.value)];
}

std::vector<VariablePtr> Graph::variables() const {
  std::vector<VariablePtr> result;
  std::unordered_set<const Variable*> seen;
  const auto note = [&](const VariablePtr& variable) {
    if (variable != nullptr && seen.insert(variable.get()).second) result.push_back(variable);
  };
  for (const Node& node : nodes_) note(node.attributes.variable);
  for (const Update& update : updates_) note(update.variable);
  return result;
}

Graph::ScopeGuard::ScopeGuard(Graph& graph, const std::string& name) : graph_(graph), length_(graph.scope_.size()) {
  if (!graph_.scope_.empty() && !name.empty()) graph_.scope_ += '.';
  graph_.scope_ += name;
}

Graph::ScopeGuard::~ScopeGuard() {
  graph_.scope_.resize(length_);
}

}  // namespace elbo
