// A configuration as the config.toml of a run: complete, as resolved, each option under a comment with its meaning,
// unit, bounds and, where the value differs from it, the default.  Reading the text back gives the same configuration,
// and writing that the same text.
#pragma once

#include <string>

#include "elbo/app/config/config.h"

namespace elbo::app {

std::string to_toml(const Config& config);

}  // namespace elbo::app
