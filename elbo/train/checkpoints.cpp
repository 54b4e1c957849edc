#include "elbo/train/checkpoints.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <functional>
#include <unordered_map>

#include "elbo/engine/finite.h"
#include "elbo/io/checkpoint.h"
#include "elbo/nn/feedback.h"
#include "elbo/settings/error.h"
#include "elbo/train/average.h"
#include "elbo/train/metrics_file.h"

namespace elbo::train {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kFormatName = "training-state-";
constexpr std::string_view kFormat = "training-state-2";
constexpr const char* kSums = "metrics.sums";  // a tensor beside the variables: sums of the outputs in the epoch begun
constexpr std::string_view kModel = "model:", kSteps = "steps:";  // before the keys of a seal

using Meta = std::map<std::string, std::string>;

[[noreturn]] void refuse(const fs::path& checkpoint, const std::string& what) {
  throw CorruptFileError(checkpoint.string() + ": " + what);
}

void require_format(const Meta& meta, const fs::path& checkpoint) {
  const auto found = meta.find("format");
  if (found != meta.end() && found->second == kFormat) return;
  if (found == meta.end() || !found->second.starts_with(kFormatName)) {
    refuse(checkpoint, "is no checkpoint of a training run");
  }
  refuse(checkpoint, fmt::format("its format is {}; this program knows {}{}", found->second, kFormat,
                                 found->second == "training-state-1" ? ": train the run anew" : ""));
}

// A key that only one of the two has stands for a difference as well.
void require_same(const Meta& meta, std::string_view prefix, const std::map<std::string, std::string>& now,
                  const fs::path& checkpoint) {
  if (now.empty()) return;
  const auto differ = [&](const std::string& key, const std::string& before, const std::string& text) {
    throw ConfigError(
        fmt::format("{}: was trained with {} = {}; the configuration says {}", checkpoint.string(), key, before, text),
        key);
  };
  for (const auto& [key, text] : now) {
    const auto found = meta.find(std::string(prefix) + key);
    const std::string before = found == meta.end() ? "nothing" : found->second;
    if (before != text) differ(key, before, text);
  }
  for (const auto& [name, before] : meta) {
    if (!name.starts_with(prefix)) continue;
    const std::string key = name.substr(prefix.size());
    if (!now.contains(key)) differ(key, before, "nothing");
  }
}

int64_t count_in(const Meta& meta, const std::string& key, const fs::path& checkpoint) {
  const auto found = meta.find(key);
  int64_t count = -1;
  if (found != meta.end()) {
    const char* end = found->second.data() + found->second.size();
    const auto [stopped, error] = std::from_chars(found->second.data(), end, count);
    if (error != std::errc{} || stopped != end) count = -1;
  }
  if (count < 0) refuse(checkpoint, fmt::format("\"{}\" is no count", key));
  return count;
}

// Empty before the first of its kind.
EpochReport report_in(const Meta& meta, const std::string& key, const fs::path& checkpoint) {
  const auto found = meta.find(key);
  if (found == meta.end()) return {};
  const std::optional<EpochReport> report = report_of(found->second);
  if (!report) refuse(checkpoint, fmt::format("\"{}\" is no report of an epoch", key));
  return *report;
}

TrainingState state_in(const io::Checkpoint& checkpoint, const fs::path& folder) {
  const Meta& meta = checkpoint.meta;
  TrainingState state{.step = checkpoint.step,
                      .last = report_in(meta, "last_epoch", folder),
                      .best = report_in(meta, "best_epoch", folder),
                      .evaluations = count_in(meta, "evaluations", folder),
                      .finite_evaluations = count_in(meta, "finite_evaluations", folder),
                      .evaluations_since_best = count_in(meta, "evaluations_since_best", folder)};
  for (const io::NamedArray& tensor : checkpoint.tensors) {
    if (tensor.name != kSums) continue;
    if (tensor.array.dtype() != DType::kF64) refuse(folder, fmt::format("the tensor \"{}\" is not f64", kSums));
    const auto values = tensor.array.values<double>();
    state.sums.assign(values.begin(), values.end());
  }
  return state;
}

void require_finite(const std::string& name, const Array& array, const std::string& where) {
  const auto found = first_nonfinite(array);
  if (!found) return;
  throw NumericalError(fmt::format("{}: the tensor \"{}\" holds a value that is not finite, at {}", where, name,
                                   place_text(array.shape(), *found)));
}

using Tensors = std::unordered_map<std::string, const Array*>;

// The tensor of that name, as a variable needs it.
const Array& fitting(const Variable& variable, const std::string& name, const Tensors& tensors,
                     const fs::path& checkpoint) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    refuse(checkpoint, fmt::format("holds no tensor \"{}\", which the model needs", name));
  }
  const Array &there = *found->second, &here = variable.value;
  if (there.dtype() != here.dtype()) {
    refuse(checkpoint, fmt::format("the tensor \"{}\" is of dtype {}, the model needs {}", name, name_of(there.dtype()),
                                   name_of(here.dtype())));
  }
  if (there.shape() != here.shape()) {
    refuse(checkpoint, fmt::format("the tensor \"{}\" is {}, the model needs {}", name, to_string(there.shape()),
                                   to_string(here.shape())));
  }
  return there;
}

enum class Weights : uint8_t { kThemselves, kAverages };  // averages where there are some

