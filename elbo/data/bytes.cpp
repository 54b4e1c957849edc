#include "elbo/data/bytes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elbo/settings/error.h"

namespace elbo::data {

std::string shown(const std::filesystem::path& path) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char c : path.native()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      text += c;
    } else {
      text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return text;
}

void ByteSource::fail(const std::string& complaint) const {
  throw DataError(name_ + ": " + complaint);
}

void ByteSource::read_exactly(std::span<std::byte> dst, std::string_view what) {
  const size_t got = read(dst);
  if (got == dst.size()) return;
  fail("ends in the middle of " + std::string(what) + ": " + std::to_string(dst.size()) + " bytes expected, " +
       std::to_string(got) + " there");
}

void ByteSource::require_payload(int64_t size, std::string_view what) const {
  const std::string asked = "its header asks for " + std::to_string(size) + " bytes of " + std::string(what);
  if (left_is_exact() && size != left()) {
    fail(asked + ", but " + std::to_string(left()) + " follow" +
         (size > left() ? " (is it truncated?)" : " (is something appended?)"));
  }
  if (size > left()) fail(asked + ", more than the " + std::to_string(left()) + " this file may unpack to");
}

Shape ByteSource::require_shape(const std::vector<int64_t>& extents, int64_t value_bytes) const {
  if (extents.size() > Shape::kMaxRank) {
    fail("its header gives " + std::to_string(extents.size()) + " axes; at most 8 are read");
  }
  // Extents of zero are left out of the product that must fit, or the other extents of an empty array could overflow
  // wherever they are multiplied without it.
  int64_t bytes = value_bytes;
  bool overflow = false, empty = false;
  for (const int64_t extent : extents) {
    if (extent < 0) fail("its header gives the negative extent " + std::to_string(extent));
    empty |= extent == 0;
    if (extent > 0) overflow |= __builtin_mul_overflow(bytes, extent, &bytes);
  }
  if (overflow) fail("its header asks for more bytes than 63 bits count");
  require_payload(empty ? 0 : bytes, "values");
  return Shape(extents);
}

void ByteSource::require_end() {
  std::byte extra{};
  if (read({&extra, 1}) != 0) fail("has bytes after its last value");
}

File::File(const std::filesystem::path& path) : name_(shown(path)), descriptor_(-1), size_(0) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer; it changes nothing for a regular file.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) throw DataError(name_ + ": no such file");
    throw IoError(name_ + ": cannot be opened: " + std::strerror(error));
  }
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    size_ = status.st_size;
    return;
  }
  ::close(descriptor_);
  if (!known) throw IoError(name_ + ": its size cannot be asked");
  throw DataError(name_ + (S_ISDIR(status.st_mode) ? ": is a folder, not a file" : ": is not a regular file"));
}

File::~File() {
  ::close(descriptor_);
}

size_t File::read_at(int64_t offset, std::span<std::byte> dst) const {
  size_t done = 0;
  while (done < dst.size()) {
    const ssize_t got = ::pread(descriptor_, dst.data() + done, dst.size() - done, offset + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw IoError(name_ + ": cannot be read: " + std::strerror(errno));
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

namespace {

class PlainBytes final : public ByteSource {
 public:
  PlainBytes(std::shared_ptr<const File> file, int64_t offset, int64_t size, std::string name)
      : ByteSource(std::move(name)), file_(std::move(file)), offset_(offset), end_(offset + size) {}

  size_t read(std::span<std::byte> dst) override {
    const size_t wanted = std::min(dst.size(), static_cast<size_t>(left()));
    const size_t got = file_->read_at(offset_, dst.first(wanted));
    offset_ += static_cast<int64_t>(got);
    return got;
  }
  int64_t left() const override { return end_ - offset_; }
  bool left_is_exact() const override { return true; }

 private:
  std::shared_ptr<const File> file_;
  int64_t offset_;
  int64_t end_;
};

}  // namespace

std::unique_ptr<ByteSource> plain_bytes(std::shared_ptr<const File> file, int64_t offset, int64_t size,
                                        std::string name) {
  return std::make_unique<PlainBytes>(std::move(file), offset, size, std::move(name));
}

std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path, const ReadLimits& limits) {
  auto file = std::make_shared<const File>(path);
  std::array<std::byte, 2> magic{};
  const bool gzip = file->read_at(0, magic) == magic.size() && magic == std::array{std::byte{0x1f}, std::byte{0x8b}};
  const int64_t size = file->size();
  const std::string name = file->name();
  if (!gzip && size > limits.max_bytes) {
    throw DataError(name + ": holds " + std::to_string(size) + " bytes, more than the allowed " +
                    std::to_string(limits.max_bytes));
  }
  auto bytes = plain_bytes(std::move(file), 0, size, name);
  return gzip ? inflated_bytes(std::move(bytes), Packing::kGzip, limits) : std::move(bytes);
}

}  // namespace elbo::data
