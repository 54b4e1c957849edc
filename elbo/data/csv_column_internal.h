// CsvColumnReader: what a column holds, field by field.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "elbo/data/csv.h"
#include "elbo/data/csv_records_internal.h"

namespace elbo::data {

class CsvColumnReader {
 public:
  enum class Content {
    kFound,    // numbers, or text if the first field that is not missing is a word
    kText,     // known to be text, as an earlier reading has shown
    kIgnored,  // not read
  };

  CsvColumnReader(size_t index, std::string name, Content content, bool decimal_comma);

  // The value of the next field: for words the place of their first appearance, which `finish` turns into their order.
  double read(std::string_view field, int64_t row, const CsvRecords& records);
  // A word stands after numbers, whose spelling is gone: to be read again as text.
  bool needs_text() const { return needs_text_; }
  // Refuses an infinite value among numbers.
  void require_finite(const ByteSource& bytes) const;
  // The column, and the final place of each word by its first one; empty for numbers.
  CsvColumn finish(std::vector<size_t>& order) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Word {
    size_t place;  // of its first appearance
    bool is_number;
  };
  double add_word(std::string_view field, bool is_number, const CsvRecords& records);
  std::string name() const { return column_name(index_, column_.name); }

  size_t index_;
  CsvColumn column_;
  Content content_;
  bool decimal_comma_;
  bool needs_text_ = false;
  std::unordered_map<std::string, Word, Hash, std::equal_to<>> words_;
  std::optional<std::string> infinite_;  // the first, and where
};

}  // namespace elbo::data
