#include "elbo/data/lines.h"

#include <algorithm>
#include <cstring>

namespace elbo::data {

void LineReader::find(Mark& mark) const {
  mark.at = std::max(mark.at, begin_);
  if (mark.at >= end_ || buffer_[mark.at] == mark.end) return;
  const void* found = std::memchr(buffer_.data() + mark.at, mark.end, end_ - mark.at);
  mark.at = found == nullptr ? end_ : static_cast<size_t>(static_cast<const char*>(found) - buffer_.data());
}

bool LineReader::next(std::string_view& line) {
  ++number_;
  for (;;) {
    find(newline_);
    find(carriage_return_);
    const size_t at = std::min(newline_.at, carriage_return_.at);
    // Whether "\n" follows a "\r" at the end of the buffer is not known before more is read.
    const bool is_whole = at < end_ && (buffer_[at] == '\n' || at + 1 < end_);
    if (is_whole) {
      line = {buffer_.data() + begin_, at - begin_};
      begin_ = at + 1;
      if (buffer_[at] == '\r' && buffer_[begin_] == '\n') ++begin_;
      return true;
    }
    if (at - begin_ > kMaxLine) fail("is longer than " + std::to_string(kMaxLine) + " bytes");
    if (refill()) continue;
    if (begin_ == end_) return false;
    const bool ends_with_return = buffer_[end_ - 1] == '\r';
    line = {buffer_.data() + begin_, end_ - begin_ - (ends_with_return ? 1 : 0)};
    begin_ = end_;
    return true;
  }
}

bool LineReader::refill() {
  constexpr size_t kChunk = 64 * 1024;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    newline_.at -= begin_;
    carriage_return_.at -= begin_;
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
