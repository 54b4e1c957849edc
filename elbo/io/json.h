// JsonObject: one JSON object as a line of text, for metrics.jsonl and --json.  Keys keep their order.
//
//   JsonObject line;
//   line.set("step", 300).set("loss", 104.2).set("kl", std::nan(""));
//   line.text() == R"({"step":300,"loss":104.2,"kl":null,"nonfinite":{"kl":"nan"}})"
//
// JSON has no NaN and no infinity: such a value is null, and "nonfinite" says which it was.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace elbo::io {

// With quotation marks and escapes; bytes that are no UTF-8 become U+FFFD.
std::string quoted_json(std::string_view text);
bool is_utf8(std::string_view text);
// The shortest digits that read back as the same number; "null" when it is not finite.
std::string json_number(double value);

class JsonObject final {
 public:
  JsonObject& set(std::string_view key, double value);
  JsonObject& set(std::string_view key, std::string_view value);
  JsonObject& set(std::string_view key, const char* value) { return set(key, std::string_view(value)); }
  JsonObject& set(std::string_view key, const JsonObject& value) { return set_json(key, value.text()); }
  JsonObject& set(std::string_view key, std::span<const double> values);
  template <std::integral Integer>
  JsonObject& set(std::string_view key, Integer value) {
    if constexpr (std::same_as<Integer, bool>) return set_json(key, value ? "true" : "false");
    return set_json(key, std::to_string(value));
  }
  // A value that is JSON already, such as an array of objects.
  JsonObject& set_json(std::string_view key, std::string_view json);

  std::string text() const;

 private:
  std::string fields_;
  std::string nonfinite_;
};

}  // namespace elbo::io
