#include <algorithm>

#include "elbo/data/csv_field_internal.h"
#include "elbo/data/csv_records_internal.h"

namespace elbo::data {

namespace {

constexpr char kBlankRun = ' ';

bool is_separator(char c, char separator) {
  return c == separator || (separator == kBlankRun && c == '\t');
}

// What separates the fields of the lines that it is given.
class SeparatorFinder {
 public:
  explicit SeparatorFinder(bool decimal_comma) : decimal_comma_(decimal_comma) {}

  void add(std::string_view text) {
    for (const char c : text) {
      // Quotes open where a field may begin.
      if (c == '"' && (quoted_ || std::string_view(" \t;,").find(before_) != std::string_view::npos))
        quoted_ = !quoted_;
      before_ = c;
      if (quoted_) continue;
      tab_ |= c == '\t';
      semicolon_ |= c == ';';
      comma_ |= c == ',' && !decimal_comma_;
    }
  }
  bool in_quotes() const { return quoted_; }
  char separator() const { return tab_ ? '\t' : semicolon_ ? ';' : comma_ ? ',' : kBlankRun; }

 private:
  bool decimal_comma_;
  bool quoted_ = false, tab_ = false, semicolon_ = false, comma_ = false;
  char before_ = ' ';
};

// The fields of a line without quotes; not many more than are allowed.
void split_plain(std::string_view line, char separator, std::vector<std::string_view>& fields) {
  fields.clear();
  const bool by_run = separator == kBlankRun;
  if (by_run) line = without_blanks(line);
  const char *at = line.data(), *const end = at + line.size();
  while (fields.size() <= CsvRecords::kMaxColumns) {
    const char* const begin = at;
    if (by_run) {
      while (at != end && !is_blank_char(*at)) ++at;
    } else {
      while (at != end && *at != separator) ++at;
    }
    fields.push_back(without_blanks({begin, static_cast<size_t>(at - begin)}));
    if (at == end) return;
    ++at;
    while (by_run && is_blank_char(*at)) ++at;  // the line does not end with a blank
  }
}

bool is_comment(std::string_view line) {
  line = without_blanks(line);
  // "#N/A" is how spreadsheets mark a missing value.
  return line.starts_with('#') && !is_missing_mark(line.substr(0, line.find_first_of(" \t,;")));
}

}  // namespace

bool CsvRecords::next() {
  std::string_view line;
  while (lines_.next(line)) {
    if (lines_.number() == 1) clean_start(line);
    const bool none_yet = line_ == 0;
    // But tabs that separate make missing values.
    const bool has_fields = separator_ == '\t' && line.find('\t') != line.npos;
    if (without_blanks(line).empty() && !has_fields) {
      if (empty_line_ == 0 && !none_yet) empty_line_ = lines_.number();
      comment_.reset();
      continue;
    }
    if (is_comment(line)) {
      if (none_yet) comment_ = without_blanks(line).substr(1);
      continue;
    }
    if (empty_line_ != 0) bytes_.fail("line " + std::to_string(empty_line_) + " is empty, and rows follow it");
    line_ = lines_.number();
    if (separator_ == '\0') line = find_separator(line);
    split(line);
    return true;
  }
  return false;
}

std::string_view CsvRecords::find_separator(std::string_view line) {
  SeparatorFinder finder(decimal_comma_);
  finder.add(without_blanks(line));
  if (finder.in_quotes()) first_ = line;
  bool joined = false;
  while (finder.in_quotes() && first_.size() <= LineReader::kMaxLine && lines_.next(line)) {
    finder.add(line);
    (first_ += '\n') += line;
    joined = true;
  }
  separator_ = finder.separator();
  return joined ? std::string_view(first_) : line;
}

void CsvRecords::clean_start(std::string_view& line) const {
  if (line.starts_with("\xff\xfe") || line.starts_with("\xfe\xff")) bytes_.fail("is UTF-16 text; save it as UTF-8");
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);  // UTF-8's byte order mark
}

void CsvRecords::split(std::string_view line) {
  if (line.find('"') != line.npos) return split_quoted(line);
  split_plain(line, separator_, fields_);
  if (fields_.size() > kMaxColumns) require_another_column(kMaxColumns);
}

void CsvRecords::split_quoted(std::string_view line) {
  unquoted_.clear();
  ends_.clear();
  const auto skip_blanks = [&](size_t from) {
    while (from < line.size() && is_blank_char(line[from]) && line[from] != separator_) ++from;
    return from;
  };
  const auto skip_run = [&](size_t from) {
    while (separator_ == kBlankRun && from < line.size() && is_separator(line[from], separator_)) ++from;
    return from;
  };
  size_t at = skip_run(0);
  for (;;) {
    require_another_column(ends_.size());
    at = skip_blanks(at);
    if (at < line.size() && line[at] == '"') {
      ++at;
      for (;;) {
        const size_t close = line.find('"', at);
        unquoted_ += line.substr(at, close == line.npos ? close : close - at);
        if (close == line.npos) {
          if (unquoted_.size() > LineReader::kMaxLine || !lines_.next(line)) {
            fail("the quotes of column " + std::to_string(ends_.size() + 1) + " are not closed");
          }
          unquoted_ += '\n';
          at = 0;
          continue;
        }
        at = close + 1;
        if (at == line.size() || line[at] != '"') break;
        unquoted_ += '"';
        ++at;
      }
      at = skip_blanks(at);
      const bool ends = at == line.size() || is_separator(line[at], separator_) ||
                        (separator_ == kBlankRun && is_separator(line[at - 1], separator_));
      if (!ends) fail("column " + std::to_string(ends_.size() + 1) + " goes on after its closing quotes");
    } else {
      const size_t begin = at;
      while (at < line.size() && !is_separator(line[at], separator_)) ++at;
      unquoted_ += without_blanks(line.substr(begin, at - begin));
    }
    ends_.push_back(unquoted_.size());
    if (skip_run(at) == line.size()) break;
    at = separator_ == kBlankRun ? skip_run(at) : at + 1;
  }
  fields_.clear();
  size_t begin = 0;
  for (const size_t end : ends_) {
    fields_.push_back(std::string_view(unquoted_).substr(begin, end - begin));
    begin = end;
  }
}

void CsvRecords::require_another_column(size_t columns) const {
  if (columns == kMaxColumns) fail("has more than " + std::to_string(kMaxColumns) + " columns");
}

std::vector<std::string> CsvRecords::names_in_comment() const {
  if (!comment_) return {};
  // numpy.savetxt separates values by blanks where nothing is said, while its users write names with commas.
  std::vector<std::string_view> names;
  SeparatorFinder finder(decimal_comma_);
  finder.add(without_blanks(*comment_));
  for (const char separator : {separator_, finder.separator()}) {
    split_plain(*comment_, separator, names);
    if (names.size() == fields_.size()) return {names.begin(), names.end()};
  }
  return {};
}

void CsvRecords::fail(const std::string& complaint) const {
  bytes_.fail("line " + std::to_string(line_) + ": " + complaint);
}

}  // namespace elbo::data
