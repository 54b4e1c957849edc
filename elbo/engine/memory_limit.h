// Memory: what this process holds and what it may take.
//
//   require_room(rows * columns * 8);             // OutOfMemory: 12.4 GB would be held, 8.6 GB are allowed
//   memory_use().peak_resident;
//
// Large arrays ask before they are made, since a limit of a control group, or the machine's own, ends a process that
// writes to more, in place of refusing it.
#pragma once

#include <cstdint>
#include <new>
#include <optional>

namespace elbo {

// Bytes, as the kernel counts them; 0 where it does not say.
struct MemoryUse {
  int64_t resident = 0;       // in memory now
  int64_t peak_resident = 0;  // the most so far
  int64_t addresses = 0;      // of all mappings: what ulimit -v limits
  int64_t data = 0;           // of private writable ones: what ulimit -d limits
};
MemoryUse memory_use() noexcept;

// More memory than the process may take.
struct OutOfMemory : std::bad_alloc {
  int64_t needed = 0;   // bytes: what is held and what was asked for; 0 where that is not known
  int64_t allowed = 0;  // bytes
  const char* by = "";  // "ulimit -v", "ulimit -d", "the memory limit of its control group", "the machine"

  const char* what() const noexcept override { return "out of memory"; }
};

// What would be wrong with `more` bytes beside those that are held, or nothing.
std::optional<OutOfMemory> shortage(int64_t more);

// Throws what is wrong with them.
void require_room(int64_t more);

// From now on, an allocation that fails under a limit throws OutOfMemory in place of std::bad_alloc.
void name_memory_limits();

}  // namespace elbo
