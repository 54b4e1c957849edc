#include "elbo/report/table.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "elbo/report/table_internal.h"
#include "elbo/report/text.h"
#include "elbo/settings/error.h"

namespace elbo::report {
namespace {

std::string repeated(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

std::string spaces(int count) {
  return std::string(static_cast<size_t>(std::max(count, 0)), ' ');
}

// "−ELBO (test)" to "elbo_test".
std::string key_from(std::string_view name) {
  std::string key;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter) {
      key += c;
    } else if (c >= 'A' && c <= 'Z') {
      key += static_cast<char>(c - 'A' + 'a');
    } else if (!key.empty() && key.back() != '_') {
      key += '_';
    }
  }
  while (!key.empty() && key.back() == '_') key.pop_back();
  return key.empty() ? "column" : key;
}

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else {
      if (c == '|' || c == '*' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

// A column of text for eyes, its heading first: all of one width, in a decimal column with points and "±" below each
// other.
std::vector<std::string> padded(const std::vector<ShownCell>& cells, const std::string& heading, Align align) {
  std::vector<std::string> out{heading};
  int head = 0, tail = 0, error = 0;
  for (const ShownCell& cell : cells) {
    head = std::max(head, display_width(cell.head));
    tail = std::max(tail, display_width(cell.tail));
    error = std::max(error, display_width(cell.error));
  }
  for (const ShownCell& cell : cells) {
    if (align != Align::kDecimal) {
      out.push_back(cell.whole());
      continue;
    }
    std::string text = spaces(head - display_width(cell.head)) + cell.head + cell.tail;
    text += spaces(head + tail - display_width(text));
    if (error > 0) text += " " + cell.error + spaces(error - display_width(cell.error));
    out.push_back(text);
  }
  int width = 0;
  for (const std::string& text : out) width = std::max(width, display_width(text));
  for (std::string& text : out) {
    const std::string room = spaces(width - display_width(text));
    text = align == Align::kLeft ? text + room : room + text;
  }
  return out;
}

}  // namespace

ShownCell shown(const Cell& cell) {
  const auto split = [](const std::string& number) {
    const size_t point = std::min(number.find('.'), number.size());
    return ShownCell{.head = number.substr(0, point), .tail = number.substr(point)};
  };
  const auto show = [&](const auto& value) -> ShownCell {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, std::monostate>) {
      return {.head = "–"};
    } else if constexpr (std::is_same_v<T, std::string>) {
      return {.head = value};
    } else if constexpr (std::is_same_v<T, Number>) {
      return split(fixed(value.value, value.digits));
    } else if constexpr (std::is_same_v<T, Count>) {
      return {.head = with_thousands(value.value)};
    } else {
      const int digits = value.digits == kFitDigits ? digits_for(value.standard_error) : value.digits;
      ShownCell out = split(fixed(value.mean, digits));
      out.error = "± " + fixed(value.standard_error, digits);
      return out;
    }
  };
  return std::visit(show, cell.value());
}

std::string heading_of(const Column& column) {
  return column.unit.empty() ? column.name : fmt::format("{} ({})", column.name, column.unit);
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::set<std::string> taken;
  for (Column& column : columns_) {
    const std::string wanted = column.key.empty() ? key_from(column.name) : column.key;
    column.key = wanted;
    for (int n = 2; !taken.insert(column.key).second; ++n) column.key = fmt::format("{}_{}", wanted, n);
  }
}

Table& Table::add_row(std::vector<Cell> cells) {
  if (cells.size() != columns_.size()) {
    throw ShapeError(fmt::format("table: row {} has {} cells, {} columns are required", rows_.size() + 1, cells.size(),
                                 columns_.size()));
  }
  rows_.push_back(std::move(cells));
  return *this;
}

Table& Table::add_rule() {
  rules_.push_back(rows_.size());
  return *this;
}

Table& Table::set_caption(std::string caption) {
  caption_ = std::move(caption);
  return *this;
}

Table& Table::add_note(std::string note) {
  notes_.push_back(std::move(note));
  return *this;
}

bool Table::rule_before(size_t row) const {
  return row > 0 && std::ranges::find(rules_, row) != rules_.end();
}

Align Table::align_of(size_t column) const {
  if (columns_[column].align != Align::kAuto) return columns_[column].align;
  const auto is_text = [&](const std::vector<Cell>& row) { return row[column].is_text(); };
  return std::ranges::any_of(rows_, is_text) ? Align::kLeft : Align::kDecimal;
}

std::string Table::to_text() const {
  std::vector<std::vector<std::string>> columns;
  for (size_t c = 0; c < columns_.size(); ++c) {
    std::vector<ShownCell> cells;
    for (const auto& row : rows_) {
      cells.push_back(shown(row[c]));
      std::ranges::replace(cells.back().head, '\n', ' ');
    }
    columns.push_back(padded(cells, heading_of(columns_[c]), align_of(c)));
  }
  const auto line = [&](size_t row) {
    std::string text;
    for (size_t c = 0; c < columns.size(); ++c) text += (c > 0 ? "  " : "") + columns[c][row];
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  int width = columns.empty() ? 0 : 2 * static_cast<int>(columns.size() - 1);
  for (const auto& column : columns) width += display_width(column[0]);
  const std::string rule = repeated("─", width) + "\n";
  std::string out = caption_.empty() ? "" : caption_ + "\n";
  out += line(0) + rule;
  for (size_t r = 0; r < rows_.size(); ++r) out += (rule_before(r) ? rule : "") + line(r + 1);
  for (const std::string& note : notes_) out += note + "\n";
  return out;
}

std::string Table::to_markdown() const {
  std::string head = "|", under = "|";
  for (size_t c = 0; c < columns_.size(); ++c) {
    head += " " + markdown_text(heading_of(columns_[c])) + " |";
    under += align_of(c) == Align::kLeft ? " :--- |" : " ---: |";
  }
  std::string out = caption_.empty() ? "" : markdown_text(caption_) + "\n\n";
  out += head + "\n" + under + "\n";
  for (const auto& row : rows_) {
    out += "|";
    for (const Cell& cell : row) {
      const std::string text = markdown_text(shown(cell).whole());
      out += cell.is_strong() && !text.empty() ? " **" + text + "** |" : " " + text + " |";
    }
    out += "\n";
  }
  for (const std::string& note : notes_) out += "\n" + markdown_text(note) + "\n";
  return out;
}

}  // namespace elbo::report
