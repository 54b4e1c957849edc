// Two quantities of each model and what lies between them; a dot a seed.
#include "elbo/report/interval_plot.h"
#include "elbo/studies/picture.h"
#include "elbo/studies/prose.h"

namespace elbo::studies {

extern const PictureKind kIntervalsPicture;
const PictureKind kIntervalsPicture{
    .name = "intervals",
    .description = "a bar for each model between two quantities, a dot for each seed",
    .paper = "",
    .settings = {Text{.key = "low", .value = "", .meaning = "quantity at one end"},
                 Text{.key = "high", .value = "", .meaning = "quantity at the other"},
                 Text{.key = "low_title", .value = "", .meaning = "its name in the legend"},
                 Text{.key = "high_title", .value = "", .meaning = "its name in the legend"},
                 Text{.key = "label", .value = "nats per example", .meaning = "of the axis"}},
    .draw = [](const StudyResults& results, size_t /*index*/, const Settings& settings) -> Drawn {
      report::IntervalPlot plot{.title = filled(settings.text("title"), results).value_or(""),
                                .x = settings.text("label"),
                                .low = settings.text("low_title"),
                                .high = settings.text("high_title"),
                                .rows = {}};
      for (const Row& row : rows_of(results)) {
        const auto values = [&](const char* end) {
          std::vector<double> all;
          for (const FinishedRun* run : row.runs) {
            const auto found = run->result.figures.find(settings.text(end));
            if (found != run->result.figures.end()) all.push_back(found->second.mean);
          }
          return all;
        };
        plot.rows.push_back({.name = row.model->title, .low = values("low"), .high = values("high")});
      }
      const report::Svg svg = report::interval_plot(plot);
      return {.file = svg,
              .parts = {{.heading = "", .figures = {{.drawing = svg, .caption = settings.text("caption")}}}}};
    }};

}  // namespace elbo::studies
