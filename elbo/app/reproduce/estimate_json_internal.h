// Estimates in the result.json of a study's runs: {"mean", "standard_error", "samples"}; what is not finite (the error
// of a single row) is null.  And how such a file is read.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "elbo/eval/evaluate.h"
#include "elbo/settings/error.h"

namespace elbo::app {

inline nlohmann::ordered_json estimate_json(const eval::Estimate& estimate) {
  return {{"mean", estimate.mean}, {"standard_error", estimate.standard_error}, {"samples", estimate.samples}};
}

inline eval::Estimate estimate_from_json(const nlohmann::ordered_json& json) {
  const auto number = [&](const char* name) {
    const nlohmann::ordered_json& value = json.at(name);
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  };
  return {
      .mean = number("mean"), .standard_error = number("standard_error"), .samples = json.at("samples").get<int64_t>()};
}

// What `read` makes of a result's file.  Throws CorruptFileError, which names `file`, for text that is no such result.
template <typename Read>
auto read_result_json(const std::string& text, const std::string& file, const std::string& format, const Read& read) {
  try {
    const auto json = nlohmann::ordered_json::parse(text);
    if (json.at("format") != format) throw CorruptFileError(file + ": is not of the format " + format);
    return read(json);
  } catch (const nlohmann::json::exception& error) {
    throw CorruptFileError(file + ": is no result of a run; delete it to have the run evaluated again (" +
                           error.what() + ")");
  }
}

}  // namespace elbo::app
