// Value: what an option holds, and how it is written in TOML.
//
//   to_literal(Value{0.001}) == "0.001";  to_literal(Value{1e22}) == "1e+22";  to_literal(Value{1.0}) == "1.0"
//   to_literal(Value{std::vector<int64_t>{500, 500}}) == "[500, 500]"
//
// Numbers are written in the shortest form that reads back as the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace elbo {

using Value = std::variant<bool, int64_t, double, std::string, std::vector<int64_t>, std::vector<double>,
                           std::vector<std::string>>;

std::string to_literal(const Value& value);
std::string to_literal(double number);
// In double quotes, escaped as TOML asks.
std::string in_quotes(std::string_view text);

bool is_utf8(std::string_view text);
bool has_control_characters(std::string_view text);
// For messages: at most `limit` bytes, what is left out shown as "...", control characters as "?".
std::string shortened(std::string_view text, size_t limit = 80);

}  // namespace elbo
