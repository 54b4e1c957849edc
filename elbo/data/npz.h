// NumPy's .npz files: a ZIP archive of .npy members, stored or deflated.
//
//   const Npz npz("mnist.npz");
//   npz.names();                                  // {"x_train", "y_train", "x_test", "y_test"}
//   const Array images = npz.read("x_train");     // with or without ".npy"
//
// ZIP64, too, as NumPy writes beyond 4 GiB.  Refused: multi-part archives, encrypted members, other packings, members
// that overlap or share a name, anything before the first or after the last part.  Each member's size and CRC-32 are
// checked as it is read.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

namespace elbo::data {

class Npz {
 public:
  explicit Npz(const std::filesystem::path& path, const ReadLimits& limits = {});

  // In the order of the archive, without ".npy".
  std::vector<std::string> names() const;
  bool has(std::string_view name) const;
  // DataError that lists the members when there is none of this name.
  Array read(std::string_view name) const;

 private:
  struct Member {
    std::string name;
    int method = 0;
    uint32_t crc = 0;
    int64_t packed_size = 0;
    int64_t size = 0;
    int64_t header_offset = 0;
    int64_t data_offset = 0;
  };
  struct Directory {
    int64_t count;
    int64_t size;
    int64_t offset;
    int64_t end;  // where it must end: the record that tells of it
  };
  void read_directory();
  Directory find_directory64(int64_t end_offset) const;
  void widen(Member& member, std::span<const std::byte> extra) const;
  void locate_data(Member& member) const;
  const Member* find(std::string_view name) const;
  [[noreturn]] void fail(const std::string& complaint) const;

  std::shared_ptr<const File> file_;
  ReadLimits limits_;
  std::vector<Member> members_;
  int64_t data_end_ = 0;  // where the ZIP directory begins
};

}  // namespace elbo::data
