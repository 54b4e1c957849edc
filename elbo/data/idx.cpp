#include "elbo/data/idx.h"

#include <array>
#include <vector>

namespace elbo::data {

namespace {

constexpr uint8_t kUnsignedByte = 0x08;

int64_t big_endian_u32(std::span<const std::byte, 4> bytes) {
  int64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8 | std::to_integer<int64_t>(byte);
  return value;
}

}  // namespace

Array read_idx(const std::filesystem::path& path, const ReadLimits& limits) {
  const auto bytes = open_bytes(path, limits);
  std::array<std::byte, 4> word{};
  bytes->read_exactly(word, "its IDX header");
  if (word[0] != std::byte{0} || word[1] != std::byte{0}) {
    bytes->fail("is no IDX file: its magic number is " + std::to_string(big_endian_u32(word)) +
                "; 2051 (images) or 2049 (labels) is required");
  }
  const int type = std::to_integer<int>(word[2]), rank = std::to_integer<int>(word[3]);
  if (type != kUnsignedByte) {
    bytes->fail("holds IDX values of type " + std::to_string(type) + "; only unsigned bytes (type 8) are read");
  }
  if (rank < 1 || rank > 4) {
    bytes->fail("its IDX header gives rank " + std::to_string(rank) + "; 1 (labels) to 4 are read");
  }
  std::vector<int64_t> extents;
  for (int axis = 0; axis < rank; ++axis) {
    bytes->read_exactly(word, "its IDX header");
    extents.push_back(big_endian_u32(word));
  }
  Array array(DType::kU8, bytes->require_shape(extents, 1));
  bytes->read_exactly({array.data(), array.bytes()}, "its values");
  bytes->require_end();
  return array;
}

}  // namespace elbo::data
