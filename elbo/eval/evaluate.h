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
#include <string>
#include <vector>

#include "elbo/data/dataset.h"
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

struct Evaluation {
  // What the model can tell: of bounds negative_elbo, reconstruction, kl and where asked for nll_importance; of exact
  // densities nll; where another loss was trained, loss.
  std::vector<Quantity> quantities;
  int64_t count = 0;  // examples
  // Figures with -log p of x in them are in the units of the data; as the model sees the rows they are larger by this.
  double log_abs_det = 0;  // nats an example
  data::Split split = data::Split::kTest;

  const Quantity* find(std::string_view name) const;  // null where it is not there
};

// Figures are in the units of the data.  Throws ConfigError for a model that can tell nothing of rows, NumericalError
// where a mean is not finite.
Evaluation evaluate(const models::Model& model, const data::Dataset& dataset, data::Split split,
                    const EvaluateOptions& options);

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

  // -log of the mean importance weight of each row, over options.importance_samples (Burda et al. 2016, eq. 8).
  static std::vector<double> importance_nll(const models::Bounds& bounds, const data::Dataset& dataset,
                                            data::Split split, const EvaluateOptions& options);

 private:
  struct Passes;
  std::unique_ptr<Passes> passes_;
};

// The loss of a model, and its parts, as quantities: each drawn `latent_samples` times and averaged.  As the model sees
// the rows: offsets_of_units takes them to the units of the data.
RowQuantities loss_quantities(const models::Model& model);
// What is to be added to the loss and to those of its parts in which -log p of x is.
std::map<std::string, double> offsets_of_units(const models::Model& model, const data::Dataset& dataset);

}  // namespace elbo::eval
