// Model: what can be trained, whatever it is inside, and what a trained one can do.
//
//   const std::unique_ptr<const Model> model = kind.make(site, settings);          // kinds.h
//   const Terms terms = model->terms(graph, {{"x", x}});                           // x [batch, dim]
//   const Tensor loss = mean(terms.loss);
//   if (const auto* scores = model->can<Scores>()) ... scores->log_prob({{"x", x}}) ...
//
// Everything is a function of rows in a graph; a graph that trains (graph.training()) gets what training needs, such as
// the statistics of its batch.  Figures are nats per example.
//
// What not every model can do is a capability: an interface of its own that a model derives from as well.  Those who
// need one ask for it, and never what kind of model it is.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "elbo/engine/graph.h"
#include "elbo/nn/parameters.h"
#include "elbo/prob/distribution.h"
#include "elbo/settings/columns.h"

namespace elbo::models {

// The columns of a batch by name, [rows, dim] each.
using Batch = std::map<std::string, Tensor, std::less<>>;

struct Term {
  std::string name;
  Tensor values;  // [rows], nats
  // How often -log p of x, whole or given its code, is in it: in other units of x, the figure moves by so many times
  // the log-determinant of the change.
  double of_x = 0;
};

// What training makes small, and what it is made of: one value an example.
struct Terms {
  Tensor loss;              // [rows]
  std::vector<Term> parts;  // to be watched; their sum need not be the loss
  double loss_of_x = 1;     // how often -log p of x is in the loss (Term::of_x)
};

// A column that a model reads, with the values it may have; `who` asks for those: "likelihood "bernoulli"".
struct ReadColumn {
  ColumnFacts facts;
  std::string who;
  bool is_density = false;  // figures are of a density over it, and so depend on its units
};

// A line of what `elbo explain` says: {"q(z|x)", "normal in 20 dimensions"}.
using Description = std::vector<std::pair<std::string, std::string>>;

class Model {
 public:
  virtual ~Model() = default;

  virtual const nn::Parameters& parameters() const = 0;
  // Of the objective that the model is trained by.  A model that is fitted without data takes no columns, and then
  // draws `rows` of its own.
  virtual Terms terms(Graph& graph, const Batch& batch, int64_t rows) const = 0;
  // None for one that is fitted without data.
  virtual std::vector<ReadColumn> reads() const = 0;
  // Whether the loss is worth knowing of rows that are held back.
  virtual bool validates() const { return true; }

  virtual Description describe() const = 0;
  // What may surprise, and what is likely a mistake or costs much: said before training.
  virtual std::vector<std::string> remarks() const { return {}; }
  virtual std::vector<std::string> warnings() const { return {}; }

  // Sets what takes its first values from data, by rows [n, dim] of x, and [n, context_dim] of what these are given,
  // which is empty for a model that reads none.
  virtual void initialize_from(const Array& /*rows*/, const Array& /*context*/) const {}

  template <typename Capability>
  const Capability* can() const {
    return dynamic_cast<const Capability*>(this);
  }
};

// New examples.
class Samples {
 public:
  virtual ~Samples() = default;
  // [rows, dim] in the units of x: a draw of each, or where draws are noise around a mean and `draw` is false, the
  // mean.
  virtual Tensor sample(Graph& graph, int64_t rows, bool draw) const = 0;
  // Whether `draw` makes a difference.
  virtual bool has_means() const = 0;
};

// The density of examples, exact.
class Scores {
 public:
  virtual ~Scores() = default;
  virtual int64_t dim() const = 0;                        // of x
  virtual Tensor log_prob(const Batch& batch) const = 0;  // [rows] nats, in the units of x
};

// A bound on the density, and importance weights that tighten it.
class Bounds {
 public:
  struct Bound {
    Tensor negative_elbo, reconstruction, kl;  // [rows] nats
  };
  virtual ~Bounds() = default;
  virtual Bound bound(const Batch& batch, int64_t latent_samples) const = 0;
  virtual Tensor log_weights(const Batch& batch, int64_t importance_samples) const = 0;  // [samples, rows]
  // Whether the loss that is trained is this bound itself.
  virtual bool loss_is_bound() const = 0;
};

// Codes of examples.
class Encodes {
 public:
  virtual ~Encodes() = default;
  virtual int64_t code_dim() const = 0;
  // [rows, code_dim]: one code without noise that stands for the example, or with `draw` a draw.
  virtual Tensor encode(const Batch& batch, bool draw) const = 0;
};

// Examples from their codes.
class Reconstructs {
 public:
  virtual ~Reconstructs() = default;
  // [rows, dim]: of the code without noise, or with `draw` of a drawn one.
  virtual Tensor reconstruct(const Batch& batch, bool draw) const = 0;
};

// Examples, given a context.
class Conditions {
 public:
  virtual ~Conditions() = default;
  virtual int64_t context_dim() const = 0;
  // context [rows, context_dim] -> a draw for each, with its log-density where the model has one.
  virtual prob::SampleAndLogProb draw_given(Tensor context) const = 0;
};

// Examples from any codes.
class Decodes {
 public:
  virtual ~Decodes() = default;
  virtual int64_t code_dim() const = 0;
  virtual Tensor decode(Tensor z) const = 0;  // z [n, code_dim] -> means of p(x|z), [n, dim]
};

// A code that is drawn, by the distributions that are between it and an example: what diagnostics look into.
class LatentVariable {
 public:
  virtual ~LatentVariable() = default;
  virtual int64_t code_dim() const = 0;
  virtual prob::Distribution prior() const = 0;                        // p(z)
  virtual prob::Distribution posterior(const Batch& batch) const = 0;  // q(z|x), as many rows as the batch
  virtual prob::Distribution likelihood(Tensor z) const = 0;           // p(x|z), n rows for z [n, code_dim]
};

// Which of these a kind of model has, known without one.
struct Capabilities {
  bool samples = false, scores = false, bounds = false, encodes = false, reconstructs = false, decodes = false,
       latent_variable = false, conditions = false;
};
template <typename T>
constexpr Capabilities capabilities_of() {
  return {.samples = std::is_base_of_v<Samples, T>,
          .scores = std::is_base_of_v<Scores, T>,
          .bounds = std::is_base_of_v<Bounds, T>,
          .encodes = std::is_base_of_v<Encodes, T>,
          .reconstructs = std::is_base_of_v<Reconstructs, T>,
          .decodes = std::is_base_of_v<Decodes, T>,
          .latent_variable = std::is_base_of_v<LatentVariable, T>,
          .conditions = std::is_base_of_v<Conditions, T>};
}

}  // namespace elbo::models
