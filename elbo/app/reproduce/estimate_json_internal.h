// Estimates in the result.json of a study's runs: {"mean", "standard_error", "samples"}; what is not finite (the error
// of a single row) is null.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>

#include "elbo/eval/evaluate.h"

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

}  // namespace elbo::app
