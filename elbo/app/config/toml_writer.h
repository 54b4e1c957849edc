// A configuration as the config.toml of a run: complete, as resolved, each option under a comment with its meaning,
// unit, bounds and, where the value differs from it, the default.  Reading the text back gives the same configuration,
// and writing that the same text.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "elbo/app/config/config.h"

namespace elbo::app {

// Without the keys that are not wanted, and the tables that have no other; by default all are.
std::string to_toml(const Config& config, const std::function<bool(std::string_view key)>& wanted = {});

}  // namespace elbo::app
