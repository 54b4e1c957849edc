#include "elbo/app/config/describe.h"

#include <fmt/core.h>
#include <utility>
#include <vector>

#include "elbo/app/config/text_layout.h"

namespace elbo::app {
namespace {

std::string type_name(const Option& option) {
  struct Namer {
    std::string operator()(bool) const { return "true or false"; }
    std::string operator()(int64_t) const { return "whole number"; }
    std::string operator()(double) const { return "number"; }
    std::string operator()(const std::string&) const { return "text"; }
    std::string operator()(const std::vector<int64_t>&) const { return "list of whole numbers"; }
    std::string operator()(const std::vector<double>&) const { return "list of numbers"; }
    std::string operator()(const std::vector<std::string>&) const { return "list of texts"; }
  };
  return std::visit(Namer{}, option.value);
}

// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

}  // namespace

std::string describe(const Schema& schema) {
  std::string text;
  for (const Table& table : schema.tables()) {
    if (!text.empty()) text += "\n";
    if (!table.name.empty()) {
      text += wrapped(fmt::format("[{}] {}", table.name, table.meaning), {.rest = "    "});
    }
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Option& option : table.options) {
      rows.emplace_back(fmt::format("{} = {}", option.name(), to_literal(option.value)), summary(option));
    }
    text += columns(rows, {.max_left = 30});
  }
  return text;
}

std::string describe_markdown(const Schema& schema) {
  std::string text;
  for (const Table& table : schema.tables()) {
    if (!text.empty()) text += "\n";
    if (!table.name.empty()) text += fmt::format("## [{}]\n\n{}.\n\n", table.name, table.meaning);
    text += "| key | type | default | meaning |\n|---|---|---|---|\n";
    for (const Option& option : table.options) {
      text += fmt::format("| `{}` | {} | `{}` | {} |\n", option.key, type_name(option), cell(to_literal(option.value)),
                          cell(summary(option)));
    }
  }
  return text;
}

}  // namespace elbo::app
