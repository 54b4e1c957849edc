// Table: typed cells once, printed for a terminal, Markdown, CSV, JSON and HTML.
//
//   Table table({{.name = "model"}, {.name = "−ELBO", .unit = "nats"}, {.name = "parameters"}});
//   table.add_row({"no flow", Estimate{.mean = 99.3712, .standard_error = 0.0412}, Count{1'149'864}});
//   table.add_row({"planar, 8 layers", strong(Estimate{.mean = 98.2, .standard_error = 0.04}), Count{1'150'192}});
//   std::cout << table.to_text();
//
//   model             −ELBO (nats)   parameters
//   ───────────────────────────────────────────
//   no flow           99.37 ± 0.04    1,149,864
//   planar, 8 layers  98.20 ± 0.04    1,150,192
//
// Text, Markdown and HTML are for eyes: rounded, decimal points under each other.  CSV and JSON are for programs: each
// number with all its digits, an estimate as two values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "elbo/report/number_format.h"

namespace elbo::report {

struct Number {
  double value = 0;
  int digits = 2;  // after the point, where shown to eyes
};

struct Estimate {
  double mean = 0;
  double standard_error = 0;
  int digits = kFitDigits;
};

struct Count {
  int64_t value = 0;
};

// One cell.  A default one is missing: "–" for eyes, empty in CSV, null in JSON.
class Cell {
 public:
  using Value = std::variant<std::monostate, std::string, Number, Estimate, Count>;

  Cell() = default;
  // Cells are written as plain values in rows, so these convert by themselves.
  Cell(const char* text) : value_(std::string(text)) {}
  Cell(std::string text) : value_(std::move(text)) {}
  Cell(std::string_view text) : value_(std::string(text)) {}
  Cell(Number number) : value_(number) {}
  Cell(Estimate estimate) : value_(estimate) {}
  Cell(Count count) : value_(count) {}

  const Value& value() const { return value_; }
  bool is_strong() const { return strong_; }
  bool is_text() const { return std::holds_alternative<std::string>(value_); }

  friend Cell strong(Cell cell) {
    cell.strong_ = true;
    return cell;
  }

 private:
  Value value_;
  bool strong_ = false;
};

// The cell in bold in Markdown and HTML: the best of a column.
Cell strong(Cell cell);

enum class Align {
  kAuto,  // kLeft for a column with any text in it, else kDecimal
  kLeft,
  kRight,
  kDecimal,  // decimal points under each other
};

struct Column {
  std::string name;
  std::string unit = {};  // shown behind the name in parentheses
  std::string key = {};   // in CSV and JSON; from the name where not given ("−ELBO" becomes "elbo")
  Align align = Align::kAuto;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // Throws ShapeError when there are not as many cells as columns.
  Table& add_row(std::vector<Cell> cells);
  // A thin line before the next row: a new group begins.
  Table& add_rule();
  Table& set_caption(std::string caption);
  // A line below the table: what a sign means, how a figure was made.
  Table& add_note(std::string note);

  const std::vector<Column>& columns() const { return columns_; }
  const std::vector<std::vector<Cell>>& rows() const { return rows_; }
  size_t row_count() const { return rows_.size(); }

  std::string to_text() const;
  std::string to_markdown() const;
  std::string to_csv() const;   // RFC 4180, with a head line
  std::string to_json() const;  // an array of objects, one a row
  std::string to_html() const;  // a <table>, for HtmlPage or any page

 private:
  bool rule_before(size_t row) const;
  Align align_of(size_t column) const;

  std::vector<Column> columns_;  // with keys filled in
  std::vector<std::vector<Cell>> rows_;
  std::vector<size_t> rules_;  // rows that a thin line stands before
  std::string caption_;
  std::vector<std::string> notes_;
};

}  // namespace elbo::report
