#include <algorithm>
#include <map>

#include "elbo/data/csv_field_internal.h"
#include "elbo/data/csv_header_internal.h"
#include "elbo/settings/value.h"

namespace elbo::data {

namespace {

std::string quoted_field(std::string_view field) {
  return in_quotes(shortened(field, 40));
}

// 0, 1, 2, ... as pandas names columns that have no names; before it, in pandas' tables, an empty one for the index.
bool counts_from_zero(std::span<const std::string_view> fields) {
  if (fields.size() > 1 && fields.front().empty()) fields = fields.subspan(1);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] != std::to_string(i)) return false;
  }
  return true;
}

bool first_line_is_header(const CsvRecords& records, bool decimal_comma) {
  const auto fields = records.fields();
  const std::string_view *number = nullptr, *word = nullptr, *missing = nullptr;
  for (const std::string_view& field : fields) {
    switch (read_field(field, decimal_comma).kind) {
      case FieldKind::kNumber:
      case FieldKind::kInfinite:
      case FieldKind::kDecimalComma:
        if (number == nullptr) number = &field;
        break;
      case FieldKind::kMissing:
        // The first name may be empty: that of an index.
        if (missing == nullptr && !(field.empty() && &field == &fields.front())) missing = &field;
        break;
      case FieldKind::kWord:
        if (word == nullptr) word = &field;
        break;
    }
  }
  if (word == nullptr) {
    if (!counts_from_zero(fields)) return false;
    records.fail("holds 0" + (fields.size() > 1 ? " to " + std::string(fields.back()) : "") +
                 ", which may be the numbers of the columns or a row; say which: data.header = true (names) or "
                 "data.header = false (a row)");
  }
  const std::string_view* value = number != nullptr ? number : missing;
  if (value == nullptr) return true;
  const auto column = [&](const std::string_view* field) {
    return std::to_string(static_cast<size_t>(field - fields.data()) + 1);
  };
  records.fail("column " + column(value) + " is " + quoted_field(*value) + ", as in a row of values, and column " +
               column(word) + " is " + quoted_field(*word) +
               ", as in a header; say which it is: data.header = false (a row) or data.header = true (names)");
}

void require_names(const CsvRecords& records, const std::vector<std::string>& names, const CsvOptions& options) {
  std::map<std::string_view, size_t> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string which = "name " + std::to_string(i + 1) + " of its header";
    if (!is_utf8(names[i])) records.fail(which + " is no UTF-8 text; save the file as UTF-8");
    if (names[i].empty()) continue;
    const auto [first, is_new] = seen.emplace(names[i], i);
    if (is_new) continue;
    records.fail("columns " + std::to_string(first->second + 1) + " and " + std::to_string(i + 1) +
                 " have the same name, " + quoted_field(names[i]) + "; rename one" +
                 (options.header == CsvHeader::kAuto ? ", or say data.header = false if this is a row" : ""));
  }
}

}  // namespace

CsvNames names_of(const CsvRecords& records, const CsvOptions& options) {
  const auto fields = records.fields();
  CsvNames header;
  std::vector<std::string> comment = records.names_in_comment();
  // A comment with numbers is a remark.
  const bool comment_has_names = !comment.empty() && std::all_of(comment.begin(), comment.end(), [](const auto& name) {
    return read_field(name, false).kind == FieldKind::kWord;
  });
  if (options.header != CsvHeader::kNo) {
    const bool has_values = std::any_of(fields.begin(), fields.end(), [&](std::string_view field) {
      return read_field(field, options.decimal_comma).kind != FieldKind::kWord;
    });
    header.in_comment = comment_has_names && has_values;
    header.in_first_line = !header.in_comment &&
                           (options.header == CsvHeader::kYes || first_line_is_header(records, options.decimal_comma));
  }
  if (header.in_comment) {
    header.names = std::move(comment);
  } else if (header.in_first_line) {
    header.names.assign(fields.begin(), fields.end());
  } else {
    header.names.resize(fields.size());
  }
  require_names(records, header.names, options);
  return header;
}

}  // namespace elbo::data
