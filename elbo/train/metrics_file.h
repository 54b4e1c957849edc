// metrics.jsonl of a run: one line an epoch, for people and pictures.  Training itself never depends on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/train/epoch_report.h"

namespace elbo::train {

// {"epoch":1,"step":468,"train":{"loss":...},"validation":{...},"seconds":...}; read back to the same values, NaN and
// infinities too.  Nothing when the text is no such line.
std::string line_of(const EpochReport& report);
std::optional<EpochReport> report_of(std::string_view line);

void append_metrics(const std::filesystem::path& run, const EpochReport& report);
// Makes what was appended survive a power loss.
void sync_metrics(const std::filesystem::path& run);
// The epochs up to `last_epoch` whose lines are there and whole.
std::vector<EpochReport> read_metrics(const std::filesystem::path& run,
                                      int64_t last_epoch = std::numeric_limits<int64_t>::max());
// Leaves the lines of epochs 1 to `last_epoch` in the file, and makes it if need be.  Those of them that are missing or
// damaged are named in a sentence added to `warnings`.
void cut_metrics(const std::filesystem::path& run, int64_t last_epoch, std::vector<std::string>* warnings = nullptr);

}  // namespace elbo::train
