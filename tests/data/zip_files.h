// ZIP archives for the tests of readers, as they should be or wrong in one place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/data/files.h"

namespace elbo::data {

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

inline uint32_t crc_of(std::string_view content) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
}

inline std::string zip(const std::vector<Zipped>& members, const ZipEnd& end = {}) {
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

// One member "a" whose sizes and place, and those of the directory, stand in ZIP64's wider fields.
struct Zip64 {
  std::optional<uint64_t> size = {};  // else that of the content
  uint64_t place = 0;
  uint64_t extra_size = 24;
  uint64_t count = 1;
  uint64_t directory_off = 0;
  uint64_t record_off = 0;
  uint64_t disks = 1;
};

inline std::string zip64(const std::string& content, const Zip64& archive = {}) {
  const std::string size = little_endian(archive.size.value_or(content.size()), 8);
  const std::string full(4, '\xff'), crc = little_endian(crc_of(content), 4);
  const std::string local = "PK\x03\x04" + little_endian(45, 2) + std::string(8, '\0') + crc + full + full +
                            little_endian(5, 2) + little_endian(0, 2) + "a.npy" + content;
  const std::string other_extra = little_endian(7, 2) + little_endian(3, 2) + "abc";
  const std::string extra = other_extra + little_endian(1, 2) + little_endian(archive.extra_size, 2) + size + size +
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

}  // namespace elbo::data
