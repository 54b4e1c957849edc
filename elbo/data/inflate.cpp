#include <algorithm>
#include <new>
#include <vector>
#include <zlib.h>

#include "elbo/data/bytes.h"

namespace elbo::data {

namespace {

constexpr size_t kChunk = 64 * 1024;
// A small file of equal bytes may pack better than the ratio allows and harms nobody.
constexpr int64_t kAlwaysAllowed = 1 << 20;
// The ratio is held along the way, too, so that a bomb is refused before it fills the memory; a file may begin with so
// many bytes that pack better.
constexpr int64_t kBurst = 16 << 20;

int64_t most_unpacked(int64_t packed, const ReadLimits& limits) {
  int64_t most = 0;
  const bool overflow =
      __builtin_mul_overflow(packed, limits.max_ratio, &most) || __builtin_add_overflow(most, kAlwaysAllowed, &most);
  return overflow ? limits.max_bytes : std::min(most, limits.max_bytes);
}

class InflatedBytes final : public ByteSource {
 public:
  InflatedBytes(std::unique_ptr<ByteSource> packed, Packing packing, const ReadLimits& limits)
      : ByteSource(packed->name()),
        packed_(std::move(packed)),
        packing_(packing),
        left_(most_unpacked(packed_->left(), limits)),
        stopped_by_ratio_(left_ < limits.max_bytes),
        limits_(limits),
        input_(kChunk) {
    constexpr int kGzipWrapper = 16;
    const int bits = packing == Packing::kGzip ? MAX_WBITS + kGzipWrapper : -MAX_WBITS;
    if (inflateInit2(&stream_, bits) != Z_OK) throw std::bad_alloc();
  }
  ~InflatedBytes() override { inflateEnd(&stream_); }

  size_t read(std::span<std::byte> dst) override {
    size_t done = 0;
    while (done < dst.size() && !finished_) done += inflate_some(dst.subspan(done));
    return done;
  }
  int64_t left() const override { return left_; }
  bool left_is_exact() const override { return false; }

 private:
  size_t inflate_some(std::span<std::byte> dst) {
    if (stream_.avail_in == 0) refill();
    const size_t room = std::min(dst.size(), size_t{1} << 30);  // zlib counts in 32 bits
    stream_.next_out = reinterpret_cast<Bytef*>(dst.data());
    stream_.avail_out = static_cast<uInt>(room);
    const bool starved = stream_.avail_in == 0;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    const size_t made = room - stream_.avail_out;
    left_ -= static_cast<int64_t>(made);
    unpacked_ += static_cast<int64_t>(made);
    const int64_t taken = packed_taken_ - stream_.avail_in;
    const bool too_much = unpacked_ > kBurst && (unpacked_ - kBurst) / limits_.max_ratio > taken;
    if (left_ < 0 || too_much) fail_at_limit(too_much || stopped_by_ratio_);
    if (status == Z_STREAM_END) {
      end_member();
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fail(std::string("its compressed data are damaged") + (stream_.msg ? " (" + std::string(stream_.msg) + ")" : ""));
    } else if (starved && made == 0) {
      fail("ends in the middle of its compressed data");
    }
    return made;
  }

  [[noreturn]] void fail_at_limit(bool by_ratio) const {
    if (!by_ratio) {
      fail("unpacks to more than " + std::to_string(limits_.max_bytes) + " bytes, the most that are read of one file");
    }
    fail("unpacks to more than " + std::to_string(limits_.max_ratio) +
         " times its packed size, the limit for packed files (a decompression bomb?); unpacked first, it is read "
         "whatever "
         "its ratio");
  }

  void refill() {
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(packed_->read(input_));
    packed_taken_ += stream_.avail_in;
  }

  void end_member() {
    if (stream_.avail_in == 0) refill();
    finished_ = stream_.avail_in == 0;
    if (finished_) return;
    constexpr Bytef kGzipMagic = 0x1f;
    if (packing_ != Packing::kGzip || stream_.next_in[0] != kGzipMagic) fail("has bytes after its compressed data");
    inflateReset(&stream_);
  }

  std::unique_ptr<ByteSource> packed_;
  Packing packing_;
  int64_t left_;
  int64_t unpacked_ = 0;
  int64_t packed_taken_ = 0;
  bool stopped_by_ratio_;
  ReadLimits limits_;
  std::vector<std::byte> input_;
  z_stream stream_{};
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> inflated_bytes(std::unique_ptr<ByteSource> packed, Packing packing,
                                           const ReadLimits& limits) {
  return std::make_unique<InflatedBytes>(std::move(packed), packing, limits);
}

}  // namespace elbo::data
