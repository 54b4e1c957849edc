#include "elbo/data/npz.h"

#include "elbo/data/npy.h"
#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

// One member as the archive states it; the statements can be made wrong one by one.
struct Zipped {
  std::string name;
  std::string content;
  int method = 0;  // 0 stored, 8 deflated
  uint64_t flags = 0;
  int64_t size_off = 0;    // added to the stated size
  int64_t packed_off = 0;  // added to the stated packed size
  int64_t place_off = 0;   // added to the stated offset
  uint32_t crc_off = 0;
  std::string local_extra;
  uint64_t disk = 0;
};

struct ZipEnd {
  int64_t count_off = 0, size_off = 0, place_off = 0;
  uint64_t disk = 0;
  std::string comment;
  std::string before_end;
};

uint32_t crc_of(std::string_view content) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
}

std::string zip(const std::vector<Zipped>& members, const ZipEnd& end = {}) {
  std::string archive, directory;
  const auto number = [](int64_t value) { return little_endian(static_cast<uint64_t>(value), 4); };
  for (const Zipped& member : members) {
    const std::string packed = member.method == 8 ? deflated(member.content, -15) : member.content;
    const auto place = static_cast<int64_t>(archive.size());
    const std::string method = little_endian(static_cast<uint64_t>(member.method), 2);
    const std::string sizes = number(static_cast<int64_t>(packed.size()) + member.packed_off) +
                              number(static_cast<int64_t>(member.content.size()) + member.size_off);
    const std::string crc = little_endian(crc_of(member.content) + member.crc_off, 4);
    const std::string name_size = little_endian(member.name.size(), 2);
    archive += "PK\x03\x04" + little_endian(20, 2) + little_endian(member.flags, 2) + method + number(0) + crc + sizes +
               name_size + little_endian(member.local_extra.size(), 2) + member.name + member.local_extra + packed;
    directory += "PK\x01\x02" + number(20) + little_endian(member.flags, 2) + method + number(0) + crc + sizes +
                 name_size + number(0) + little_endian(member.disk, 2) + std::string(6, '\0') +
                 number(place + member.place_off) + member.name;
  }
  const auto count = little_endian(members.size() + static_cast<uint64_t>(end.count_off), 2);
  return archive + directory + end.before_end + "PK\x05\x06" + little_endian(end.disk, 2) + little_endian(0, 2) +
         count + count + number(static_cast<int64_t>(directory.size()) + end.size_off) +
         number(static_cast<int64_t>(archive.size()) + end.place_off) + little_endian(end.comment.size(), 2) +
         end.comment;
}

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

// One member "a" whose sizes and place, and those of the directory, stand in ZIP64's wider fields.
struct Zip64 {
  uint64_t size = kOne.size();
  uint64_t place = 0;
  uint64_t extra_size = 24;
  uint64_t count = 1;
  uint64_t directory_off = 0;
  uint64_t record_off = 0;
  uint64_t disks = 1;
};

std::string zip64(const Zip64& archive) {
  const std::string full(4, '\xff'), crc = little_endian(crc_of(kOne), 4);
  const std::string local = "PK\x03\x04" + little_endian(45, 2) + std::string(8, '\0') + crc + full + full +
                            little_endian(5, 2) + little_endian(0, 2) + "a.npy" + kOne;
  const std::string other_extra = little_endian(7, 2) + little_endian(3, 2) + "abc";
  const std::string extra = other_extra + little_endian(1, 2) + little_endian(archive.extra_size, 2) +
                            little_endian(archive.size, 8) + little_endian(archive.size, 8) +
                            little_endian(archive.place, 8);
  const std::string directory = "PK\x01\x02" + little_endian(45, 2) + little_endian(45, 2) + std::string(8, '\0') +
                                crc + full + full + little_endian(5, 2) + little_endian(extra.size(), 2) +
                                std::string(10, '\0') + full + "a.npy" + extra;
  const std::string count = little_endian(archive.count, 8);
  const std::string record = "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) +
                             std::string(8, '\0') + count + count + little_endian(directory.size(), 8) +
                             little_endian(local.size() + archive.directory_off, 8);
  const std::string locator = "PK\x06\x07" + little_endian(0, 4) +
                              little_endian(local.size() + directory.size() + archive.record_off, 8) +
                              little_endian(archive.disks, 4);
  const std::string all_ones(12, '\xff');
  return local + directory + record + locator + "PK\x05\x06" + little_endian(0, 4) + all_ones + little_endian(0, 2);
}

TEST_F(ReadNpz, ReadsZip64) {
  EXPECT_EQ(open(zip64({})).read("a").values<uint8_t>()[5], 6);
  const std::string whole = zip64({});
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_NE(complaint(whole.substr(0, size)), "") << size;
}

TEST_F(ReadNpz, RefusesAbsurdZip64) {
  const std::string where = ": its ZIP64 directory is not where its last record says";
  EXPECT_EQ(complaint(zip64({.record_off = 1})), where);
  EXPECT_EQ(complaint(zip64({.disks = 2})), ": is one part of a ZIP archive of several");
  EXPECT_EQ(complaint(zip64({.extra_size = 16})), ": its member a has a damaged ZIP64 field");
  EXPECT_EQ(complaint(zip64({.extra_size = 25})), ": its member a has a damaged ZIP64 field");
  for (const uint64_t absurd : {uint64_t{1} << 31, uint64_t{1} << 32, (uint64_t{1} << 63) - 1, uint64_t{1} << 63,
                                ~uint64_t{0}, ~uint64_t{0} - 29}) {
    EXPECT_NE(complaint(zip64({.size = absurd})), "") << absurd;
    EXPECT_NE(complaint(zip64({.place = absurd})), "") << absurd;
    EXPECT_NE(complaint(zip64({.count = absurd})), "") << absurd;
    EXPECT_NE(complaint(zip64({.directory_off = absurd})), "") << absurd;
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
