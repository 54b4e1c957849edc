#include "elbo/data/idx.h"

#include <algorithm>
#include <array>
#include <vector>

#include "elbo/data/stored_values_internal.h"

namespace elbo::data {

namespace {

struct IdxType {
  int code;
  StoredType type;
};
constexpr IdxType kIdxTypes[] = {
    {0x08, {.kind = 'u', .bytes = 1}},
    {0x09, {.kind = 'i', .bytes = 1}},
    {0x0b, {.kind = 'i', .bytes = 2, .big_endian = true}},
    {0x0c, {.kind = 'i', .bytes = 4, .big_endian = true}},
    {0x0d, {.kind = 'f', .bytes = 4, .big_endian = true}},
    {0x0e, {.kind = 'f', .bytes = 8, .big_endian = true}},
};

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
  const auto known = std::find_if(std::begin(kIdxTypes), std::end(kIdxTypes),
                                  [&](const IdxType& candidate) { return candidate.code == type; });
  if (known == std::end(kIdxTypes)) {
    bytes->fail("holds IDX values of type " + std::to_string(type) + "; 8, 9, 11, 12, 13 and 14 are read");
  }
  if (rank < 1 || rank > 4) {
    bytes->fail("its IDX header gives rank " + std::to_string(rank) + "; 1 (labels) to 4 are read");
  }
  std::vector<int64_t> extents;
  for (int axis = 0; axis < rank; ++axis) {
    bytes->read_exactly(word, "its IDX header");
    extents.push_back(big_endian_u32(word));
  }
  Array array = read_stored(*bytes, known->type, extents);
  bytes->require_end();
  return array;
}

}  // namespace elbo::data
