// LineReader: the lines of a text source one at a time, each of bounded length.
//
//   LineReader lines(*bytes);
//   std::string_view line;
//   while (lines.next(line)) parse(line, lines.number());    // without its end; numbers start at 1
#pragma once

#include <string_view>
#include <vector>

#include "elbo/data/bytes.h"

namespace elbo::data {

class LineReader {
 public:
  // A line of more bytes is refused: it would be held in memory whole.
  static constexpr size_t kMaxLine = 16 * 1024 * 1024;

  explicit LineReader(ByteSource& bytes) : bytes_(bytes) {}

  // The next line, valid until the next call, without its "\n" or "\r\n"; false after the last.
  bool next(std::string_view& line);
  int64_t number() const { return number_; }
  [[noreturn]] void fail(const std::string& complaint) const;  // DataError: "NAME: line 7: complaint"

 private:
  bool refill();  // false at the end of the source

  ByteSource& bytes_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // what is buffered and not given out yet: [begin_, end_)
  size_t end_ = 0;
  int64_t number_ = 0;
};

}  // namespace elbo::data
