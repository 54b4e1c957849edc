#include "elbo/io/json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace elbo::io {

namespace {

std::string text_of(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// A member at the end of those of an object.
void add(std::string& members, std::string_view key, std::string_view value) {
  if (!members.empty()) members += ',';
  members += quoted_json(key);
  members += ':';
  members += value;
}

// nlohmann writes 300.0 where JSON's 300 says the same; what it writes for other numbers is short already.
std::string number(double value) {
  constexpr double kExactIntegers = 0x1p53;
  const bool whole = std::abs(value) < kExactIntegers && std::trunc(value) == value;
  if (whole && !(value == 0 && std::signbit(value))) return std::to_string(static_cast<int64_t>(value));
  return std::isfinite(value) ? text_of(value) : "null";
}

void note_nonfinite(std::string& nonfinite, std::string_view key, double value) {
  if (std::isfinite(value)) return;
  add(nonfinite, key, std::isnan(value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"");
}

}  // namespace

std::string quoted_json(std::string_view text) {
  return text_of(text);
}

// What stands between braces.
struct JsonObject::Content {
  std::string members, nonfinite;
};

JsonObject::JsonObject() : content_(std::make_unique<Content>()) {}
JsonObject::JsonObject(const JsonObject& other) : content_(std::make_unique<Content>(*other.content_)) {}
JsonObject::JsonObject(JsonObject&& other) noexcept = default;
JsonObject& JsonObject::operator=(JsonObject other) noexcept {
  content_ = std::move(other.content_);
  return *this;
}
JsonObject::~JsonObject() = default;

JsonObject& JsonObject::set(std::string_view key, double value) {
  note_nonfinite(content_->nonfinite, key, value);
  return set_json(key, number(value));
}

JsonObject& JsonObject::set(std::string_view key, bool value) {
  return set_json(key, value ? "true" : "false");
}

JsonObject& JsonObject::set(std::string_view key, std::string_view value) {
  return set_json(key, quoted_json(value));
}

JsonObject& JsonObject::set(std::string_view key, const JsonObject& value) {
  return set_json(key, value.text());
}

JsonObject& JsonObject::set(std::string_view key, std::span<const double> values) {
  std::string array;
  for (size_t i = 0; i < values.size(); ++i) {
    array += (i > 0 ? "," : "") + number(values[i]);
    note_nonfinite(content_->nonfinite, std::string(key) + "[" + std::to_string(i) + "]", values[i]);
  }
  return set_json(key, "[" + array + "]");
}

JsonObject& JsonObject::set(std::string_view key, std::span<const int64_t> values) {
  std::string array;
  for (const int64_t value : values) array += (array.empty() ? "" : ",") + std::to_string(value);
  return set_json(key, "[" + array + "]");
}

JsonObject& JsonObject::set_json(std::string_view key, std::string_view json) {
  add(content_->members, key, json);
  return *this;
}

JsonObject& JsonObject::set_signed(std::string_view key, int64_t value) {
  return set_json(key, std::to_string(value));
}

JsonObject& JsonObject::set_unsigned(std::string_view key, uint64_t value) {
  return set_json(key, std::to_string(value));
}

std::string JsonObject::text() const {
  std::string members = content_->members;
  if (!content_->nonfinite.empty()) add(members, "nonfinite", "{" + content_->nonfinite + "}");
  return "{" + members + "}";
}

}  // namespace elbo::io
