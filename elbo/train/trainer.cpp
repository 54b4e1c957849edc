#include "elbo/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <set>
#include <utility>
#include <vector>

#include "elbo/data/batches.h"
#include "elbo/data/feed.h"
#include "elbo/io/checkpoint.h"
#include "elbo/io/file.h"
#include "elbo/nn/feedback.h"
#include "elbo/settings/error.h"
#include "elbo/train/average.h"
#include "elbo/train/interrupt.h"
#include "elbo/train/metrics_file.h"

namespace elbo::train {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What the steps depend on beside the configuration.
Seal sealed(const TrainingOptions& options, int64_t rows) {
  Seal seal = options.seal;
  seal.steps.emplace("seed", std::to_string(options.seed));
  seal.steps.emplace("train.batch_size", std::to_string(options.batch_size));
  seal.steps.emplace("rows of training data", std::to_string(rows));
  return seal;
}

class Training {
 public:
  Training(const Graph& step, const data::SplitData& data, const TrainingOptions& options,
           const TrainingCallbacks& callbacks)
      : options_(options),
        callbacks_(callbacks),
        rows_(data.count()),
        variables_(step.variables()),
        averages_(variables_),
        batches_({.rows = rows_, .batch_size = options.batch_size, .seed = options.seed}),
        seal_(sealed(options, rows_)),
        start_(Clock::now()),
        executable_(compile(step, {.guard = "loss", .threads = options.threads})),
        feed_(executable_, data) {
    if (options.epochs < 1)
      throw ConfigError("train: epochs = " + std::to_string(options.epochs) + ": must be at least 1");
    for (const auto& output : step.outputs()) {
      outputs_.push_back({output.name, &executable_.output(output.name)});
      if (outputs_.back().value->elements() != 1) {
        throw ShapeError("train: the output " + output.name + " must be one number");
      }
    }
    state_.sums.assign(outputs_.size(), 0.0);
  }

  TrainingResult run() {
    if (options_.resume) resume();
    if (callbacks_.before_writing) callbacks_.before_writing(executable_.report());
    prepare_folder();
    const InterruptGuard guard;
    const int64_t per_epoch = batches_.batches_per_epoch();
    bool goes_on = !epoch_is_open() || finish_epoch();
    while (goes_on && state_.step < options_.epochs * per_epoch && !out_of_patience()) {
      run_step();
      if (epoch_is_open()) {
        goes_on = finish_epoch();
      } else if (InterruptGuard::signal() != 0) {
        save();
      }
      goes_on = goes_on && InterruptGuard::signal() == 0;
    }
    if (!goes_on) result_.interrupted_by = InterruptGuard::signal();
    result_.last = state_.last;
    result_.best = state_.best;
    if (result_.interrupted_by != 0) return std::move(result_);
    result_.stopped_early = state_.step < options_.epochs * per_epoch;
    if (state_.evaluations > 0 && state_.finite_evaluations == 0) {
      throw NumericalError(
          fmt::format("train: the validation loss was finite in none of {} evaluations, {} in the last",
                      state_.evaluations, last_validation_loss_));
    }
    if (state_.best.epoch > 0) return_to_best();
    averages_.take();
    return std::move(result_);
  }

 private:
  void run_step() {
    const Clock::time_point start = Clock::now();
    const int64_t per_epoch = batches_.batches_per_epoch();
    feed_(batches_.rows_of_step(state_.step));
    executable_.run({.seed = options_.seed, .step = static_cast<uint64_t>(state_.step)});
    for (size_t i = 0; i < outputs_.size(); ++i) {
      state_.sums[i] += static_cast<double>(outputs_[i].value->values<float>()[0]);
    }
    ++state_.step;
    if (result_.steps == 0) result_.first_step_seconds = seconds_since(start_);
    ++result_.steps;
    const double took = seconds_since(start);
    result_.seconds += took;
    epoch_seconds_ += took;
    const bool last = state_.step % per_epoch == 0;
    if (callbacks_.on_step && (last || seconds_since(reported_) > 0.1)) {
      reported_ = Clock::now();
      StepReport report;
      report.epoch = (state_.step - 1) / per_epoch + 1;
      report.epochs = options_.epochs;
      report.step = (state_.step - 1) % per_epoch + 1;
      report.steps = per_epoch;
      report.loss = mean_of("loss", report.step);
      report.steps_per_second = static_cast<double>(result_.steps) / result_.seconds;
      report.seconds_left = static_cast<double>(options_.epochs * per_epoch - state_.step) / report.steps_per_second;
      callbacks_.on_step(report);
    }
  }

