// What training made of its loss, epoch by epoch: a curve a model, the mean over its seeds.
#include <algorithm>
#include <vector>

#include "elbo/report/line_plot.h"
#include "elbo/studies/picture.h"
#include "elbo/studies/prose.h"

namespace elbo::studies {
namespace {

// Means over the runs of a row, as far as all of them came; empty where the metric is not theirs.
std::vector<double> curve_of(const Row& row, const std::string& metric) {
  std::vector<double> values;
  for (const FinishedRun* run : row.runs) {
    std::vector<double> own;
    for (const auto& epoch : run->result.epochs) {
      if (epoch.contains(metric)) own.push_back(epoch.at(metric) / static_cast<double>(row.runs.size()));
    }
    if (values.empty()) values.assign(own.size(), 0.0);
    values.resize(std::min(values.size(), own.size()));
    for (size_t i = 0; i < values.size(); ++i) values[i] += own[i];
  }
  return values;
}

Drawn draw_curves(const StudyResults& results, size_t /*index*/, const Settings& settings) {
  const std::vector<std::string>&groups = settings.texts("groups"), &metrics = settings.texts("metrics");
  const std::vector<std::string>& names = settings.texts("names");
  std::vector<report::Series> all;
  std::vector<std::string> colors;  // models of one name have one, in whatever group
  std::vector<double> first;        // curve of the first model
  std::optional<size_t> first_group;
  for (const Row& row : rows_of(results)) {
    const ModelGroup& group = results.study.groups[row.model->group];
    if (!groups.empty() && std::find(groups.begin(), groups.end(), group.name) == groups.end()) continue;
    auto color = std::find(colors.begin(), colors.end(), row.model->name);
    if (color == colors.end()) color = colors.insert(colors.end(), row.model->name);
    if (!first_group) first_group = row.model->group;
    std::vector<double> before;
    for (size_t m = 0; m < metrics.size(); ++m) {
      std::vector<double> values = curve_of(row, metrics[m]);
      if (values.empty() || values == before) continue;  // the one is the other
      before = values;
      if (first.empty()) first = values;
      std::string name = row.model->title;
      if (groups.size() > 1) name += ", " + group.title;
      if (m < names.size()) name += ": " + names[m];
      report::Series series{.name = name,
                            .x = {},
                            .y = {},
                            .markers = values.size() < 2,
                            .dashed = m > 0 || row.model->group != *first_group,
                            .color = static_cast<int>(color - colors.begin())};
      const bool against = settings.flag("against_first");
      for (size_t i = 0; i < (against ? std::min(values.size(), first.size()) : values.size()); ++i) {
        series.x.push_back(static_cast<double>(i + 1));
        series.y.push_back(values[i] - (against ? first[i] : 0));
      }
      all.push_back(std::move(series));
    }
  }
  if (all.empty()) return {};
  const report::Svg svg = report::line_plot({.title = filled(settings.text("title"), results).value_or(""),
                                             .x = {.label = "epoch", .integers = true},
                                             .y = {.label = settings.text("label"), .unit = settings.text("unit")},
                                             .series = std::move(all),
                                             .width = 760,
                                             .height = 460});
  return {.file = svg, .parts = {{.heading = "", .figures = {{.drawing = svg, .caption = settings.text("caption")}}}}};
}

}  // namespace

extern const PictureKind kCurvesPicture;
const PictureKind kCurvesPicture{
    .name = "curves",
    .description = "metrics of training by epoch, a curve for each model",
    .paper = "",
    .settings = {Texts{.key = "metrics",
                       .value = {"loss"},
                       .meaning = "as training notes them, the first solid and the others dashed"},
                 Texts{.key = "names", .value = {}, .meaning = "of the metrics, in the legend"},
                 Texts{.key = "groups", .value = {}, .meaning = "whose models are shown; empty: all"},
                 Flag{.key = "against_first", .value = false, .meaning = "less the curve of the first model"},
                 Text{.key = "label", .value = "loss", .meaning = "of the vertical axis"},
                 Text{.key = "unit", .value = "nats per example", .meaning = "behind that"}},
    .draw = draw_curves};

}  // namespace elbo::studies
