// Training: the loop over epochs and batches, with checkpoints, metrics and an exact way back in.
//
//   Graph step(GraphMode::kTraining);               // inputs as data::inputs declares them; output "loss", and more to
//   ...                                             // be averaged
//   const TrainingResult result = train(step, dataset.train, {.epochs = 10, .folder = "runs/first"});
//
// Each input is fed from the array of its name.  A step without inputs draws all that it learns from (fitting by
// reverse KL); the data then only say, by their number of rows, how many steps an epoch has.
//
// Everything a step depends on is a function of (seed, step number) or a variable of the graph, and both are in every
// checkpoint, with what patience counts: a run that was stopped, at whatever moment, and resumed has the same bits as
// one that was not, whatever became of the other files in its folder.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "elbo/data/dataset.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/graph.h"
#include "elbo/train/checkpoints.h"
#include "elbo/train/epoch_report.h"

namespace elbo::train {

struct TrainingOptions {
  int64_t epochs = 10;
  int64_t batch_size = 128;  // as the step's inputs have it
  uint64_t seed = 0;
  int threads = 0;  // 0: one for each processor this process may use
  // Of the run: metrics.jsonl, checkpoints/ and, with patience, best/; empty: nothing is written.
  std::filesystem::path folder;
  bool resume = false;           // go on from the newest checkpoint in `folder`, if there is one
  int64_t checkpoint_every = 1;  // epochs
  int64_t keep_checkpoints = 2;
  int64_t evaluate_every = 1;  // epochs between calls of `validate`
  // Stop after so many evaluations without a better one, and end with the weights of the best; 0: never, and the last.
  int64_t patience = 0;
  // Added to what is reported of an output, by its name: a change of units.
  std::map<std::string, double> offsets{};
  Seal seal = {};  // seed, batch size and number of rows are added to it
};

struct StepReport {
  int64_t epoch = 0;  // from 1 on
  int64_t epochs = 0;
  int64_t step = 0;   // of the epoch, from 1 on
  int64_t steps = 0;  // of an epoch
  double loss = 0;    // mean of the epoch so far
  double steps_per_second = 0;
  double seconds_left = 0;
};

struct TrainingCallbacks {
  std::function<void(const StepReport&)> on_step;  // a few times a second
  std::function<void(const EpochReport&)> on_epoch;
  // On the graph's variables as they are, with averages in the place of weights where the step keeps some (average.h);
  // nothing when a signal came before it was through: it is called again for that
  // epoch when the run goes on.
  std::function<std::optional<Metrics>(int64_t epoch)> validate;
  // All that can be refused has been, and nothing in the folder was changed: called before the first change, with what
  // compiling the step made.
  std::function<void(const CompileReport& step)> before_writing;
  std::function<void(const std::string&)> on_message;  // "resumed at step 938 (epoch 3)"
  std::function<void(const std::string&)> on_warning;  // what should be seen by those too who asked for quiet
};

// Where the step keeps averages of the weights, the weights have their values when a training has come to its end; the
// checkpoints have both.
struct TrainingResult {
  EpochReport last;               // the epoch done last; its number is 0 when there was none
  EpochReport best;               // of the best evaluation, by patience
  int64_t steps = 0;              // done by this call
  double seconds = 0;             // in steps alone, of this call
  double first_step_seconds = 0;  // compiling included
  bool stopped_early = false;
  int64_t best_epoch = 0;  // whose values the variables now have, by patience; 0: those of the last step
  int interrupted_by = 0;  // signal number; a checkpoint was written

  // The best where the variables have its values, else the last.
  const EpochReport& kept_epoch() const { return best_epoch > 0 ? best : last; }
};

// Throws ConfigError for options that do not fit, DataError for an input that is no column of the data, NumericalError
// when the loss or a variable is not finite (the last checkpoint stays) or no evaluation's loss was, and as load_state
// for a checkpoint of another run.  Cost and memory of an epoch do not depend on how many there were: metrics.jsonl has
// them all.
TrainingResult train(const Graph& step, const data::SplitData& data, const TrainingOptions& options,
                     const TrainingCallbacks& callbacks = {});

}  // namespace elbo::train
