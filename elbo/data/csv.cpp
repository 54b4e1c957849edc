#include "elbo/data/csv.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "elbo/data/lines.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

constexpr size_t kMaxColumns = 65536;
constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

char separator_of(std::string_view first_line) {
  bool quoted = false;
  for (const char c : first_line) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == ';' || c == ',')) return c;
  }
  return ' ';
}

// Fields are views into the line; a quoted one may hold the separator and loses its quotes.
void split(std::string_view line, char separator, const LineReader& lines, std::vector<std::string_view>& fields) {
  fields.clear();
  std::string_view rest = separator == ' ' ? trimmed(line) : line;
  for (;;) {
    if (fields.size() == kMaxColumns) lines.fail("has more than " + std::to_string(kMaxColumns) + " columns");
    const std::string_view lead = rest.substr(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    size_t from = 0;
    if (lead.starts_with('"')) {
      const size_t close = lead.find('"', 1);
      if (close == std::string_view::npos) lines.fail("has a quoted field that does not end");
      from = static_cast<size_t>(lead.data() - rest.data()) + close + 1;
    }
    const size_t end = separator == ' ' ? rest.find_first_of(kBlanks, from) : rest.find(separator, from);
    std::string_view field = trimmed(rest.substr(0, end));
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') field = field.substr(1, field.size() - 2);
    fields.push_back(field);
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
    if (separator == ' ') rest = trimmed(rest);
  }
}

std::optional<double> number(std::string_view field) {
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size() || error == std::errc::invalid_argument) return std::nullopt;
  // A number, but not one that a double holds (1e400, 1e-400): refused where finite values are asked for.
  if (error == std::errc::result_out_of_range) return HUGE_VAL;
  return value;
}

[[noreturn]] void refuse(const LineReader& lines, size_t column, const CsvTable& table, std::string_view field) {
  std::string where = "column " + std::to_string(column + 1);
  if (column < table.columns.size()) where += " (" + shown(table.columns[column]) + ")";
  if (field.empty()) lines.fail(where + " is empty");
  constexpr size_t kShown = 40;
  lines.fail(where + " is \"" + shown(std::string(field.substr(0, kShown))) + (field.size() > kShown ? "..." : "") +
             "\"; a finite number of double precision is required");
}

}  // namespace

CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  const auto bytes = open_bytes(path, options.limits);
  LineReader lines(*bytes);
  CsvTable table;
  std::vector<double> values;
  std::vector<std::string_view> fields;
  char separator = options.separator;
  size_t columns = 0, rows = 0;
  int64_t empty_line = 0;
  std::string_view line;
  while (lines.next(line)) {
    if (lines.number() == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);  // UTF-8's byte order mark
    if (trimmed(line).empty()) {
      if (empty_line == 0) empty_line = lines.number();
      continue;
    }
    if (empty_line != 0) bytes->fail("line " + std::to_string(empty_line) + " is empty");
    const bool first = lines.number() == 1;
    if (first && separator == '\0') separator = separator_of(line);
    split(line, separator, lines, fields);
    if (first) {
      columns = fields.size();
      bool header = options.header == CsvHeader::kYes;
      if (options.header == CsvHeader::kDetect) {
        for (const std::string_view field : fields) header |= !field.empty() && !number(field);
      }
      if (header) {
        table.columns.assign(fields.begin(), fields.end());
        continue;
      }
    }
    if (fields.size() != columns) {
      lines.fail("has " + std::to_string(fields.size()) + " columns; the first line has " + std::to_string(columns));
    }
    for (size_t column = 0; column < columns; ++column) {
      const auto value = number(fields[column]);
      if (!value || !std::isfinite(*value)) refuse(lines, column, table, fields[column]);
      values.push_back(*value);
    }
    ++rows;
  }
  if (rows == 0) bytes->fail(columns == 0 ? "is empty" : "has column names but no rows");
  table.values = Array::of<double>({static_cast<int64_t>(rows), static_cast<int64_t>(columns)}, values);
  return table;
}

}  // namespace elbo::data
