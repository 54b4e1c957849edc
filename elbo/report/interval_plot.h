// Intervals of a quantity, one row for each thing compared: two figures of each, and what lies between them.
//
//   const Svg svg = interval_plot({.title = "Bound and evidence", .x = "nats per image",
//                                  .low = "NLL", .high = "−ELBO",
//                                  .rows = {{.name = "diagonal", .low = {93.1, 93.3}, .high = {98.2, 98.4}}}});
//
// Each value (a seed's, say) is a dot; a bar joins the means of the two kinds.
#pragma once

#include <string>
#include <vector>

#include "elbo/report/svg.h"

namespace elbo::report {

struct IntervalRow {
  std::string name;
  std::vector<double> low;
  std::vector<double> high;
};

struct IntervalPlot {
  std::string title;
  std::string x;          // what the axis shows, with its unit
  std::string low, high;  // names of the two kinds of values, for the legend
  std::vector<IntervalRow> rows;
  int width = 720;  // CSS pixels; the height follows from the rows
};

// Values that are not finite are left out.
Svg interval_plot(const IntervalPlot& plot);

}  // namespace elbo::report
