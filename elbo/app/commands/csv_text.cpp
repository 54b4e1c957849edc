#include "elbo/app/commands/csv_text.h"

#include <fmt/format.h>
#include <iterator>

namespace elbo::app {
namespace {

// A name with a separator, a quote or a line end in it is quoted, as readers of text expect.
std::string csv_name(const std::string& name) {
  if (name.find_first_of(",;\"\r\n") == std::string::npos) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string csv_of(const Array& rows, const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    text += csv_name(names[i]) + (i + 1 < names.size() ? "," : "\n");
  }
  const auto values = rows.values<double>();
  const auto columns = static_cast<size_t>(rows.shape()[1]);
  for (size_t i = 0; i < values.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{}{}", values[i], (i + 1) % columns == 0 ? '\n' : ',');
  }
  return text;
}

}  // namespace elbo::app
