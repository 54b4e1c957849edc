#include "elbo/app/reproduce/posteriors.h"

#include <fmt/format.h>

#include "elbo/app/reproduce/posteriors_report.h"
#include "elbo/app/run/build.h"
#include "elbo/app/run/messages.h"
#include "elbo/io/file.h"
#include "elbo/io/run_lock.h"
#include "elbo/train/interrupt.h"

namespace elbo::app::posteriors {
namespace {

// Everything that shows all runs together; written after each of them, so that there is a page while others train.
void write_reports(const PageInput& input) {
  const std::filesystem::path& folder = input.options.folder;
  write_table(folder, results_table(input.finished));
  io::write_atomic(folder / "results.json", results_json(input.options, input.finished) + "\n");
  io::write_atomic(folder / "gap.svg", gap_drawing(input.finished, input.options.data).str());
  io::write_atomic(folder / "curves.svg", curves_drawing(input.finished).str());
  io::write_atomic(folder / "report.html", page(input));
}

ExitCode run(const StudyOptions& given) {
  const StudyOptions options = resolved(given);
  const std::vector<PlannedPosterior>& plan = planned_posteriors();
  // One data set for all: nothing in which the runs differ touches it.
  const data::Dataset dataset = load_data(config_of(plan.front(), options.seed, options));
  io::make_folders(options.folder);
  const io::RunLock lock(options.folder);
  const train::InterruptGuard guard;
  report::Progress progress({.quiet = options.quiet});

  std::vector<FinishedPosterior> finished;
  const size_t planned = plan.size() * static_cast<size_t>(options.seeds);
  size_t done = 0;
  try {
    // Seed by seed, so that all posteriors can be compared before the first is repeated.
    for (uint64_t repeat = 0; repeat < static_cast<uint64_t>(options.seeds); ++repeat) {
      for (size_t i = 0; i < plan.size(); ++i) {
        stop_if_interrupted();
        const uint64_t seed = options.seed + repeat;
        const auto part = [&](size_t runs) { return static_cast<double>(runs) / static_cast<double>(planned); };
        const ProgressLabel label{
            .text = fmt::format("run {} of {} ({}, seed {}): ", done + 1, planned, plan[i].name, seed),
            .first = part(done),
            .last = part(done + 1)};
        const std::filesystem::path folder = options.folder / plan[i].name / fmt::format("seed-{}", seed);
        const RunResult result = finish_run(plan[i], seed, folder, {options, dataset, progress, label});
        if (repeat == 0) finished.push_back({.plan = plan[i], .runs = {}});
        finished[i].runs.push_back(result);
        ++done;
        write_reports({.options = options, .finished = finished, .done = done, .planned = planned});
      }
    }
  } catch (const Interrupted& by) {
    return interrupted(options.folder, by, done, planned);
  }
  progress.finish(fmt::format("{} runs", planned));
  print(options.json ? results_json(options, finished) + "\n"
                     : results_table(finished).to_text() +
                           "\nAll of it, with pictures: " + (options.folder / "report.html").string() + "\n");
  return ExitCode::kDone;
}

}  // namespace

const Study& study() {
  static const Study study{.name = "posteriors",
                           .summary = "the same VAE with ten kinds of posterior: what each buys, and what it costs",
                           .paper =
                               "Kingma & Welling 2014; Rezende & Mohamed 2015; Kingma et al. 2016; Dinh et al. "
                               "2017; van den Berg et al. 2018; Durkan et al. 2019",
                           .duration = "20 runs of 20 epochs; about half an hour on 2 cores",
                           .repeats = true,
                           .run = run};
  return study;
}

}  // namespace elbo::app::posteriors
