#include "elbo/app/reproduce/kong_li_run.h"

#include <fmt/format.h>
#include <functional>
#include <utility>

#include "elbo/app/config/model_keys.h"
#include "elbo/app/config/schema.h"
#include "elbo/app/run/train_run.h"
#include "elbo/models/kong_li.h"
#include "elbo/settings/error.h"

namespace elbo::app::kong_li {
namespace {

std::vector<EpochPoint> points_of(const train::TrainingResult& training, bool loss_is_bound) {
  std::vector<EpochPoint> points;
  for (const train::EpochReport& epoch : training.epochs) {
    EpochPoint point{.epoch = epoch.epoch, .loss = epoch.train.at("loss")};
    const auto bound = epoch.train.find("negative_elbo");
    if (bound != epoch.train.end()) point.negative_elbo = bound->second;
    if (loss_is_bound) point.negative_elbo = point.loss;
    points.push_back(point);
  }
  return points;
}

void take_training(const RunOutcome& outcome, const PlannedRun& plan, RunResult& result) {
  result.parameters = outcome.parameters;
  result.ms_per_step = median_ms_per_step(outcome.training);
  for (const train::EpochReport& epoch : outcome.training.epochs) result.seconds += epoch.seconds;
  result.epochs = points_of(outcome.training, plan.group != Group::kAsPublished || plan.flow_layers == 0);
}

// Measures a model; a signal ends it between two batches, and nothing is lost but this measurement.
class Measurement {
 public:
  Measurement(const RunContext& context, const models::Vae& vae, double first)
      : context_(context), vae_(vae), first_(first) {}

  void add_to(RunResult& result) const {
    const StudyOptions& study = context_.options;
    const double middle = first_ + (context_.label.last - first_) / 2;
    const auto terms = eval::evaluate_rows(
        [&](Tensor x, int64_t samples) {
          const models::KongLiTerms t = models::kong_li_terms(vae_, x, {.latent_samples = samples});
          return std::map<std::string, Tensor>{{"study_loss", t.loss},
                                               {"marginal", t.marginal},
                                               {"negative_elbo", t.negative_elbo},
                                               {"reconstruction", t.reconstruction},
                                               {"kl", t.kl},
                                               {"log_abs_det", t.log_abs_det}};
        },
        context_.dataset, data::Split::kTrain, options(first_, middle, "measuring on the training images"));
    result.train = {.study_loss = terms.at("study_loss"),
                    .marginal = terms.at("marginal"),
                    .negative_elbo = terms.at("negative_elbo"),
                    .reconstruction = terms.at("reconstruction"),
                    .kl = terms.at("kl"),
                    .log_abs_det = terms.at("log_abs_det")};
    eval::EvaluateOptions test = options(middle, context_.label.last, "measuring on the test images");
    test.importance_samples = study.importance_samples;
    const eval::Evaluation evaluation = eval::evaluate(vae_, context_.dataset, data::Split::kTest, test);
    result.negative_elbo_test = evaluation.negative_elbo;
    result.nll_test = evaluation.nll_importance;
    result.importance_samples = study.importance_samples;
    result.count_train = context_.dataset.train.count();
    result.count_test = evaluation.count;
  }

 private:
  eval::EvaluateOptions options(double from, double to, const std::string& what) const {
    return measuring({.study = context_.options,
                      .progress = context_.progress,
                      .label = {.text = context_.label.text, .first = from, .last = to},
                      .what = what,
                      .latent_samples = kEvaluationSamples});
  }

  const RunContext& context_;
  const models::Vae& vae_;
  double first_;  // of the whole study, where measuring begins
};

}  // namespace

Config config_of(const PlannedRun& plan, const StudyOptions& options) {
  Config config(run_schema());
  set_data(config, options);
  for (const std::string& setting : plan.settings) config.set(setting);
  return config;
}

Work work_of(const StudyOptions& options, const data::Dataset& dataset) {
  const auto epochs = static_cast<double>(options.epochs > 0 ? options.epochs : kEpochs);
  const auto rows = [&](data::Split split) { return static_cast<double>(dataset.split(split).count()); };
  // A step takes each network three times over a batch (forward, and backward by weights and inputs); measuring takes
  // the recognition network once and the generator once a sample.
  const double pass = 1.0 / (6 * static_cast<double>(kBatch));
  const double samples_test = static_cast<double>(kEvaluationSamples + options.importance_samples);
  return {.training = epochs * std::max(1.0, rows(data::Split::kTrain) / static_cast<double>(kBatch)),
          .evaluation = pass * (rows(data::Split::kTrain) * (1 + static_cast<double>(kEvaluationSamples)) +
                                rows(data::Split::kTest) * (1 + samples_test))};
}

FinishedRun finish_run(const PlannedRun& plan, const std::filesystem::path& folder, const RunContext& context) {
  const StudyOptions& options = context.options;
  const Config config = config_of(plan, options);
  const std::string text = run_toml(config);
  FinishedRun finished{.plan = plan, .result = {}};
  std::optional<RunResult> kept = read_result(folder);
  const bool trained = kept && kept->config == text;
  const bool measured = trained && kept->importance_samples == options.importance_samples;

  RunModel run = build_run(config, context.dataset);
  const Work work = work_of(options, context.dataset);
  ProgressLabel label = context.label;
  label.last = label.first + (label.last - label.first) * work.training / work.all();
  if (trained) {
    train::load_variables(folder, run.model.parameters.all());
    finished.result = std::move(*kept);
  } else {
    // What stands in the folder under other settings is refused here.
    const RunOutcome outcome = train_run(
        config, run, {.folder = folder, .resume = true, .threads = options.threads, .picture_seed = options.seed},
        training_callbacks(context.progress, label));
    if (outcome.training.interrupted_by != 0) throw Interrupted{outcome.training.interrupted_by};
    take_training(outcome, plan, finished.result);
    finished.result.config = text;
  }

  if (!measured) {
    Measurement(context, run.model.vae, label.last).add_to(finished.result);
    write_result(folder, finished.result);
  }
  finished.pictures = draw_pictures(run.model.vae, context.dataset, {.seed = options.seed, .threads = options.threads});
  return finished;
}

}  // namespace elbo::app::kong_li
