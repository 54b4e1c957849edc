// One walk over the graph; each node is rewritten by the first rule that fits, on inputs that are already rewritten.
//
// clang-format off
//   x + 0, x - 0, x * 1, x / 1, -(-x), reshape and broadcast_to the same shape   become  x
//   x / c, c1 * (c2 * x)                                                         become  one multiplication
//   operations on constants                                                      become  one constant
//   x * x, x ^ 2                                                                 become  square(x)
//   0 - x, x * -1                                                                become  -x
//   a + (-b), a - (-b)                                                           become  a - b, a + b
//   reshape of reshape, broadcast of broadcast, of a single value                become  one node
//   element-wise(broadcast_to(x), y)                                             becomes element-wise(x, y)
//   matmul(transpose(a), b)                                                      becomes matmul with the flag turned
//   pad(a, right) + pad(b, left) that do not overlap                             becomes concat(a, b)
//   stop_gradient(x)                                                             becomes x: it has done its work
// clang-format on
// Left alone: x * 0 (NaN and infinity must stay), anything that would change which values broadcast.
#include <cmath>
#include <optional>

#include "elbo/engine/ops/rows.h"
#include "elbo/engine/passes/pass.h"

namespace elbo {

namespace {

class Simplifier {
 public:
  explicit Simplifier(Graph& graph) : graph_(graph) {}

  bool run() {
    const std::vector<Node>& old = graph_.nodes();
    new_ids_.resize(old.size());
    nodes_.reserve(old.size());
    for (size_t id = 0; id < old.size(); ++id) {
      Node node = old[id];
      for (int& input : node.inputs) input = new_ids_[static_cast<size_t>(input)];
      const std::optional<int> replaced = rewrite(node);
      changed_ = changed_ || replaced.has_value();
      new_ids_[id] = replaced ? *replaced : push(std::move(node));
    }
    if (changed_) graph_.replace_nodes(std::move(nodes_), new_ids_);
    return changed_;
  }

 private:
  const Node& at(int id) const { return nodes_[static_cast<size_t>(id)]; }

  int push(Node node) {
    nodes_.push_back(std::move(node));
    return static_cast<int>(nodes_.size()) - 1;
  }

  // The value of a constant that is the same everywhere.
  std::optional<double> constant(int id) const {
    const Node& node = at(id);
    if (node.op == &kConstant && node.attributes.value == nullptr) return node.attributes.numbers[0];
    if (node.op == &kBroadcastTo) return constant(node.inputs[0]);
    return std::nullopt;
  }

  int make_constant(double value) {
    Node node;
    node.op = &kConstant;
    node.attributes.numbers = {value};
    return push(std::move(node));
  }

  // `like` with another operation and inputs; shape and scope stay.
  int make(const Node& like, const OpDef& op, std::vector<int> inputs) {
    Node node;
    node.op = &op;
    node.inputs = std::move(inputs);
    node.shape = like.shape;
    node.scope = like.scope;
    return push(std::move(node));
  }

  int with_shape(int id, const Node& like) {
    if (at(id).shape == like.shape) return id;
    Node node;
    node.op = &kBroadcastTo;
    node.inputs = {id};
    node.shape = like.shape;
    node.scope = like.scope;
    node.attributes.integers = like.shape.dims();
    return push(std::move(node));
  }

  std::optional<int> rewrite(Node& node) {
    if (node.op == &kStopGradient) return node.inputs[0];
    if (node.op->kind == OpKind::kElementwise) return rewrite_elementwise(node);
    if (node.op == &kReshape) return rewrite_reshape(node);
    if (node.op == &kBroadcastTo) return rewrite_broadcast(node);
    if (node.op == &kMatmul) rewrite_matmul(node);
    return std::nullopt;
  }

  std::optional<int> rewrite_reshape(Node& node) {
    while (at(node.inputs[0]).op == &kReshape) node.inputs[0] = at(node.inputs[0]).inputs[0];
    const int input = node.inputs[0];
    if (at(input).shape == node.shape) return input;
    if (at(input).op == &kBroadcastTo && at(at(input).inputs[0]).shape.elements() == 1) {
      const int single = at(input).inputs[0];
      if (at(single).shape.rank() <= node.shape.rank()) return with_shape(single, node);
    }
    return std::nullopt;
  }

  std::optional<int> rewrite_broadcast(Node& node) {
    while (at(node.inputs[0]).op == &kBroadcastTo) node.inputs[0] = at(node.inputs[0]).inputs[0];
    if (at(node.inputs[0]).shape == node.shape) return node.inputs[0];
    return std::nullopt;
  }

  void rewrite_matmul(Node& node) {
    for (size_t side = 0; side < 2; ++side) {
      const Node& input = at(node.inputs[side]);
      const int rank = input.shape.rank();
      if (input.op != &kTranspose) continue;
      std::vector<int64_t> swapped(static_cast<size_t>(rank));
      for (int axis = 0; axis < rank; ++axis) swapped[static_cast<size_t>(axis)] = axis;
      std::swap(swapped[static_cast<size_t>(rank - 1)], swapped[static_cast<size_t>(rank - 2)]);
      if (input.attributes.integers != swapped) continue;
      node.inputs[side] = input.inputs[0];
      node.attributes.integers[side] = 1 - node.attributes.integers[side];
      changed_ = true;
    }
  }

  // Element-wise operations broadcast by themselves: reads through broadcast_to where the result keeps its shape.
  void skip_broadcasts(Node& node) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const Node& input = at(node.inputs[i]);
      if (input.op != &kBroadcastTo) continue;
      Shape shape = at(input.inputs[0]).shape;
      bool fits = true;
      for (size_t j = 0; j < node.inputs.size() && fits; ++j) {
        if (j == i) continue;
        const auto next = broadcast(shape, at(node.inputs[j]).shape);
        fits = next.has_value();
        if (fits) shape = *next;
      }
      if (fits && shape == node.shape) {
        node.inputs[i] = input.inputs[0];
        changed_ = true;
      }
    }
  }

