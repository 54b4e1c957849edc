#include "elbo/app/run/train_run.h"

#include <cmath>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "elbo/app/config/value.h"
#include "elbo/app/run/environment.h"
#include "elbo/app/run/flow_run.h"
#include "elbo/app/run/pictures.h"
#include "elbo/app/run/run_folder.h"
#include "elbo/app/run/summary.h"
#include "elbo/app/run/trainee.h"
#include "elbo/app/run/training_folder.h"
#include "elbo/engine/cpu/tile_kernels.h"
#include "elbo/io/checkpoint.h"
#include "elbo/io/file.h"
#include "elbo/report/png.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

constexpr int64_t kPictureSamples = 64;

void say(const train::TrainingCallbacks& callbacks, const std::string& sentence) {
  if (callbacks.on_message) callbacks.on_message(sentence);
}

// What may surprise, before it does.
void remark(const Config& config, const Trainee& trainee, const train::TrainingCallbacks& callbacks) {
  const int64_t batch = config.integer("train.batch_size");
  if (const int64_t left = trainee.dataset.train.count() % batch; left > 0) {
    say(callbacks,
        fmt::format("each epoch leaves out {} of {} training rows, others each time: they fill no batch of {}", left,
                    trainee.dataset.train.count(), batch));
  }
  for (const std::string& remark : trainee.remarks) say(callbacks, remark);
  if (!callbacks.on_warning) return;
  for (const std::string& warning : trainee.warnings) callbacks.on_warning(warning);
}

// Before the trainer looks for a checkpoint: if all are damaged, to begin anew would destroy what may be saved.
void remark_on_resuming(const RunOptions& options, const train::TrainingCallbacks& callbacks) {
  std::vector<std::string> warnings;
  if (!io::latest_checkpoint(options.folder, &warnings)) {
    if (!warnings.empty()) {
      throw CorruptFileError(warnings.front() + "; no checkpoint of the run is whole: --force begins it anew");
    }
    say(callbacks, fmt::format("{} has no checkpoint yet: the run begins anew", options.folder.string()));
  }
  const std::string before = instruction_set_of(options.folder);
  if (before != cpu::instruction_set()) {
    say(callbacks, fmt::format("the run began on instruction set {}, this is {}: its bits will differ from those of a "
                               "run that stays on one",
                               before, cpu::instruction_set()));
  }
}

// What is spread over all epochs goes another way from here on when there are more of them.
void remark_on_more_epochs(const Config& config, int64_t before, const train::TrainingCallbacks& callbacks) {
  const int64_t now = config.integer("train.epochs");
  if (now == before) return;
  const auto say_of = [&](const char* key, const std::string& what) {
    say(callbacks, fmt::format("{} = {}: {} over all epochs, which are {} now; the run so far counted on {}", key,
                               to_literal(config.value(key)), what, now, before));
  };
  if (config.text("optimizer.schedule") == "cosine") say_of("optimizer.schedule", "the learning rate falls");
  if (fits_energy(config) && config.number("flow.annealing") > 0) say_of("flow.annealing", "the energy's weight rises");
}

void write_results(const Config& config, const Trainee& trainee, const RunOptions& options, const RunOutcome& outcome) {
  const std::filesystem::path& folder = outcome.folder;
  if (!outcome.training.epochs.empty()) {
    const std::string title = fmt::format("{} on {}", config.text("model"), trainee.dataset.name);
    io::write_atomic(folder / "curves.svg", loss_curves(outcome.training.epochs, title).str());
  }
  if (trainee.dataset.image.is_image() && outcome.training.interrupted_by == 0) {
    const Array samples = trainee.draw_samples(kPictureSamples, options.threads);
    report::write_png(folder / "samples.png", grid_of(samples, trainee.dataset.image));
  }
  io::write_atomic(folder / "summary.json", summary_json(outcome).text() + "\n");
}

RunOutcome train_in(TrainingFolder& folder, const Config& config, const Trainee& trainee, const RunOptions& options,
                    const train::TrainingCallbacks& callbacks) {
  folder.begin(config, trainee.dataset, options.threads);
  if (folder.resumes()) {
    remark_on_resuming(options, callbacks);
    remark_on_more_epochs(config, folder.epochs_before(), callbacks);
  }
  remark(config, trainee, callbacks);
  train::TrainingCallbacks all = callbacks;
  if (!all.validate && trainee.validate && trainee.dataset.has(data::Split::kValidation)) {
    all.validate = [&](int64_t) { return trainee.validate(options.threads); };
  }
  RunOutcome outcome{.folder = options.folder, .parameters = trainee.parameters.count()};
  outcome.training = train::train(trainee.step, trainee.dataset.train.rows,
                                  {.epochs = config.integer("train.epochs"),
                                   .batch_size = config.integer("train.batch_size"),
                                   .seed = static_cast<uint64_t>(config.integer("seed")),
                                   .threads = options.threads,
                                   .folder = options.folder,
                                   .resume = folder.resumes(),
                                   .checkpoint_every = config.integer("train.checkpoint_every"),
                                   .keep_checkpoints = config.integer("train.keep_checkpoints"),
                                   .evaluate_every = config.integer("train.evaluate_every"),
                                   .patience = config.integer("train.patience")},
                                  all);
  write_results(config, trainee, options, outcome);
  return outcome;
}

TrainingFolderOptions folder_options(const RunOptions& options) {
  return {.folder = options.folder, .resume = options.resume, .replace = options.replace};
}

}  // namespace

RunOutcome train_run(const Config& config, const RunOptions& options, const train::TrainingCallbacks& callbacks) {
  TrainingFolder folder(folder_options(options), config);  // refused before the data is read
  if (is_flow(config)) {
    const FlowRun run = build_flow_run(config);
    return train_in(folder, config, trainee_of(config, run), options, callbacks);
  }
  const RunModel run = build_run(config);
  return train_in(folder, config, trainee_of(config, run), options, callbacks);
}

RunOutcome train_run(const Config& config, RunModel& run, const RunOptions& options,
                     const train::TrainingCallbacks& callbacks) {
  TrainingFolder folder(folder_options(options), config);
  return train_in(folder, config, trainee_of(config, run), options, callbacks);
}

RunOutcome train_run(const Config& config, FlowRun& run, const RunOptions& options,
                     const train::TrainingCallbacks& callbacks) {
  TrainingFolder folder(folder_options(options), config);
  return train_in(folder, config, trainee_of(config, run), options, callbacks);
}

}  // namespace elbo::app
