// Random graphs: up to hundreds of operations over mixed shapes, for holding one way of running a graph against
// another.
//
//   const auto random = make_random_graph({.seed = 7, .operations = 200, .rows = 64, .cols = 5});
//   Interpreter(random->graph).run(random->inputs, {.seed = 1});
//
// random_pool.h says how values stay tame; random_elementwise.h, random_structural.h and random_rows.h hold the
// operations.
#pragma once

#include "elbo/engine/gradients.h"
#include "tests/engine/random_rows.h"

namespace elbo {

class RandomGraphMaker : RandomRows {
 public:
  explicit RandomGraphMaker(const RandomGraphOptions& options) : RandomRows(options) {}

  std::unique_ptr<RandomGraph> make() {
    options_.narrow ? make_rows() : make_leaves();
    for (int i = 0; i < options_.operations; ++i) {
      const auto scope = graph().scope("layer" + std::to_string(i));
      while (!step()) {
      }
      if (i % 16 == 15) measure();
    }
    make_results();
    return std::move(result_);
  }

 private:
  bool step() {
    if (options_.narrow) return row_step();
    switch (draw(0, 20)) {
      case 0:
      case 1:
      case 2:
        return smooth();
      case 3:
        return kinked();
      case 4:
      case 5:
      case 6:
      case 7:
        return binary();
      case 8:
        return reduction();
      case 9:
        return matrix_product();
      case 10:
      case 11:
        return move();
      case 12:
        return cut();
      case 13:
        return join();
      case 14:
        return along_axis();
      case 15:
        return indexed();
      case 16:
        return choice();
      case 17:
        return planar();
      case 18:
        return stretch();
      case 19:
        return spline();
      default:
        if (!options_.draws || draw(0, 3) != 0) return smooth();
        return chance(0.4) ? counted() : drawn();
    }
  }

  // Some layers in a row of what the planar flow does: row products, a broadcast back, an update.
  bool planar() {
    Value z;
    if (!pick(&z, [](const Value& v) { return v.tensor.shape().rank() == 2; })) return false;
    Tensor y = tamed(z, 1).tensor;
    const int64_t d = y.shape()[1];
    if (d == 0) return false;
    const double scale = 0.25 / static_cast<double>(d);
    for (int64_t layer = draw(1, 4); layer > 0; --layer) {
      const Tensor w = add_variable({1, d}).tensor * scale, u = add_variable({1, d}).tensor * 0.25;
      const Tensor h = tanh(dot(y, w) + add_variable({}).tensor);
      y = y + u * h;
      if (layer == 1) keep(inexact(log(abs(1 + (1 - square(h)) * dot(u, w))), 1));
    }
    return keep(inexact(y, 4));
  }

  void make_results() {
    Tensor loss = graph().constant(0.0);
    const int outputs = std::min<int>(6, static_cast<int>(pool_.size()));
    for (int i = 0; i < outputs; ++i) {
      const size_t back = std::min(static_cast<size_t>(i * (i + 1) / 2), pool_.size() - 1);
      const Value value = pool_[pool_.size() - 1 - back];
      graph().output("y" + std::to_string(i), value.tensor);
      const auto count = static_cast<double>(std::max<int64_t>(1, value.tensor.shape().elements()));
      loss = loss + sum(square(value.tensor)) * (1 / count);
    }
    graph().output("loss", loss);
    if (!options_.gradients) return;
    Tensors wrt;
    for (const VariablePtr& variable : result_->variables) wrt.push_back(graph().variable(variable));
    const Tensors grads = gradients(loss, wrt);
    for (size_t i = 0; i < wrt.size(); ++i) {
      const VariablePtr& variable = result_->variables[i];
      if (i % 3 == 0) graph().output("grad of " + variable->name, grads[i]);
      if (!options_.updates || i % 2 == 1) continue;
      const VariablePtr moment = make_variable(variable->name + ".moment", lattice(wrt[i].shape()), false);
      const Tensor mixed = graph().variable(moment) * 0.9 + grads[i] * 0.1;
      graph().update(moment, mixed);
      graph().update(variable, wrt[i] - 0.01 * mixed);
    }
    if (!options_.updates) return;
    const VariablePtr steps = make_variable("steps", Array(DType::kF32, {}), false);
    graph().update(steps, graph().variable(steps) + 1.0);
    graph().output("steps", graph().variable(steps));
  }
};

inline std::unique_ptr<RandomGraph> make_random_graph(const RandomGraphOptions& options) {
  return RandomGraphMaker(options).make();
}

// How far a tensor computed in f32 may lie from the f64 interpreter's: the rounding of `depth` operations, absolute and
// at the tensor's scale, and a multiple of what rounding did to it in the f32 interpreter, which measures how well
// conditioned the graph above it is.
inline double agreement_bound(const Array& in_f64, const Array& in_f32, double depth) {
  double scale = 0, moved = 0;
  for (size_t i = 0; i < static_cast<size_t>(in_f64.elements()); ++i) {
    const double truth = in_f64.values<double>()[i];
    scale = std::max(scale, std::abs(truth));
    moved = std::max(moved, std::abs(truth - in_f32.values<double>()[i]));
  }
  return 0x1p-23 * depth * (0.1 + scale) + 32 * moved;
}

}  // namespace elbo
