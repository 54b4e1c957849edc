#include "elbo/app/reproduce/kong_li.h"

#include <fmt/format.h>
#include <iostream>

#include "elbo/app/reproduce/kong_li_page.h"
#include "elbo/app/reproduce/kong_li_run.h"
#include "elbo/app/reproduce/kong_li_table.h"
#include "elbo/app/reproduce/study_parts.h"
#include "elbo/app/run/build.h"
#include "elbo/io/file.h"
#include "elbo/io/run_lock.h"
#include "elbo/report/png.h"
#include "elbo/train/interrupt.h"

namespace elbo::app::kong_li {
namespace {

namespace fs = std::filesystem;

StudyOptions resolved(StudyOptions options) {
  if (options.epochs == 0) options.epochs = kEpochs;
  if (options.folder.empty()) options.folder = default_folder(options, "kong-li");
  return options;
}

// Everything that shows all models together; written after each of them, so that there is a page while others train.
void write_reports(const StudyOptions& options, const std::vector<FinishedRun>& runs, size_t planned) {
  const report::Table table = results_table(runs);
  const auto write = [&](const char* name, const std::string& text) {
    io::write_atomic(options.folder / name, std::string_view(text));
  };
  write_table(options.folder, table);
  write("terms.md", terms_table(runs).to_markdown());
  write("results.json", results_json(options, runs) + "\n");
  for (const NamedDrawing& drawing : curves(options, runs)) write(drawing.file.c_str(), drawing.drawing.str());
  write("report.html", page({.options = options, .runs = runs, .planned = planned}));
}

void write_pictures(const fs::path& folder, const FinishedRun& run) {
  if (!run.pictures) return;
  report::write_png(folder / "reconstructions.png", run.pictures->reconstructions);
  report::write_png(folder / "prior-samples.png", run.pictures->samples);
}

ExitCode run(const StudyOptions& given) {
  const StudyOptions options = resolved(given);
  const std::vector<PlannedRun> plan = planned_runs(options);
  // One data set for all: nothing in which the models differ touches it.
  const data::Dataset dataset = load_data(config_of(plan.front(), options));
  io::make_folders(options.folder);
  const io::RunLock lock(options.folder);

  // Over all of it: a signal between two trainings is noticed by the next.
  const train::InterruptGuard guard;
  report::Progress progress({.quiet = options.quiet});
  std::vector<FinishedRun> finished;
  try {
    for (size_t i = 0; i < plan.size(); ++i) {
      stop_if_interrupted();
      const auto part = [&](size_t index) { return static_cast<double>(index) / static_cast<double>(plan.size()); };
      const fs::path folder = options.folder / plan[i].folder;
      const ProgressLabel label{.text = fmt::format("run {} of {} ({}): ", i + 1, plan.size(), plan[i].folder),
                                .first = part(i),
                                .last = part(i + 1)};
      finished.push_back(finish_run(plan[i], folder, {options, dataset, progress, label}));
      write_pictures(folder, finished.back());
      write_reports(options, finished, plan.size());
    }
  } catch (const Interrupted& by) {
    return interrupted(options.folder, by, finished.size(), plan.size());
  }
  progress.finish(fmt::format("{} models", plan.size()));
  if (options.json) {
    std::cout << results_json(options, finished) << "\n";
  } else {
    std::cout << results_table(finished).to_text()
              << "\nAll of it, with curves and pictures: " << (options.folder / "report.html").string() << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace

const Study& study() {
  static const Study study{.name = "kong-li",
                           .summary = "VAE without a flow and with 3, 5, 8 planar layers, as published and corrected",
                           .paper = "Kong & Li 2017, Transforming Variational Autoencoders",
                           .duration = "11 models of 100 epochs; about 40 minutes on 2 cores",
                           .has_variants = true,
                           .run = run};
  return study;
}

}  // namespace elbo::app::kong_li
