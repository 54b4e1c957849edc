// Memory: what this process holds, what training will take, what it may take.
//
//   require_memory(training_memory(report, {.threads = 4}));   // IoError: training takes about 1.2 GB of memory; ...
#pragma once

#include <cstdint>
#include <string>

#include "elbo/engine/compile.h"

namespace elbo::run {

// Bytes, as the kernel counts them; 0 where it does not say.
struct MemoryUse {
  int64_t resident = 0;       // in memory now
  int64_t peak_resident = 0;  // the most so far
  int64_t addresses = 0;      // of all mappings: what ulimit -v limits
  int64_t data = 0;           // of private writable ones: what ulimit -d limits
};
MemoryUse memory_use();

struct MemoryToCome {
  int threads = 0;                // as given: 0 is one for each processor
  bool loads_checkpoint = false;  // to go on from, or to end with the best
};
// The most bytes in memory while a step runs that is compiled, its data loaded and its variables made: what there is,
// and what is still to come.  A save takes none of its own.
int64_t training_memory(const CompileReport& report, const MemoryToCome& to_come);

// Throws IoError where the process may not use so much: by ulimit -v or -d, or by the memory limit of its control
// group.
void require_memory(int64_t bytes);

}  // namespace elbo::run
