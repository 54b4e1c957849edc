// JsonObject: one JSON object as a line of text, for metrics.jsonl and --json.  Keys keep their order.
//
//   JsonObject line;
//   line.set("step", 300).set("loss", 104.2).set("kl", std::nan(""));
//   line.text() == R"({"step":300,"loss":104.2,"kl":null,"nonfinite":{"kl":"nan"}})"
//
// JSON has no NaN and no infinity: such a value is null, and "nonfinite" says which it was.  Numbers and
// texts are written by nlohmann's library, whose header this one spares its readers.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace elbo::io {

// With quotation marks and escapes; bytes that are no UTF-8 become U+FFFD.
std::string quoted_json(std::string_view text);

class JsonObject final {
 public:
  JsonObject();
  JsonObject(const JsonObject& other);
  JsonObject(JsonObject&& other) noexcept;
  JsonObject& operator=(JsonObject other) noexcept;
  ~JsonObject();

  // Digits that read back as the same number; whole numbers without a point.
  JsonObject& set(std::string_view key, double value);
  JsonObject& set(std::string_view key, bool value);
  JsonObject& set(std::string_view key, std::string_view value);
  JsonObject& set(std::string_view key, const char* value) { return set(key, std::string_view(value)); }
  JsonObject& set(std::string_view key, const JsonObject& value);
  JsonObject& set(std::string_view key, std::span<const double> values);
  JsonObject& set(std::string_view key, std::span<const int64_t> values);
  template <std::integral Integer>
  JsonObject& set(std::string_view key, Integer value) {
    if constexpr (std::signed_integral<Integer>) return set_signed(key, value);
    return set_unsigned(key, static_cast<uint64_t>(value));
  }
  // A value that is JSON already, such as "null".
  JsonObject& set_json(std::string_view key, std::string_view json);

  std::string text() const;

 private:
  struct Content;
  JsonObject& set_signed(std::string_view key, int64_t value);
  JsonObject& set_unsigned(std::string_view key, uint64_t value);

  std::unique_ptr<Content> content_;
};

}  // namespace elbo::io
