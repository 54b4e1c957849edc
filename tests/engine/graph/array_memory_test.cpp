#include "elbo/engine/graph/array_memory.h"

#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <thread>
#include <vector>

namespace elbo::array_memory {
namespace {

struct Piece {
  std::byte* data;
  size_t bytes;
  unsigned char mark;
};

Piece marked(size_t bytes, unsigned char mark) {
  Piece piece{.data = allocate(bytes), .bytes = bytes, .mark = mark};
  if (bytes > 0) std::memset(piece.data, mark, bytes);
  return piece;
}

bool intact(const Piece& piece) {
  for (size_t i = 0; i < piece.bytes; ++i) {
    if (piece.data[i] != std::byte{piece.mark}) return false;
  }
  return true;
}

// Takes and gives back pieces of sizes on both sides of every threshold, in no order; whether none touched another.
bool pieces_stay_apart(uint32_t seed) {
  std::mt19937 random(seed);
  const std::vector<size_t> sizes{0, 1, 63, 4096, 131'071, 131'072, 131'073, 1'000'001, 4'194'304};
  std::vector<Piece> live;
  bool all_intact = true;
  for (int step = 0; step < 80; ++step) {
    if (live.size() < 8 || random() % 2 == 0) {
      live.push_back(marked(sizes[random() % sizes.size()], static_cast<unsigned char>(step)));
    } else {
      const size_t i = random() % live.size();
      all_intact = all_intact && intact(live[i]);
      release(live[i].data);
      live[i] = live.back();
      live.pop_back();
    }
  }
  for (const Piece& piece : live) {
    all_intact = all_intact && intact(piece);
    release(piece.data);
  }
  return all_intact;
}

TEST(ArrayMemory, IsAligned) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{100}, size_t{131'072}, size_t{3'000'000}}) {
    std::byte* data = allocate(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % kAlignment, 0u) << bytes;
    release(data);
  }
}

TEST(ArrayMemory, KeepsPiecesApart) {
  for (uint32_t seed = 0; seed < 3; ++seed) EXPECT_TRUE(pieces_stay_apart(seed)) << seed;
}

TEST(ArrayMemory, ServesThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<int> intact(4, 0);
  for (uint32_t i = 0; i < 4; ++i) threads.emplace_back([&intact, i] { intact[i] = pieces_stay_apart(100 + i); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(intact, std::vector<int>(4, 1));
}

TEST(ArrayMemory, ReleasesNothing) {
  release(nullptr);
}

}  // namespace
}  // namespace elbo::array_memory
