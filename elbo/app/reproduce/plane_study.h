// Studies of flows in the plane: every model on every two-dimensional data set; tables, one drawing, one page.
//
//   const PlaneStudy study{.name = "density-2d", ..., .data = {"rings"}, .models = {{.title = "planar ×8", ...}}};
//   return run_plane_study(study, options);
//
// Writes FOLDER/DATA/MODEL/ (a run each, as "elbo train" makes it), table.md, table.csv, table.json, densities.svg and
// report.html; all but the runs anew after each data set, so that there is something to see while others train.  A
// run that is finished is not trained again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "elbo/app/config/config.h"
#include "elbo/app/reproduce/study.h"
#include "elbo/app/run/flow_run.h"
#include "elbo/eval/evaluate.h"
#include "elbo/report/panels.h"
#include "elbo/report/table.h"

namespace elbo::app {

struct PlaneModel {
  std::string title;                  // "planar ×8"
  std::string folder;                 // "planar-8"
  std::vector<std::string> settings;  // "key=value", beyond those of the study
};

// What came of one model on one data set.
struct PlaneFit {
  std::string data;
  PlaneModel model;
  std::map<std::string, eval::Estimate> figures;  // by names of the study's own
  std::optional<double> entropy;                  // of the data, nats
  int64_t parameters = 0;
  double ms_per_step = 0;
  report::Panel panel;
};

struct PlaneStudy {
  std::string_view name;  // of the command
  std::string title;      // of page and drawing
  // Paragraphs of the page: what is done, above the table, and how to read the drawing.
  std::vector<std::string> introduction;
  std::string drawing;
  std::vector<std::string> settings;  // "key=value", of all runs
  std::vector<std::string> data;
  std::vector<PlaneModel> models;
  // The picture that stands first in a row: the data, or the true density.
  report::Panel (*truth)(const FlowRun& run) = nullptr;
  // Fills in figures and panel.
  void (*measure)(const FlowRun& run, const StudyOptions& options, PlaneFit& fit) = nullptr;
  // For eyes (text, Markdown, HTML) and for programs (CSV, JSON).
  report::Table (*overview)(const std::vector<PlaneFit>& fits) = nullptr;
  report::Table (*details)(const std::vector<PlaneFit>& fits) = nullptr;
};

ExitCode run_plane_study(const PlaneStudy& study, const StudyOptions& options);

// All of `known`, or the one of them that --data names.  Throws ConfigError for another one.
std::vector<std::string> plane_data(const StudyOptions& options, const std::vector<std::string>& known);

}  // namespace elbo::app
