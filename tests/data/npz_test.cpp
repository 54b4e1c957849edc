#include "elbo/data/npz.h"

#include "elbo/data/npy.h"
#include "tests/data/zip_files.h"

namespace elbo::data {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

const std::string kOne = npy_bytes(Array::of<uint8_t>({2, 3}, {1, 2, 3, 4, 5, 6}));
const std::string kTwo = npy_bytes(Array::of<float>({2}, {0.5f, -1}));

class ReadNpz : public testing::Test {
 protected:
  Npz open(const std::string& content) { return Npz(folder_.write("x.npz", content)); }
  std::string complaint(const std::string& content, const std::string& member = "a") {
    const auto path = folder_.write("x.npz", content);
    return message_of([&] { Npz(path).read(member); }).substr(path.string().size());
  }
  TestFolder folder_;
};

TEST_F(ReadNpz, ReadsStoredAndDeflatedMembers) {
  const Npz npz = open(zip({{"a.npy", kOne}, {"b.npy", kTwo, 8}}));
  EXPECT_THAT(npz.names(), ElementsAre("a", "b"));
  EXPECT_TRUE(npz.has("a"));
  EXPECT_TRUE(npz.has("b.npy"));
  EXPECT_FALSE(npz.has("c"));
  const Array a = npz.read("a.npy"), b = npz.read("b");
  EXPECT_EQ(a.shape(), (Shape{2, 3}));
  EXPECT_EQ(a.values<uint8_t>()[5], 6);
  EXPECT_EQ(b.values<float>()[1], -1);
}

// numpy.savez opens each member with force_zip64: the local header's sizes then stand in an extra field.
TEST_F(ReadNpz, ReadsWhatNumpyWrites) {
  const std::string zip64 =
      little_endian(1, 2) + little_endian(16, 2) + little_endian(kOne.size(), 8) + little_endian(kOne.size(), 8);
  std::string archive = zip({{.name = "a.npy", .content = kOne, .local_extra = zip64}});
  archive.replace(18, 8, std::string(8, '\xff'));
  EXPECT_EQ(open(archive).read("a").values<uint8_t>()[3], 4);
}

TEST_F(ReadNpz, ReadsZip64) {
  EXPECT_EQ(open(zip64(kOne)).read("a").values<uint8_t>()[5], 6);
  const std::string whole = zip64(kOne);
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_NE(complaint(whole.substr(0, size)), "") << size;
}

TEST_F(ReadNpz, RefusesAbsurdZip64) {
  const std::string where = ": its ZIP64 directory is not where its last record says";
  EXPECT_EQ(complaint(zip64(kOne, {.record_off = 1})), where);
  EXPECT_EQ(complaint(zip64(kOne, {.disks = 2})), ": is one part of a ZIP archive of several");
  EXPECT_EQ(complaint(zip64(kOne, {.extra_size = 16})), ": its member a has a damaged ZIP64 field");
  EXPECT_EQ(complaint(zip64(kOne, {.extra_size = 25})), ": its member a has a damaged ZIP64 field");
  for (const uint64_t absurd : {uint64_t{1} << 31, uint64_t{1} << 32, (uint64_t{1} << 63) - 1, uint64_t{1} << 63,
                                ~uint64_t{0}, ~uint64_t{0} - 29}) {
    EXPECT_NE(complaint(zip64(kOne, {.size = absurd})), "") << absurd;
    EXPECT_NE(complaint(zip64(kOne, {.place = absurd})), "") << absurd;
    EXPECT_NE(complaint(zip64(kOne, {.count = absurd})), "") << absurd;
    EXPECT_NE(complaint(zip64(kOne, {.directory_off = absurd})), "") << absurd;
  }
}

TEST_F(ReadNpz, ReadsArchivesWithACommentAndWithoutMembers) {
  EXPECT_EQ(open(zip({{"a.npy", kOne}}, {.comment = "by hand PK\x05\x06"})).read("a").elements(), 6);
  EXPECT_TRUE(open(zip({})).names().empty());
  EXPECT_EQ(complaint(zip({})), ": has no member a; it has: none");
}

TEST_F(ReadNpz, ListsTheMembersWhenOneIsMissing) {
  EXPECT_EQ(complaint(zip({{"a.npy", kOne}, {"b.npy", kTwo}}), "c"), ": has no member c; it has: a, b");
}

TEST_F(ReadNpz, RefusesATruncationAtEveryByte) {
  const std::string whole = zip({{"a.npy", kOne}, {"b.npy", kTwo, 8}});
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_NE(complaint(whole.substr(0, size)), "") << size;
  EXPECT_NE(complaint(whole + "x"), "");
  EXPECT_NE(complaint("x" + whole), "");
}

TEST_F(ReadNpz, NeverReadsOtherValuesFromADamagedArchive) {
  const std::string whole = zip({{"a.npy", kOne, 8}});
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const int bits : {0x01, 0x80}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ bits);
      try {
        const Array a = open(damaged).read("a");
        EXPECT_EQ(npy_bytes(a), kOne) << i;
      } catch (const DataError&) {
      }
    }
  }
}

