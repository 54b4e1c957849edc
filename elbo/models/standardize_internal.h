// The setting data.standardize, declared once for the kinds of models that have it.
#pragma once

#include <string>
#include <utility>

#include "elbo/settings/option.h"
#include "elbo/settings/settings.h"

namespace elbo::models {

// `meaning` says what it does for this kind of model.
inline Group standardize_setting(std::string meaning) {
  return {.key = "data",
          .meaning = "",
          .options = {Flag{.key = "standardize", .value = true, .meaning = std::move(meaning)}}};
}

inline bool asks_to_standardize(const Settings& settings) {
  return settings.flag("data.standardize");
}

}  // namespace elbo::models
