// How measurements are shown: a line of JSON each, or a table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbo/app/bench/fresh_process.h"
#include "elbo/app/bench/measure.h"
#include "elbo/report/table.h"

namespace elbo::app::bench {

struct Shown {
  WorkloadResult result;
  std::optional<FreshProcess> fresh;
};

// {"workload", "threads", "ms_per_step": {"median", "min", "max", "repeats"}, "first_step_ms", "gflop_per_step",
//  "share_of_peak", "peak_gflops", "hand_off_ns": {"median", "min", "max"}, "peak_rss_mb", ...}
std::string json_line(const Shown& shown, const Results& results, int repeats);
report::Table results_table(const std::vector<Shown>& all, const Results& results);

}  // namespace elbo::app::bench
