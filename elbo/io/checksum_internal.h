// The plain and the fast form of each checksum, apart, so that tests can hold one against the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace elbo::io {

uint32_t crc32c_plain(std::span<const std::byte> bytes, uint32_t previous);
// Runs `count` blocks of 64 bytes through the compression function.
void sha256_blocks_plain(std::array<uint32_t, 8>& state, const std::byte* blocks, size_t count);

extern const std::array<uint32_t, 64> kSha256Constants;

// With the processor's own instructions.  To be called only where the question before them is answered with yes.
bool has_crc32c_instruction();
uint32_t crc32c_fast(std::span<const std::byte> bytes, uint32_t previous);
bool has_sha256_instructions();
void sha256_blocks_fast(std::array<uint32_t, 8>& state, const std::byte* blocks, size_t count);

}  // namespace elbo::io
