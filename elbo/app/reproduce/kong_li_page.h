// report.html of the study: the finding in plain sentences with the figures of these runs, tables, curves, pictures.
#pragma once

#include <string>
#include <vector>

#include "elbo/app/reproduce/kong_li_result.h"
#include "elbo/report/svg.h"

namespace elbo::app::kong_li {

struct NamedDrawing {
  std::string file;  // "curves-as-published.svg"
  std::string caption;
  report::Svg drawing;
};
// Training curves, one drawing for each variant that was run.
std::vector<NamedDrawing> curves(const StudyOptions& options, const std::vector<FinishedRun>& runs);

struct PageInput {
  const StudyOptions& options;
  const std::vector<FinishedRun>& runs;
  size_t planned = 0;  // runs in all; fewer are finished while the study goes on
};
std::string page(const PageInput& input);

}  // namespace elbo::app::kong_li
