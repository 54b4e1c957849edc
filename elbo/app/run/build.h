// From a configuration to what is trained: data set, model and the graph of one step.
//
//   const Config config = load_config(run_schema(), {.assignments = {"posterior.flow=planar", "posterior.layers=8"}});
//   RunModel run = build_run(config);
//   train::train(run.step, run.dataset.train.rows, ...);
//
// What a declaration of an option cannot express (a flow without layers, a batch larger than the data) is refused here,
// with the place in the file or on the command line that the value came from.
#pragma once

#include "elbo/app/config/config.h"
#include "elbo/data/dataset.h"
#include "elbo/engine/graph.h"
#include "elbo/models/vae_builder.h"
#include "elbo/train/optimizer.h"

namespace elbo::app {

struct RunModel {
  data::Dataset dataset;
  models::BuiltVae model;
  Graph step;  // input "x"; outputs "loss" (to be guarded) and, where the loss has them, "reconstruction" and "kl"
};

RunModel build_run(const Config& config);
// With a data set that is loaded already, as load_data(config) would give it.
RunModel build_run(const Config& config, data::Dataset dataset);

// The parts.  Each throws ConfigError for settings that do not go together, DataError for data that does not fit.
data::Dataset load_data(const Config& config);
models::BuiltVae build_model(const Config& config, int64_t data_dim);
Graph training_graph(const Config& config, const data::Dataset& dataset, const models::BuiltVae& model);
// Training steps in all, with so many rows of training data.
int64_t steps_of(const Config& config, int64_t rows);
train::OptimizerOptions optimizer_options(const Config& config, int64_t rows);
void check_data_fits(const Config& config, const data::Dataset& dataset);
void check_value_range(const Config& config, const data::Dataset& dataset);  // as the likelihood needs it

}  // namespace elbo::app
