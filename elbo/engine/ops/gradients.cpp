#include "elbo/engine/gradients.h"

#include <algorithm>

#include "elbo/engine/op.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo {

Tensors gradients(Tensor loss, const Tensors& wrt) {
  if (loss.shape().elements() != 1) {
    throw ShapeError("gradients: the loss has shape " + to_string(loss.shape()) + ", it must be one number");
  }
  return vector_jacobian(loss, ones(loss.graph(), loss.shape()), wrt);
}

Tensors vector_jacobian(Tensor output, Tensor seed, const Tensors& wrt) {
  Graph& graph = output.graph();
  if (seed.shape() != output.shape()) {
    throw ShapeError("vector_jacobian: seed " + to_string(seed.shape()) + " and output " + to_string(output.shape()) +
                     " differ in shape");
  }
  for (const Tensor tensor : wrt) {
    if (&tensor.graph() != &graph) throw ShapeError("gradients: a tensor of another graph is asked for");
  }
  const int count = output.id() + 1;  // nodes stand in topological order: nothing later matters

  // Which nodes lie on a path from a `wrt`: only they need a gradient.
  std::vector<bool> wanted(static_cast<size_t>(count), false);
  for (const Tensor tensor : wrt) {
    if (tensor.id() < count) wanted[static_cast<size_t>(tensor.id())] = true;
  }
  for (int id = 0; id < count; ++id) {
    for (const int input : graph.node(id).inputs) {
      if (wanted[static_cast<size_t>(input)]) wanted[static_cast<size_t>(id)] = true;
    }
  }

  Tensors grads(static_cast<size_t>(count));
  if (wanted[static_cast<size_t>(output.id())]) grads[static_cast<size_t>(output.id())] = seed;
  for (int id = output.id(); id >= 0; --id) {
    const Tensor grad = grads[static_cast<size_t>(id)];
    const Node node = graph.node(id);  // a copy: adding nodes moves them
    const bool leads_on = std::any_of(node.inputs.begin(), node.inputs.end(),
                                      [&](int input) { return wanted[static_cast<size_t>(input)]; });
    if (!grad.defined() || !leads_on) continue;
    if (node.op->derivative == nullptr) {
      throw ShapeError("gradients: " + std::string(node.op->name) + (node.scope.empty() ? "" : " at " + node.scope) +
                       " has no derivative");
    }
    Differentiated d{.node = node, .inputs = {}, .output = graph.tensor(id), .grad = grad};
    for (const int input : node.inputs) d.inputs.push_back(graph.tensor(input));
    const Graph::ScopeGuard scope = graph.scope(node.scope);
    const Tensors by_input = node.op->derivative(d);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const auto input = static_cast<size_t>(node.inputs[i]);
      if (!wanted[input] || !by_input[i].defined()) continue;
      const Tensor summed = sum_to(by_input[i], d.inputs[i].shape());
      grads[input] = grads[input].defined() ? grads[input] + summed : summed;
    }
  }

  Tensors result;
  for (const Tensor tensor : wrt) {
    const Tensor grad = tensor.id() < count ? grads[static_cast<size_t>(tensor.id())] : Tensor{};
    result.push_back(grad.defined() ? grad : zeros(graph, tensor.shape()));
  }
  return result;
}

}  // namespace elbo
