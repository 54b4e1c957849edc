// Memory of arrays: aligned to 64 bytes; large pieces lie side by side in pages of 2 MiB where the system has them,
// since weights and an optimizer's moments are streamed through at every step and small pages cost 3 to 4 % of it.
//
//   std::byte* data = array_memory::allocate(bytes);    // throws std::bad_alloc: OutOfMemory under a limit
//   array_memory::release(data);
//
// Both may be called from any thread.
#pragma once

#include <cstddef>

namespace elbo::array_memory {

inline constexpr size_t kAlignment = 64;

std::byte* allocate(size_t bytes);
void release(std::byte* data) noexcept;

}  // namespace elbo::array_memory
