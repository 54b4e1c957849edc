// Checksums with the x86 instructions made for them (SSE4.2 and SHA); elsewhere the plain form is used.
#include "elbo/io/checksum_internal.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <cstring>
#include <immintrin.h>

namespace elbo::io {

bool has_crc32c_instruction() {
  return __builtin_cpu_supports("sse4.2") != 0;
}

bool has_sha256_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __builtin_cpu_supports("sse4.1") != 0 && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && ((b >> 29) & 1) != 0;
}

__attribute__((target("sse4.2"))) uint32_t crc32c_fast(std::span<const std::byte> bytes, uint32_t previous) {
  uint64_t value = ~previous;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    value = _mm_crc32_u64(value, word);
  }
  auto rest = static_cast<uint32_t>(value);
  for (const std::byte byte : bytes) rest = _mm_crc32_u8(rest, std::to_integer<unsigned char>(byte));
  return ~rest;
}

// The instructions want the state as (a, b, e, f) and (c, d, g, h), highest lane first, and do two rounds at a time;
// four lanes hold four words of the message schedule.
__attribute__((target("sha,sse4.1"))) void sha256_blocks_fast(std::array<uint32_t, 8>& state, const std::byte* blocks,
                                                              size_t count) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  auto& [a, b, c, d, e, f, g, h] = state;
  const auto lanes = [](uint32_t w3, uint32_t w2, uint32_t w1, uint32_t w0) __attribute__((target("sha,sse4.1"))) {
    return _mm_set_epi32(static_cast<int>(w3), static_cast<int>(w2), static_cast<int>(w1), static_cast<int>(w0));
  };
  __m128i abef = lanes(a, b, e, f);
  __m128i cdgh = lanes(c, d, g, h);
  for (; count > 0; --count, blocks += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    for (int i = 0; i < 16; ++i) {  // words 4i to 4i + 3 of the schedule, and their four rounds
      __m128i& now = w[i % 4];
      if (i < 4) {
        now = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks) + i), swap);
      } else {
        const __m128i one = w[(i + 3) % 4], two = w[(i + 2) % 4], three = w[(i + 1) % 4];
        now = _mm_add_epi32(_mm_sha256msg1_epu32(now, three), _mm_alignr_epi8(one, two, 4));
        now = _mm_sha256msg2_epu32(now, one);
      }
      const __m128i constants = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kSha256Constants.data()) + i);
      const __m128i sum = _mm_add_epi32(now, constants);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  std::array<uint32_t, 4> low{}, high{};
  std::memcpy(low.data(), &abef, 16);
  std::memcpy(high.data(), &cdgh, 16);
  state = {low[3], low[2], high[3], high[2], low[1], low[0], high[1], high[0]};
}

}  // namespace elbo::io

#else

namespace elbo::io {
bool has_crc32c_instruction() {
  return false;
}
bool has_sha256_instructions() {
  return false;
}
uint32_t crc32c_fast(std::span<const std::byte> bytes, uint32_t previous) {
  return crc32c_plain(bytes, previous);
}
void sha256_blocks_fast(std::array<uint32_t, 8>& state, const std::byte* blocks, size_t count) {
  sha256_blocks_plain(state, blocks, count);
}
}  // namespace elbo::io

#endif
