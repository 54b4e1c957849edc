#include "elbo/models/places/vamp.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/prob/rows.h"

namespace elbo::models {

namespace {

constexpr double kFirstNoise = 0.01;

struct PosteriorMixture {
  VampSite site;
  VariablePtr inputs;
  bool is_held = false;

  std::string_view name() const { return kVamp.name; }
  int64_t event_dim() const { return site.code_dim; }
  int64_t rows() const { return 0; }

  prob::Distribution at(Tensor rows) const {
    const prob::Distribution q = site.posterior(rows);
    return is_held ? q.held() : q;
  }

  // Row i K + k of what the components score is code i.
  Tensor log_prob(Tensor value) const {
    const int64_t n = prob::require_rows(name(), value, event_dim(), 0), dim = event_dim();
    const prob::Distribution all = at(value.graph().variable(inputs));
    const int64_t components = all.rows();
    const Tensor codes = broadcast_to(reshape(value, {n, 1, dim}), {n, components, dim});
    const Tensor each = all.log_prob(reshape(codes, {n * components, dim}));
    return log_mean_exp(reshape(each, {n, components}), {.axes = {1}});
  }

  Tensor sample(Graph& graph, int64_t rows) const {
    const Tensor all = graph.variable(inputs);
    const int64_t components = all.shape()[0];
    const auto last = static_cast<double>(components - 1);
    const Tensor place = minimum(floor(random_uniform(graph, {rows, 1}) * static_cast<double>(components)), last);
    Array places(DType::kF32, {1, components});
    float next = 0;
    for (float& number : places.values<float>()) number = next++;
    return at(matmul(equal(place, graph.constant(places)), all)).sample(graph, rows);
  }

  prob::SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const {
    const Tensor value = sample(graph, rows);
    return {.value = value, .log_prob = log_prob(value)};
  }

  std::optional<Tensor> mean(Graph& /*graph*/, int64_t /*rows*/) const { return std::nullopt; }

  Tensor center(Graph& graph, int64_t rows) const {
    const prob::Distribution all = at(graph.variable(inputs));
    const Tensor row = elbo::mean(all.center(graph, all.rows()), {.axes = {0}, .keep = true});
    return broadcast_to(row, {rows, event_dim()});
  }

  std::optional<Tensor> entropy(Graph& /*graph*/, int64_t /*rows*/) const { return std::nullopt; }
  PosteriorMixture held() const { return {.site = site, .inputs = inputs, .is_held = true}; }
};

// As many rows as `shape` has, at even distances.
Array spread_over(const Array& rows, const Shape& shape) {
  Array few(DType::kF32, shape);
  const auto width = static_cast<size_t>(shape[1]), wanted = static_cast<size_t>(shape[0]);
  const auto count = static_cast<size_t>(rows.shape()[0]);
  for (size_t k = 0; k < wanted; ++k) {
    const size_t row = (2 * k + 1) * count / (2 * wanted);
    std::copy_n(rows.values<float>().begin() + static_cast<std::ptrdiff_t>(row * width), width,
                few.values<float>().begin() + static_cast<std::ptrdiff_t>(k * width));
  }
  return few;
}

// [1, dim]
Array mean_of(const Array& rows) {
  const auto width = static_cast<size_t>(rows.shape()[1]);
  const auto src = rows.values<float>();
  std::vector<double> total(width, 0);
  for (size_t i = 0; i < src.size(); ++i) total[i % width] += static_cast<double>(src[i]);
  for (double& value : total) value /= static_cast<double>(rows.shape()[0]);
  return Array::of<double>({1, rows.shape()[1]}, total);
}

}  // namespace

Vamp::Vamp(const nn::Parameters& scope, VampSite site, const Settings& part)
    : site_(std::move(site)),
      starts_from_rows_(part.text("start") == "rows"),
      inputs_(scope.get("pseudo_inputs", {.shape = {part.integer("pseudo_inputs"), site_.input_dim},
                                          .init = nn::init::normal(kFirstNoise)})) {}

prob::Distribution Vamp::prior() const {
  return PosteriorMixture{.site = site_, .inputs = inputs_};
}

void Vamp::start_from(const Array& rows) const {
  const Array first = starts_from_rows_ ? spread_over(rows, inputs_->value.shape()) : mean_of(rows);
  Graph graph;
  graph.output("shown", site_.shown(graph.constant(first)));
  const Array as_shown = Interpreter(graph).run({}).at("shown");
  const auto src = as_shown.values<double>();
  const auto dst = inputs_->value.values<float>();
  for (size_t i = 0; i < dst.size(); ++i) dst[i] += static_cast<float>(src[i % src.size()]);
}

const VampRow kVamp{
    .name = "vamp",
    .description = "VampPrior, the mixture of the posterior at inputs that are learned",
    .paper = "Tomczak & Welling 2018",
    .settings = {Integer{.key = "pseudo_inputs",
                         .value = 500,
                         .meaning = "how many; every code is scored by each",
                         .limits = {.at_least = 1, .at_most = 65'536}},
                 Text{.key = "start",
                      .value = "rows",
                      .meaning = "what they are first: training rows, spread evenly over the data, or the mean of "
                                 "all; with a little noise",
                      .choices = {"rows", "mean"}}}};

}  // namespace elbo::models
