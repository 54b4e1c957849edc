#include "elbo/train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

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

namespace {

// The factor of the learning rate at this step; counts the steps.
Tensor cosine_factor(Graph& graph, int64_t steps, Updates& updates) {
  const Graph::ScopeGuard scope = graph.scope("schedule");
  const VariablePtr counter = make_variable("schedule.step", Array(DType::kF32, {}), false);
  const Tensor step = graph.variable(counter);
  updates.emplace_back(counter, minimum(step + 1, static_cast<double>(steps)));
  return 0.5 + 0.5 * cos(step * (std::numbers::pi / static_cast<double>(steps)));
}

// Every optimizer moves a parameter by its learning rate times something: a factor of the rate is one of the way.
Updates with_cosine(const Updates& updates, const Gradients& gradients, int64_t steps) {
  Updates result;
  if (gradients.empty()) return result;
  Graph& graph = gradients[0].gradient.graph();
  const Tensor factor = cosine_factor(graph, steps, result);
  for (const auto& [variable, value] : updates) {
    const bool is_parameter = std::any_of(gradients.begin(), gradients.end(),
                                          [&](const nn::VariableGradient& g) { return g.variable == variable; });
    if (!is_parameter) {
      result.emplace_back(variable, value);
      continue;
    }
    const Tensor before = graph.variable(variable);
    result.emplace_back(variable, before + factor * (value - before));
  }
  return result;
}

}  // namespace

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
    if (entry.name == options.name) {
      const Updates updates = entry.apply(options, gradients);
      return options.cosine_steps > 0 ? with_cosine(updates, gradients, options.cosine_steps) : updates;
    }
    names.push_back(entry.name);
  }
  throw ConfigError(unknown_name("optimizer", options.name, names));
}

}  // namespace elbo::train
