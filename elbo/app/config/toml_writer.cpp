#include "elbo/app/config/toml_writer.h"

#include <fmt/core.h>

#include "elbo/app/config/text_layout.h"

namespace elbo::app {
namespace {

constexpr size_t kWidth = 100;

std::string comment(std::string_view text) {
  return wrapped(text, {.width = kWidth, .first = "# ", .rest = "#   "});
}

}  // namespace

std::string to_toml(const Config& config, const std::function<bool(std::string_view key)>& wanted) {
  std::string text;
  for (const Table& table : config.schema().tables()) {
    bool is_open = table.name.empty();
    for (const Option& option : table.options) {
      if (wanted && !wanted(option.key)) continue;
      if (!is_open) text += "\n" + comment(table.meaning) + fmt::format("[{}]\n", table.name);
      is_open = true;
      const Value& value = config.value(option.key);
      const std::string added = value == option.value ? "" : "default " + shortened(to_literal(option.value));
      text += comment(summary(option, added)) + fmt::format("{} = {}\n", option.name(), to_literal(value));
    }
  }
  return text;
}

}  // namespace elbo::app
