#include "elbo/app/reproduce/plane_study.h"

#include <algorithm>
#include <fmt/format.h>

#include "elbo/app/config/model_keys.h"
#include "elbo/app/config/schema.h"
#include "elbo/app/config/version.h"
#include "elbo/app/reproduce/study_parts.h"
#include "elbo/app/run/messages.h"
#include "elbo/app/run/train_run.h"
#include "elbo/io/file.h"
#include "elbo/io/run_lock.h"
#include "elbo/report/html.h"
#include "elbo/report/progress.h"
#include "elbo/settings/names.h"
#include "elbo/train/interrupt.h"

namespace elbo::app {
namespace {

namespace fs = std::filesystem;

constexpr double kPanelSize = 150;  // CSS pixels
constexpr int kPageColumns = 7;     // panels in a row of the page

Config config_of(const PlaneStudy& study, const std::string& data, const PlaneModel& model,
                 const StudyOptions& options) {
  Config config(run_schema());
  config.set("model", "flow", "model=flow");
  for (const std::string& setting : study.settings) config.set(setting);
  for (const std::string& setting : model.settings) config.set(setting);
  config.set("data.name", data, "--data " + data);
  config.set("data.limit", std::to_string(options.limit), fmt::format("--limit {}", options.limit));
  if (options.limit > 0 && options.limit < config.integer("train.batch_size")) {
    config.set("train.batch_size", std::to_string(options.limit), fmt::format("--limit {}", options.limit));
  }
  config.set("seed", std::to_string(options.seed), fmt::format("--seed {}", options.seed));
  if (options.epochs > 0) {
    config.set("train.epochs", std::to_string(options.epochs), fmt::format("--epochs {}", options.epochs));
  }
  // One checkpoint on the way, and the last.
  const std::string half = std::to_string(std::max<int64_t>(1, (config.integer("train.epochs") + 1) / 2));
  config.set("train.checkpoint_every", half, "train.checkpoint_every=" + half);
  config.set("train.evaluate_every", half, "train.evaluate_every=" + half);
  return config;
}

std::string command_of(const PlaneStudy& study, const StudyOptions& options) {
  std::string command = fmt::format("elbo reproduce {} --seed {}", study.name, options.seed);
  if (options.data != StudyOptions{}.data) command += " --data " + options.data;
  if (options.epochs > 0) command += fmt::format(" --epochs {}", options.epochs);
  if (options.limit > 0) command += fmt::format(" --limit {}", options.limit);
  return command;
}

class PlaneRunner {
 public:
  PlaneRunner(const PlaneStudy& study, const StudyOptions& options)
      : study_(study), options_(options), progress_({.quiet = options.quiet}) {}

  // Throws Interrupted.
  void run() {
    for (const std::string& data : study_.data) {
      for (size_t i = 0; i < study_.models.size(); ++i) {
        stop_if_interrupted();
        FlowRun run = build_flow_run(config_of(study_, data, study_.models[i], options_));
        if (i == 0) panels_.push_back(study_.truth(run));
        fits_.push_back(fit(data, study_.models[i], run));
        panels_.push_back(fits_.back().panel);
      }
      write_reports();
    }
    progress_.finish(fmt::format("{} densities", fits_.size()));
  }

  const std::vector<PlaneFit>& fits() const { return fits_; }

 private:
  PlaneFit fit(const std::string& data, const PlaneModel& model, FlowRun& run) {
    const Config config = config_of(study_, data, model, options_);
    const double all = static_cast<double>(study_.data.size() * study_.models.size());
    const double done = static_cast<double>(fits_.size());
    train::TrainingCallbacks callbacks;  // so many short runs would fill the screen with a line an epoch
    callbacks.on_step = [&](const train::StepReport& report) {
      const double share = (static_cast<double>(report.epoch - 1) +
                            static_cast<double>(report.step) / static_cast<double>(report.steps)) /
                           static_cast<double>(report.epochs);
      progress_.update((done + share) / all, fmt::format("{} on {}: epoch {}/{}  loss {:.2f}", model.title, data,
                                                         report.epoch, report.epochs, report.loss));
    };
    const RunOutcome outcome = train_run(
        config, run, {.folder = options_.folder / data / model.folder, .resume = true, .threads = options_.threads},
        callbacks);
    if (outcome.training.interrupted_by != 0) throw Interrupted{outcome.training.interrupted_by};
    PlaneFit fit{.data = data, .model = model, .entropy = run.dataset.entropy, .parameters = outcome.parameters};
    fit.ms_per_step = median_ms_per_step(outcome.training);
    study_.measure(run, options_, fit);
    fit.panel.caption = model.title;
    return fit;
  }

