#include "elbo/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>

#include "elbo/data/batches.h"
#include "elbo/data/feed.h"
#include "elbo/io/checkpoint.h"
#include "elbo/io/file.h"
#include "elbo/settings/error.h"
#include "elbo/train/interrupt.h"
#include "elbo/train/metrics_file.h"

namespace elbo::train {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr const char* kSums = "metrics.sums";  // in a checkpoint: sums of the outputs in the epoch begun
constexpr const char* kFormat = "training-state-1";

// Of a run with patience: holds one checkpoint, that of the best evaluation.
std::filesystem::path best_folder(const std::filesystem::path& run) {
  return run / "best";
}

void copy_into(const io::Checkpoint& checkpoint, const std::filesystem::path& folder,
               const std::vector<VariablePtr>& variables) {
  std::unordered_map<std::string, const Array*> by_name;
  for (const io::NamedArray& tensor : checkpoint.tensors) by_name.emplace(tensor.name, &tensor.array);
  for (const VariablePtr& variable : variables) {  // all are checked before any is changed
    const auto found = by_name.find(variable->name);
    if (found == by_name.end()) {
      throw CorruptFileError(folder.string() + ": holds no tensor \"" + variable->name + "\", which the model needs");
    }
    if (found->second->shape() != variable->value.shape() || found->second->dtype() != variable->value.dtype()) {
      throw CorruptFileError(folder.string() + ": the tensor \"" + variable->name + "\" is " +
                             to_string(found->second->shape()) + ", the model needs " +
                             to_string(variable->value.shape()));
    }
  }
  for (const VariablePtr& variable : variables) {
    const Array& value = *by_name.at(variable->name);
    std::copy_n(value.data(), value.bytes(), variable->value.data());  // in place: compiled graphs hold the address
  }
}

class Training {
 public:
  Training(const Graph& step, const data::SplitData& data, const TrainingOptions& options,
           const TrainingCallbacks& callbacks)
      : options_(options),
        callbacks_(callbacks),
        rows_(data.count()),
        variables_(step.variables()),
        batches_({.rows = rows_, .batch_size = options.batch_size, .seed = options.seed}),
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
    sums_.assign(outputs_.size(), 0.0);
  }

  TrainingResult run() {
    if (!options_.folder.empty()) io::make_folders(options_.folder);
    if (options_.resume) resume();
    if (options_.patience > 0 && !options_.folder.empty()) find_best();
    if (!options_.folder.empty()) write_metrics(options_.folder, result_.epochs);
    const InterruptGuard guard;
    const int64_t per_epoch = batches_.batches_per_epoch();
    while (step_ < options_.epochs * per_epoch && !out_of_patience()) {
      run_step();
      if (step_ % per_epoch == 0) {
        finish_epoch();
      } else if (InterruptGuard::signal() != 0) {
        save();
      }
      if (InterruptGuard::signal() != 0) {
        result_.interrupted_by = InterruptGuard::signal();
        break;
      }
    }
    result_.stopped_early = result_.interrupted_by == 0 && step_ < options_.epochs * per_epoch;
    if (best_ && result_.interrupted_by == 0) {
      copy_into(*best_, best_folder(options_.folder), variables_);
      result_.best_epoch = best_->epoch;
    }
    return std::move(result_);
  }

 private:
  void run_step() {
    const Clock::time_point start = Clock::now();
    const int64_t per_epoch = batches_.batches_per_epoch();
    feed_(batches_.rows_of_step(step_));
    executable_.run({.seed = options_.seed, .step = static_cast<uint64_t>(step_)});
    for (size_t i = 0; i < outputs_.size(); ++i) {
      sums_[i] += static_cast<double>(outputs_[i].value->values<float>()[0]);
    }
    ++step_;
    if (result_.steps == 0) result_.first_step_seconds = seconds_since(start_);
    ++result_.steps;
    const double took = seconds_since(start);
    result_.seconds += took;
    epoch_seconds_ += took;
    const bool last = step_ % per_epoch == 0;
    if (callbacks_.on_step && (last || seconds_since(reported_) > 0.1)) {
      reported_ = Clock::now();
      StepReport report;
      report.epoch = (step_ - 1) / per_epoch + 1;
      report.epochs = options_.epochs;
      report.step = (step_ - 1) % per_epoch + 1;
      report.steps = per_epoch;
      report.loss = mean_of("loss", report.step);
      report.steps_per_second = static_cast<double>(result_.steps) / result_.seconds;
      report.seconds_left = static_cast<double>(options_.epochs * per_epoch - step_) / report.steps_per_second;
      callbacks_.on_step(report);
    }
  }

