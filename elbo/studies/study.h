// A study: models to be trained and compared, what is measured of them, and how that is shown, as one TOML file.
//
//   const Study study = find_study("kong-li");            // one of the program's own, or "my-study.toml"
//   const StudyOutcome outcome = run_study(study, {.folder = "kong-li"});                              // runner.h
//
//   title = "Two flows"
//   settings.model = "flow"                     # of all runs: what a configuration of "elbo train" may hold
//   models = [{name = "maf", settings.flow = "maf"}, {name = "nsf", settings.flow = "nsf-coupling"}]
//   measures = ["evaluate"]                     # measure.h
//   tables = [{name = "list", columns = [{name = "model"}, {name = "figure", quantity = "nll_test"}]}]    # table.h
//   page = "## What comes out\n\n{{table table}}"                                                          # prose.h
//
// Pictures (picture.h), groups of models that have settings in common, several data sets and seeds: docs/howto/
// add-a-study.md.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/settings/config.h"

namespace elbo::studies {

// What the models of a group have in common.
struct ModelGroup {
  std::string name;
  std::string title;
  std::vector<Assignment> settings;
};

struct StudyModel {
  std::string name;   // of its folder
  std::string title;  // in tables
  std::string paper;
  size_t group = 0;                                    // of Study::groups
  std::map<std::string, double, std::less<>> figures;  // known from elsewhere: printed ones
  std::vector<Assignment> settings;
};

struct Study {
  std::string name;                // "kong-li": the file's without its ending
  bool own = false;                // of the program, by its name alone
  Settings settings;               // of study_schema()
  std::vector<Assignment> said;    // that these came from
  std::vector<Assignment> common;  // settings of all runs
  std::vector<ModelGroup> groups;  // the first has no name: models without a group are in it
  std::vector<StudyModel> models;
  std::string page;  // what prose.h reads

  const std::string& text(std::string_view key) const { return settings.text(key); }
  // "as-published/planar-8": how a page and --only name it.
  std::string id(const StudyModel& model) const;
  // Null where there is none of that id.
  const StudyModel* find(std::string_view id) const;
};

// All but models, groups, settings and page.
const Schema& study_schema();

// Throws ConfigError, with file and line, for whatever in it is wrong.
Study read_study(const std::filesystem::path& file);
Study parse_study(std::string_view toml, std::string_view file);
// The same with other settings of the study itself: "measures.0.importance_samples=5".
Study with(const Study& study, const std::vector<Assignment>& more);

// The program's own: the files in elbo/studies.
const std::vector<Study>& own_studies();
// By the name of an own one, or the path of a file that ends in .toml.  ConfigError that lists the known names.
Study find_study(const std::string& name);

// Quantities that tables and pictures may ask for: of every run, of the measures, and figures of the models.
std::vector<std::string> quantities_of(const Study& study);

}  // namespace elbo::studies
