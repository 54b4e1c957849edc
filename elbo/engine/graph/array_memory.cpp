#include "elbo/engine/graph/array_memory.h"

#include <algorithm>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "elbo/engine/memory_limit.h"

namespace elbo::array_memory {

namespace {

constexpr size_t kPage = size_t{2} << 20;
constexpr size_t kLarge = size_t{128} << 10;  // from here on, an array lies in a region
constexpr size_t kRegion = size_t{4} << 20;   // of a region that several arrays share

// The address sanitizer sees what runs over the end of an array only where each has memory of its own.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kRegions = false;
#else
constexpr bool kRegions = true;
#endif

size_t whole(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// Large pages in one piece, handed out from front to back; given back when nothing in it is in use.
struct Region {
  std::byte* memory;
  size_t size;
  size_t used = 0;
  size_t live = 0;  // arrays
};

// In front of each array.
struct alignas(kAlignment) Header {
  Region* region;  // nullptr: the array has memory of its own
};

struct Regions {
  std::mutex mutex;
  Region* open = nullptr;  // takes further arrays
};

// Never destroyed: arrays that live as long as the program are released after its statics.
Regions& regions() {
  static auto* all = new Regions;
  return *all;
}

Region* make_region(size_t bytes) {
  const size_t size = whole(bytes, kPage);
  require_room(static_cast<int64_t>(size));
  auto* memory = static_cast<std::byte*>(::operator new (size, std::align_val_t{kPage}));
#if defined(__linux__)
  madvise(memory, size, MADV_HUGEPAGE);  // a wish: where it is not granted, small pages do
#endif
  return new Region{.memory = memory, .size = size};
}

void drop(Region* region) noexcept {
  ::operator delete (region->memory, std::align_val_t{kPage});
  delete region;
}

// Room for `bytes` in a region; the mutex is held.
std::byte* place_in_region(Regions& all, size_t bytes) {
  Region* region = all.open;
  if (region == nullptr || region->size - region->used < bytes) {
    region = make_region(std::max(bytes, kRegion));
    // The one with more room left stays open.
    Region* const before = all.open;
    if (before == nullptr || region->size - bytes >= before->size - before->used) {
      all.open = region;
      if (before != nullptr && before->live == 0) drop(before);
    }
  }
  std::byte* const place = region->memory + region->used;
  region->used += bytes;
  ++region->live;
  new (place) Header{region};
  return place;
}

}  // namespace

std::byte* allocate(size_t bytes) {
  const size_t needed = sizeof(Header) + whole(bytes, kAlignment);
  std::byte* place;
  if (kRegions && bytes >= kLarge) {
    Regions& all = regions();
    const std::lock_guard lock(all.mutex);
    place = place_in_region(all, needed);
  } else {
    place = static_cast<std::byte*>(::operator new (sizeof(Header) + bytes, std::align_val_t{kAlignment}));
    new (place) Header{nullptr};
  }
  return place + sizeof(Header);
}

void release(std::byte* data) noexcept {
  if (data == nullptr) return;
  std::byte* const place = data - sizeof(Header);
  Region* const region = reinterpret_cast<Header*>(place)->region;
  if (region == nullptr) {
    ::operator delete (place, std::align_val_t{kAlignment});
    return;
  }
  Regions& all = regions();
  const std::lock_guard lock(all.mutex);
  if (--region->live > 0) return;
  if (region == all.open) {
    region->used = 0;
  } else {
    drop(region);
  }
}

}  // namespace elbo::array_memory
