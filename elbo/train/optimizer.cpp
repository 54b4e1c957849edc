#include "elbo/train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::train {

namespace {

VariablePtr state_like(const std::string& prefix, const VariablePtr& variable) {
  return make_variable(prefix + "." + variable->name, Array(DType::kF32, variable->value.shape()), false);
}

// 1 - beta^t in the step that is the t-th, from 1 on; without cancellation at small t.
Tensor correction(Graph& graph, double beta) {
  return beta == 0 ? graph.constant(1.0) : -expm1((step_number(graph) + 1.0) * std::log(beta));
}

}  // namespace

Updates Adam::apply(const Gradients& gradients) const {
  Updates updates;
  if (gradients.empty()) return updates;
  Graph& graph = gradients[0].gradient.graph();
  const Graph::ScopeGuard scope = graph.scope("adam");
  // step * m / (sqrt(v / c2) + eps), with the corrections drawn into two numbers.
  const Tensor rate = options.learning_rate / correction(graph, options.beta1);
  const Tensor root = rsqrt(correction(graph, options.beta2));
  const double decay = options.learning_rate * options.weight_decay;
  for (const nn::VariableGradient& g : gradients) {
    const VariablePtr m = state_like("adam.m", g.variable), v = state_like("adam.v", g.variable);
    const Tensor new_m = options.beta1 * graph.variable(m) + (1 - options.beta1) * g.gradient;
    const Tensor new_v = options.beta2 * graph.variable(v) + (1 - options.beta2) * square(g.gradient);
    updates.emplace_back(m, new_m);
    updates.emplace_back(v, new_v);
    const Tensor w = graph.variable(g.variable);
    const Tensor step = rate * new_m / (sqrt(new_v) * root + options.epsilon);
    updates.emplace_back(g.variable, w - (decay == 0 ? step : step + decay * w));
  }
  return updates;
}

