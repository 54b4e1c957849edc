#include "elbo/io/checksum.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

#include "elbo/io/file.h"

namespace elbo::io {
namespace {

TEST(Xxh128, PrintsWhatXxh128sumPrints) {  // of xxHash 0.8.1
  EXPECT_EQ(xxh128_hex({}), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(Xxh128().hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(xxh128_hex(bytes_of("abc")), "06b05ab6733a618578af5f94892f3950");
  EXPECT_EQ(xxh128_hex(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "3d62d22a5169b016c0d894fd4828a1a7");
  EXPECT_EQ(xxh128_hex(bytes_of(std::string(1'000'000, 'a'))), "a545df8e384a9579b1fd6fae5285c4eb");
}

TEST(Xxh128, IsTheSameInPieces) {
  std::mt19937 random(7);
  std::string bytes(3000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  const Bytes all = bytes_of(bytes);
  const std::string whole = xxh128_hex(all);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(Xxh128().update(all.first(cut)).update(all.subspan(cut)).hex(), whole);
  }
}

}  // namespace
}  // namespace elbo::io
