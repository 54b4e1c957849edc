// Tables for programs (CSV, JSON) and for pages (HTML).
#include <cmath>
#include <fmt/format.h>

#include "elbo/io/json.h"
#include "elbo/report/table.h"
#include "elbo/report/table_internal.h"
#include "elbo/report/text.h"

namespace elbo::report {
namespace {

constexpr std::string_view kErrorKey = "standard_error";

// The shortest digits that read back as the same number; "nan", "inf" and "-inf" as every reader knows them.
std::string exact(double value) {
  return fmt::format("{}", value);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

bool has_estimates(const Table& table, size_t column) {
  for (const auto& row : table.rows()) {
    if (std::holds_alternative<Estimate>(row[column].value())) return true;
  }
  return false;
}

void set_value(io::JsonObject& object, const std::string& key, const Cell& cell) {
  const auto set = [&](const auto& value) {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, std::monostate>) {
      object.set_json(key, "null");
    } else if constexpr (std::is_same_v<T, std::string>) {
      object.set(key, std::string_view(value));
    } else if constexpr (std::is_same_v<T, Estimate>) {
      object.set(key, io::JsonObject().set("mean", value.mean).set(kErrorKey, value.standard_error));
    } else {
      object.set(key, value.value);
    }
  };
  std::visit(set, cell.value());
}

// As many figure spaces as `text` lacks digits behind the point: they are as wide as digits.
std::string filled_tail(const std::string& tail, size_t longest) {
  std::string out = escape_markup(tail);
  if (tail.empty() && longest > 0) out += "\u2008";  // as wide as a point
  for (size_t i = std::max<size_t>(tail.size(), longest > 0 ? 1 : 0); i < longest; ++i) out += "\u2007";
  return out;
}

}  // namespace

std::string Table::to_csv() const {
  std::string out;
  for (size_t c = 0; c < columns_.size(); ++c) {
    out += (c > 0 ? "," : "") + csv_field(columns_[c].key);
    if (has_estimates(*this, c)) out += "," + csv_field(fmt::format("{}_{}", columns_[c].key, kErrorKey));
  }
  out += "\r\n";
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) {
      if (c > 0) out += ",";
      const Cell::Value& value = row[c].value();
      const auto* estimate = std::get_if<Estimate>(&value);
      if (const auto* text = std::get_if<std::string>(&value)) out += csv_field(*text);
      if (const auto* number = std::get_if<Number>(&value)) out += exact(number->value);
      if (const auto* count = std::get_if<Count>(&value)) out += fmt::format("{}", count->value);
      if (estimate != nullptr) out += exact(estimate->mean);
      if (has_estimates(*this, c)) out += "," + (estimate != nullptr ? exact(estimate->standard_error) : "");
    }
    out += "\r\n";
  }
  return out;
}

std::string Table::to_json() const {
  std::string out = "[";
  for (size_t r = 0; r < rows_.size(); ++r) {
    io::JsonObject object;
    for (size_t c = 0; c < columns_.size(); ++c) set_value(object, columns_[c].key, rows_[r][c]);
    out += (r > 0 ? "," : "") + object.text();
  }
  return out + "]";
}

// A column of estimates is two cells wide, mean and error, so that both line up.
std::string Table::to_html() const {
  const auto class_of = [&](size_t c) { return align_of(c) == Align::kLeft ? "" : " class=\"number\""; };
  std::string out = "<table>\n";
  if (!caption_.empty()) out += "<caption>" + escape_markup(caption_) + "</caption>\n";
  out += "<thead><tr>";
  std::vector<size_t> longest_tails(columns_.size(), 0);
  for (size_t c = 0; c < columns_.size(); ++c) {
    const std::string span = has_estimates(*this, c) ? " colspan=\"2\"" : "";
    out += fmt::format("<th scope=\"col\"{}{}>{}</th>", class_of(c), span, escape_markup(heading_of(columns_[c])));
    if (align_of(c) != Align::kDecimal) continue;
    for (const auto& row : rows_) longest_tails[c] = std::max(longest_tails[c], shown(row[c]).tail.size());
  }
  out += "</tr></thead>\n<tbody>\n";
  for (size_t r = 0; r < rows_.size(); ++r) {
    out += rule_before(r) ? "<tr class=\"rule\">" : "<tr>";
    for (size_t c = 0; c < columns_.size(); ++c) {
      const Cell& cell = rows_[r][c];
      const ShownCell text = shown(cell);
      std::string inner = escape_markup(text.head) + filled_tail(text.tail, longest_tails[c]);
      std::string error = escape_markup(text.error);
      if (cell.is_strong()) {
        inner = "<strong>" + inner + "</strong>";
        if (!error.empty()) error = "<strong>" + error + "</strong>";
      }
      const bool paired = has_estimates(*this, c);
      out += fmt::format("<td{}>{}</td>", class_of(c), inner);
      if (paired) out += "<td class=\"error\">" + error + "</td>";
    }
    out += "</tr>\n";
  }
  out += "</tbody>\n";
  if (!notes_.empty()) {
    size_t wide = columns_.size();
    for (size_t c = 0; c < columns_.size(); ++c) wide += has_estimates(*this, c) ? 1 : 0;
    out += "<tfoot>";
    for (const std::string& note : notes_) {
      out += fmt::format("<tr><td colspan=\"{}\">{}</td></tr>", wide, escape_markup(note));
    }
    out += "</tfoot>\n";
  }
  return out + "</table>\n";
}

}  // namespace elbo::report
