// The memory that training will take, said before it is taken (engine/memory_limit.h: what there is and may be).
//
//   require_memory(training_memory(report, {.threads = 4}));   // IoError: training needs about 1.2 GB of memory, ...
#pragma once

#include <cstdint>
#include <string>

#include "elbo/engine/compile.h"
#include "elbo/engine/memory_limit.h"

namespace elbo::run {

struct MemoryToCome {
  int threads = 0;                // as given: 0 is one for each processor
  bool loads_checkpoint = false;  // to go on from, or to end with the best
};
// The most bytes in memory while a step runs that is compiled, its data loaded and its variables made: what there is,
// and what is still to come.  A save takes none of its own.
int64_t training_memory(const CompileReport& report, const MemoryToCome& to_come);

// Throws IoError where the process may not use so much.
void require_memory(int64_t bytes);

// "needs 1.2 GB of memory, and may use 524.3 MB (ulimit -v)"
std::string sentence(const OutOfMemory& error);

}  // namespace elbo::run
