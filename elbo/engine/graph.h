// Graph: a static computation, built once by calling functions on tensors (ops.h), differentiated as a graph
// (gradients.h), compiled once (compile.h) and replayed.  Tensor: a node of a graph, symbolic, of static shape.
//
//   Graph graph;
//   const Tensor x = graph.input("x", {128, 784});
//   const Tensor w = graph.variable(weights);                    // a VariablePtr
//   graph.output("y", tanh(matmul(x, w)));
//   graph.update(weights, w * 0.99);                             // assigned at the end of a step
//
// A graph says whether it is one that trains, so that one function can build a model either way:
//
//   Graph step(GraphMode::kTraining);
//   if (x.graph().training()) ...                                // batch statistics, dropout, annealed weights
//
// Shapes are checked when a node is made; the error names operation, shapes and scope path.  Real tensors have dtype
// f32: whether they are computed in f32 or f64 is chosen when the graph is run (the interpreter can do both).
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "elbo/engine/array.h"
#include "elbo/engine/shape.h"
#include "elbo/engine/variable.h"

namespace elbo {

class Graph;
struct OpDef;

class Tensor {
 public:
  Tensor() = default;  // no tensor: "no gradient", "no context"

  bool defined() const { return graph_ != nullptr; }
  Graph& graph() const;  // throws ShapeError when there is no tensor
  int id() const { return id_; }
  Shape shape() const;  // a copy: nodes move while a graph grows
  DType dtype() const;

 private:
  friend class Graph;
  Tensor(Graph** graph, int id) : graph_(graph), id_(id) {}

  Graph** graph_ = nullptr;  // where the graph says where it is
  int id_ = -1;
};

using Tensors = std::vector<Tensor>;

// What distinguishes two nodes of the same operation; each operation's row says which fields it reads.
struct Attributes {
  std::vector<int64_t> integers;
  std::vector<double> numbers;
  std::string text;
  std::shared_ptr<const Array> value;
  VariablePtr variable;
};

struct Node {
  const OpDef* op = nullptr;
  std::vector<int> inputs;
  Shape shape;
  DType dtype = DType::kF32;
  Attributes attributes;
  std::string scope;  // path of the layer that made it, for messages
};

enum class GraphMode : uint8_t { kEvaluation, kTraining };

// A tensor belongs to one graph and stays valid when that graph is moved.  There are no copies by accident, whose
// tensors would still be those of the first; one that is moved from can only be assigned to or destroyed.
class Graph {
 public:
  Graph() : Graph(GraphMode::kEvaluation) {}
  explicit Graph(GraphMode mode);
  Graph(Graph&& other) noexcept;
  Graph& operator=(Graph&& other) noexcept;
  ~Graph() = default;
  // The same nodes under the same numbers, with tensors of its own: copy.tensor(x.id()).
  Graph clone() const;

  GraphMode mode() const { return mode_; }
  bool training() const { return mode_ == GraphMode::kTraining; }

  Tensor input(const std::string& name, const Shape& shape, DType dtype = DType::kF32);
  Tensor variable(const VariablePtr& variable);
  Tensor constant(double value);
  Tensor constant(Array value);

  // Names what a run returns.  A name can be given once.
  void output(const std::string& name, Tensor tensor);
  // Assigns `value` to the variable at the end of each step; every reader within the step sees the old value.
  void update(const VariablePtr& variable, Tensor value);
  void update(const std::vector<std::pair<VariablePtr, Tensor>>& updates);

  // Adds a node; checks shapes.  Models call the functions of ops.h instead.
  Tensor add(const OpDef& op, const Tensors& inputs, Attributes attributes = {});

  // While the returned guard lives, new nodes carry `name` at the end of their scope path.
  class ScopeGuard {
   public:
    ScopeGuard(Graph& graph, const std::string& name);
    ~ScopeGuard();
    ScopeGuard(const ScopeGuard&) = delete;
    ScopeGuard& operator=(const ScopeGuard&) = delete;

   private:
    Graph& graph_;
    size_t length_;
  };
  ScopeGuard scope(const std::string& name) { return {*this, name}; }
  const std::string& scope_path() const { return scope_; }

  // While the returned guard lives, `variable` gives values that no gradient passes to: a model built under it is held
  // fixed, and its gradients are those by what is put in.
  class HoldGuard {
   public:
    explicit HoldGuard(Graph& graph) : graph_(graph) { ++graph_.holding_; }
    ~HoldGuard() { --graph_.holding_; }
    HoldGuard(const HoldGuard&) = delete;
    HoldGuard& operator=(const HoldGuard&) = delete;

   private:
    Graph& graph_;
  };
  HoldGuard hold_variables() { return HoldGuard(*this); }

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(int id) const { return nodes_[static_cast<size_t>(id)]; }
  Tensor tensor(int id) { return {self_.get(), id}; }
  // Takes the nodes, outputs and updates of a rewritten copy; what the passes use.
  void replace_nodes(std::vector<Node> nodes, const std::vector<int>& new_ids);
  // Takes nodes of which more stand at the end, and lets outputs and updates show others; inputs stay.
  void replace_results(std::vector<Node> nodes, const std::vector<int>& new_ids);

  struct NamedNode {
    std::string name;
    int node = -1;
  };
  struct Update {
    VariablePtr variable;
    int value = -1;
  };
  const std::vector<NamedNode>& inputs() const { return inputs_; }
  const std::vector<NamedNode>& outputs() const { return outputs_; }
  const std::vector<Update>& updates() const { return updates_; }

  // Every variable that is read or updated, in the order of first use, each once.
  std::vector<VariablePtr> variables() const;
  // The stream number of the next random node: draws of different nodes never share a stream.
  int64_t next_stream() { return streams_++; }

 private:
  Tensor node_of(const VariablePtr& variable);

  std::unique_ptr<Graph*> self_;
  GraphMode mode_;
  std::vector<Node> nodes_;
  std::vector<NamedNode> inputs_;
  std::vector<NamedNode> outputs_;
  std::vector<Update> updates_;
  std::unordered_map<const Variable*, int> variable_nodes_;
  std::string scope_;
  int64_t streams_ = 0;
  int holding_ = 0;  // guards alive
};

// One line a node: "%3 = tanh(%2) [128, 500]  // encoder.0".
std::string to_text(const Graph& graph);

}  // namespace elbo
