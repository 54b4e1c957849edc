#include "elbo/train/optimizer.h"

#include <cmath>

#include "elbo/engine/error.h"
#include "elbo/engine/names.h"
#include "elbo/engine/ops.h"

namespace elbo::train {

namespace {

VariablePtr state_like(const std::string& prefix, const VariablePtr& variable) {
  return make_variable(prefix + "." + variable->name, Array(DType::kF32, variable->value.shape()), false);
}

}  // namespace

Updates Adam::apply(const Gradients& gradients) const {
  Updates updates;
  if (gradients.empty()) return updates;
  Graph& graph = gradients[0].gradient.graph();
  const Graph::ScopeGuard scope = graph.scope("adam");
  const VariablePtr counter = make_variable("adam.step", Array(DType::kF32, {}), false);
  const Tensor t = graph.variable(counter) + 1.0;
  updates.emplace_back(counter, t);
  // 1 - beta^t, without cancellation at small t.
  const auto correction = [&](double beta) { return beta == 0 ? graph.constant(1.0) : -expm1(t * std::log(beta)); };
  // step * m / (sqrt(v / c2) + eps), with the corrections drawn into two numbers.
  const Tensor rate = options.learning_rate / correction(options.beta1);
  const Tensor root = rsqrt(correction(options.beta2));
  for (const nn::VariableGradient& g : gradients) {
    const VariablePtr m = state_like("adam.m", g.variable), v = state_like("adam.v", g.variable);
    const Tensor new_m = options.beta1 * graph.variable(m) + (1 - options.beta1) * g.gradient;
    const Tensor new_v = options.beta2 * graph.variable(v) + (1 - options.beta2) * square(g.gradient);
    updates.emplace_back(m, new_m);
    updates.emplace_back(v, new_v);
    updates.emplace_back(g.variable,
                         graph.variable(g.variable) - rate * new_m / (sqrt(new_v) * root + options.epsilon));
  }
  return updates;
}

Updates Sgd::apply(const Gradients& gradients) const {
  Updates updates;
  for (const nn::VariableGradient& g : gradients) {
    Graph& graph = g.gradient.graph();
    const Graph::ScopeGuard scope = graph.scope("sgd");
    Tensor direction = g.gradient;
    if (options.momentum != 0) {
      const VariablePtr m = state_like("sgd.m", g.variable);
      direction = options.momentum * graph.variable(m) + g.gradient;
      updates.emplace_back(m, direction);
    }
    updates.emplace_back(g.variable, graph.variable(g.variable) - options.learning_rate * direction);
  }
  return updates;
}

Updates RmsProp::apply(const Gradients& gradients) const {
  Updates updates;
  for (const nn::VariableGradient& g : gradients) {
    Graph& graph = g.gradient.graph();
    const Graph::ScopeGuard scope = graph.scope("rmsprop");
    const VariablePtr v = state_like("rmsprop.v", g.variable);
    const Tensor new_v = options.decay * graph.variable(v) + (1 - options.decay) * square(g.gradient);
    updates.emplace_back(v, new_v);
    updates.emplace_back(
        g.variable, graph.variable(g.variable) - options.learning_rate * g.gradient / (sqrt(new_v) + options.epsilon));
  }
  return updates;
}

const std::vector<OptimizerEntry>& optimizers() {
  static const std::vector<OptimizerEntry> entries = {
      {"adam", "running means of the gradient and of its square", "Kingma & Ba (2015)",
       [](const OptimizerOptions& o, const Gradients& g) {
         return Adam{{.learning_rate = o.learning_rate, .beta1 = o.beta1, .beta2 = o.beta2, .epsilon = o.epsilon}}
             .apply(g);
       }},
      {"sgd", "stochastic gradient descent, with momentum if asked for",
       "Robbins & Monro (1951); Sutskever et al. (2013)",
       [](const OptimizerOptions& o, const Gradients& g) {
         return Sgd{{.learning_rate = o.learning_rate, .momentum = o.momentum}}.apply(g);
       }},
      {"rmsprop", "the gradient divided by the root of its running mean square", "Tieleman & Hinton (2012)",
       [](const OptimizerOptions& o, const Gradients& g) {
         return RmsProp{{.learning_rate = o.learning_rate, .decay = o.decay, .epsilon = o.epsilon}}.apply(g);
       }},
  };
  return entries;
}

Updates apply_optimizer(const OptimizerOptions& options, const Gradients& gradients) {
  std::vector<std::string> names;
  for (const OptimizerEntry& entry : optimizers()) {
    if (entry.name == options.name) return entry.apply(options, gradients);
    names.push_back(entry.name);
  }
  throw ConfigError(unknown_name("optimizer", options.name, names));
}

}  // namespace elbo::train
