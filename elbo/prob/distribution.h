// Distribution: any probability distribution over rows, as a value.
//
//   const prob::Distribution q = prob::Normal{.loc = loc, .scale = exp(log_scale)};     // loc, scale [batch, dim]
//   const auto [z, log_q] = q.sample_and_log_prob(graph, 10 * batch);                   // ten samples a row
//
// Concrete distributions (normal.h, bernoulli.h, ...) are plain structs filled by name; each turns into a Distribution
// by itself.  Prior, posterior, likelihood and density model are all this same kind of thing.
//
// Rows.  A distribution with parameters [batch, dim] has rows() = batch; one without rows of its own, such as a
// standard normal, has rows() = 0 and takes any number.  Values have n rows, n a multiple of rows(): row s * batch + r
// is sample s of the distribution's row r, the order of repeat_rows.
//
// Log-probabilities are natural logs in nats with all constants, summed over the dim event dimensions: [n], one a row.
// Where a density factorises over its dimensions, log_prob_terms gives the [n, dim] numbers that log_prob adds up.
// Wrong shapes throw ShapeError while the graph is built.
//
// Held.  held(q) has the density of q, and gradients pass to its values alone, not to its parameters: what estimators
// that stop the score need (stick the landing, doubly reparameterised gradients).
//
//   const Tensor z = q.sample(graph, batch);
//   const Tensor loss = mean(prob::held(q).log_prob(z) - prior.log_prob(z) - ...);   // gradients by z alone
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "elbo/engine/graph.h"

namespace elbo::prob {

struct DistributionFamily;  // a row of the registry, family.h

struct SampleAndLogProb {
  Tensor value;     // [rows, dim]
  Tensor log_prob;  // [rows]
};

// What a struct needs to be a distribution.
template <typename T>
concept ConcreteDistribution = requires(const T& d, Graph& graph, Tensor value, int64_t rows) {
  { d.name() } -> std::convertible_to<std::string_view>;
  { d.event_dim() } -> std::convertible_to<int64_t>;
  { d.rows() } -> std::convertible_to<int64_t>;
  { d.log_prob(value) } -> std::same_as<Tensor>;
  { d.sample(graph, rows) } -> std::same_as<Tensor>;
  { d.sample_and_log_prob(graph, rows) } -> std::same_as<SampleAndLogProb>;
  { d.mean(graph, rows) } -> std::same_as<std::optional<Tensor>>;
  { d.center(graph, rows) } -> std::same_as<Tensor>;
  { d.entropy(graph, rows) } -> std::same_as<std::optional<Tensor>>;
  { d.held() } -> std::same_as<T>;  // the same density, with parameters that no gradient passes to
};

class Distribution final {
 public:
  template <typename T>
  requires ConcreteDistribution<T> Distribution(
      T concrete)  // NOLINT(google-explicit-constructor): a Normal is a Distribution
      : model_(std::make_shared<const Model<T>>(std::move(concrete))) {}

  std::string_view name() const { return model_->name(); }
  int64_t event_dim() const { return model_->event_dim(); }
  int64_t rows() const { return model_->rows(); }

  // value [n, dim] -> [n] nats.
  Tensor log_prob(Tensor value) const { return model_->log_prob(value); }
  // value [n, dim] -> [n, dim] nats, whose sum over dimensions is log_prob; nothing where the density does not
  // factorise over them.  A concrete distribution that does has a function of this name.
  std::optional<Tensor> log_prob_terms(Tensor value) const { return model_->log_prob_terms(value); }
  // [rows, dim], reparameterised where the distribution is continuous: gradients reach its parameters.
  Tensor sample(Graph& graph, int64_t rows) const { return model_->sample(graph, rows); }
  // The density is carried along with the sample: a transformed distribution never inverts its transform here.
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const {
    return model_->sample_and_log_prob(graph, rows);
  }
  // [rows, dim]; nothing where there is no closed form.
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const { return model_->mean(graph, rows); }
  // [rows, dim]: one value without noise that stands for the row: the mean, or the base's center pushed through.
  Tensor center(Graph& graph, int64_t rows) const { return model_->center(graph, rows); }
  // [rows] nats; nothing where there is no closed form.
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const { return model_->entropy(graph, rows); }
  Distribution held() const { return model_->held(); }

  // The concrete distribution if it is a T, else nullptr; valid while this value lives.
  template <typename T>
  const T* get_if() const {
    const auto* model = dynamic_cast<const Model<T>*>(model_.get());
    return model == nullptr ? nullptr : &model->concrete;
  }

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual std::string_view name() const = 0;
    virtual int64_t event_dim() const = 0;
    virtual int64_t rows() const = 0;
    virtual Tensor log_prob(Tensor value) const = 0;
    virtual std::optional<Tensor> log_prob_terms(Tensor value) const = 0;
    virtual Tensor sample(Graph& graph, int64_t rows) const = 0;
    virtual SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const = 0;
    virtual std::optional<Tensor> mean(Graph& graph, int64_t rows) const = 0;
    virtual Tensor center(Graph& graph, int64_t rows) const = 0;
    virtual std::optional<Tensor> entropy(Graph& graph, int64_t rows) const = 0;
    virtual Distribution held() const = 0;
  };

  template <typename T>
  struct Model final : Concept {
    explicit Model(T value) : concrete(std::move(value)) {}
    std::string_view name() const override { return concrete.name(); }
    int64_t event_dim() const override { return concrete.event_dim(); }
    int64_t rows() const override { return concrete.rows(); }
    Tensor log_prob(Tensor value) const override { return concrete.log_prob(value); }
    std::optional<Tensor> log_prob_terms(Tensor value) const override {
      if constexpr (requires { concrete.log_prob_terms(value); }) return concrete.log_prob_terms(value);
      return std::nullopt;
    }
    Tensor sample(Graph& graph, int64_t rows) const override { return concrete.sample(graph, rows); }
    SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const override {
      return concrete.sample_and_log_prob(graph, rows);
    }
    std::optional<Tensor> mean(Graph& graph, int64_t rows) const override { return concrete.mean(graph, rows); }
    Tensor center(Graph& graph, int64_t rows) const override { return concrete.center(graph, rows); }
    std::optional<Tensor> entropy(Graph& graph, int64_t rows) const override { return concrete.entropy(graph, rows); }
    Distribution held() const override { return concrete.held(); }
    T concrete;
  };

  std::shared_ptr<const Concept> model_;
};

inline Distribution held(const Distribution& distribution) {
  return distribution.held();
}

}  // namespace elbo::prob
