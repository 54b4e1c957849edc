// Evaluation: what a trained model is worth, with standard errors.
//
//   const Evaluation e = evaluate(model, dataset, data::Split::kTest, {.importance_samples = 500});
//   e.find("negative_elbo")->estimate.mean                                       // nats per example
//
// Every standard error is that of the mean over the examples of the split: the deviation of the examples' values
// divided by the root of their count.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/eval/importance_weights.h"
#include "elbo/models/model.h"

namespace elbo::eval {

struct Estimate {
  double mean = 0;  // nats per example
  double standard_error = 0;
  int64_t samples = 0;  // latent samples an example
};

// Mean and its standard error (nan of a single value).
Estimate estimate_of(const std::vector<double>& values, int64_t samples);

struct EvaluateOptions {
  int64_t latent_samples = 10;
  int64_t importance_samples = 0;  // 0: no importance-weighted estimate
  int64_t batch_size = 500;        // examples at once, at most
  uint64_t seed = 0;
  int threads = 0;
  std::function<void(double fraction)> on_progress;
  std::function<void()> before_each_run;  // of the compiled program, a fraction of a second long; may throw to stop
};

// One figure, as a table and as JSON name it.
struct Quantity {
  std::string name;     // "negative_elbo"
  std::string title;    // "−ELBO"
  std::string meaning;  // "bound on −log p(x) from above, the two below together"
  Estimate estimate;
  bool takes_samples = true;  // false: exact for each row
  bool of_x = false;          // -log p of x is in it
};

// How far the importance-weighted estimate can be trusted (importance_weights.h).
struct ImportanceTrust {
  double effective_share = 0;        // effective samples over samples, mean over the rows
  double least_effective_share = 0;  // of the worst row
  double monte_carlo_error = 0;      // of the mean over the rows, for other draws of the codes; nats
  // Of the rows, those whose Pareto k is above kParetoLimit; nothing where the samples are too few to fit one.
  std::optional<double> unreliable_share;
};

struct Evaluation {
  // What the model can tell: of bounds negative_elbo, reconstruction, kl and where asked for nll_importance, and with
  // it of one or two latents nll_quadrature; of exact densities nll; where another loss was trained, loss.
  std::vector<Quantity> quantities;
  std::optional<ImportanceTrust> importance_trust;  // where nll_importance is
  std::vector<std::string> warnings;                // of figures that are not to be relied on, a sentence each
  int64_t count = 0;                                // examples
  // Figures with -log p of x in them are in the units of the data; as the model sees the rows they are larger by this.
  double log_abs_det = 0;  // nats an example
  data::Split split = data::Split::kTest;

  const Quantity* find(std::string_view name) const;  // null where it is not there
};

// Figures are in the units of the data.  Throws ConfigError for a model that can tell nothing of rows.
Evaluation evaluate(const models::Model& model, const data::Dataset& dataset, data::Split split,
                    const EvaluateOptions& options);

// What the importance weights of one row tell.
struct ImportanceWeights {
  double nll = 0;             // -log of their mean, nats, as the model sees the row
  double standard_error = 0;  // of that, for other draws
  double effective_samples = 0;
  double pareto_k = 0;  // nan with fewer samples than kDrawsForPareto
};

// Any quantities of one value a row: `build` gets the columns of a batch and a number of latent samples, and returns
// tensors [batch] by name, each averaged over those samples.
using RowQuantities =
    std::function<std::map<std::string, Tensor>(Graph& graph, const models::Batch& batch, int64_t latent_samples)>;

// Compiled once, run as often as wanted, on the variables as they are then.  The data set must outlive it.
class RowEvaluator final {
 public:
  RowEvaluator(const RowQuantities& build, const data::Dataset& dataset, data::Split split,
               const EvaluateOptions& options);
  ~RowEvaluator();
  RowEvaluator(RowEvaluator&&) noexcept;
  RowEvaluator& operator=(RowEvaluator&&) noexcept;

  // By name, one value a row in the order of the split; the same draws each time.
  std::map<std::string, std::vector<double>> values() const;
  std::map<std::string, Estimate> estimates() const;

  // The importance weights of each row, options.importance_samples of them: nll bounds -log p(x) from above
  // (Burda et al. 2016, eq. 8).
  static std::vector<ImportanceWeights> importance_weights(const models::Bounds& bounds, const data::Dataset& dataset,
                                                           data::Split split, const EvaluateOptions& options);

 private:
  struct Passes;
  std::unique_ptr<Passes> passes_;
};

// What a model with a bound says of each row of a split: nats, in the units of the data.
struct RowBounds {
  std::vector<double> negative_elbo, reconstruction, kl;
  std::vector<double> nll_importance, pareto_k;  // empty without importance samples; k nan with too few
};
// Throws ConfigError for a model without one, NumericalError for a row whose bound is no number.
RowBounds row_bounds(const models::Model& model, const data::Dataset& dataset, data::Split split,
                     const EvaluateOptions& options);

// The loss of a model, and its parts, as quantities: each drawn `latent_samples` times and averaged.  As the model sees
// the rows: offsets_of_units takes them to the units of the data.
RowQuantities loss_quantities(const models::Model& model);
// What is to be added to the loss and to those of its parts in which -log p of x is.
std::map<std::string, double> offsets_of_units(const models::Model& model, const data::Dataset& dataset);

}  // namespace elbo::eval
