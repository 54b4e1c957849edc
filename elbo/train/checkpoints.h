// Checkpoints of training: the variables, and whatever else a run goes on from.
//
//   save_state(folder, state, seal, variables);
//   const TrainingState state = load_state(*io::latest_checkpoint(folder), seal, variables);
//
// What a run does next follows from its newest checkpoint alone.  What its files say beside that (metrics.jsonl,
// curves) is for people.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "elbo/engine/graph.h"
#include "elbo/train/epoch_report.h"

namespace elbo::train {

// What weights belong to, as key and text.  Every checkpoint keeps it; a configuration that says otherwise is refused.
// An empty map is held against nothing.
struct Seal {
  std::map<std::string, std::string> model;  // what shapes the model: whoever reads weights holds it against them
  std::map<std::string, std::string> steps;  // what else steps depend on: held against a run that goes on
};

struct TrainingState {
  int64_t step = 0;          // done in all
  std::vector<double> sums;  // of the outputs, over the epoch begun
  EpochReport last;          // the epoch done last
  EpochReport best;          // of the best evaluation, where patience asks for one
  int64_t evaluations = 0;
  int64_t finite_evaluations = 0;
  int64_t evaluations_since_best = 0;
};

// In `folder`/checkpoints.  Throws NumericalError, and leaves all checkpoints as they are, when a variable holds a
// value that is not finite.
void save_state(const std::filesystem::path& folder, const TrainingState& state, const Seal& seal,
                const std::vector<VariablePtr>& variables);

// Reads a checkpoint, all of it or nothing: `variables` are exactly those it was made of.  Throws ConfigError for
// another seal; CorruptFileError for a tensor that is missing, unknown, or of another shape or dtype, and for a format
// this program does not know; NumericalError for a value that is not finite.
TrainingState load_state(const std::filesystem::path& checkpoint, const Seal& seal,
                         const std::vector<VariablePtr>& variables);

// Of a run with patience: the folder of checkpoints of its best evaluations.
std::filesystem::path best_folder(const std::filesystem::path& run);

// Reads the parameters of a model from a run: those of the best evaluation where it has patience, else those of the
// newest complete checkpoint; of those that the run kept averages of, these.  Returns the epoch.  Throws as load_state,
// DataError when there is no checkpoint, and CorruptFileError when the best of the run is not there.  What the
// optimizer keeps for a parameter is passed over.
int64_t load_variables(const std::filesystem::path& run, const std::vector<VariablePtr>& parameters,
                       const std::map<std::string, std::string>& model_seal = {},
                       std::vector<std::string>* warnings = nullptr);

}  // namespace elbo::train
