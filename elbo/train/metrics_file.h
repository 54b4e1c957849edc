// metrics.jsonl of a run: one line an epoch.
#pragma once

#include <filesystem>
#include <vector>

#include "elbo/train/trainer.h"

namespace elbo::train {

void append_metrics(const std::filesystem::path& run, const EpochReport& report);
// The epochs up to `last_epoch`; lines after it, and a torn last line, are left out.
std::vector<EpochReport> read_metrics(const std::filesystem::path& run, int64_t last_epoch);
// Replaces the file, whole or not at all.
void write_metrics(const std::filesystem::path& run, const std::vector<EpochReport>& reports);

}  // namespace elbo::train
