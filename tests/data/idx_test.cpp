#include "elbo/data/idx.h"

#include <sys/stat.h>

#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// Two images of 2 x 3: 0, 1, ..., 11.
std::string small_images() {
  std::string text = big_endian(2051) + big_endian(2) + big_endian(2) + big_endian(3);
  for (char value = 0; value < 12; ++value) text += value;
  return text;
}

void expect_small_images(const Array& images) {
  ASSERT_EQ(images.shape(), (Shape{2, 2, 3}));
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(images.values<uint8_t>()[i], i);
}

TEST(ReadIdx, ReadsPlainAndGzipWhateverTheirNames) {
  const TestFolder folder;
  expect_small_images(read_idx(folder.write("plain", small_images())));
  expect_small_images(read_idx(folder.write("plain.gz", small_images())));
  expect_small_images(read_idx(folder.write("packed", gzipped(small_images()))));
  const Array labels = read_idx(folder.write("labels", big_endian(2049) + big_endian(3) + "\x07\x08\x09"));
  EXPECT_EQ(labels.shape(), (Shape{3}));
  EXPECT_EQ(labels.values<uint8_t>()[2], 9);
}

TEST(ReadIdx, ReadsEveryType) {
  const TestFolder folder;
  const auto read = [&](uint32_t type, const std::string& values) {
    return read_idx(folder.write("x", big_endian(type << 8 | 1) + big_endian(2) + values));
  };
  const auto expect = [](const Array& array, auto first, auto second) {
    const auto values = array.values<decltype(first)>();
    EXPECT_EQ(values[0], first);
    EXPECT_EQ(values[1], second);
  };
  expect(read(0x08, "\x01\xff"), uint8_t{1}, uint8_t{255});
  expect(read(0x09, "\x01\xff"), 1, -1);
  expect(read(0x0b, std::string("\x00\x01\xff\xfe", 4)), 1, -2);
  expect(read(0x0c, std::string("\x00\x00\x01\x00\xff\xff\xff\xfe", 8)), 256, -2);
  expect(read(0x0d, std::string("\x3f\xc0\x00\x00\xc0\x00\x00\x00", 8)), 1.5f, -2.0f);
  expect(read(0x0e, std::string("\x3f\xf8\x00\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x00", 16)), 1.5, -2.0);
}

TEST(ReadIdx, ReadsSeveralGzipMembersAsOneFile) {
  const TestFolder folder;
  const std::string whole = small_images();
  expect_small_images(
      read_idx(folder.write("x", gzipped(whole.substr(0, 9)) + gzipped("") + gzipped(whole.substr(9)))));
}

TEST(ReadIdx, ReadsAFileWithoutImages) {
  const TestFolder folder;
  // The product of the last three extents alone passes 2^63, which must not matter to an empty array.
  const std::string most = big_endian(0xffffffff);
  const Array empty =
      read_idx(folder.write("x", big_endian(2052) + big_endian(0) + big_endian(28) + most + big_endian(1)));
  EXPECT_EQ(empty.elements(), 0);
  EXPECT_THROW(read_idx(folder.write("y", big_endian(2052) + big_endian(0) + most + most + most)), DataError);
}

TEST(ReadIdx, RefusesATruncationAtEveryByte) {
  const TestFolder folder;
  const std::string plain = small_images(), packed = gzipped(plain);
  for (size_t size = 0; size < plain.size(); ++size) {
    const auto path = folder.write("plain", plain.substr(0, size));
    EXPECT_THAT(message_of([&] { read_idx(path); }), testing::StartsWith(path.string() + ": ")) << size;
  }
  for (size_t size = 0; size < packed.size(); ++size) {
    const auto path = folder.write("packed", packed.substr(0, size));
    EXPECT_THAT(message_of([&] { read_idx(path); }), testing::StartsWith(path.string() + ": ")) << size;
  }
}

TEST(ReadIdx, RefusesEveryChangedByteOfAPackedFileOrReadsTheSame) {
  const TestFolder folder;
  const std::string packed = gzipped(small_images());
  int refused = 0;
  for (size_t i = 0; i < packed.size(); ++i) {
    std::string damaged = packed;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    const auto path = folder.write("packed", damaged);
    try {
      expect_small_images(read_idx(path));
    } catch (const DataError&) {
      ++refused;
    }
  }
  // All but the few header bytes that gzip ignores (time, system).
  EXPECT_GE(refused, static_cast<int>(packed.size()) - 7);
}

