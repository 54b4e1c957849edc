// Settings as a TOML file with every key, commented: what a run keeps as config.toml.
//
//   to_toml(config.settings())      reads back as the same settings
#pragma once

#include <string>

#include "elbo/settings/settings.h"

namespace elbo {

std::string to_toml(const Settings& settings);

}  // namespace elbo
