// What only a process that has just begun can tell: how long the first step takes from its start, and how much memory
// a workload needs.
//
//   const auto fresh = measure_fresh_process("/usr/bin/elbo", "vae-kong-li", {.threads = 2});
//   fresh->first_step_ms;
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "elbo/app/bench/workload.h"

namespace elbo::app::bench {

struct FreshProcess {
  double first_step_ms = 0;  // from before the program is started to the moment its first step is done
  double peak_rss_mb = 0;    // 10^6 bytes, after kSettledSteps steps
};

// Starts `program bench WORKLOAD --first-step`.  Throws Error when that fails.
FreshProcess measure_fresh_process(const std::filesystem::path& program, const std::string& workload,
                                   const WorkloadOptions& options);

// The other side: makes the workload, runs one step, says so on standard output, runs some more, says its memory.
void run_first_step(const WorkloadEntry& entry, const WorkloadOptions& options);

// This program's own file.
std::filesystem::path own_program();

}  // namespace elbo::app::bench
