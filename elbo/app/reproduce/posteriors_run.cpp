#include "elbo/app/reproduce/posteriors_run.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "elbo/app/config/model_keys.h"
#include "elbo/app/config/schema.h"
#include "elbo/app/reproduce/estimate_json_internal.h"
#include "elbo/app/run/train_run.h"
#include "elbo/io/file.h"
#include "elbo/settings/error.h"

namespace elbo::app::posteriors {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "posteriors-result-1";
constexpr const char* kFile = "result.json";
// Of a run's part of the progress; measuring is the rest.
constexpr double kTrainingShare = 0.85;

RunResult result_of(const Json& json) {
  RunResult result;
  result.config = json.at("config").get<std::string>();
  result.importance_samples = json.at("importance_samples").get<int64_t>();
  result.negative_elbo = estimate_from_json(json.at("negative_elbo"));
  result.reconstruction = estimate_from_json(json.at("reconstruction"));
  result.kl = estimate_from_json(json.at("kl"));
  if (!json.at("nll").is_null()) result.nll = estimate_from_json(json.at("nll"));
  result.count_test = json.at("count_test").get<int64_t>();
  result.parameters = json.at("parameters").get<int64_t>();
  result.ms_per_step = json.at("ms_per_step").get<double>();
  result.seconds = json.at("seconds").get<double>();
  result.losses = json.at("losses").get<std::vector<double>>();
  return result;
}

std::optional<RunResult> read_result(const fs::path& folder) {
  const fs::path path = folder / kFile;
  if (!fs::exists(path)) return std::nullopt;
  return result_from_json(io::read_text(path, {.error = ExitCode::kCorruptFile}), path.string());
}

// By values: what is said about a key may change.
bool is_of(const RunResult& result, const Config& config) {
  Config kept(run_schema());
  try {
    kept.read_text(result.config, kFile);
  } catch (const ConfigError&) {
    return false;  // a key is gone
  }
  return kept == config;
}

void take_training(const RunOutcome& outcome, RunResult& result) {
  result.parameters = outcome.parameters;
  result.ms_per_step = median_ms_per_step(outcome.training);
  for (const train::EpochReport& epoch : outcome.training.epochs) {
    result.seconds += epoch.seconds;
    result.losses.push_back(epoch.train.at("loss"));
  }
}

void measure(const RunModel& run, const RunContext& context, const ProgressLabel& label, RunResult& result) {
  eval::EvaluateOptions options = measuring({.study = context.options,
                                             .progress = context.progress,
                                             .label = label,
                                             .what = "measuring on the test images",
                                             .latent_samples = kEvaluationSamples});
  options.importance_samples = context.options.importance_samples;
  const eval::Evaluation evaluation = eval::evaluate(run.model.vae, run.dataset, data::Split::kTest, options);
  result.importance_samples = context.options.importance_samples;
  result.negative_elbo = evaluation.negative_elbo;
  result.reconstruction = evaluation.reconstruction;
  result.kl = evaluation.kl;
  result.nll = evaluation.nll_importance;
  result.count_test = evaluation.count;
}

}  // namespace

std::string to_json(const RunResult& result) {
  const Json json{
      {"format", kFormat},
      {"importance_samples", result.importance_samples},
      {"negative_elbo", estimate_json(result.negative_elbo)},
      {"reconstruction", estimate_json(result.reconstruction)},
      {"kl", estimate_json(result.kl)},
      {"nll", result.nll ? estimate_json(*result.nll) : Json(nullptr)},
      {"count_test", result.count_test},
      {"parameters", result.parameters},
      {"ms_per_step", result.ms_per_step},
      {"seconds", result.seconds},
      {"losses", result.losses},
      {"config", result.config},
  };
  return json.dump(1) + "\n";
}

RunResult result_from_json(const std::string& text, const std::string& file) {
  return read_result_json(text, file, kFormat, result_of);
}

RunResult finish_run(const PlannedPosterior& plan, uint64_t seed, const fs::path& folder, const RunContext& context) {
  const StudyOptions& options = context.options;
  const Config config = config_of(plan, seed, options);
  const std::string text = run_toml(config);
  const std::optional<RunResult> kept = read_result(folder);
  const bool trained = kept && is_of(*kept, config);
  if (trained && kept->importance_samples == options.importance_samples) return *kept;

  RunModel run = build_run(config, context.dataset);
  RunResult result = trained ? *kept : RunResult{.config = text};
  ProgressLabel training = context.label, measuring = context.label;
  training.last = measuring.first = training.first + kTrainingShare * (training.last - training.first);
  if (trained) {
    train::load_variables(folder, run.model.parameters.all());
  } else {
    // What stands in the folder under other settings is refused here.
    const RunOutcome outcome = train_run(
        config, run, {.folder = folder, .resume = true, .threads = options.threads, .picture_seed = options.seed},
        training_callbacks(context.progress, training));
    if (outcome.training.interrupted_by != 0) throw Interrupted{outcome.training.interrupted_by};
    take_training(outcome, result);
  }
  measure(run, context, measuring, result);
  io::write_atomic(folder / kFile, std::string_view(to_json(result)));
  return result;
}

}  // namespace elbo::app::posteriors