TEST_F(ReadNpz, SaysWhatIsWrongWithAnArchive) {
  EXPECT_EQ(complaint(""), ": is no whole NPZ file: the end of its ZIP directory is not there");
  EXPECT_EQ(complaint(std::string(100000, 'P')), ": is no whole NPZ file: the end of its ZIP directory is not there");
  EXPECT_EQ(complaint(zip({{"a.npy", kOne}}, {.place_off = 1})),
            ": its ZIP directory is not where its last record says");
  EXPECT_EQ(complaint(zip({{"a.npy", kOne}}, {.before_end = "x"})),
            ": its ZIP directory is not where its last record says");
  EXPECT_EQ(complaint(zip({{"a.npy", kOne}}, {.count_off = 1})), ": entry 2 of its ZIP directory is damaged");
  EXPECT_EQ(complaint(zip({{"a.npy", kOne}}, {.count_off = -1})), ": its ZIP directory goes on after its last entry");
  EXPECT_EQ(complaint(zip({{"a.npy", kOne}}, {.disk = 1})), ": is one part of a ZIP archive of several");
  EXPECT_EQ(complaint(zip({}, {.count_off = 0xffff})), ": its ZIP64 directory is not where its last record says");
  EXPECT_EQ(complaint(zip({}, {.size_off = 0xffffffff})), ": its ZIP64 directory is not where its last record says");
  EXPECT_EQ(complaint(zip({}, {.count_off = 2000})),
            ": claims 2000 members in a directory of 0 bytes; at most 1024 members are read");
}

TEST_F(ReadNpz, SaysWhatIsWrongWithAMember) {
  EXPECT_EQ(complaint(zip({{"a.npy", kOne}, {"a.npy", kTwo}})), ": has two members called a");
  EXPECT_EQ(complaint(zip({{"a.npy", kOne, 12}})),
            ": its member a is packed by method 12; stored (0) and deflated (8) are read");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .flags = 1}})), ": its member a is encrypted");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = "", .size_off = 0xffffffff}})),
            ": its member a has a damaged ZIP64 field");
  EXPECT_EQ(complaint(zip({{.name = "", .content = kOne}})), ": entry 1 of its ZIP directory has a name of 0 bytes");
  EXPECT_EQ(complaint(zip({{std::string(600, 'n'), kOne}})), ": entry 1 of its ZIP directory has a name of 600 bytes");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .size_off = 1}})),
            ": its member a has sizes that differ");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .packed_off = 100}})),
            ": its member a reaches beyond the members' part");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .place_off = 5}})),
            ": its member a is not where the ZIP directory says");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .place_off = 1000000}})),
            ": its member a begins beyond the members' part");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .crc_off = 1}})),
            ", member a: is damaged: its CRC-32 differs from the archive's");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .method = 8, .size_off = -1}})),
            ", member a: its header asks for 6 bytes of values, but 5 follow (is it truncated?)");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .method = 8, .packed_off = -3}})),
            ", member a: ends in the middle of its compressed data");
  EXPECT_EQ(complaint(zip({{"a.npy", "hello, world"}})),
            ", member a: is no NPY file: it does not begin with \\x93NUMPY");
}

TEST_F(ReadNpz, RefusesMembersThatShareBytes) {
  const auto second_place = -static_cast<int64_t>(30 + 5 + kOne.size());
  EXPECT_EQ(complaint(zip({{"a.npy", kOne}, {.name = "b.npy", .content = kOne, .place_off = second_place}})),
            ": its members a and b overlap");
}

TEST_F(ReadNpz, RefusesBombs) {
  const Array zeros(DType::kU8, {16 << 20});
  const std::string bomb = zip({{"a.npy", npy_bytes(zeros), 8}});
  ASSERT_LT(bomb.size(), 20000u);
  const auto path = folder_.write("bomb.npz", bomb);
  EXPECT_EQ(Npz(path).read("a").elements(), 16 << 20);
  EXPECT_THAT(message_of([&] { Npz(path, {.max_ratio = 100}).read("a"); }), EndsWith("(a decompression bomb?)"));
  EXPECT_THAT(message_of([&] { Npz(path, {.max_bytes = 1 << 20}).read("a"); }),
              EndsWith("more than the allowed 1048576"));
  // One that hides its size is stopped where the stated size ends.
  EXPECT_THAT(complaint(zip({{.name = "a.npy", .content = npy_bytes(zeros), .method = 8, .size_off = -(15 << 20)}})),
              HasSubstr("asks for 16777216 bytes of values, but 1048576 follow"));
  EXPECT_EQ(
      complaint(
          zip({{.name = "a.npy", .content = kOne + std::string(1 << 20, '\0'), .method = 8, .size_off = -(1 << 20)}})),
      ", member a: unpacks to more bytes than its archive states");
  EXPECT_EQ(complaint(zip({{.name = "a.npy", .content = kOne, .method = 8, .size_off = 0x7fffff00}})),
            ": its member a claims 2147483526 bytes, more than its " + std::to_string(deflated(kOne, -15).size()) +
                " packed bytes may unpack to (a decompression bomb?)");
}

}  // namespace
}  // namespace elbo::data