TEST(ReadIdx, SaysWhatIsWrong) {
  const TestFolder folder;
  const auto complaint = [&](const std::string& content) {
    const auto path = folder.write("x", content);
    return message_of([&] { read_idx(path); }).substr(path.string().size());
  };
  const std::string images = small_images();
  EXPECT_EQ(complaint(""), ": ends in the middle of its IDX header: 4 bytes expected, 0 there");
  EXPECT_EQ(complaint("PK\x03\x04 and more"),
            ": is no IDX file: its magic number is 1347093252; 2051 (images) or 2049 (labels) is required");
  EXPECT_EQ(complaint(big_endian(0x0a03) + images.substr(4)),
            ": holds IDX values of type 10; 8, 9, 11, 12, 13 and 14 are read");
  EXPECT_EQ(complaint(big_endian(0x0800)), ": its IDX header gives rank 0; 1 (labels) to 4 are read");
  EXPECT_EQ(complaint(big_endian(0x08ff)), ": its IDX header gives rank 255; 1 (labels) to 4 are read");
  EXPECT_EQ(complaint(images.substr(0, 20)),
            ": its header asks for 12 bytes of values, but 4 follow (is it truncated?)");
  EXPECT_EQ(complaint(images + "x"),
            ": its header asks for 12 bytes of values, but 13 follow (is something appended?)");
  EXPECT_EQ(complaint(gzipped(images + "x")), ": has bytes after its last value");
  EXPECT_EQ(complaint(gzipped(images.substr(0, 20))), ": ends in the middle of its values: 12 bytes expected, 4 there");
  EXPECT_EQ(complaint(gzipped(images) + "x"), ": has bytes after its compressed data");
  EXPECT_EQ(complaint(gzipped(images).substr(0, 25)), ": ends in the middle of its compressed data");
  std::string checksum = gzipped(images);
  checksum[checksum.size() - 6] ^= 1;
  EXPECT_EQ(complaint(checksum), ": its compressed data are damaged (incorrect data check)");
}

TEST(ReadIdx, RefusesAbsurdSizesBeforeAllocating) {
  const TestFolder folder;
  const std::string most = big_endian(0xffffffff);
  const auto complaint = [&](const std::string& content) {
    const auto path = folder.write("x", content);
    return message_of([&] { read_idx(path); });
  };
  EXPECT_THAT(complaint(big_endian(2051) + most + most + most), EndsWith("more bytes than 63 bits count"));
  EXPECT_THAT(complaint(big_endian(2051) + most + most + big_endian(1)), EndsWith("more bytes than 63 bits count"));
  EXPECT_THAT(complaint(big_endian(2049) + most),
              EndsWith("4294967295 bytes of values, but 0 follow (is it truncated?)"));
  EXPECT_THAT(complaint(gzipped(big_endian(2049) + most)), HasSubstr("more than the 1"));
  // Each field in turn, at the values where sizes go wrong.
  for (size_t field = 4; field < 16; field += 4) {
    for (const uint32_t value : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
      std::string content = small_images();
      content.replace(field, 4, big_endian(value));
      EXPECT_THAT(complaint(content), HasSubstr("its header asks for")) << field << " " << value;
      EXPECT_NE(complaint(gzipped(content)), "") << field << " " << value;
    }
  }
}

TEST(ReadIdx, RefusesADecompressionBomb) {
  const TestFolder folder;
  // 16 MiB of zeros pack to 16 KiB, a ratio that the default just refuses; the header is honest about the size.
  const uint32_t size = 16 << 20;
  const std::string bomb = gzipped(big_endian(2049) + big_endian(size) + std::string(size, '\0'));
  const auto path = folder.write("bomb.gz", bomb);
  EXPECT_THAT(message_of([&] { read_idx(path, {.max_ratio = 100}); }), HasSubstr("more than the"));
  EXPECT_THAT(message_of([&] { read_idx(path, {.max_bytes = 1 << 20}); }), HasSubstr("more than the 1048568 this"));
  // A bomb behind a modest header is noticed as soon as something follows the values.
  std::string liar = gzipped(big_endian(2049) + big_endian(1) + std::string(size, '\0'));
  EXPECT_THAT(message_of([&] { read_idx(folder.write("liar.gz", liar)); }), EndsWith("has bytes after its last value"));
}

TEST(ReadIdx, SaysWhenThereIsNoFileToRead) {
  const TestFolder folder;
  const std::string missing = (folder.path() / "missing").string();
  EXPECT_EQ(message_of([&] { read_idx(missing); }), missing + ": no such file");
  EXPECT_EQ(message_of([&] { read_idx(folder.path()); }), folder.path().string() + ": is a folder, not a file");
  EXPECT_EQ(message_of([&] { read_idx("/dev/null"); }), "/dev/null: is not a regular file");
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(message_of([&] { read_idx(pipe); }), pipe.string() + ": is not a regular file");
  const auto plain = folder.write("big", small_images());
  EXPECT_EQ(message_of([&] { read_idx(plain, {.max_bytes = 10}); }),
            plain.string() + ": holds 28 bytes, more than the allowed 10");
  // Names that terminals would act on are shown, not sent.
  const auto odd = folder.path() / "new\nline";
  EXPECT_EQ(message_of([&] { read_idx(odd); }), folder.path().string() + "/new\\x0aline: no such file");
}

TEST(ReadIdx, TellsRefusalByTheSystemFromMissingData) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const TestFolder folder;
  const auto path = folder.write("x", small_images());
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_THAT(message_of<IoError>([&] { read_idx(path); }), EndsWith("cannot be opened: Permission denied"));
}

}  // namespace
}  // namespace elbo::data
