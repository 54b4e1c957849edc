// Settings as a TOML file with every key, commented: what a run keeps as config.toml.
//
//   to_toml(config.settings())      reads back as the same settings
#pragma once

#include <string>
#include <string_view>

#include "elbo/settings/settings.h"

namespace elbo {

std::string to_toml(const Settings& settings);

// A path as TOML names its table: "flow.1.network" is [flow.network] below the second [[flow]].
std::string table_name(std::string_view path);

}  // namespace elbo
