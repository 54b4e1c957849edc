#include "elbo/io/checksum.h"

// The functions themselves rather than calls of the library, which users of elbo then need not link.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace elbo::io {

namespace {
// The bytes in the order that the specification of xxHash prints them in, whatever the processor's.
std::string digits_of(XXH128_hash_t hash) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  std::string digits;
  for (const unsigned char byte : bytes.digest) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}
}  // namespace

struct Xxh128::State {
  XXH3_state_t xxh3;
};

Xxh128::Xxh128() : state_(std::make_unique<State>()) {
  XXH3_INITSTATE(&state_->xxh3);
  XXH3_128bits_reset(&state_->xxh3);
}

Xxh128::~Xxh128() = default;

Xxh128& Xxh128::update(std::span<const std::byte> bytes) {
  XXH3_128bits_update(&state_->xxh3, bytes.data(), bytes.size());
  return *this;
}

std::string Xxh128::hex() const {
  return digits_of(XXH3_128bits_digest(&state_->xxh3));
}

std::string xxh128_hex(std::span<const std::byte> bytes) {
  return digits_of(XXH3_128bits(bytes.data(), bytes.size()));
}

}  // namespace elbo::io