  double mean_of(const std::string& name, int64_t steps) const {
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (outputs_[i].name == name) return state_.sums[i] / static_cast<double>(steps) + offset_of(name);
    }
    return std::nan("");
  }

  double offset_of(const std::string& name) const {
    const auto found = options_.offsets.find(name);
    return found == options_.offsets.end() ? 0 : found->second;
  }

  // All steps of an epoch are done, and its report is not: where a validation was interrupted, a run begins so.
  bool epoch_is_open() const {
    return state_.step > state_.last.step && state_.step % batches_.batches_per_epoch() == 0;
  }

  // Whether it came to its end; an interrupted validation is saved as what is still to be done.
  bool finish_epoch() {
    const int64_t per_epoch = batches_.batches_per_epoch();
    EpochReport report;
    report.epoch = state_.step / per_epoch;
    report.step = state_.step;
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const std::string& name = outputs_[i].name;
      report.train[name] = state_.sums[i] / static_cast<double>(per_epoch) + offset_of(name);
    }
    const bool last = report.epoch == options_.epochs;
    if (callbacks_.validate && (report.epoch % options_.evaluate_every == 0 || last)) {
      const std::optional<Metrics> validation = validate(report.epoch);
      if (!validation) {
        save();
        return false;
      }
      report.validation = *validation;
    }
    std::fill(state_.sums.begin(), state_.sums.end(), 0.0);
    report.seconds = std::exchange(epoch_seconds_, 0);
    state_.last = report;
    if (!options_.folder.empty()) append_metrics(options_.folder, report);
    if (judge(report)) keep_best();
    if (report.epoch % options_.checkpoint_every == 0 || last || out_of_patience() || InterruptGuard::signal() != 0)
      save();
    if (callbacks_.on_epoch) callbacks_.on_epoch(report);
    return true;
  }

  std::optional<Metrics> validate(int64_t epoch) const {
    const AveragedWeights::InUse guard(averages_);
    return callbacks_.validate(epoch);
  }

  // Whether the evaluation is the best so far, and patience asks.  Its loss is told to the steps that follow.
  bool judge(const EpochReport& report) {
    const auto loss = report.validation.find("loss");
    if (loss == report.validation.end()) return false;
    ++state_.evaluations;
    last_validation_loss_ = loss->second;
    nn::tell(variables_, loss->second);
    const bool finite = std::isfinite(loss->second);
    if (finite) ++state_.finite_evaluations;
    if (!finite && callbacks_.on_warning) {
      callbacks_.on_warning(fmt::format("the validation loss after epoch {} is {}", report.epoch, loss->second));
    }
    if (options_.patience == 0) return false;
    const bool best = finite && (state_.best.epoch == 0 || loss->second < state_.best.validation.at("loss"));
    state_.evaluations_since_best = best ? 0 : state_.evaluations_since_best + 1;
    if (best) state_.best = report;
    return best;
  }

  bool out_of_patience() const { return options_.patience > 0 && state_.evaluations_since_best >= options_.patience; }

  // The best that the newest checkpoint knows stays until a checkpoint knows the new one: a run that is killed before
  // goes on from the old.
  void keep_best() {
    if (options_.folder.empty()) {
      best_values_.clear();
      for (const VariablePtr& variable : variables_) best_values_.push_back(variable->value);
      return;
    }
    save_state(best_folder(options_.folder), state_, seal_, variables_);
    io::keep_checkpoints(best_folder(options_.folder), {saved_best_step_, state_.best.step});
  }

  void return_to_best() {
    result_.best_epoch = state_.best.epoch;
    if (!options_.folder.empty()) {
      load_best();
      return;
    }
    for (size_t i = 0; i < variables_.size(); ++i) {  // in place: compiled graphs hold the address
      std::copy_n(best_values_[i].data(), best_values_[i].bytes(), variables_[i]->value.data());
    }
  }

  void load_best() const {
    load_state(io::checkpoint_folder(best_folder(options_.folder), state_.best.step), seal_, variables_);
  }

  void save() {
    if (options_.folder.empty()) return;
    sync_metrics(options_.folder);  // a checkpoint whose lines are lost would lose them for good
    save_state(options_.folder, state_, seal_, variables_);
    io::prune_checkpoints(options_.folder, static_cast<int>(options_.keep_checkpoints));
    if (std::exchange(saved_best_step_, state_.best.step) != state_.best.step) {
      io::keep_checkpoints(best_folder(options_.folder), {state_.best.step});
    }
  }

  // What lies ahead of the checkpoint, as a run that was killed after it leaves it, comes again with the same bits.
  void prepare_folder() {
    if (options_.folder.empty()) return;
    io::make_folders(options_.folder);
    std::vector<std::string> warnings;
    cut_metrics(options_.folder, state_.last.epoch, &warnings);
    warn(warnings);
    io::keep_checkpoints(best_folder(options_.folder), {state_.best.step});
  }

  void resume() {
    std::vector<std::string> warnings;
    const auto latest = io::latest_checkpoint(options_.folder, &warnings);
    warn(warnings);
    if (!latest) return;
    const size_t outputs = state_.sums.size();
    state_ = load_state(*latest, seal_, variables_);
    if (state_.sums.size() != outputs) throw CorruptFileError(latest->string() + ": was made with other outputs");
    if (state_.best.epoch > 0) require_best(*latest);
    saved_best_step_ = state_.best.step;
    if (const auto loss = state_.last.validation.find("loss"); loss != state_.last.validation.end()) {
      last_validation_loss_ = loss->second;
    }
    say(fmt::format("resumed at step {} (epoch {})", state_.step, state_.step / batches_.batches_per_epoch() + 1));
  }

  // A run that ends with the weights of its best must still have them.
  void require_best(const std::filesystem::path& checkpoint) const {
    const std::filesystem::path best = io::checkpoint_folder(best_folder(options_.folder), state_.best.step);
    try {
      io::verify_checkpoint(best);
    } catch (const Error& error) {
      throw CorruptFileError(fmt::format("{}; {} has it for the best so far, and patience cannot go on without it",
                                         error.what(), checkpoint.string()));
    }
  }

  void say(const std::string& message) const {
    if (callbacks_.on_message) callbacks_.on_message(message);
  }

  void warn(const std::vector<std::string>& warnings) const {
    if (!callbacks_.on_warning) return;
    for (const std::string& warning : warnings) callbacks_.on_warning(warning);
  }

  struct Output {
    std::string name;
    const Array* value;
  };

  TrainingOptions options_;
  const TrainingCallbacks& callbacks_;
  int64_t rows_;
  std::vector<VariablePtr> variables_;
  AveragedWeights averages_;
  data::Batches batches_;
  Seal seal_;
  Clock::time_point start_;
  Clock::time_point reported_{};
  Executable executable_;
  data::Feed feed_;
  std::vector<Output> outputs_;
  TrainingState state_;
  double epoch_seconds_ = 0;
  double last_validation_loss_ = 0;
  int64_t saved_best_step_ = 0;     // of the best that the newest checkpoint knows
  std::vector<Array> best_values_;  // of the variables, where there is no folder to hold them
  TrainingResult result_;
};

}  // namespace

TrainingResult train(const Graph& step, const data::SplitData& data, const TrainingOptions& options,
                     const TrainingCallbacks& callbacks) {
  return Training(step, data, options, callbacks).run();
}

}  // namespace elbo::train
