// LineReader: the lines of a text source one at a time, each of bounded length.
//
//   LineReader lines(*bytes);
//   std::string_view line;
//   while (lines.next(line)) parse(line, lines.number());    // without its end; numbers start at 1
//
// A line ends with "\n", "\r\n" or a "\r" alone; the last may end with the source.
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

  // The next line, valid until the next call, without its end; false after the last.
  bool next(std::string_view& line);
  int64_t number() const { return number_; }
  [[noreturn]] void fail(const std::string& complaint) const;  // DataError: "NAME: line 7: complaint"

 private:
  // Where the next `end` is: none is in [begin_, at), and at == end_ when none is buffered.  Kept from line to line, so
  // that a file without "\r" or without "\n" is searched for it once.
  struct Mark {
    char end;
    size_t at = 0;
  };
  void find(Mark& mark) const;
  bool refill();  // false at the end of the source

  ByteSource& bytes_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // what is buffered and not given out yet: [begin_, end_)
  size_t end_ = 0;
  Mark newline_{'\n'}, carriage_return_{'\r'};
  int64_t number_ = 0;
};

}  // namespace elbo::data
