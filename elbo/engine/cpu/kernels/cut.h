// Cuts of an extent into parts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

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

// Parts of about the same work, in whole grains, of which there must be as many: `work(n)` is that of the first n of
// the extent, and never falls.
template <typename Work>
std::vector<Cut> cuts_of_equal_work(int64_t extent, int64_t parts, int64_t grain, const Work& work) {
  std::vector<Cut> cuts;
  int64_t first = 0;
  for (int64_t part = 1; part < parts; ++part) {
    const double share = work(extent) * static_cast<double>(part) / static_cast<double>(parts);
    int64_t end = first + grain;
    // The end that misses the share by less, with a grain, the last of which may be cut, left for each part that
    // follows.
    while (end + grain * (parts - part) < extent && work(end + grain) + work(end) <= 2 * share) end += grain;
    cuts.push_back({first, end - first});
    first = end;
  }
  cuts.push_back({first, extent - first});
  return cuts;
}

}  // namespace elbo::cpu
