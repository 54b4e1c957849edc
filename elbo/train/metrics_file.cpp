#include "elbo/train/metrics_file.h"

#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>

#include "elbo/io/file.h"
#include "elbo/io/json.h"

namespace elbo::train {

namespace {

std::filesystem::path file_of(const std::filesystem::path& run) {
  return run / "metrics.jsonl";
}

// A value that JSON cannot hold is null, and "nonfinite" says which it was.
std::optional<Metrics> metrics_of(const nlohmann::json& json) {
  if (!json.is_object()) return std::nullopt;
  Metrics metrics;
  for (const auto& [name, value] : json.items()) {
    if (value.is_number()) metrics[name] = value.get<double>();
    if (!value.is_null()) continue;
    const auto kinds = json.find("nonfinite");
    const bool known = kinds != json.end() && kinds->is_object() && kinds->contains(name);
    const std::string kind = known && (*kinds)[name].is_string() ? (*kinds)[name].get<std::string>() : "nan";
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    metrics[name] = kind == "inf" ? kInfinity : kind == "-inf" ? -kInfinity : std::numeric_limits<double>::quiet_NaN();
  }
  return metrics;
}

// Each line that is whole, with what it says.
void for_each_line(const std::filesystem::path& run,
                   const std::function<void(std::string_view line, const EpochReport& report)>& take) {
  std::error_code error;
  if (!std::filesystem::exists(file_of(run), error)) return;
  const std::string text = io::read_text(file_of(run));
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = std::string_view(text).substr(start, end - start);
    if (const auto report = report_of(line)) take(line, *report);
    start = end + 1;
  }
}

}  // namespace

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

std::optional<EpochReport> report_of(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto counts = [&](const char* key) { return json.contains(key) && json[key].is_number_integer(); };
  if (!json.is_object() || !counts("epoch") || !counts("step") || !json.contains("train")) return std::nullopt;
  EpochReport report{.epoch = json["epoch"].get<int64_t>(), .step = json["step"].get<int64_t>()};
  const std::optional<Metrics> train = metrics_of(json["train"]);
  const std::optional<Metrics> validation =
      json.contains("validation") ? metrics_of(json["validation"]) : std::optional(Metrics{});
  if (!train || !validation || report.epoch < 1 || report.step < 1) return std::nullopt;
  report.train = *train;
  report.validation = *validation;
  if (json.contains("seconds") && json["seconds"].is_number()) report.seconds = json["seconds"].get<double>();
  return report;
}

void append_metrics(const std::filesystem::path& run, const EpochReport& report) {
  io::append_line(file_of(run), line_of(report));
}

void sync_metrics(const std::filesystem::path& run) {
  io::sync_file(file_of(run));
}

std::vector<EpochReport> read_metrics(const std::filesystem::path& run, int64_t last_epoch) {
  std::vector<EpochReport> reports;
  for_each_line(run, [&](std::string_view /*line*/, const EpochReport& report) {
    if (report.epoch <= last_epoch) reports.push_back(report);
  });
  return reports;
}

void cut_metrics(const std::filesystem::path& run, int64_t last_epoch, std::vector<std::string>* warnings) {
  std::string kept, missing;
  int64_t next = 1;  // the epoch whose line is due
  const auto miss_until = [&](int64_t epoch) {
    if (next >= epoch) return;
    missing += fmt::format("{}{}", missing.empty() ? "" : ", ", next);
    if (next < epoch - 1) missing += fmt::format(" to {}", epoch - 1);
  };
  for_each_line(run, [&](std::string_view line, const EpochReport& report) {
    if (report.epoch < next || report.epoch > last_epoch) return;
    miss_until(report.epoch);
    next = report.epoch + 1;
    kept.append(line).append("\n");
  });
  miss_until(last_epoch + 1);
  if (!missing.empty() && warnings != nullptr) {
    warnings->push_back(
        fmt::format("{}: lines are missing or damaged, of epoch {}: curves will lack them; training "
                    "does not depend on them",
                    file_of(run).string(), missing));
  }
  io::write_atomic(file_of(run), std::string_view(kept));
}

}  // namespace elbo::train
