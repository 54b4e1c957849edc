#include "elbo/data/amat.h"

#include "elbo/data/lines.h"

namespace elbo::data {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// Appends the line's values and returns how many there were.
int64_t append_bits(const LineReader& lines, std::string_view line, std::vector<uint8_t>& values) {
  int64_t count = 0;
  bool may_begin = true;  // a value needs a blank before it
  for (size_t i = 0; i < line.size(); ++i) {
    if (is_blank(line[i])) {
      may_begin = true;
      continue;
    }
    const bool is_bit = line[i] == '0' || line[i] == '1';
    if (!is_bit || !may_begin) lines.fail("value " + std::to_string(count + may_begin) + " is neither 0 nor 1");
    values.push_back(static_cast<uint8_t>(line[i] - '0'));
    may_begin = false;
    ++count;
  }
  return count;
}

}  // namespace

Array read_amat(const std::filesystem::path& path, const ReadLimits& limits) {
  const auto bytes = open_bytes(path, limits);
  LineReader lines(*bytes);
  std::vector<uint8_t> values;
  int64_t columns = 0, rows = 0;
  std::string_view line;
  for (; lines.next(line); ++rows) {
    const int64_t count = append_bits(lines, line, values);
    if (rows == 0) columns = count;
    if (count != columns || count == 0) {
      lines.fail("holds " + std::to_string(count) + " values; " +
                 (columns == 0 ? "at least 1" : std::to_string(columns)) + " are required");
    }
  }
  if (rows == 0) bytes->fail("is empty");
  return Array::of<uint8_t>({rows, columns}, values);
}

}  // namespace elbo::data
