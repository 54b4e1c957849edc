// Cuts of an extent into parts.
#pragma once

#include <algorithm>
#include <cstdint>

namespace elbo::cpu {

struct Cut {
  int64_t first = 0, size = 0;
};

// How many parts of at most `most` it takes.
inline int64_t parts_of(int64_t extent, int64_t most) {
  return (extent + most - 1) / most;
}

// Part `part` of `parts` that are as equal as multiples of `grain` allow.
inline Cut even_cut(int64_t extent, int64_t parts, int64_t grain, int64_t part) {
  const int64_t grains = parts_of(extent, grain);
  const int64_t first = std::min(extent, part * grains / parts * grain);
  return {first, std::min(extent, (part + 1) * grains / parts * grain) - first};
}

// Part `part` of parts of `size`, the last of which has what is left.
inline Cut cut_of_size(int64_t extent, int64_t size, int64_t part) {
  const int64_t first = part * size;
  return {first, std::min(size, extent - first)};
}

}  // namespace elbo::cpu
