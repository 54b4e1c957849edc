#include "elbo/studies/study.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "elbo/settings/error.h"
#include "elbo/settings/names.h"
#include "elbo/studies/measure.h"
#include "elbo/studies/own_internal.h"
#include "elbo/studies/picture.h"
#include "elbo/studies/prose.h"
#include "elbo/studies/table.h"

namespace elbo::studies {
namespace {

const Schema kGroupSchema{.options = {Text{.key = "name", .value = "", .meaning = "a folder for its models"},
                                      Text{.key = "title", .value = "", .meaning = "in tables; empty: the name"}}};
const Schema kModelSchema{.options = {Text{.key = "name", .value = "", .meaning = "a folder for its run"},
                                      Text{.key = "title", .value = "", .meaning = "in tables; empty: the name"},
                                      Text{.key = "group", .value = "", .meaning = "name of one of the groups"},
                                      Text{.key = "paper", .value = "", .meaning = "where it is from"}}};

// Keys of tables and pictures under which quantities stand.
constexpr std::array kQuantityKeys{"quantity", "reference", "low", "high"};

constexpr size_t kMostElements = 1000;  // of a list of models or groups

// "models.3.title" begins with "models.": 3, and "title" is left.
std::optional<std::pair<size_t, std::string>> list_element(std::string_view key, std::string_view list) {
  if (!key.starts_with(list)) return std::nullopt;
  key.remove_prefix(list.size());
  size_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (error != std::errc() || index >= kMostElements) return std::nullopt;
  key.remove_prefix(static_cast<size_t>(end - key.data()));
  return std::pair(index, std::string(key.substr(std::min<size_t>(1, key.size()))));
}

// What is said of one model or group, apart from its settings and its figures.
struct Said {
  std::string origin;  // where it begins
  std::vector<Assignment> own, settings;
  std::map<std::string, double, std::less<>> figures;
};

bool takes_settings(const Assignment& assignment, const std::string& key, std::vector<Assignment>& settings) {
  if (!key.starts_with("settings.")) return false;
  settings.push_back(assignment);
  settings.back().key = key.substr(std::string_view("settings.").size());
  return true;
}

void take_said(const Assignment& assignment, const std::string& key, Said& said) {
  if (said.origin.empty()) said.origin = assignment.origin.text;
  if (key.empty() && assignment.empty_table) return;  // its beginning
  if (takes_settings(assignment, key, said.settings)) return;
  if (key.starts_with("figures.")) {
    const auto& value = std::get<Literal>(assignment.value).value;
    const auto* number = std::get_if<double>(&value);
    const auto* whole = std::get_if<int64_t>(&value);
    if (number == nullptr && whole == nullptr) {
      throw ConfigError(fmt::format("{}: {}: must be a number", assignment.origin.text, assignment.key));
    }
    said.figures[key.substr(std::string_view("figures.").size())] =
        number != nullptr ? *number : static_cast<double>(*whole);
    return;
  }
  said.own.push_back(assignment);
  said.own.back().key = key;
}

Settings resolved_entry(const Schema& schema, const Said& said, const std::string& kind) {
  Settings settings = resolve(schema, said.own);
  const std::string& name = settings.text("name");
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  if (name.empty() || name.front() == '.' || !std::all_of(name.begin(), name.end(), is_plain)) {
    throw ConfigError(
        fmt::format("{}: the name of a {} is \"{}\": it becomes a folder, and must be of letters, digits, - "
                    "and _",
                    said.origin, kind, shortened(name)));
  }
  return settings;
}

// Whether each names a quantity, or a difference of two.
void check_quantities(const Settings& settings, const std::vector<std::string>& known) {
  for (const Settings::Entry& entry : settings.entries()) {
    for (const Settings& inside : entry.inside) check_quantities(inside, known);
    if (std::find(kQuantityKeys.begin(), kQuantityKeys.end(), entry.option->key) == kQuantityKeys.end()) continue;
    for (const std::string& part : quantity_parts(std::get<std::string>(entry.value))) {
      if (std::find(known.begin(), known.end(), part) != known.end()) continue;
      settings.refuse(entry.option->key, unknown_name("quantity", part, known));
    }
  }
}

std::string stem_of(std::string_view file) {
  return std::filesystem::path(file).stem().string();
}

Study study_of(const std::vector<Assignment>& assignments, std::string_view file) {
  Study study{
      .name = stem_of(file), .settings = {}, .said = {}, .common = {}, .groups = {{}}, .models = {}, .page = {}};
  std::vector<Said> groups, models;
  std::string page_origin;
  for (const Assignment& assignment : assignments) {
    const auto in = [&](std::vector<Said>& list, const char* name) {
      const auto found = list_element(assignment.key, name);
      if (!found) return false;
      if (list.size() <= found->first) list.resize(found->first + 1);
      take_said(assignment, found->second, list[found->first]);
      return true;
    };
    if (assignment.key == "page") {
      const auto* text = std::get_if<std::string>(&std::get<Literal>(assignment.value).value);
      if (text == nullptr) throw ConfigError(assignment.origin.text + ": page: must be a text in quotes");
      study.page = *text;
      page_origin = assignment.origin.text;
      continue;
    }
    for (const char* list : {"models", "groups", "settings"}) {
      if (assignment.key != list || assignment.empty_table) continue;
      throw ConfigError(fmt::format("{}: {}: must be {}", assignment.origin.text, list,
                                    std::string_view(list) == "settings"
                                        ? "a table, [settings]"
                                        : fmt::format("a list of tables, [[{}]]", list)));
    }
    if (takes_settings(assignment, assignment.key, study.common) || in(groups, "groups.") || in(models, "models.")) {
      continue;
    }
    study.said.push_back(assignment);
  }
  study.settings = resolve(study_schema(), study.said);
  if (models.empty()) throw ConfigError(fmt::format("{}: a study needs models: [[models]]", file));

  std::vector<std::string> names;
  for (const Said& said : groups) {
    const Settings settings = resolved_entry(kGroupSchema, said, "group");
    const std::string name = settings.text("name"), title = settings.text("title");
    study.groups.push_back({.name = name, .title = title.empty() ? name : title, .settings = said.settings});
    names.push_back(name);
  }
  for (const Said& said : models) {
    const Settings settings = resolved_entry(kModelSchema, said, "model");
    const std::string &name = settings.text("name"), &title = settings.text("title"), &group = settings.text("group");
    StudyModel model{.name = name,
                     .title = title.empty() ? name : title,
                     .paper = settings.text("paper"),
                     .figures = said.figures,
                     .settings = said.settings};
    if (!group.empty()) {
      const auto found = std::find(names.begin(), names.end(), group);
      if (found == names.end()) settings.refuse("group", unknown_name("group", group, names));
      model.group = static_cast<size_t>(found - names.begin()) + 1;
    }
    if (study.find(study.id(model)) != nullptr) settings.refuse("name", "there is such a model already");
    study.models.push_back(std::move(model));
  }
  check_quantities(study.settings, quantities_of(study));
  if (const std::string fault = page_fault(study); !fault.empty()) {
    throw ConfigError(fmt::format("{}: page: {}", page_origin, fault), "page");
  }
  return study;
}

}  // namespace

std::string Study::id(const StudyModel& model) const {
  return model.group == 0 ? model.name : groups[model.group].name + "/" + model.name;
}

const StudyModel* Study::find(std::string_view wanted) const {
  const auto found = std::find_if(models.begin(), models.end(), [&](const StudyModel& m) { return id(m) == wanted; });
  return found == models.end() ? nullptr : &*found;
}

const Schema& study_schema() {
  static const Schema schema{
      .options = {
          Text{.key = "title", .value = "", .meaning = "of the page"},
          Text{.key = "subtitle", .value = "", .meaning = "of the page, a line"},
          Text{.key = "summary", .value = "", .meaning = "what it is, in a line of the list of studies"},
          Text{.key = "paper", .value = "", .meaning = "what is reproduced"},
          Text{.key = "duration", .value = "", .meaning = "what it takes, on which machine"},
          Texts{.key = "data",
                .value = {},
                .meaning = "data sets, each for all models; empty: the one that settings name"},
          Integer{
              .key = "seeds",
              .value = 0,
              .meaning = "how often each model is trained, with seeds one after the other; 0: once, and that is all",
              .limits = {.at_least = 0, .at_most = 1000}},
          Integer{.key = "checkpoints",
                  .value = 0,
                  .meaning = "of each run, over all its epochs; 0: as its settings have it",
                  .limits = {.at_least = 0}},
          Part{.key = "measures",
               .value = "none",
               .meaning = "what is measured of each trained model",
               .rows = measures().view(),
               .optional = true,
               .chain = true},
          table_part(),
          picture_part(),
      }};
  return schema;
}

std::vector<std::string> quantities_of(const Study& study) {
  std::vector<std::string> names{"parameters", "ms_per_step", "seconds", "count_train", "count_test", "entropy"};
  for (const Settings& measure : study.settings.parts("measures")) {
    for (std::string& name : measure.row<Measure>().quantities(measure)) names.push_back(std::move(name));
  }
  for (const StudyModel& model : study.models) {
    for (const auto& [name, value] : model.figures) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

Study parse_study(std::string_view toml, std::string_view file) {
  return study_of(assignments_of_text(toml, file), file);
}

Study read_study(const std::filesystem::path& file) {
  return study_of(assignments_of_file(file), file.string());
}

Study with(const Study& study, const std::vector<Assignment>& more) {
  Study result = study;
  result.said.insert(result.said.end(), more.begin(), more.end());
  result.settings = resolve(study_schema(), result.said);
  return result;
}

const std::vector<Study>& own_studies() {
  static const std::vector<Study> all = [] {
    std::vector<Study> studies;
    for (const OwnFile& file : own_files()) {
      studies.push_back(parse_study(file.text, file.name));
      studies.back().own = true;
    }
    return studies;
  }();
  return all;
}

Study find_study(const std::string& name) {
  if (name.ends_with(".toml")) return read_study(name);
  std::vector<std::string> known;
  for (const Study& study : own_studies()) {
    if (study.name == name) return study;
    known.push_back(study.name);
  }
  throw ConfigError(unknown_name("study", name, known) + "; a file of your own ends in .toml");
}

}  // namespace elbo::studies
