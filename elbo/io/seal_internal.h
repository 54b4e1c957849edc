// A seal: a file's own XXH128 inside its JSON text, under a key, with the digits counted as zeros.
//
//   std::string text = R"({"step":3,"seal":")" + std::string(kBlankDigest) + "\"}";
//   const size_t at = *find_digest(text, "seal");
//   text.replace(at, kDigestDigits, xxh128_hex(bytes_of(text)));
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace elbo::io {

constexpr size_t kDigestDigits = 32;
constexpr std::string_view kBlankDigest = "00000000000000000000000000000000";

// Where the digits stand after "key":" (one space after the colon allowed); nothing unless exactly one place fits.
// Inside a JSON string the quotation marks would be escaped, so only a real key is found.
inline std::optional<size_t> find_digest(std::string_view text, std::string_view key) {
  const std::string opening = "\"" + std::string(key) + "\":";
  const size_t found = text.find(opening);
  if (found == std::string_view::npos || text.find(opening, found + 1) != std::string_view::npos) return std::nullopt;
  std::string_view value = text.substr(found + opening.size());
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (value.size() < kDigestDigits + 2 || value.front() != '"' || value[kDigestDigits + 1] != '"') return std::nullopt;
  const std::string_view digits = value.substr(1, kDigestDigits);
  if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  return static_cast<size_t>(digits.data() - text.data());
}

}  // namespace elbo::io
