// A run with model = "flow": from a configuration to a density and the graph of a training step, and what a trained one
// gives: densities of rows, samples, its likelihood.
//
//   FlowRun run = build_flow_run(config);
//   const models::FlowDensity density = load_flow(open_run("runs/moons", arguments));
//   const Array log_density = score(density, rows);                                  // f32 [n], nats, in data units
//   const Array samples = draw_samples(density, {.rows = 1000, .seed = 1});          // f32 [1000, dim], in data units
#pragma once

#include <optional>
#include <string_view>

#include "elbo/app/config/config.h"
#include "elbo/app/run/run_folder.h"
#include "elbo/data/dataset.h"
#include "elbo/engine/graph.h"
#include "elbo/eval/evaluate.h"
#include "elbo/models/flow_density.h"

namespace elbo::app {

bool is_flow(const Config& config);
// Throws ConfigError when the run's model is another one: "runs/x is a vae; elbo score needs a flow".
void require_model(const OpenRun& run, std::string_view model, std::string_view command);

// Whether flow.fit is reverse-kl: the data set's energy is fitted, and its rows are only measured with.
bool fits_energy(const Config& config);

struct FlowRun {
  data::Dataset dataset;
  models::FlowDensity density;
  // Input "x"; output "loss": the mean of -log p(x).  By reverse KL: no input; outputs "loss", the free energy under
  // the weight that annealing has reached, and "reverse_kl", KL(q || p) of the step's draws.
  Graph step;
};

// Throw ConfigError for settings that do not go together, DataError for data that a density cannot be fitted to (a
// column that does not vary).
FlowRun build_flow_run(const Config& config);
FlowRun build_flow_run(const Config& config, data::Dataset dataset);

// With its weights, as load_model finds them.
models::FlowDensity load_flow(const OpenRun& run);

struct FlowSampleOptions {
  int64_t rows = 0;
  uint64_t seed = 0;
  int threads = 0;
};

// log p of each of the rows [n, dim], f32 [n].  DataError for rows of another width or a value that is not finite;
// NumericalError where the density of a row is no number.
Array score(const models::FlowDensity& density, const Array& rows, int threads = 0);
// [rows, dim]; a row depends on the seed and its number, not on how many are asked for.  NumericalError for one that is
// not finite.
Array draw_samples(const models::FlowDensity& density, const FlowSampleOptions& options);
// -log p(x) over a split.
eval::Estimate negative_log_likelihood(const models::FlowDensity& density, const data::Dataset& dataset,
                                       data::Split split, const eval::EvaluateOptions& options);

}  // namespace elbo::app
