#include <algorithm>
#include <cmath>
#include <limits>

#include "elbo/data/csv_column_internal.h"
#include "elbo/data/csv_field_internal.h"
#include "elbo/settings/value.h"

namespace elbo::data {

CsvColumnReader::CsvColumnReader(size_t index, std::string name, Content content, bool decimal_comma)
    : index_(index), column_{.name = std::move(name)}, content_(content), decimal_comma_(decimal_comma) {}

double CsvColumnReader::read(std::string_view field, int64_t row, const CsvRecords& records) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  if (content_ == Content::kIgnored) return kNan;
  const bool is_text = content_ == Content::kText;
  if (is_text) {
    if (const auto known = words_.find(field); known != words_.end()) {
      column_.numbers += known->second.is_number ? 1 : 0;
      return static_cast<double>(known->second.place);
    }
  }
  const Field found = read_field(field, decimal_comma_);
  switch (found.kind) {
    case FieldKind::kNumber:
      ++column_.numbers;
      return is_text ? add_word(field, true, records) : found.value;
    case FieldKind::kMissing:
      if (column_.missing++ == 0) {
        column_.first_missing_row = row;
        column_.first_missing_line = records.line();
      }
      return kNan;
    case FieldKind::kInfinite:
      if (is_text) return add_word(field, false, records);
      if (!infinite_) {
        infinite_ = "line " + std::to_string(records.line()) + ": " + name() + " is " +
                    in_quotes(shortened(field, 40)) +
                    ", which is infinite; a finite number of double precision is required";
      }
      return found.value;
    case FieldKind::kDecimalComma:
      if (!is_text && !needs_text_) {
        records.fail(name() + " is " + in_quotes(shortened(field, 40)) +
                     "; if its comma is the decimal mark, say data.decimal = \",\" (one of thousands is not read)");
      }
      break;
    case FieldKind::kWord:
      break;
  }
  if (column_.first_word_row < 0) {
    column_.first_word = shortened(field, 40);
    column_.first_word_row = row;
    column_.first_word_line = records.line();
    if (column_.numbers == 0 && !infinite_) content_ = Content::kText;
  }
  if (content_ == Content::kText) return add_word(field, false, records);
  needs_text_ = true;
  return kNan;
}

double CsvColumnReader::add_word(std::string_view field, bool is_number, const CsvRecords& records) {
  if (!is_utf8(field)) records.fail(name() + " is no UTF-8 text; save the file as UTF-8");
  if (words_.size() == CsvColumn::kMaxWords) {
    // Of a column of text, the numbers before its first word have been counted, too.
    const std::string example = column_.first_word_row < 0 ? std::string() : column_.first_word;
    records.fail(name() + " has more than " + std::to_string(CsvColumn::kMaxWords) + " different words" +
                 (example.empty() ? ""
                                  : " (" + in_quotes(example) + " in line " + std::to_string(column_.first_word_line) +
                                        " is no number)") +
                 "; leave the column out with data.ignore");
  }
  const size_t place = words_.size();
  words_.emplace(field, Word{place, is_number});
  return static_cast<double>(place);
}

void CsvColumnReader::require_finite(const ByteSource& bytes) const {
  if (infinite_ && !needs_text_) bytes.fail(*infinite_);
}

CsvColumn CsvColumnReader::finish(std::vector<size_t>& order) const {
  CsvColumn column = column_;
  for (const auto& [word, known] : words_) column.words.push_back(word);
  std::sort(column.words.begin(), column.words.end());
  order.resize(words_.size());
  for (size_t i = 0; i < column.words.size(); ++i) order[words_.find(column.words[i])->second.place] = i;
  return column;
}

}  // namespace elbo::data
