// CRC32C, quick, to find which part of a file is damaged; SHA-256, to be sure of the whole.
//
//   crc32c(bytes_of("123456789")) == 0xe3069283
//   Sha256 hash;  hash.update(head);  hash.update(rest);  hash.hex();   // 64 lower-case digits
//
// Neither is a signature: who can change the file can change its checksums too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace elbo::io {

// The checksum of what `previous` covers followed by these bytes.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t previous = 0);

class Sha256 final {
 public:
  Sha256& update(std::span<const std::byte> bytes);
  // The digest of everything so far; the object is done with after that.
  std::string hex();

 private:
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_{};
  size_t held_ = 0;     // bytes waiting in block_
  uint64_t total_ = 0;  // bytes seen
};

std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace elbo::io
