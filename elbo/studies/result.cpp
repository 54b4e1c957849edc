#include "elbo/studies/result.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "elbo/io/file.h"
#include "elbo/settings/error.h"

namespace elbo::studies {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "study-result-1";
constexpr const char* kFile = "result.json";

// What is not finite (the error of a single row) is null.
Json json_of(const Figures& figures) {
  Json json = Json::object();
  for (const auto& [name, figure] : figures) {
    if (figure.samples == 0) {
      json[name] = figure.mean;
    } else {
      json[name] = {{"mean", figure.mean}, {"standard_error", figure.standard_error}, {"samples", figure.samples}};
    }
  }
  return json;
}

double number(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

Figures figures_of(const Json& json) {
  Figures figures;
  for (const auto& [name, value] : json.items()) {
    figures[name] = !value.is_object() ? plain(number(value))
                                       : eval::Estimate{.mean = number(value.at("mean")),
                                                        .standard_error = number(value.at("standard_error")),
                                                        .samples = value.at("samples").get<int64_t>()};
  }
  return figures;
}

}  // namespace

std::string to_json(const RunResult& result) {
  const Json json{{"format", kFormat},
                  {"figures", json_of(result.figures)},
                  {"epochs", result.epochs},
                  {"measured", result.measured},
                  {"config", result.config}};
  return json.dump(1) + "\n";
}

RunResult result_from_json(const std::string& text, const std::string& file) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != kFormat) throw CorruptFileError(file + ": is not of the format " + kFormat);
    return {.config = json.at("config").get<std::string>(),
            .measured = json.at("measured").get<std::string>(),
            .figures = figures_of(json.at("figures")),
            .epochs = json.at("epochs").get<std::vector<std::map<std::string, double>>>()};
  } catch (const nlohmann::json::exception& error) {
    throw CorruptFileError(file + ": is no result of a run; delete it to have the run evaluated again (" +
                           error.what() + ")");
  }
}

std::optional<RunResult> read_result(const std::filesystem::path& run) {
  const std::filesystem::path path = run / kFile;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return result_from_json(io::read_text(path, {.error = ExitCode::kCorruptFile}), path.string());
}

void write_result(const std::filesystem::path& run, const RunResult& result) {
  io::write_atomic(run / kFile, std::string_view(to_json(result)));
}

Pooled pooled(const std::vector<eval::Estimate>& runs) {
  Pooled result;
  const auto count = static_cast<double>(runs.size());
  for (const eval::Estimate& run : runs) {
    result.estimate.mean += run.mean / count;
    result.estimate.standard_error += run.standard_error / count;
    result.estimate.samples = run.samples;
  }
  if (runs.size() < 2) return result;
  double squares = 0;
  for (const eval::Estimate& run : runs)
    squares += (run.mean - result.estimate.mean) * (run.mean - result.estimate.mean);
  result.spread = std::sqrt(squares / (count - 1));
  return result;
}

std::vector<std::string> quantity_parts(const std::string& quantity) {
  if (quantity.empty()) return {};
  const size_t minus = quantity.find('-');
  if (minus == quantity.npos) return {quantity};
  return {quantity.substr(0, minus), quantity.substr(minus + 1)};
}

std::optional<Pooled> Row::figure(const std::string& quantity) const {
  const std::vector<std::string> parts = quantity_parts(quantity);
  if (parts.size() == 2) {
    const std::optional<Pooled> a = figure(parts[0]), b = figure(parts[1]);
    if (!a || !b) return std::nullopt;
    return Pooled{.estimate = plain(a->estimate.mean - b->estimate.mean), .spread = std::nullopt};
  }
  std::vector<eval::Estimate> all;
  for (const FinishedRun* run : runs) {
    const auto found = run->result.figures.find(quantity);
    if (found != run->result.figures.end()) all.push_back(found->second);
  }
  if (!all.empty()) return pooled(all);
  const auto known = model->figures.find(quantity);
  if (known == model->figures.end()) return std::nullopt;
  return Pooled{.estimate = plain(known->second), .spread = std::nullopt};
}

std::vector<Row> rows_of(const StudyResults& results) {
  std::vector<Row> rows;
  // The plan's order is data set by data set within each seed.
  for (const FinishedRun& run : results.runs) {
    const auto same = [&](const Row& row) { return row.model == run.plan->model && row.data == run.plan->data; };
    auto found = std::find_if(rows.begin(), rows.end(), same);
    if (found == rows.end())
      found = rows.insert(rows.end(), {.model = run.plan->model, .data = run.plan->data, .runs = {}});
    found->runs.push_back(&run);
  }
  return rows;
}

std::string results_json(const StudyResults& results) {
  Json list = Json::array();
  for (const FinishedRun& run : results.runs) {
    const StudyModel& model = *run.plan->model;
    Json known = Json::object();
    for (const auto& [name, value] : model.figures) known[name] = value;
    list.push_back({{"folder", run.plan->folder.string()},
                    {"model", results.study.id(model)},
                    {"title", model.title},
                    {"data", run.plan->data},
                    {"seed", run.plan->seed},
                    {"known", known},
                    {"figures", json_of(run.result.figures)}});
  }
  const Json json{{"study", results.study.name},
                  {"command", command_of(results.study, results.options)},
                  {"folder", results.options.folder.string()},
                  {"runs", list}};
  return json.dump();
}

}  // namespace elbo::studies
