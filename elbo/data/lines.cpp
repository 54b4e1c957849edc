#include "elbo/data/lines.h"

#include <cstring>

namespace elbo::data {

bool LineReader::next(std::string_view& line) {
  ++number_;
  size_t searched = begin_;
  for (;;) {
    const void* found = end_ > searched ? std::memchr(buffer_.data() + searched, '\n', end_ - searched) : nullptr;
    if (found != nullptr) {
      const auto newline = static_cast<size_t>(static_cast<const char*>(found) - buffer_.data());
      line = {buffer_.data() + begin_, newline - begin_};
      begin_ = newline + 1;
      break;
    }
    const size_t pending = end_ - begin_;
    if (pending > kMaxLine) fail("is longer than " + std::to_string(kMaxLine) + " bytes");
    const bool more = refill();
    searched = begin_ + pending;
    if (more) continue;
    if (pending == 0) return false;
    line = {buffer_.data() + begin_, pending};
    begin_ = end_;
    break;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

bool LineReader::refill() {
  constexpr size_t kChunk = 64 * 1024;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + kChunk) buffer_.resize(2 * end_ + kChunk);
  const size_t got = bytes_.read(std::as_writable_bytes(std::span(buffer_).subspan(end_)));
  end_ += got;
  return got > 0;
}

void LineReader::fail(const std::string& complaint) const {
  bytes_.fail("line " + std::to_string(number_) + ": " + complaint);
}

}  // namespace elbo::data
