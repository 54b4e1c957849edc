// ByteSource: the bytes of a data file in order, unpacked where the file is gzip, never more than its limits allow.
//
//   const auto bytes = open_bytes("train-images-idx3-ubyte.gz", ReadLimits{});
//   bytes->read_exactly(header, "its header");
//   const Shape shape = bytes->require_shape({60000, 28, 28}, 1);    // before anything of that size is allocated
//
// What readers rely on: no memory map (another process may shorten the file), no size believed before it is compared
// with what the file can hold, and every complaint names the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/engine/shape.h"

namespace elbo::data {

struct ReadLimits {
  int64_t max_bytes = int64_t{16} << 30;  // of one file or one member, once unpacked
  int64_t max_ratio = 1000;               // unpacked bytes for each packed byte, beyond a first MiB of a whole file
                                          // and a first 16 MiB along the way
};

class ByteSource {
 public:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Reads up to dst.size() bytes and returns how many; fewer only at the end.
  virtual size_t read(std::span<std::byte> dst) = 0;
  // The most bytes that may still come, and whether exactly so many must.
  virtual int64_t left() const = 0;
  virtual bool left_is_exact() const = 0;

  // `what` is the thing being read, for the complaint: "its header".
  void read_exactly(std::span<std::byte> dst, std::string_view what);
  // Checks that `size` bytes of `what`, and nothing after them, can be what is left.
  void require_payload(int64_t size, std::string_view what) const;
  // The shape that a header's extents make, checked before anything of that size is allocated: its values of
  // `value_bytes` each must be what is left.
  Shape require_shape(const std::vector<int64_t>& extents, int64_t value_bytes) const;
  void require_end();

  // How messages call this source: the path, with control characters escaped.
  const std::string& name() const { return name_; }
  [[noreturn]] void fail(const std::string& complaint) const;  // DataError: "NAME: complaint"

 private:
  std::string name_;
};

// The path as messages show it.
std::string shown(const std::filesystem::path& path);

// An open regular file of known size.  DataError when it is missing or no regular file, IoError when the system
// refuses to open or read it.
class File {
 public:
  explicit File(const std::filesystem::path& path);
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  int64_t size() const { return size_; }
  const std::string& name() const { return name_; }
  // Reads up to dst.size() bytes at `offset`; fewer only at the end.
  size_t read_at(int64_t offset, std::span<std::byte> dst) const;

 private:
  std::string name_;
  int descriptor_;
  int64_t size_;
};

// The bytes [offset, offset + size) of a file as they stand.
std::unique_ptr<ByteSource> plain_bytes(std::shared_ptr<const File> file, int64_t offset, int64_t size,
                                        std::string name);

enum class Packing { kGzip, kRawDeflate };
// `packed` unpacked by zlib; a gzip source may hold several members one after the other, as gzip allows.
std::unique_ptr<ByteSource> inflated_bytes(std::unique_ptr<ByteSource> packed, Packing packing,
                                           const ReadLimits& limits);

// The file's bytes, unpacked where it begins as gzip does, whatever it is called.
std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path, const ReadLimits& limits);

}  // namespace elbo::data