Updates Adamax::apply(const Gradients& gradients) const {
  Updates updates;
  if (gradients.empty()) return updates;
  Graph& graph = gradients[0].gradient.graph();
  const Graph::ScopeGuard scope = graph.scope("adamax");
  const Tensor rate = options.learning_rate / correction(graph, options.beta1);
  for (const nn::VariableGradient& g : gradients) {
    const VariablePtr m = state_like("adamax.m", g.variable), u = state_like("adamax.u", g.variable);
    const Tensor new_m = options.beta1 * graph.variable(m) + (1 - options.beta1) * g.gradient;
    const Tensor new_u = maximum(options.beta2 * graph.variable(u), abs(g.gradient) + options.epsilon);
    updates.emplace_back(m, new_m);
    updates.emplace_back(u, new_u);
    updates.emplace_back(g.variable, graph.variable(g.variable) - rate * new_m / new_u);
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

bool is_parameter(const VariablePtr& variable, const Gradients& gradients) {
  return std::any_of(gradients.begin(), gradients.end(),
                     [&](const nn::VariableGradient& g) { return g.variable == variable; });
}

// Every optimizer moves a parameter by its learning rate times something: a factor of the rate is one of the way.
Updates scaled(const Updates& updates, const Gradients& gradients, Tensor factor) {
  Updates result;
  for (const auto& [variable, value] : updates) {
    if (!is_parameter(variable, gradients)) {
      result.emplace_back(variable, value);
      continue;
    }
    const Tensor before = value.graph().variable(variable);
    result.emplace_back(variable, before + factor * (value - before));
  }
  return result;
}

namespace {

// What every optimizer reads, and what is its own.
std::vector<Option> optimizer_settings(double learning_rate, const std::vector<Option>& own) {
  return joined({Number{.key = "learning_rate", .value = learning_rate, .meaning = "step size", .limits = {.above = 0}},
                 Part{.key = "schedule",
                      .value = "constant",
                      .meaning = "what the learning rate is multiplied by, from step to step; of a list, by all: a "
                                 "warm-up in front of another schedule",
                      .rows = nn::schedules().view(),
                      .chain = true},
                 clipping_part()},
                own);
}

// A share of a running mean.
Option kept_setting(const char* key, double value, const char* meaning) {
  return Number{.key = key, .value = value, .meaning = meaning, .limits = {.at_least = 0, .below = 1}};
}

Option epsilon_setting(double value, const char* meaning = "added to the root that the step is divided by") {
  return Number{.key = "epsilon", .value = value, .meaning = meaning, .limits = {.above = 0}};
}

Option beta1_setting(double value) {
  return kept_setting("beta1", value, "share of the running mean of gradients that is kept at a step");
}

std::vector<Option> adam_settings() {
  const Adam::Options standard;
  return optimizer_settings(
      standard.learning_rate,
      {beta1_setting(standard.beta1),
       kept_setting("beta2", standard.beta2, "share of the running mean of squared gradients that is kept at a step"),
       epsilon_setting(standard.epsilon)});
}

Adam::Options adam_options(const Settings& s) {
  return {.learning_rate = s.number("learning_rate"),
          .beta1 = s.number("beta1"),
          .beta2 = s.number("beta2"),
          .epsilon = s.number("epsilon")};
}

const OptimizerRow kAdam{
    .name = "adam",
    .description = "running means of the gradient and of its square",
    .paper = "Kingma & Ba (2015)",
    .settings = adam_settings(),
    .apply = [](const Settings& s, const Gradients& gradients) { return Adam{adam_options(s)}.apply(gradients); }};

const OptimizerRow kAdamW{
    .name = "adamw",
    .description = "adam whose parameters shrink beside their steps: decoupled weight decay",
    .paper = "Loshchilov & Hutter (2019)",
    .settings = joined(adam_settings(),
                       {Number{.key = "weight_decay",
                               .value = 0.01,
                               .meaning = "each parameter loses this share of itself at a step, times the learning "
                                          "rate and its schedule; biases too",
                               .limits = {.at_least = 0}}}),
    .apply = [](const Settings& s, const Gradients& gradients) {
      Adam::Options options = adam_options(s);
      options.weight_decay = s.number("weight_decay");
      return Adam{options}.apply(gradients);
    }};

const OptimizerRow kAdamax{
    .name = "adamax",
    .description = "the running mean of the gradient divided by the largest one that fading leaves",
    .paper = "Kingma & Ba (2015), section 7.1",
    .settings = optimizer_settings(
        Adamax::Options{}.learning_rate,
        {beta1_setting(Adamax::Options{}.beta1),
         kept_setting("beta2", Adamax::Options{}.beta2, "share of the largest gradient so far that is kept at a step"),
         epsilon_setting(Adamax::Options{}.epsilon, "added to each gradient's size before the largest is taken")}),
    .apply = [](const Settings& s, const Gradients& gradients) {
      return Adamax{{.learning_rate = s.number("learning_rate"),
                     .beta1 = s.number("beta1"),
                     .beta2 = s.number("beta2"),
                     .epsilon = s.number("epsilon")}}
          .apply(gradients);
    }};

const OptimizerRow kSgd{
    .name = "sgd",
    .description = "stochastic gradient descent, with momentum if asked for",
    .paper = "Robbins & Monro (1951); Sutskever et al. (2013)",
    .settings = optimizer_settings(
        Sgd::Options{}.learning_rate,
        {kept_setting("momentum", Sgd::Options{}.momentum, "share of the last update that is kept; 0 for none")}),
    .apply = [](const Settings& s, const Gradients& gradients) {
      return Sgd{{.learning_rate = s.number("learning_rate"), .momentum = s.number("momentum")}}.apply(gradients);
    }};

const OptimizerRow kRmsProp{
    .name = "rmsprop",
    .description = "the gradient divided by the root of its running mean square",
    .paper = "Tieleman & Hinton (2012)",
    .settings =
        optimizer_settings(RmsProp::Options{}.learning_rate,
                           {kept_setting("decay", RmsProp::Options{}.decay,
                                         "share of the running mean of squared gradients that is kept at a step"),
                            epsilon_setting(RmsProp::Options{}.epsilon)}),
    .apply = [](const Settings& s, const Gradients& gradients) {
      return RmsProp{
          {.learning_rate = s.number("learning_rate"), .decay = s.number("decay"), .epsilon = s.number("epsilon")}}
          .apply(gradients);
    }};

}  // namespace

const Registry<OptimizerRow>& optimizers() {
  static const Registry<OptimizerRow> all("optimizer", {&kAdam, &kAdamW, &kAdamax, &kSgd, &kRmsProp});
  return all;
}

Part optimizer_part() {
  return {.key = "optimizer",
          .value = "adam",
          .meaning = "how parameters follow their gradients",
          .rows = optimizers().view()};
}

Updates apply_optimizer(const Settings& optimizer, const OptimizerSite& site, const Gradients& gradients) {
  const auto& row = optimizer.row<OptimizerRow>();
  const Updates updates = row.apply(optimizer, clipped(gradients, optimizer.parts("clip")));
  if (gradients.empty()) return updates;
  Graph& graph = gradients.front().gradient.graph();
  if (!graph.training()) {
    throw ShapeError("optimizer " + std::string(row.name) + ": its graph is not one that trains; " +
                     "Graph(GraphMode::kTraining) is required");
  }
  const Tensor factor = nn::factor(graph, site, optimizer.parts("schedule"));
  return nn::is_one(factor) ? updates : scaled(updates, gradients, factor);
}

}  // namespace elbo::train
