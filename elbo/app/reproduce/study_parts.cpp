#include "elbo/app/reproduce/study_parts.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "elbo/app/run/messages.h"
#include "elbo/io/file.h"
#include "elbo/train/interrupt.h"

namespace elbo::app {

namespace fs = std::filesystem;

void stop_if_interrupted() {
  if (const int signal = train::InterruptGuard::signal(); signal != 0) throw Interrupted{signal};
}

ExitCode interrupted(const fs::path& folder, const Interrupted& by, size_t finished, size_t planned) {
  remark(fmt::format(
      "interrupted with {} of {} models finished; everything is saved in {}, and the same command goes on from there",
      finished, planned, folder.string()));
  return static_cast<ExitCode>(128 + by.signal);
}

fs::path default_folder(const StudyOptions& options, std::string_view study) {
  std::string name = options.data;
  for (char& c : name) {
    if (c == '/' || c == ':') c = '-';
  }
  return fs::path("reproduce") / fmt::format("{}-{}", study, name);
}

void set_data(Config& config, const StudyOptions& options) {
  // Names that a user gave are no TOML: set as they are.
  config.set("data.name", options.data, "--data " + options.data);
  if (options.data_folder.empty()) return;
  config.set("data.folder", fs::absolute(options.data_folder).string(), "--data-dir " + options.data_folder);
}

std::string data_title(const std::string& name) {
  if (name == "mnist") return "MNIST";
  if (name == "fashion-mnist") return "Fashion-MNIST";
  return name;
}

double median_ms_per_step(const train::TrainingResult& training) {
  std::vector<double> values;
  int64_t before = 0;
  for (const train::EpochReport& epoch : training.epochs) {
    if (epoch.step > before) values.push_back(1e3 * epoch.seconds / static_cast<double>(epoch.step - before));
    before = epoch.step;
  }
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

eval::EvaluateOptions measuring(const MeasuringOptions& options) {
  return {.latent_samples = options.latent_samples,
          .seed = options.study.seed,
          .threads = options.study.threads,
          .on_progress = [&progress = options.progress, label = options.label, what = options.what](double fraction) {
            stop_if_interrupted();
            progress.update(label.first + fraction * (label.last - label.first), label.text + what);
          }};
}

report::Cell cell(const eval::Estimate& estimate) {
  const double error = estimate.standard_error;
  const int digits = error > 0 && std::isfinite(error) ? std::clamp(report::digits_for(error), 2, 4) : 2;
  return report::Estimate{.mean = estimate.mean, .standard_error = error, .digits = digits};
}

report::Cell cell(const std::optional<eval::Estimate>& estimate) {
  return estimate ? cell(*estimate) : report::Cell{};
}

report::Cell cell(const std::optional<double>& figure) {
  return figure ? report::Cell(report::Number{.value = *figure}) : report::Cell{};
}

void write_table(const fs::path& folder, const report::Table& table) {
  io::write_atomic(folder / "table.md", table.to_markdown());
  io::write_atomic(folder / "table.csv", table.to_csv());
  io::write_atomic(folder / "table.json", table.to_json() + "\n");
}

}  // namespace elbo::app
