// Workloads that `elbo bench` times.  A new one is a file that defines a WorkloadEntry and a line in workload.cpp.
//
//   const std::unique_ptr<Workload> workload = workload_named("vae-kong-li").make({.threads = 2});
//   workload->check();                       // throws NumericalError when the answer is wrong
//   workload->step();
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "elbo/engine/compile.h"

namespace elbo::app::bench {

struct WorkloadOptions {
  int threads = 1;
};

class Workload {
 public:
  virtual ~Workload() = default;
  // All that one step of the real thing does: taking the next batch of rows, and running.
  virtual void step() = 0;
  // Holds the answer against the reference interpreter, and a training against its own first loss; not timed.  Throws
  // NumericalError.
  virtual void check() = 0;
  virtual const CompileReport& report() const = 0;
  // Of the file that a step reads; 0 for what reads none.
  virtual int64_t bytes_per_step() const { return 0; }
};

struct WorkloadEntry {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Workload> (*make)(const WorkloadOptions& options);
  int64_t images_per_step = 0;  // evaluations: what a step is counted in; 0 for trainings
};

std::span<const WorkloadEntry* const> workloads();
// Throws ConfigError, listing the known names.
const WorkloadEntry& workload_named(std::string_view name);

}  // namespace elbo::app::bench
