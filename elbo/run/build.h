// From a configuration to what is trained: data set, model and the graph of one step.
//
//   const Config config(run_schema(), {Assignment::of_set("posterior.flow=planar")});
//   RunModel run = build_run(config.settings());
//   train::train(run.step, run.dataset, ...);
//
// What a declaration of an option cannot express (a batch larger than the data) is refused here, with the place in the
// file or on the command line that the value came from.
#pragma once

#include <memory>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/data/raw.h"
#include "elbo/engine/graph.h"
#include "elbo/models/kinds.h"
#include "elbo/settings/settings.h"

namespace elbo::run {

struct RunModel {
  data::Dataset dataset;
  std::unique_ptr<const models::Model> model;
  Graph step;  // inputs by the names of columns; outputs "loss" (to be guarded) and the parts of it, by name
};

// Throw ConfigError for settings that do not go together, DataError for data that does not fit.  `settings` are those
// of run_schema().
RunModel build_run(const Settings& settings);
// With a data set that is there already, as load_data below would give it.
RunModel build_run(const Settings& settings, data::Dataset dataset);

// The parts.
// The data as the model of these settings reads them; with `raw`, of a data set whose files are read already.
data::Dataset load_data(const Settings& settings);
data::Dataset load_data(const Settings& settings, const data::RawDataset& raw);
std::unique_ptr<const models::Model> build_model(const Settings& settings, const data::Dataset& dataset);
// Without any rows, for weights that come from a checkpoint.
std::unique_ptr<const models::Model> build_model(const Settings& settings, const std::vector<ColumnFacts>& columns);
Graph training_graph(const Settings& settings, const data::Dataset& dataset, const models::Model& model);
// Training steps in all, with so many rows of training data.
int64_t steps_of(const Settings& settings, int64_t rows);
// The values of the columns that the model reads are what it takes.
void check_values(const models::Model& model, const data::Dataset& dataset);
// The schedules that the settings hold, whatever they stand in.
std::vector<const Settings*> schedules_in(const Settings& settings);
// The kind of model that the settings name.
const models::ModelKind& kind_of(const Settings& settings);

}  // namespace elbo::run
