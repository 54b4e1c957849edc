#include "elbo/io/json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace elbo::io {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A member at the end.  Not operator[], which looks through all members first.
void add(Json& object, std::string_view key, Json value) {
  object.get_ref<Json::object_t&>().push_back({std::string(key), std::move(value)});
}

// nlohmann writes 300.0 where JSON's 300 says the same; what it writes for other numbers is short already.
Json number(double value) {
  constexpr double kExactIntegers = 0x1p53;
  const bool whole = std::abs(value) < kExactIntegers && std::trunc(value) == value;
  if (whole && !(value == 0 && std::signbit(value))) return static_cast<int64_t>(value);
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

void note_nonfinite(Json& nonfinite, std::string_view key, double value) {
  if (std::isfinite(value)) return;
  add(nonfinite, key, std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

}  // namespace

std::string quoted_json(std::string_view text) {
  return text_of(text);
}

struct JsonObject::Content {
  Json fields = Json::object();
  Json nonfinite = Json::object();

  Json whole() const {
    Json json = fields;
    if (!nonfinite.empty()) add(json, "nonfinite", nonfinite);
    return json;
  }
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
  add(content_->fields, key, number(value));
  note_nonfinite(content_->nonfinite, key, value);
  return *this;
}

JsonObject& JsonObject::set(std::string_view key, bool value) {
  add(content_->fields, key, value);
  return *this;
}

JsonObject& JsonObject::set(std::string_view key, std::string_view value) {
  add(content_->fields, key, value);
  return *this;
}

JsonObject& JsonObject::set(std::string_view key, const JsonObject& value) {
  add(content_->fields, key, value.content_->whole());
  return *this;
}

JsonObject& JsonObject::set(std::string_view key, std::span<const double> values) {
  Json array = Json::array();
  for (size_t i = 0; i < values.size(); ++i) {
    array.push_back(number(values[i]));
    note_nonfinite(content_->nonfinite, std::string(key) + "[" + std::to_string(i) + "]", values[i]);
  }
  add(content_->fields, key, std::move(array));
  return *this;
}

JsonObject& JsonObject::set(std::string_view key, std::span<const int64_t> values) {
  add(content_->fields, key, Json(std::vector<int64_t>(values.begin(), values.end())));
  return *this;
}

JsonObject& JsonObject::set_json(std::string_view key, std::string_view json) {
  add(content_->fields, key, Json::parse(json));
  return *this;
}

JsonObject& JsonObject::set_signed(std::string_view key, int64_t value) {
  add(content_->fields, key, value);
  return *this;
}

JsonObject& JsonObject::set_unsigned(std::string_view key, uint64_t value) {
  add(content_->fields, key, value);
  return *this;
}

std::string JsonObject::text() const {
  return text_of(content_->whole());
}

}  // namespace elbo::io