// All is checked before any variable is changed.
void copy_into(const io::Checkpoint& checkpoint, const fs::path& folder, const std::vector<VariablePtr>& variables,
               Weights which, const std::function<bool(const std::string& name)>& may_be_beside) {
  Tensors tensors;
  for (const io::NamedArray& tensor : checkpoint.tensors) tensors.emplace(tensor.name, &tensor.array);
  Tensors beside = tensors;
  beside.erase(kSums);
  std::vector<const Array*> values;
  for (const VariablePtr& variable : variables) {
    values.push_back(&fitting(*variable, variable->name, tensors, folder));
    beside.erase(variable->name);
    const std::string average = average_name(variable->name);
    if (which == Weights::kAverages && tensors.contains(average)) {
      values.back() = &fitting(*variable, average, tensors, folder);
    }
  }
  for (const auto& [name, array] : beside) {
    if (!may_be_beside(name)) refuse(folder, fmt::format("holds the tensor \"{}\", which the model has not", name));
  }
  for (const io::NamedArray& tensor : checkpoint.tensors) {
    if (tensor.name != kSums) require_finite(tensor.name, tensor.array, folder.string());
  }
  for (size_t i = 0; i < variables.size(); ++i) {  // in place: compiled graphs hold the address
    std::copy_n(values[i]->data(), values[i]->bytes(), variables[i]->value.data());
  }
}

// What a training keeps beside the parameters: optimizers and averages what is named by one
// ("adam.m.encoder.0.weight"), schedules what begins as the variables of feedback do.
bool is_of_training(const std::vector<VariablePtr>& parameters, const std::string& name) {
  if (name.starts_with(nn::kTrainingVariables)) return true;
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const VariablePtr& parameter) { return name.ends_with("." + parameter->name); });
}

// The checkpoint whose weights a run is to be used with.
fs::path checkpoint_to_use(const fs::path& run, std::vector<std::string>* warnings) {
  const auto best = io::latest_checkpoint(best_folder(run), warnings);
  const auto newest = io::latest_checkpoint(run, warnings);
  if (newest) {
    const io::Checkpoint head = io::load_checkpoint_head(*newest);
    require_format(head.meta, *newest);
    const EpochReport expected = report_in(head.meta, "best_epoch", *newest);
    if (expected.epoch > 0 && (!best || io::load_checkpoint_head(*best).step < expected.step)) {
      throw CorruptFileError(fmt::format("{}: holds no whole checkpoint of epoch {}, which was the best so far by {}",
                                         best_folder(run).string(), expected.epoch, newest->string()));
    }
  }
  if (best) return *best;
  if (newest) return *newest;
  throw DataError(run.string() + ": holds no complete checkpoint; \"elbo train\" makes one");
}

}  // namespace

void save_state(const fs::path& folder, const TrainingState& state, const Seal& seal,
                const std::vector<VariablePtr>& variables) {
  const Array sums = Array::of<double>({static_cast<int64_t>(state.sums.size())}, state.sums);
  io::CheckpointView checkpoint{.step = state.step,
                                .epoch = state.last.epoch,
                                .tensors = {},
                                .meta = {{"format", std::string(kFormat)},
                                         {"evaluations", std::to_string(state.evaluations)},
                                         {"finite_evaluations", std::to_string(state.finite_evaluations)},
                                         {"evaluations_since_best", std::to_string(state.evaluations_since_best)}}};
  for (const VariablePtr& variable : variables) {
    require_finite(variable->name, variable->value,
                   fmt::format("train: after step {} (no checkpoint is made of it, those before stay)", state.step));
    checkpoint.tensors.push_back({variable->name, &variable->value});
  }
  checkpoint.tensors.push_back({kSums, &sums});
  if (state.last.epoch > 0) checkpoint.meta["last_epoch"] = line_of(state.last);
  if (state.best.epoch > 0) checkpoint.meta["best_epoch"] = line_of(state.best);
  for (const auto& [key, text] : seal.model) checkpoint.meta[std::string(kModel) + key] = text;
  for (const auto& [key, text] : seal.steps) checkpoint.meta[std::string(kSteps) + key] = text;
  io::save_checkpoint(folder, checkpoint);
}

TrainingState load_state(const fs::path& folder, const Seal& seal, const std::vector<VariablePtr>& variables) {
  const io::Checkpoint checkpoint = io::load_checkpoint(folder);
  require_format(checkpoint.meta, folder);
  require_same(checkpoint.meta, kModel, seal.model, folder);
  require_same(checkpoint.meta, kSteps, seal.steps, folder);
  TrainingState state = state_in(checkpoint, folder);
  copy_into(checkpoint, folder, variables, Weights::kThemselves, [](const std::string&) { return false; });
  return state;
}

fs::path best_folder(const fs::path& run) {
  return run / "best";
}

int64_t load_variables(const fs::path& run, const std::vector<VariablePtr>& parameters,
                       const std::map<std::string, std::string>& model_seal, std::vector<std::string>* warnings) {
  const fs::path folder = checkpoint_to_use(run, warnings);
  const io::Checkpoint checkpoint = io::load_checkpoint(folder);
  require_format(checkpoint.meta, folder);
  require_same(checkpoint.meta, kModel, model_seal, folder);
  copy_into(checkpoint, folder, parameters, Weights::kAverages,
            [&](const std::string& name) { return is_of_training(parameters, name); });
  return checkpoint.epoch;
}

}  // namespace elbo::train
