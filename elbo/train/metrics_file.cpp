#include "elbo/train/metrics_file.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "elbo/io/file.h"
#include "elbo/io/json.h"

namespace elbo::train {

namespace {

std::filesystem::path file_of(const std::filesystem::path& run) {
  return run / "metrics.jsonl";
}

std::string line_of(const EpochReport& report) {
  const auto object = [](const Metrics& metrics) {
    io::JsonObject json;
    for (const auto& [name, value] : metrics) json.set(name, value);
    return json;
  };
  io::JsonObject line;
  line.set("epoch", report.epoch).set("step", report.step).set("train", object(report.train));
  if (!report.validation.empty()) line.set("validation", object(report.validation));
  line.set("seconds", report.seconds);
  return line.text();
}

Metrics metrics_of(const nlohmann::json& json) {
  Metrics metrics;
  for (const auto& [name, value] : json.items()) {
    if (value.is_number()) metrics[name] = value.get<double>();
    if (value.is_null()) metrics[name] = std::numeric_limits<double>::quiet_NaN();
  }
  return metrics;
}

}  // namespace

void append_metrics(const std::filesystem::path& run, const EpochReport& report) {
  io::append_line(file_of(run), line_of(report));
}

std::vector<EpochReport> read_metrics(const std::filesystem::path& run, int64_t last_epoch) {
  std::vector<EpochReport> reports;
  if (!std::filesystem::exists(file_of(run))) return reports;
  const std::string text = io::read_text(file_of(run));
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const auto json = nlohmann::json::parse(text.substr(start, end - start), nullptr, /*allow_exceptions=*/false);
    start = end + 1;
    if (!json.is_object() || !json.contains("epoch") || !json["epoch"].is_number_integer()) continue;
    EpochReport report;
    report.epoch = json["epoch"].get<int64_t>();
    if (report.epoch > last_epoch) break;
    if (json.contains("step") && json["step"].is_number_integer()) report.step = json["step"].get<int64_t>();
    if (json.contains("train")) report.train = metrics_of(json["train"]);
    if (json.contains("validation")) report.validation = metrics_of(json["validation"]);
    if (json.contains("seconds") && json["seconds"].is_number()) report.seconds = json["seconds"].get<double>();
    reports.push_back(std::move(report));
  }
  return reports;
}

void write_metrics(const std::filesystem::path& run, const std::vector<EpochReport>& reports) {
  std::string text;
  for (const EpochReport& report : reports) text += line_of(report) + "\n";
  io::write_atomic(file_of(run), std::string_view(text));
}

}  // namespace elbo::train
