#include "elbo/app/reproduce/density_2d.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

#include "elbo/app/config/choices.h"
#include "elbo/app/reproduce/plane_study.h"
#include "elbo/app/run/density_pictures.h"
#include "elbo/data/generators.h"
#include "elbo/flows/registry.h"
#include "elbo/report/heat_map.h"

namespace elbo::app::density_2d {
namespace {

constexpr int64_t kCells = 96;  // a side of a picture
constexpr double kDepth = 10;   // nats below the highest density that the colors tell apart

// Layers that others are made of; by themselves they fit a normal distribution at best.
constexpr std::array kParts{"lu-linear", "actnorm", "batch-norm", "permutation", "reversal", "affine"};

// A layer of these is one bend for all points, or two (Sylvester, in the plane); a layer of the others a network.
int layers_of(const std::string& family) {
  if (family == "planar" || family == "radial") return 32;
  if (family.starts_with("sylvester")) return 16;
  return 4;
}

std::vector<PlaneModel> models() {
  std::vector<PlaneModel> all;
  for (const std::string& name : known_densities()) {
    if (std::find(kParts.begin(), kParts.end(), name) != kParts.end()) continue;
    const int layers = layers_of(name);
    all.push_back({.title = fmt::format("{} ×{}", name, layers),
                   .folder = name,
                   .settings = {"flow.name=" + name, fmt::format("flow.layers={}", layers)}});
  }
  return all;
}

report::Panel truth(const FlowRun& run) {
  const Array rows = run.dataset.values(data::Split::kTest);
  return {.caption = run.dataset.name, .image = scatter_picture(rows, view_of(rows), static_cast<int>(kCells))};
}

void measure(const FlowRun& run, const StudyOptions& options, PlaneFit& fit) {
  eval::Estimate& figure = fit.figures["log_likelihood"];
  figure = negative_log_likelihood(run.density, run.dataset, data::Split::kTest, {.threads = options.threads});
  figure.mean = -figure.mean;
  const PlaneView view = view_of(run.dataset.values(data::Split::kTest));
  const Array field =
      log_density_grid(run.density, view, {.columns = kCells, .rows = kCells, .threads = options.threads});
  const double highest = report::heat_map_range(field).high;
  fit.panel.image = report::heat_map(field, {.range = report::Range{highest - kDepth, highest}});
}

std::vector<std::string> data_of(const std::vector<PlaneFit>& fits) {
  std::vector<std::string> names;
  for (const PlaneFit& fit : fits) {
    if (names.empty() || names.back() != fit.data) names.push_back(fit.data);
  }
  return names;
}

// The fit of a model to each of the data, nullptr where there is none yet.
std::vector<const PlaneFit*> row_of(const PlaneModel& model, const std::vector<PlaneFit>& fits) {
  std::vector<const PlaneFit*> row;
  for (const std::string& data : data_of(fits)) {
    const auto found = std::find_if(fits.begin(), fits.end(), [&](const PlaneFit& fit) {
      return fit.data == data && fit.model.folder == model.folder;
    });
    row.push_back(found == fits.end() ? nullptr : &*found);
  }
  return row;
}

// A row a model, a column a generator.
report::Table overview(const std::vector<PlaneFit>& fits) {
  std::vector<report::Column> columns{{.name = "flow"}};
  std::vector<report::Cell> entropies{"−entropy"}, errors{"± at most"};
  std::vector<double> best;
  for (const std::string& data : data_of(fits)) {
    columns.push_back({.name = data, .key = data});
    double largest_error = 0, highest = -std::numeric_limits<double>::infinity();
    std::optional<double> entropy;
    for (const PlaneFit& fit : fits) {
      if (fit.data != data) continue;
      const eval::Estimate& figure = fit.figures.at("log_likelihood");
      largest_error = std::max(largest_error, figure.standard_error);
      highest = std::max(highest, figure.mean);
      entropy = fit.entropy;
    }
    best.push_back(highest);
    errors.emplace_back(report::Number{.value = largest_error});
    entropies.push_back(entropy ? report::Cell(report::Number{.value = -*entropy}) : report::Cell());
  }
  report::Table table(columns);
  table.add_row(entropies).add_rule();
  for (const PlaneModel& model : models()) {
    std::vector<report::Cell> cells{model.title};
    size_t column = 0;
    for (const PlaneFit* fit : row_of(model, fits)) {
      const bool is_best = fit && fit->figures.at("log_likelihood").mean == best[column];
      const report::Cell cell =
          fit ? report::Cell(report::Number{.value = fit->figures.at("log_likelihood").mean}) : report::Cell();
      cells.push_back(is_best ? strong(cell) : cell);
      ++column;
    }
    table.add_row(cells);
  }
  table.add_rule().add_row(errors);
  table.add_note(
      "Mean log-likelihood of 2,000 test rows (fewer with --limit), nats; higher is better, and no density is above "
      "−entropy but by chance. ×8: 8 layers. Last row: the largest standard error of a column; all models are measured "
      "on the same rows, so differences are known better than that.");
  return table;
}

report::Table details(const std::vector<PlaneFit>& fits) {
  report::Table table({{.name = "data"},
                       {.name = "flow"},
                       {.name = "−entropy", .key = "negative_entropy"},
                       {.name = "log-likelihood", .key = "log_likelihood"},
                       {.name = "parameters"},
                       {.name = "ms/step", .key = "ms_per_step"}});
  for (const PlaneFit& fit : fits) {
    const eval::Estimate& figure = fit.figures.at("log_likelihood");
    table.add_row({fit.data, fit.model.title,
                   fit.entropy ? report::Cell(report::Number{.value = -*fit.entropy}) : report::Cell(),
                   report::Estimate{.mean = figure.mean, .standard_error = figure.standard_error},
                   report::Count{fit.parameters}, report::Number{.value = fit.ms_per_step}});
  }
  return table;
}

std::vector<std::string> generator_names() {
  std::vector<std::string> names;
  for (const data::Generator& generator : data::generators()) names.emplace_back(generator.name);
  return names;
}

ExitCode run(const StudyOptions& options) {
  return run_plane_study(
      {.name = "density-2d",
       .title = "Flows fitted to two-dimensional densities by maximum likelihood",
       .introduction =
           {"Every family of flows on every generator of the plane: 10,000 training rows, fitted from data to base "
            "whichever direction is the fast one. Planar and Sylvester flows solve for their inverse, inverse "
            "autoregressive ones find column after column; in two dimensions that is cheap.",
            "Left out are families that are parts of others (matrices, normalisations, permutations): by themselves "
            "they fit a normal distribution at best."},
       .drawing = "Log-densities, down to 10 nats below the highest; first the test rows.",
       .settings = {"optimizer.learning_rate=0.005", "optimizer.schedule=cosine", "train.epochs=50",
                    "train.batch_size=250"},
       .data = plane_data(options, generator_names()),
       .models = models(),
       .truth = truth,
       .measure = measure,
       .overview = overview,
       .details = details},
      options);
}

}  // namespace

const Study& study() {
  static const Study study{
      .name = "density-2d",
      .summary = "every family of flows fitted by maximum likelihood to every two-dimensional generator",
      .paper = "data of Grathwohl et al. 2019, FFJORD, and of Rezende & Mohamed 2015",
      .duration = "168 short runs; about six minutes on 2 cores",
      .in_the_plane = true,
      .options = "--data names one of the generators.",
      .run = run};
  return study;
}

}  // namespace elbo::app::density_2d
