// Densities of the plane: of each model, behind the data or the true density of each data set.
#include <algorithm>
#include <cmath>

#include "elbo/data/energies.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/report/heat_map.h"
#include "elbo/report/panels.h"
#include "elbo/run/density_pictures.h"
#include "elbo/settings/error.h"
#include "elbo/studies/picture.h"
#include "elbo/studies/prose.h"

namespace elbo::studies {
namespace {

constexpr double kDepth = 10;       // nats below the highest density that the colors tell apart
constexpr double kPanelSize = 150;  // CSS pixels
constexpr int kPageColumns = 7;     // panels in a row of the page

Array exp_of(const Array& field) {
  Array result(DType::kF32, field.shape());
  const auto src = field.values<float>();
  for (size_t i = 0; i < src.size(); ++i) result.values<float>()[i] = std::exp(src[i]);
  return result;
}

Array true_log_density(const data::Energy& energy, const run::PlaneView& view, int64_t cells) {
  const Array points = run::plane_grid(view, {.columns = cells, .rows = cells}).cast(DType::kF32);
  Graph graph;
  graph.output("log_p", energy.log_density(graph.input("z", points.shape())) - energy.log_normalizer);
  return compile(graph).run({{"z", points}}, {}).at("log_p").reshaped({cells, cells});
}

// The model's picture, then that of the data set.
std::vector<report::Image> take_densities(const MeasureSite& site, const Settings& settings) {
  const data::Dataset& dataset = site.run.dataset;
  if (dataset.dim() != 2) settings.refuse("shows densities of two dimensions");
  const data::Energy* energy = settings.flag("exact") ? data::energies().find_if_known(dataset.name) : nullptr;
  if (settings.flag("exact") && energy == nullptr) {
    settings.refuse("exact", "the density of " + dataset.name + " is not known; it must be false");
  }
  const Array rows = dataset.original(data::Split::kTest);
  const std::vector<double>& box = settings.numbers("box");
  const int64_t cells = settings.integer("cells");
  if (!box.empty() && (box.size() != 2 || box[0] >= box[1]))
    settings.refuse("box", "must be two numbers, the lower first");
  const run::PlaneView view =
      box.empty() ? run::view_of(rows) : run::PlaneView{.x = {box[0], box[1]}, .y = {box[0], box[1]}};
  const Array field =
      run::log_density_grid(*site.run.model, dataset, view, {.columns = cells, .rows = cells, .threads = site.threads});
  if (energy == nullptr) {
    const double highest = report::heat_map_range(field).high;
    return {report::heat_map(field, {.range = report::Range{highest - kDepth, highest}}),
            run::scatter_picture(rows, view, static_cast<int>(cells))};
  }
  const Array truth = exp_of(true_log_density(*energy, view, cells));
  const report::HeatMapOptions same{.range = report::Range{0, report::heat_map_range(truth).high}};
  return {report::heat_map(exp_of(field), same), report::heat_map(truth, same)};
}

Drawn draw_densities(const StudyResults& results, size_t index, const Settings& settings) {
  Drawn drawn;
  std::vector<report::Panel> all;
  size_t widest = 0;
  std::vector<Row> rows = rows_of(results);
  for (size_t i = 0; i < rows.size();) {
    const std::string& data = rows[i].data;
    std::vector<report::Panel> panels{{.caption = data, .image = rows[i].runs.front()->images[index][1]}};
    for (; i < rows.size() && rows[i].data == data; ++i) {
      panels.push_back({.caption = rows[i].model->title, .image = rows[i].runs.front()->images[index][0]});
    }
    widest = std::max(widest, panels.size());
    drawn.parts.push_back(
        {.heading = "",
         .figures = {{.drawing = report::panels(panels, {.columns = kPageColumns, .panel_size = kPanelSize}),
                      .caption = data}}});
    all.insert(all.end(), panels.begin(), panels.end());
  }
  if (all.empty()) return drawn;
  drawn.file = report::panels(all, {.title = filled(settings.text("title"), results).value_or(""),
                                    .columns = static_cast<int>(widest),
                                    .panel_size = kPanelSize});
  return drawn;
}

}  // namespace

extern const PictureKind kDensitiesPicture;
const PictureKind kDensitiesPicture{
    .name = "densities",
    .description = "densities of the plane side by side, a row for each data set, of the first seed",
    .paper = "",
    .settings = {Flag{.key = "exact",
                      .value = false,
                      .meaning = "densities as they are, first that of the energy; false: their logs, down to 10 nats "
                                 "below the highest, first the test rows"},
                 Numbers{.key = "box",
                         .value = {},
                         .meaning = "lower and upper end of both axes; empty: where the test rows lie"},
                 Integer{.key = "cells",
                         .value = 96,
                         .meaning = "a side of each picture",
                         .limits = {.at_least = 8, .at_most = 1024}}},
    .take = take_densities,
    .draw = draw_densities};

}  // namespace elbo::studies
