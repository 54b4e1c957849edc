// Scratch: a thread's memory within a tile program, handed out and taken back while the instructions are made in order.
// Offsets and sizes are in floats, in whole cache lines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace elbo::cpu {

constexpr int64_t kLineFloats = 16;

constexpr int64_t whole_lines(int64_t floats) {
  return (floats + kLineFloats - 1) / kLineFloats * kLineFloats;
}

class Scratch {
 public:
  int64_t take(int64_t floats) {
    floats = whole_lines(floats);
    for (size_t i = 0; i < free_.size(); ++i) {
      if (free_[i].second < floats) continue;
      const int64_t offset = free_[i].first;
      free_[i].first += floats;
      free_[i].second -= floats;
      if (free_[i].second == 0) free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(i));
      return offset;
    }
    const int64_t offset = end_;
    end_ += floats;
    return offset;
  }
  void give_back(int64_t offset, int64_t floats) {
    floats = whole_lines(floats);
    const auto at = std::lower_bound(free_.begin(), free_.end(), std::make_pair(offset, int64_t{0}));
    const auto it = free_.insert(at, {offset, floats});
    // Joined with its neighbours.
    const auto next = std::next(it);
    if (next != free_.end() && it->first + it->second == next->first) {
      it->second += next->second;
      free_.erase(next);
    }
    if (it != free_.begin()) {
      const auto before = std::prev(it);
      if (before->first + before->second == it->first) {
        before->second += it->second;
        free_.erase(it);
      }
    }
  }
  int64_t end() const { return end_; }

 private:
  std::vector<std::pair<int64_t, int64_t>> free_;  // ascending offsets
  int64_t end_ = 0;
};

}  // namespace elbo::cpu
