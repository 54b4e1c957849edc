#include "elbo/app/reproduce/density_2d.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

#include "elbo/app/config/choices.h"
#include "elbo/app/config/schema.h"
#include "elbo/app/reproduce/study_parts.h"
#include "elbo/app/run/build.h"
#include "elbo/app/run/density_pictures.h"
#include "elbo/app/run/flow_run.h"
#include "elbo/app/run/messages.h"
#include "elbo/app/run/train_run.h"
#include "elbo/data/generators.h"
#include "elbo/engine/names.h"
#include "elbo/flows/registry.h"
#include "elbo/io/file.h"
#include "elbo/io/run_lock.h"
#include "elbo/report/heat_map.h"
#include "elbo/report/panels.h"
#include "elbo/report/progress.h"
#include "elbo/report/table.h"
#include "elbo/train/interrupt.h"

namespace elbo::app::density_2d {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kEpochs = 50;
constexpr int64_t kCells = 96;  // a side of a picture
constexpr double kDepth = 10;   // nats below the highest density that the colors tell apart

// Layers that others are made of; by themselves they fit a normal distribution at best.
constexpr std::array kParts{"lu-linear", "actnorm", "batch-norm", "permutation", "reversal", "affine"};

std::vector<std::string> families() {
  std::vector<std::string> names;
  for (const std::string& name : known_densities()) {
    const bool is_part = std::find(kParts.begin(), kParts.end(), name) != kParts.end();
    if (!is_part && !models::fits_slowly(flows::flow_family(name).fast_direction)) names.push_back(name);
  }
  return names;
}

// All of them, or the one that was asked for.
std::vector<std::string> generator_names(const StudyOptions& options) {
  std::vector<std::string> all;
  for (const data::Generator& generator : data::generators()) all.emplace_back(generator.name);
  if (options.data == StudyOptions{}.data) return all;
  if (std::find(all.begin(), all.end(), options.data) == all.end()) {
    throw ConfigError("--data: " + unknown_name("generator", options.data, all));
  }
  return {options.data};
}

Config config_of(const std::string& generator, const std::string& family, const StudyOptions& options) {
  Config config(run_schema());
  const auto set = [&](const char* key, const std::string& value) { config.set(key, value, value); };
  set("model", "flow");
  set("seed", std::to_string(options.seed));
  set("data.name", generator);
  set("data.limit", std::to_string(options.limit));
  set("flow.name", family);
  set("flow.layers", "4");
  set("optimizer.learning_rate", "0.002");
  set("train.epochs", std::to_string(options.epochs > 0 ? options.epochs : kEpochs));
  set("train.batch_size", "250");
  set("train.evaluate_every", "10");
  set("train.checkpoint_every", "10");
  return config;
}

struct Fit {
  eval::Estimate nll;  // of the test rows
  report::Panel panel;
};

Fit fit(const std::string& generator, const std::string& family, const StudyOptions& options,
        const train::TrainingCallbacks& callbacks) {
  const Config config = config_of(generator, family, options);
  FlowRun run = build_flow_run(config);
  const RunOutcome outcome =
      train_run(config, run,
                {.folder = options.folder / generator / family, .resume = true, .threads = options.threads}, callbacks);
  if (outcome.training.interrupted_by != 0) throw Interrupted{outcome.training.interrupted_by};
  const PlaneView view = view_of(run.dataset.values(data::Split::kTest));
  const Array field =
      log_density_grid(run.density, view, {.columns = kCells, .rows = kCells, .threads = options.threads});
  const double highest = report::heat_map_range(field).high;
  return {.nll = negative_log_likelihood(run.density, run.dataset, data::Split::kTest, {.threads = options.threads}),
          .panel = {.caption = family,
                    .image = report::heat_map(field, {.range = report::Range{highest - kDepth, highest}})}};
}

report::Panel data_panel(const std::string& generator, const StudyOptions& options) {
  const Array rows = load_data(config_of(generator, "affine", options)).values(data::Split::kTest);
  return {.caption = generator, .image = scatter_picture(rows, view_of(rows), static_cast<int>(kCells))};
}

report::Table empty_table() {
  std::vector<report::Column> columns{{.name = "data"}, {.name = "−entropy", .key = "negative_entropy"}};
  for (const std::string& family : families()) columns.push_back({.name = family, .key = family});
  report::Table table(columns);
  table.add_note(
      "Mean log-likelihood of 2,000 test rows (fewer with --limit), nats, ± one standard error; higher is "
      "better, and no density is above −entropy but by chance.");
  return table;
}

ExitCode run(const StudyOptions& given) {
  StudyOptions options = given;
  if (options.folder.empty()) options.folder = fs::path("reproduce") / "density-2d";
  const std::vector<std::string> generators = generator_names(options);
  io::make_folders(options.folder);
  const io::RunLock lock(options.folder);
  const train::InterruptGuard guard;
  report::Progress progress({.quiet = options.quiet});
  report::Table table = empty_table();
  std::vector<report::Panel> panels;
  const double count = static_cast<double>(generators.size() * families().size());
  double done = 0;
  try {
    for (const std::string& generator : generators) {
      const auto entropy = load_data(config_of(generator, "affine", options)).entropy;
      std::vector<report::Cell> row{
          generator, entropy ? report::Cell(report::Number{.value = -*entropy, .digits = 3}) : report::Cell()};
      panels.push_back(data_panel(generator, options));
      for (const std::string& family : families()) {
        stop_if_interrupted();
        train::TrainingCallbacks callbacks;  // so many short runs would fill the screen with a line an epoch
        callbacks.on_step = [&](const train::StepReport& report) {
          progress.update(done / count, fmt::format("{} on {}: epoch {}/{}  loss {:.2f}", family, generator,
                                                    report.epoch, report.epochs, report.loss));
        };
        const Fit fitted = fit(generator, family, options, callbacks);
        row.emplace_back(report::Estimate{.mean = -fitted.nll.mean, .standard_error = fitted.nll.standard_error});
        panels.push_back(fitted.panel);
        done += 1;
      }
      table.add_row(row);
      // After each generator, so that there is something to see while others train.
      write_table(options.folder, table);
      const int columns = static_cast<int>(families().size()) + 1;
      const report::Svg drawing =
          report::panels(panels, {.title = "Log-densities fitted", .columns = columns, .panel_size = 120});
      io::write_atomic(options.folder / "densities.svg", drawing.str());
    }
  } catch (const Interrupted& by) {
    return interrupted(options.folder, by, static_cast<size_t>(done), static_cast<size_t>(count));
  }
  progress.finish(fmt::format("{} densities", done));
  print(options.json ? table.to_json() + "\n"
                     : table.to_text() + "\nThe picture: " + (options.folder / "densities.svg").string() + "\n");
  return ExitCode::kDone;
}

}  // namespace

const Study& study() {
  static const Study study{.name = "density-2d",
                           .summary = "every flow that is fast from data to base, on every two-dimensional generator",
                           .paper = "data of Grathwohl et al. 2019, FFJORD",
                           .duration = "64 short runs; about ten minutes on 2 cores",
                           .run = run};
  return study;
}

}  // namespace elbo::app::density_2d
