// What studies share: stopping and going on, names, the cells and figures of their tables.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "elbo/app/config/config.h"
#include "elbo/app/reproduce/study.h"
#include "elbo/app/run/training_progress.h"
#include "elbo/eval/evaluate.h"
#include "elbo/report/progress.h"
#include "elbo/report/table.h"
#include "elbo/train/trainer.h"

namespace elbo::app {

// A signal came while a model was trained or measured; what was reached is saved.
struct Interrupted {
  int signal = 0;
};
// Throws Interrupted if a signal came.
void stop_if_interrupted();
// Says how far the study came and that the same command goes on; the exit code of the signal.
ExitCode interrupted(const std::filesystem::path& folder, const Interrupted& by, size_t finished, size_t planned);

// reproduce/STUDY-DATA, where --out says nothing else.
std::filesystem::path default_folder(const StudyOptions& options, std::string_view study);
// data.name and data.folder, named after the options of the command.
void set_data(Config& config, const StudyOptions& options);
// "MNIST", "Fashion-MNIST"; other names as they are.
std::string data_title(const std::string& name);

// Over the epochs.
double median_ms_per_step(const train::TrainingResult& training);

// Evaluation that can be stopped between two batches, and moves the study's progress from one part to another.
struct MeasuringOptions {
  const StudyOptions& study;
  report::Progress& progress;
  ProgressLabel label;  // first and last: the part of the study that this is
  std::string what;     // "measuring on the test images"
  int64_t latent_samples = 10;
};
eval::EvaluateOptions measuring(const MeasuringOptions& options);

// Two digits at least, and enough for a small error not to show as none.
report::Cell cell(const eval::Estimate& estimate);
report::Cell cell(const std::optional<eval::Estimate>& estimate);
report::Cell cell(const std::optional<double>& figure);

// table.md, table.csv and table.json in the folder.
void write_table(const std::filesystem::path& folder, const report::Table& table);

}  // namespace elbo::app
