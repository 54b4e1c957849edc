#include "elbo/io/checksum.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

#include "elbo/io/checksum_internal.h"
#include "elbo/io/file.h"

namespace elbo::io {
namespace {

TEST(Crc32c, MatchesPublishedValues) {  // RFC 3720, appendix B.4, and the usual check value
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\0'))), 0x8a9136aau);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\xff'))), 0x62a8ab43u);
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Sha256, MatchesPublishedValues) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(bytes_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(
      sha256_hex(bytes_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
                          "lmnopqrsmnopqrstnopqrstu")),
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(sha256_hex(bytes_of(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

std::string random_bytes(size_t count) {
  std::mt19937 random(7);
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(Checksums, AreTheSameInPieces) {
  const std::string bytes = random_bytes(300);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const Bytes all = bytes_of(bytes);
    EXPECT_EQ(crc32c(all.subspan(cut), crc32c(all.first(cut))), crc32c(all));
    EXPECT_EQ(Sha256().update(all.first(cut)).update(all.subspan(cut)).hex(), sha256_hex(all));
  }
}

TEST(Checksums, FastFormAgreesWithPlainForm) {
  if (!has_crc32c_instruction() || !has_sha256_instructions()) {
    GTEST_SKIP() << "this processor lacks the instructions of the fast form";
  }
  const std::string bytes = random_bytes(64 * 9 + 5);
  for (size_t first = 0; first < 9; ++first) {
    for (size_t count = 0; first + count <= 64; ++count) {
      const Bytes part = bytes_of(bytes).subspan(first, count);
      EXPECT_EQ(crc32c_fast(part, 0x1234), crc32c_plain(part, 0x1234));
    }
    std::array<uint32_t, 8> plain = {1, 2, 3, 4, 5, 6, 7, 0xffffffff}, fast = plain;
    sha256_blocks_plain(plain, bytes_of(bytes).data() + first % 5, first);
    sha256_blocks_fast(fast, bytes_of(bytes).data() + first % 5, first);
    EXPECT_EQ(plain, fast);
  }
}

}  // namespace
}  // namespace elbo::io
