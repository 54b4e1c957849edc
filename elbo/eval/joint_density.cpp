#include <algorithm>
#include <limits>
#include <utility>

#include "elbo/engine/ops.h"
#include "elbo/eval/joint_density_internal.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

constexpr int64_t kPairsAtOnce = 2048;

Graph joint_graph(const models::LatentVariable& model, int64_t dim) {
  Graph graph;
  const Tensor x = graph.input("x", {kPairsAtOnce, dim});
  const Tensor z = graph.input("z", {kPairsAtOnce, model.code_dim()});
  graph.output("log_likelihood", model.likelihood(z).log_prob(x));
  graph.output("log_prior", model.prior().log_prob(z));
  return graph;
}

void append(std::span<const float> found, const char* what, std::vector<double>& values) {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  if (std::any_of(found.begin(), found.end(), [](float value) { return !(value < kInfinite); })) {
    throw NumericalError(std::string(what) + " is no finite number at some code z");
  }
  values.insert(values.end(), found.begin(), found.end());
}

}  // namespace

JointDensity::JointDensity(const models::LatentVariable& model, int64_t dim, int threads,
                           std::function<void()> before_each_run)
    : before_each_run_(std::move(before_each_run)), run_(compile(joint_graph(model, dim), {.threads = threads})) {}

void JointDensity::add(std::span<const float> x, std::span<const double> z) {
  const auto rows = run_.input("x").values<float>();
  std::copy(x.begin(), x.end(), rows.begin() + static_cast<std::ptrdiff_t>(waiting_ * x.size()));
  const auto codes = run_.input("z").values<float>();
  for (size_t i = 0; i < z.size(); ++i) codes[waiting_ * z.size() + i] = static_cast<float>(z[i]);
  if (++waiting_ == static_cast<size_t>(kPairsAtOnce)) flush();
}

JointDensity::Values JointDensity::values() {
  if (waiting_ > 0) flush();
  return std::exchange(values_, {});
}

// What the inputs still hold of pairs before is computed once more, and left out.
void JointDensity::flush() {
  if (before_each_run_) before_each_run_();
  run_.run();
  append(run_.output("log_likelihood").values<float>().first(waiting_), "log p(x|z)", values_.log_likelihood);
  append(run_.output("log_prior").values<float>().first(waiting_), "log p(z)", values_.log_prior);
  waiting_ = 0;
}

}  // namespace elbo::eval