  std::optional<int> rewrite_elementwise(Node& node) {
    skip_broadcasts(node);
    if (const auto folded = fold(node)) return folded;
    if (node.inputs.size() == 1) {
      const Node& input = at(node.inputs[0]);
      if (node.op == &kNeg && input.op == &kNeg) return with_shape(input.inputs[0], node);
      return std::nullopt;
    }
    if (node.inputs.size() != 2) return std::nullopt;
    const int a = node.inputs[0], b = node.inputs[1];
    const auto ca = constant(a), cb = constant(b);
    if (node.op == &kAdd) {
      if (cb == 0.0) return with_shape(a, node);
      if (ca == 0.0) return with_shape(b, node);
      if (at(b).op == &kNeg) return make(node, kSub, {a, at(b).inputs[0]});
      if (at(a).op == &kNeg) return make(node, kSub, {b, at(a).inputs[0]});
      return join_padded(node);
    }
    if (node.op == &kSub) {
      if (cb == 0.0) return with_shape(a, node);
      if (ca == 0.0 && at(b).shape == node.shape) return make(node, kNeg, {b});
      if (at(b).op == &kNeg) return make(node, kAdd, {a, at(b).inputs[0]});
    }
    if (node.op == &kMul) {
      if (cb == 1.0) return with_shape(a, node);
      if (ca == 1.0) return with_shape(b, node);
      if (cb == -1.0 && at(a).shape == node.shape) return make(node, kNeg, {a});
      if (ca == -1.0 && at(b).shape == node.shape) return make(node, kNeg, {b});
      if (a == b) return make(node, kSquare, {a});
      if (ca) return fold_product(node, *ca, b);
      if (cb) return fold_product(node, *cb, a);
    }
    if (node.op == &kDiv && cb && std::isfinite(static_cast<float>(1 / *cb))) {
      if (*cb == 1.0) return with_shape(a, node);
      return make(node, kMul, {a, make_constant(1 / *cb)});
    }
    if (node.op == &kPow && cb == 2.0 && at(a).shape == node.shape) return make(node, kSquare, {a});
    if (node.op == &kPow && cb == 1.0) return with_shape(a, node);
    return std::nullopt;
  }

  std::optional<int> fold(const Node& node) {
    double x[3] = {0, 0, 0};
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const auto value = constant(node.inputs[i]);
      if (!value) return std::nullopt;
      x[i] = *value;
    }
    const double alpha = node.attributes.numbers.empty() ? 0.0 : node.attributes.numbers[0];
    return with_shape(make_constant(node.op->scalar(x, alpha)), node);
  }

  // outer * (inner * x) with both factors constant.
  std::optional<int> fold_product(const Node& node, double outer, int product) {
    const Node& input = at(product);
    if (input.op != &kMul) return std::nullopt;
    for (size_t side = 0; side < 2; ++side) {
      const auto inner = constant(input.inputs[side]);
      const int x = input.inputs[1 - side];
      if (inner && at(x).shape == node.shape) return make(node, kMul, {x, make_constant(outer * *inner)});
    }
    return std::nullopt;
  }

  // What the gradient of a split looks like: each part's gradient between zeros.
  std::optional<int> join_padded(const Node& node) {
    const Node left = at(node.inputs[0]), right = at(node.inputs[1]);
    if (left.op != &kPad || right.op != &kPad || left.shape != right.shape) return std::nullopt;
    const auto &l = left.attributes.integers, &r = right.attributes.integers;
    if (l[0] != r[0] || left.attributes.numbers[0] != 0 || right.attributes.numbers[0] != 0) return std::nullopt;
    const int axis = static_cast<int>(l[0]);
    const int64_t left_end = l[1] + at(left.inputs[0]).shape[axis];
    const int64_t right_end = r[1] + at(right.inputs[0]).shape[axis];
    const bool left_first = left_end == r[1];
    if (!left_first && right_end != l[1]) return std::nullopt;
    Node joined;
    joined.op = &kConcat;
    joined.scope = node.scope;
    joined.inputs = left_first ? std::vector<int>{left.inputs[0], right.inputs[0]}
                               : std::vector<int>{right.inputs[0], left.inputs[0]};
    // A gradient of many parts is joined pair by pair: one flat concat, not a tower of them.
    std::vector<int> flat;
    for (const int part : joined.inputs) {
      const Node& inner = at(part);
      if (inner.op == &kConcat && inner.attributes.integers[0] == axis) {
        flat.insert(flat.end(), inner.inputs.begin(), inner.inputs.end());
      } else {
        flat.push_back(part);
      }
    }
    joined.inputs = std::move(flat);
    joined.attributes.integers = {axis};
    joined.shape = node.shape;
    const int64_t before = left_first ? l[1] : r[1], after = left_first ? r[2] : l[2];
    joined.shape.set(axis, node.shape[axis] - before - after);
    const int id = push(std::move(joined));
    if (before == 0 && after == 0) return id;
    Node padded = left;
    padded.inputs = {id};
    padded.attributes.integers = {axis, before, after};
    padded.shape = node.shape;
    return push(std::move(padded));
  }

  Graph& graph_;
  std::vector<Node> nodes_;
  std::vector<int> new_ids_;
  bool changed_ = false;
};

class Simplify final : public Pass {
 public:
  std::string_view name() const override { return "simplify"; }
  bool run(Graph& graph) const override { return Simplifier(graph).run(); }
};

}  // namespace

std::unique_ptr<Pass> simplify() {
  return std::make_unique<Simplify>();
}

}  // namespace elbo
