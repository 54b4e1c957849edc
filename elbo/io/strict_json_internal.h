// JSON files of ours, read without trust: no key twice, bounded depth and size, nothing after the end.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace elbo::io {

struct JsonLimits {
  int depth = 8;
  size_t values = 100'000;
};

// Throws CorruptFileError, which names `file`.  An integer too long for 64 bits comes back as a float: ask for the
// exact type.
nlohmann::json parse_strict(std::string_view text, const std::string& file, const JsonLimits& limits = {});

}  // namespace elbo::io
