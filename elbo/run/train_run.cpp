#include "elbo/run/train_run.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "elbo/eval/apply.h"
#include "elbo/eval/evaluate.h"
#include "elbo/io/checkpoint.h"
#include "elbo/io/file.h"
#include "elbo/nn/schedule.h"
#include "elbo/report/number_format.h"
#include "elbo/report/png.h"
#include "elbo/run/environment.h"
#include "elbo/run/memory.h"
#include "elbo/run/pictures.h"
#include "elbo/run/seal.h"
#include "elbo/run/summary.h"
#include "elbo/run/training_folder.h"
#include "elbo/settings/error.h"
#include "elbo/train/interrupt.h"
#include "elbo/train/metrics_file.h"
#include "elbo/train/training_options.h"

namespace elbo::run {
namespace {

constexpr int64_t kPictureSamples = 64;
constexpr int64_t kMuchMemory = int64_t{1} << 30;  // from here on it is said before training

void say(const train::TrainingCallbacks& callbacks, const std::string& sentence) {
  if (callbacks.on_message) callbacks.on_message(sentence);
}

// What may surprise, before it does.
void remark(const Settings& settings, const RunModel& run, const train::TrainingCallbacks& callbacks) {
  const int64_t batch = settings.integer("train.batch_size");
  if (const int64_t left = run.dataset.train.count() % batch; left > 0) {
    say(callbacks,
        fmt::format("each epoch leaves out {} of {} training rows, others each time: they fill no batch of {}", left,
                    run.dataset.train.count(), batch));
  }
  for (const std::string& remark : run.dataset.remarks) say(callbacks, remark);
  for (const std::string& remark : run.model->remarks()) say(callbacks, remark);
  if (!callbacks.on_warning) return;
  for (const std::string& warning : run.dataset.warnings) callbacks.on_warning(warning);
  for (const std::string& warning : run.model->warnings()) callbacks.on_warning(warning);
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
  const InstructionSets before = instruction_sets_of(options.folder), here = InstructionSets::here();
  if (before == here) return;
  say(callbacks,
      fmt::format("the run began on instruction set {} (matrix products: {}), this is {} ({}): its bits will "
                  "differ from those of a run that stays on one, as --isa makes it",
                  before.kernels, before.products, here.kernels, here.products));
}

// What is spread over all epochs goes another way when there are more of them.
void remark_on_more_epochs(const Settings& settings, int64_t before, const train::TrainingCallbacks& callbacks) {
  const int64_t now = settings.integer("train.epochs");
  if (now == before) return;
  for (const Settings* schedule : schedules_in(settings)) {
    if (schedule->name() == "constant" || schedule->row<nn::ScheduleRow>().follows_validation) continue;
    say(callbacks,
        fmt::format("{} = \"{}\": it is spread over all epochs, which are {} now; the run so far counted on {}",
                    schedule->path(), schedule->name(), now, before));
  }
}

// The loss of the model on the validation rows, by what it is trained by, in the units of the data.
std::function<std::optional<train::Metrics>(int64_t)> validation(const Settings& settings, const RunModel& run,
                                                                 int threads) {
  const char* draws = "train.validation_samples";
  const auto evaluator = std::make_shared<eval::RowEvaluator>(
      eval::loss_quantities(*run.model), run.dataset, data::Split::kValidation,
      eval::EvaluateOptions{.latent_samples = settings.has(draws) ? settings.integer(draws) : 1,
                            .batch_size = settings.integer("evaluate.batch_size"),
                            .seed = static_cast<uint64_t>(settings.integer("seed")),
                            .threads = threads,
                            .before_each_run = train::stop_if_interrupted});
  const auto offsets = eval::offsets_of_units(*run.model, run.dataset);
  return [evaluator, offsets](int64_t /*epoch*/) -> std::optional<train::Metrics> {
    try {
      train::Metrics metrics;
      for (const auto& [name, estimate] : evaluator->estimates()) {
        const auto offset = offsets.find(name);
        metrics[name] = estimate.mean + (offset == offsets.end() ? 0 : offset->second);
        if (name == "loss") metrics["standard_error"] = estimate.standard_error;
      }
      return metrics;
    } catch (const train::Interrupted&) {
      return std::nullopt;
    }
  };
}

void write_results(const Settings& settings, const RunModel& run, const RunOptions& options,
                   const RunOutcome& outcome) {
  const std::filesystem::path& folder = outcome.folder;
  if (const auto epochs = train::read_metrics(folder); !epochs.empty()) {
    const std::string title = fmt::format("{} on {}", settings.text("model"), run.dataset.name);
    io::write_atomic(folder / "curves.svg", loss_curves(epochs, title).str());
  }
  const bool shows_samples = run.dataset.image.is_image() && run.model->can<models::Samples>() != nullptr;
  if (shows_samples && outcome.training.interrupted_by == 0) {
    const Array samples = eval::draw_samples(
        *run.model,
        {.rows = kPictureSamples, .seed = static_cast<uint64_t>(settings.integer("seed")), .threads = options.threads});
    report::write_png(folder / "samples.png", grid_of(run.dataset.encoding.grey(samples), run.dataset.image));
  }
  io::write_atomic(folder / "summary.json", summary_json(outcome).text() + "\n");
}

// Why a loss may not be finite, where it is the data's doing; empty where it is not.
std::string cause_in_data(const RunModel& run) {
  constexpr double kFar = 20;  // networks start with values of about 1
  double farthest = 0;
  for (const float value : run.dataset.values(data::Split::kTrain).values<float>()) {
    farthest = std::max(farthest, std::abs(static_cast<double>(value)));
  }
  if (run.model->reads().empty() || farthest < kFar) return {};
  if (run.dataset.encoding.standardization) {
    return fmt::format("; a training row lies {:.0f} deviations from the mean: data.ignore leaves columns out",
                       farthest);
  }
  return fmt::format(
      "; the values of x reach {:.6g}, far from 0 and 1, where a model starts: data.standardize = true "
      "centres and scales them",
      farthest);
}

// A validation loss that rises for long while the training loss falls.
void remark_on_rise(const std::vector<train::EpochReport>& epochs, const Settings& settings,
                    const train::TrainingCallbacks& callbacks) {
  if (settings.integer("train.patience") > 0) return;
  const train::EpochReport *best = nullptr, *last = nullptr;
  int64_t evaluations = 0, since = 0;
  for (const train::EpochReport& epoch : epochs) {
    const auto loss = epoch.validation.find("loss");
    if (loss == epoch.validation.end()) continue;
    ++evaluations;
    last = &epoch;
    const bool better = best == nullptr || loss->second < best->validation.at("loss");
    since = better ? 0 : since + 1;
    if (better) best = &epoch;
  }
  constexpr int64_t kLong = 5;
  if (last == nullptr || since < std::max(kLong, evaluations / 4)) return;
  const double rise = last->validation.at("loss") - best->validation.at("loss");
  const auto error = best->validation.find("standard_error");
  const bool is_noise = error != best->validation.end() && rise < error->second;
  if (is_noise || last->train.at("loss") >= best->train.at("loss")) return;
  say(callbacks,
      fmt::format("the validation loss was lowest at epoch {} ({:.2f}) and is {:.2f} now, while the training "
                  "loss fell on: train.patience = {} would have stopped, and kept the weights of epoch {}",
                  best->epoch, best->validation.at("loss"), last->validation.at("loss"), kLong, best->epoch));
}

RunOutcome train_in(TrainingFolder& folder, const Config& config, const RunModel& run, const RunOptions& options,
                    const train::TrainingCallbacks& callbacks) {
  const Settings& settings = config.settings();
  folder.require_same(run.dataset);
  if (folder.resumes()) {
    remark_on_resuming(options, callbacks);
    remark_on_more_epochs(settings, folder.epochs_before(), callbacks);
  }
  remark(settings, run, callbacks);
  train::TrainingCallbacks all = callbacks;
  if (!all.validate && run.model->validates() && run.dataset.has(data::Split::kValidation)) {
    all.validate = validation(settings, run, options.threads);
  }
  RunOutcome outcome{.folder = options.folder, .parameters = run.model->parameters().count()};
  train::TrainingOptions training = train::training_options(settings.group("train"));
  training.seed = static_cast<uint64_t>(settings.integer("seed"));
  training.threads = options.threads;
  training.folder = options.folder;
  training.resume = folder.resumes();
  training.offsets = eval::offsets_of_units(*run.model, run.dataset);
  training.seal = seal_of(settings, run.dataset.encoding, run.dataset.context_encoding, run.dataset.layout);
  all.before_writing = [&](const CompileReport& step) {
    const int64_t memory = training_memory(
        step, {.threads = options.threads, .loads_checkpoint = training.resume || training.patience > 0});
    require_memory(memory);
    if (memory >= kMuchMemory) {
      say(callbacks, "training takes about " + report::byte_size(static_cast<double>(memory)) + " of memory");
    }
    folder.begin(config, run.dataset, {.threads = options.threads, .memory_bytes = memory});
    if (callbacks.before_writing) callbacks.before_writing(step);
  };
  try {
    outcome.training = train::train(run.step, run.dataset.train, training, all);
  } catch (const NumericalError& error) {
    throw NumericalError(error.what() + cause_in_data(run));
  }
  if (outcome.training.interrupted_by == 0) remark_on_rise(train::read_metrics(options.folder), settings, callbacks);
  write_results(settings, run, options, outcome);
  return outcome;
}

TrainingFolderOptions folder_options(const RunOptions& options) {
  return {.folder = options.folder, .resume = options.resume, .replace = options.replace};
}

}  // namespace

RunOutcome train_run(const Config& config, const RunOptions& options, const train::TrainingCallbacks& callbacks) {
  TrainingFolder folder(folder_options(options), config);  // refused before the data is read
  const RunModel run = build_run(config.settings());
  return train_in(folder, config, run, options, callbacks);
}

RunOutcome train_run(const Config& config, RunModel& run, const RunOptions& options,
                     const train::TrainingCallbacks& callbacks) {
  TrainingFolder folder(folder_options(options), config);
  return train_in(folder, config, run, options, callbacks);
}

}  // namespace elbo::run
