// Times workloads against each other: the repeats of all of them take turns, so that a disturbance hits all alike.
//
//   const Results results = measure({&workload_named("vae-kong-li"), &workload_named("vae-planar-8")}, {.threads = 2});
//   results.workloads[1].ratio_to_reference        // of vae-planar-8's step to vae-kong-li's, in the same round
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "elbo/app/bench/workload.h"

namespace elbo::app::bench {

struct MeasureOptions {
  int threads = 1;
  int repeats = 7;
  double seconds_per_repeat = 0.3;
  bool check = true;                            // hold answers against the interpreter first
  std::function<void(const std::string&)> say;  // what is being done
};

struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};
// Throws std::logic_error for no values.
Spread spread_of(std::vector<double> values);

struct WorkloadResult {
  const WorkloadEntry* entry = nullptr;
  Spread ms_per_step;
  double gflop_per_step = 0;  // of the matrix products alone
  double share_of_peak = 0;   // those, over the median step, of the peak of all threads
  // Median over the rounds of this step's time to that of kReference, where both were measured.
  std::optional<double> ratio_to_reference;
  int64_t steps_per_repeat = 0;
  int64_t bytes_per_step = 0;  // of a file that is read; 0 for what reads none

  double mb_per_second() const { return static_cast<double>(bytes_per_step) / 1e3 / ms_per_step.median; }
};

struct Results {
  std::vector<WorkloadResult> workloads;
  double peak_gflops = 0;             // multiply-adds in registers on all threads at once, median of short windows
  std::optional<Spread> hand_off_ns;  // see hand_off.h; of more than one thread
  int threads = 1;
};

inline constexpr std::string_view kReference = "vae-kong-li";

Results measure(const std::vector<const WorkloadEntry*>& entries, const MeasureOptions& options);

}  // namespace elbo::app::bench
