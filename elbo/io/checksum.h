// XXH128, the checksum of everything elbo writes: 128 bits, faster than memory delivers.
//
//   Xxh128 hash;  hash.update(head).update(rest);  hash.hex();   // 32 lower-case digits, as xxh128sum prints them
//   xxh128_hex(bytes_of("abc")) == "06b05ab6733a618578af5f94892f3950"
//
// It finds damage and is no signature: who can change the file can change its checksums too.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace elbo::io {

class Xxh128 final {
 public:
  Xxh128();
  ~Xxh128();
  Xxh128(const Xxh128&) = delete;
  Xxh128& operator=(const Xxh128&) = delete;

  Xxh128& update(std::span<const std::byte> bytes);
  // The digest of everything so far.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string xxh128_hex(std::span<const std::byte> bytes);

}  // namespace elbo::io
