#include "elbo/studies/runner.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include "elbo/data/registry.h"
#include "elbo/io/file.h"
#include "elbo/io/run_lock.h"
#include "elbo/report/png.h"
#include "elbo/report/progress.h"
#include "elbo/run/run_folder.h"
#include "elbo/run/schema.h"
#include "elbo/run/train_run.h"
#include "elbo/run/training_folder.h"
#include "elbo/settings/error.h"
#include "elbo/settings/toml_writer.h"
#include "elbo/studies/picture.h"
#include "elbo/studies/prose.h"
#include "elbo/studies/table.h"
#include "elbo/train/interrupt.h"
#include "elbo/train/metrics_file.h"

namespace elbo::studies {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr size_t kFewRuns = 30;          // so many may each have lines of their own on the screen
constexpr double kReportsAtMost = 0.05;  // of the time goes into writing reports on the way

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median_ms_per_step(const std::vector<train::EpochReport>& epochs) {
  std::vector<double> values;
  int64_t before = 0;
  for (const train::EpochReport& epoch : epochs) {
    if (epoch.step > before) values.push_back(1e3 * epoch.seconds / static_cast<double>(epoch.step - before));
    before = epoch.step;
  }
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// By values: what is said about a key may change.
bool is_of(const RunResult& result, const Config& config) {
  try {
    return Config(run::run_schema(), assignments_of_text(result.config, "result.json")) == config;
  } catch (const ConfigError&) {
    return false;  // a key is gone
  }
}

// By what a run's figures are measured.
std::string measures_text(const Study& study, uint64_t seed) {
  std::string text = fmt::format("seed = {}", seed);
  for (const Settings& measure : study.settings.parts("measures")) {
    text += fmt::format("; {}", measure.name());
    for (const auto& [key, value] : measure.flattened()) text += fmt::format(" {}={}", key, to_literal(value));
  }
  return text;
}

class Runner {
 public:
  Runner(const Study& study, const StudyOptions& options)
      : progress_({.quiet = options.quiet}),
        results_{.study = study, .options = options, .plan = planned_runs(study, options)},
        measured_(measures_text(study, options.seed)) {}

  // Throws train::Interrupted.
  void run() {
    for (const PlannedRun& plan : results_.plan) {
      train::stop_if_interrupted();
      results_.runs.push_back(finished(plan));
      if (seconds_since(written_) * kReportsAtMost > writing_) write_reports();
    }
    write_reports();
    progress_.finish(fmt::format("{} runs", results_.runs.size()));
  }

  const StudyResults& results() const { return results_; }

  void write_reports() {
    const Clock::time_point start = Clock::now();
    const fs::path& folder = results_.options.folder;
    const auto write = [&](const std::string& name, const std::string& text) {
      io::write_atomic(folder / name, std::string_view(text));
    };
    for (const Settings& settings : results_.study.settings.parts("tables")) {
      const report::Table table = table_of(results_, settings);
      const std::string& name = settings.text("file");
      write(name + ".md", table.to_markdown());
      write(name + ".csv", table.to_csv());
      write(name + ".json", table.to_json() + "\n");
    }
    const auto pictures = results_.study.settings.parts("pictures");
    for (size_t i = 0; i < pictures.size(); ++i) {
      const Drawn drawn = pictures[i].row<PictureKind>().draw(results_, i, pictures[i]);
      if (drawn.file) write(pictures[i].text("file") + ".svg", drawn.file->str());
    }
    write("results.json", results_json(results_) + "\n");
    write("report.html", page_of(results_));
    written_ = Clock::now();
    writing_ = seconds_since(start);
  }

 private:
  // Where a run stands in the whole work: training, then measuring.
  run::ProgressLabel label_of(const PlannedRun& plan, double from, double to) const {
    const auto all = static_cast<double>(results_.plan.size()), done = static_cast<double>(results_.runs.size());
    return {.text = fmt::format("run {} of {} ({}): ", results_.runs.size() + 1, results_.plan.size(),
                                plan.folder.string()),
            .first = (done + from) / all,
            .last = (done + to) / all};
  }

  train::TrainingCallbacks callbacks(const run::ProgressLabel& label) {
    train::TrainingCallbacks callbacks = run::training_callbacks(progress_, label);
    callbacks.on_warning = callbacks.on_message;  // what is slow in a study is so on purpose
    if (results_.plan.size() <= kFewRuns) return callbacks;
    callbacks.on_epoch = nullptr;
    callbacks.on_message = nullptr;
    callbacks.on_warning = nullptr;
    return callbacks;
  }

  data::Dataset dataset_of(const Config& config) {
    const Settings& settings = config->part("data");
    auto text = settings.flattened();
    text.emplace_back("name", data::name_of(config->part("data")));
    if (!dataset_ || text != dataset_settings_) {
      dataset_ = data::read_dataset(settings);
      dataset_settings_ = text;
    }
    return run::load_data(config.settings(), *dataset_);
  }

  void train(const PlannedRun& plan, run::RunModel& run, RunResult& result) {
    const run::RunOutcome outcome = run::train_run(
        plan.config, run,
        {.folder = results_.options.folder / plan.folder, .resume = true, .threads = results_.options.threads},
        callbacks(label_of(plan, 0, training_share_)));
    if (outcome.training.interrupted_by != 0) throw train::Interrupted{outcome.training.interrupted_by};
    const std::vector<train::EpochReport> epochs = train::read_metrics(outcome.folder);
    double seconds = 0;
    for (const train::EpochReport& epoch : epochs) {
      seconds += epoch.seconds;
      result.epochs.push_back(epoch.train);
    }
    result.config = to_toml(plan.config.settings());
    result.figures["parameters"] = plain(static_cast<double>(outcome.parameters));
    result.figures["ms_per_step"] = plain(median_ms_per_step(epochs));
    result.figures["seconds"] = plain(seconds);
    result.figures["count_train"] = plain(static_cast<double>(run.dataset.train.count()));
    result.figures["count_test"] = plain(static_cast<double>(run.dataset.test.count()));
    if (run.dataset.entropy) result.figures["entropy"] = plain(*run.dataset.entropy);
  }

  void measure(MeasureSite site, const PlannedRun& plan, RunResult& result) {
    const auto measures = results_.study.settings.parts("measures");
    const run::ProgressLabel label = label_of(plan, training_share_, 1);
    for (size_t i = 0; i < measures.size(); ++i) {
      const auto all = static_cast<double>(measures.size()), done = static_cast<double>(i);
      site.on_progress = [&, done, all](double fraction) {
        train::stop_if_interrupted();
        progress_.update(label.first + (done + fraction) / all * (label.last - label.first), label.text + "measuring");
      };
      for (const auto& [name, figure] : measures[i].row<Measure>().measure(site, measures[i])) {
        result.figures[name] = figure;
      }
    }
    result.measured = measured_;
  }

  void take_pictures(const MeasureSite& site, const fs::path& folder, FinishedRun& finished) const {
    for (const Settings& picture : results_.study.settings.parts("pictures")) {
      const PictureKind& kind = picture.row<PictureKind>();
      std::vector<report::Image> images =
          kind.take != nullptr ? kind.take(site, picture) : std::vector<report::Image>{};
      for (size_t i = 0; i < std::min(kind.images.size(), images.size()); ++i) {
        report::write_png(folder / (kind.images[i] + ".png"), images[i]);
      }
      finished.images.push_back(std::move(images));
    }
  }

  // The result in the run's folder where it is of these settings; otherwise trains and measures, and leaves it there.
  FinishedRun finished(const PlannedRun& plan) {
    const fs::path folder = results_.options.folder / plan.folder;
    std::optional<RunResult> kept = read_result(folder);
    const bool trained = kept && is_of(*kept, plan.config);
    const bool measured = trained && kept->measured == measured_;
    // What stands in the folder under other settings is refused here.
    if (trained) run::TrainingFolder({.folder = folder, .resume = true}, plan.config);
    const auto pictures = results_.study.settings.parts("pictures");
    const bool needs_model = !measured || std::any_of(pictures.begin(), pictures.end(), [](const Settings& picture) {
      return picture.row<PictureKind>().take != nullptr;
    });
    FinishedRun finished{.plan = &plan, .result = trained ? std::move(*kept) : RunResult{}};
    if (!needs_model) {
      finished.images.resize(pictures.size());
      return finished;
    }
    run::RunModel run = run::build_run(plan.config.settings(), dataset_of(plan.config));
    const Clock::time_point start = Clock::now();
    trained ? run::load_weights(folder, plan.config.settings(), run.model->parameters())
            : train(plan, run, finished.result);
    const double training = seconds_since(start);
    const MeasureSite site{.run = run, .seed = results_.options.seed, .threads = results_.options.threads};
    if (!measured) {
      measure(site, plan, finished.result);
      write_result(folder, finished.result);
      if (!trained) training_share_ = training / seconds_since(start);
    }
    take_pictures(site, folder, finished);
    return finished;
  }

  report::Progress progress_;
  StudyResults results_;
  std::string measured_;
  std::optional<data::RawDataset> dataset_;
  std::vector<std::pair<std::string, Value>> dataset_settings_;
  double training_share_ = 0.85;  // of the time of a run; then as the last one had it
  Clock::time_point written_ = Clock::now();
  double writing_ = 0;  // seconds that the reports took
};

}  // namespace

StudyOutcome run_study(const Study& given, const StudyOptions& said) {
  StudyOptions options = said;
  const Study study = with(given, said);
  options.folder = folder_of(study, said);
  Runner runner(study, options);
  io::make_folders(options.folder);
  const io::RunLock lock(options.folder);
  const train::InterruptGuard guard;  // over all of it: a signal between two trainings is noticed by the next
  StudyOutcome outcome{.folder = options.folder, .planned = runner.results().plan.size()};
  try {
    runner.run();
  } catch (const train::Interrupted& by) {
    outcome.interrupted_by = by.signal;
    if (!runner.results().runs.empty()) runner.write_reports();
  }
  outcome.finished = runner.results().runs.size();
  if (outcome.finished == 0) return outcome;
  const auto tables = study.settings.parts("tables");
  if (!tables.empty()) outcome.text = table_of(runner.results(), tables.front()).to_text();
  outcome.json = results_json(runner.results());
  return outcome;
}

}  // namespace elbo::studies