  void write_reports() const {
    const auto write = [&](const char* name, const std::string& text) {
      io::write_atomic(options_.folder / name, std::string_view(text));
    };
    const report::Table overview = study_.overview(fits_), details = study_.details(fits_);
    const report::Svg drawing = report::panels(
        panels_,
        {.title = study_.title, .columns = static_cast<int>(study_.models.size()) + 1, .panel_size = kPanelSize});
    write("table.md", overview.to_markdown());
    write("table.csv", details.to_csv());
    write("table.json", details.to_json() + "\n");
    write("densities.svg", drawing.str());
    write("report.html", page(overview));
  }

  std::string page(const report::Table& overview) const {
    report::HtmlPage page(study_.title);
    const std::string densities =
        study_.data.size() == 1 ? study_.data.front() : fmt::format("{} densities", study_.data.size());
    page.subtitle(fmt::format("{} models on {}, seed {}", study_.models.size(), densities, options_.seed));
    for (const std::string& paragraph : study_.introduction) page.paragraph(paragraph);
    const size_t planned = study_.data.size() * study_.models.size();
    if (fits_.size() < planned) {
      page.note(fmt::format("{} of {} models are finished; the same command goes on with the others.", fits_.size(),
                            planned));
    }
    page.heading("What comes out").table(overview);
    page.heading("The densities").paragraph(study_.drawing);
    const size_t row = study_.models.size() + 1;
    for (size_t first = 0; first + row <= panels_.size(); first += row) {
      const std::vector<report::Panel> panels(panels_.begin() + static_cast<std::ptrdiff_t>(first),
                                              panels_.begin() + static_cast<std::ptrdiff_t>(first + row));
      page.figure({.drawing = report::panels(panels, {.columns = kPageColumns, .panel_size = kPanelSize}),
                   .caption = panels.front().caption});
    }
    page.heading("How it was done");
    for (const PlaneModel& model : study_.models) {
      page.code({.text = run_toml(config_of(study_, study_.data.front(), model, options_)),
                 .title = fmt::format("{}/{}/config.toml", study_.data.front(), model.folder),
                 .folded = true});
    }
    page.footer(fmt::format("elbo {} · {}", kVersion, command_of(study_, options_)));
    return page.str();
  }

  const PlaneStudy& study_;
  const StudyOptions& options_;
  report::Progress progress_;
  std::vector<PlaneFit> fits_;
  std::vector<report::Panel> panels_;
};

}  // namespace

std::vector<std::string> plane_data(const StudyOptions& options, const std::vector<std::string>& known) {
  if (options.data == StudyOptions{}.data) return known;
  if (std::find(known.begin(), known.end(), options.data) == known.end()) {
    throw ConfigError("--data: " + unknown_name("density", options.data, known));
  }
  return {options.data};
}

ExitCode run_plane_study(const PlaneStudy& study, const StudyOptions& given) {
  StudyOptions options = given;
  if (options.folder.empty()) options.folder = fs::path("reproduce") / study.name;
  io::make_folders(options.folder);
  const io::RunLock lock(options.folder);
  const train::InterruptGuard guard;
  PlaneRunner runner(study, options);
  try {
    runner.run();
  } catch (const Interrupted& by) {
    return interrupted(options.folder, by, runner.fits().size(), study.data.size() * study.models.size());
  }
  print(options.json ? study.details(runner.fits()).to_json() + "\n"
                     : study.overview(runner.fits()).to_text() +
                           "\nAll of it, with pictures: " + (options.folder / "report.html").string() + "\n");
  return ExitCode::kDone;
}

}  // namespace elbo::app
