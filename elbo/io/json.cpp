#include "elbo/io/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace elbo::io {

namespace {
void add(std::string& fields, std::string_view key, std::string_view json) {
  if (!fields.empty()) fields += ',';
  fields.append(quoted_json(key)).append(":").append(json);
}

std::string_view name_of_nonfinite(double value) {
  if (std::isnan(value)) return "\"nan\"";
  return value > 0 ? "\"inf\"" : "\"-inf\"";
}
}  // namespace

std::string quoted_json(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

JsonObject& JsonObject::set(std::string_view key, double value) {
  if (!std::isfinite(value)) add(nonfinite_, key, name_of_nonfinite(value));
  return set_json(key, json_number(value));
}

JsonObject& JsonObject::set(std::string_view key, std::string_view value) {
  return set_json(key, quoted_json(value));
}

JsonObject& JsonObject::set(std::string_view key, std::span<const double> values) {
  std::string json = "[";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) json += ',';
    json += json_number(values[i]);
    if (!std::isfinite(values[i])) {
      add(nonfinite_, std::string(key) + "[" + std::to_string(i) + "]", name_of_nonfinite(values[i]));
    }
  }
  return set_json(key, json + "]");
}

JsonObject& JsonObject::set_json(std::string_view key, std::string_view json) {
  add(fields_, key, json);
  return *this;
}

std::string JsonObject::text() const {
  if (nonfinite_.empty()) return "{" + fields_ + "}";
  return "{" + fields_ + (fields_.empty() ? "" : ",") + "\"nonfinite\":{" + nonfinite_ + "}}";
}

}  // namespace elbo::io