  double mean_of(const std::string& name, int64_t steps) const {
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (outputs_[i].name == name) return sums_[i] / static_cast<double>(steps) + offset_of(name);
    }
    return std::nan("");
  }

  double offset_of(const std::string& name) const {
    const auto found = options_.offsets.find(name);
    return found == options_.offsets.end() ? 0 : found->second;
  }

  void finish_epoch() {
    const int64_t per_epoch = batches_.batches_per_epoch();
    EpochReport report;
    report.epoch = step_ / per_epoch;
    report.step = step_;
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const std::string& name = outputs_[i].name;
      report.train[name] = sums_[i] / static_cast<double>(per_epoch) + offset_of(name);
    }
    std::fill(sums_.begin(), sums_.end(), 0.0);
    const bool last = report.epoch == options_.epochs;
    if (callbacks_.validate && (report.epoch % options_.evaluate_every == 0 || last)) {
      report.validation = callbacks_.validate(report.epoch);
    }
    report.seconds = epoch_seconds_;
    epoch_seconds_ = 0;
    result_.epochs.push_back(report);
    // The line first: a checkpoint of an epoch whose line is missing would lose it for good.
    if (!options_.folder.empty()) append_metrics(options_.folder, report);
    if (options_.patience > 0 && report.validation.contains("loss") && evaluations_since_best() == 0) keep_best();
    if (report.epoch % options_.checkpoint_every == 0 || last || out_of_patience() || InterruptGuard::signal() != 0)
      save();
    if (callbacks_.on_epoch) callbacks_.on_epoch(report);
  }

  int64_t evaluations_since_best() const {
    double best = std::numeric_limits<double>::infinity();
    int64_t since = 0;
    for (const EpochReport& epoch : result_.epochs) {
      const auto loss = epoch.validation.find("loss");
      if (loss == epoch.validation.end()) continue;
      since = loss->second < best ? 0 : since + 1;
      best = std::min(best, loss->second);
    }
    return since;
  }

  bool out_of_patience() const { return options_.patience > 0 && evaluations_since_best() >= options_.patience; }

  void keep_best() {
    best_ = checkpoint();
    if (!options_.folder.empty()) write_checkpoint(best_folder(options_.folder), *best_, 1);
  }

  // One that lies ahead, since the run was killed after it, comes again with the same bits.
  void find_best() {
    std::vector<std::string> warnings;
    const auto folder = io::latest_checkpoint(best_folder(options_.folder), &warnings);
    warn(warnings);
    if (!folder) return;
    io::Checkpoint found = io::load_checkpoint(*folder);
    if (found.step <= step_) {
      best_ = std::move(found);
      return;
    }
    std::error_code error;
    std::filesystem::remove_all(best_folder(options_.folder), error);
    if (error) throw IoError(best_folder(options_.folder).string() + ": cannot be deleted: " + error.message());
  }

  void save() const {
    if (!options_.folder.empty()) write_checkpoint(options_.folder, checkpoint(), options_.keep_checkpoints);
  }

  static void write_checkpoint(const std::filesystem::path& folder, const io::Checkpoint& checkpoint, int64_t keep) {
    io::save_checkpoint(folder, checkpoint);
    io::prune_checkpoints(folder, static_cast<int>(keep));
  }

  io::Checkpoint checkpoint() const {
    io::Checkpoint checkpoint;
    checkpoint.step = step_;
    checkpoint.epoch = step_ / batches_.batches_per_epoch();
    checkpoint.meta = {{"format", kFormat},
                       {"seed", std::to_string(options_.seed)},
                       {"batch_size", std::to_string(options_.batch_size)},
                       {"rows", std::to_string(rows_)}};
    for (const VariablePtr& variable : variables_) checkpoint.tensors.push_back({variable->name, variable->value});
    checkpoint.tensors.push_back({kSums, Array::of<double>({static_cast<int64_t>(sums_.size())}, sums_)});
    return checkpoint;
  }

  void resume() {
    std::vector<std::string> warnings;
    const auto latest = io::latest_checkpoint(options_.folder, &warnings);
    warn(warnings);
    if (!latest) return;
    const io::Checkpoint checkpoint = io::load_checkpoint(*latest);
    const std::map<std::string, std::string> expected = {{"format", kFormat},
                                                         {"seed", std::to_string(options_.seed)},
                                                         {"batch_size", std::to_string(options_.batch_size)},
                                                         {"rows", std::to_string(rows_)}};
    for (const auto& [key, value] : expected) {
      const auto found = checkpoint.meta.find(key);
      const std::string there = found == checkpoint.meta.end() ? "nothing" : found->second;
      if (there != value) {
        throw ConfigError(latest->string() + ": was made with " + key + " = " + there + ", this run has " + value);
      }
    }
    copy_into(checkpoint, *latest, variables_);
    for (const io::NamedArray& tensor : checkpoint.tensors) {
      if (tensor.name != kSums) continue;
      if (tensor.array.elements() != static_cast<int64_t>(sums_.size())) {
        throw CorruptFileError(latest->string() + ": was made with other outputs");
      }
      const auto values = tensor.array.values<double>();
      sums_.assign(values.begin(), values.end());
    }
    step_ = checkpoint.step;
    result_.epochs = read_metrics(options_.folder, checkpoint.epoch);
    say("resumed at step " + std::to_string(step_) + " (epoch " +
        std::to_string(step_ / batches_.batches_per_epoch() + 1) + ")");
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
  data::Batches batches_;
  Clock::time_point start_;
  Clock::time_point reported_{};
  Executable executable_;
  data::Feed feed_;
  std::vector<Output> outputs_;
  std::vector<double> sums_;
  int64_t step_ = 0;  // done in all
  double epoch_seconds_ = 0;
  std::optional<io::Checkpoint> best_;
  TrainingResult result_;
};

}  // namespace

const EpochReport& TrainingResult::kept_epoch() const {
  const auto best = std::find_if(epochs.begin(), epochs.end(), [&](const auto& e) { return e.epoch == best_epoch; });
  return best == epochs.end() ? epochs.back() : *best;
}

TrainingResult train(const Graph& step, const data::SplitData& data, const TrainingOptions& options,
                     const TrainingCallbacks& callbacks) {
  return Training(step, data, options, callbacks).run();
}

int64_t load_variables(const std::filesystem::path& run, const std::vector<VariablePtr>& variables,
                       std::vector<std::string>* warnings) {
  auto latest = io::latest_checkpoint(best_folder(run), warnings);
  if (!latest) latest = io::latest_checkpoint(run, warnings);
  if (!latest) throw DataError(run.string() + ": holds no complete checkpoint; \"elbo train\" makes one");
  const io::Checkpoint checkpoint = io::load_checkpoint(*latest);
  copy_into(checkpoint, *latest, variables);
  return checkpoint.epoch;
}

}  // namespace elbo::train
