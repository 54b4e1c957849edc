#include "elbo/app/bench/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <omp.h>
#include <stdexcept>

#include "elbo/app/bench/hand_off.h"
#include "elbo/engine/machine.h"

namespace elbo::app::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWarmUpSteps = 3;
constexpr int kPeakWindows = 11;  // in each round
constexpr double kPeakSeconds = 0.004;

double seconds_of(Workload& workload, int64_t steps) {
  const Clock::time_point start = Clock::now();
  for (int64_t i = 0; i < steps; ++i) workload.step();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// GFLOP/s of all threads at once, in short windows that they begin together: a thread whose neighbour on the same core
// rests runs faster than both can together, so the best of long windows would promise too much.
void add_peaks(int threads, std::vector<double>& windows) {
  for (int window = 0; window < kPeakWindows; ++window) {
    double total = 0;
#pragma omp parallel num_threads(threads) reduction(+ : total)
    {
#pragma omp barrier
      total += measure_fma_flops(kPeakSeconds);
    }
    windows.push_back(total * 1e-9);
  }
}

struct Running {
  const WorkloadEntry* entry;
  std::unique_ptr<Workload> workload;
  int64_t steps = 1;  // of a repeat
  std::vector<double> ms = {};
};

Running prepared(const WorkloadEntry& entry, const MeasureOptions& options) {
  Running running{.entry = &entry, .workload = entry.make({.threads = options.threads})};
  if (options.check) {
    if (options.say) options.say("checking " + std::string(entry.name));
    running.workload->check();
  }
  const double step = seconds_of(*running.workload, kWarmUpSteps) / kWarmUpSteps;
  running.steps = std::max<int64_t>(1, std::llround(options.seconds_per_repeat / std::max(step, 1e-6)));
  return running;
}

std::optional<double> ratio_to(const std::vector<Running>& all, const Running& one) {
  for (const Running& other : all) {
    if (other.entry->name != kReference || other.entry == one.entry) continue;
    std::vector<double> ratios;
    for (size_t round = 0; round < one.ms.size(); ++round) ratios.push_back(one.ms[round] / other.ms[round]);
    return spread_of(std::move(ratios)).median;
  }
  return std::nullopt;
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  if (values.empty()) throw std::logic_error("the spread of no values");
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {.median = median, .min = values.front(), .max = values.back()};
}

Results measure(const std::vector<const WorkloadEntry*>& entries, const MeasureOptions& options) {
  std::vector<Running> all;
  for (const WorkloadEntry* entry : entries) all.push_back(prepared(*entry, options));
  Results results{.workloads = {}, .threads = options.threads};
  std::vector<double> peaks, hand_offs;
  for (int round = 0; round < options.repeats; ++round) {
    if (options.say) options.say("round " + std::to_string(round + 1) + " of " + std::to_string(options.repeats));
    add_peaks(options.threads, peaks);
    if (options.threads > 1) hand_offs.push_back(hand_off_ns());
    for (Running& running : all) {
      running.ms.push_back(1e3 * seconds_of(*running.workload, running.steps) / static_cast<double>(running.steps));
    }
  }
  results.peak_gflops = spread_of(peaks).median;
  if (!hand_offs.empty()) results.hand_off_ns = spread_of(hand_offs);
  for (const Running& running : all) {
    WorkloadResult result{.entry = running.entry, .ms_per_step = spread_of(running.ms)};
    result.gflop_per_step = running.workload->report().flops * 1e-9;
    result.share_of_peak = result.gflop_per_step / (result.ms_per_step.median * 1e-3) / results.peak_gflops;
    result.ratio_to_reference = ratio_to(all, running);
    result.steps_per_repeat = running.steps;
    result.bytes_per_step = running.workload->bytes_per_step();
    results.workloads.push_back(result);
  }
  return results;
}

}  // namespace elbo::app::bench
