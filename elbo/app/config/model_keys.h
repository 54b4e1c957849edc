// Which keys which kind of model reads: those of the other kind are refused where a user wrote them, and left out of
// the configuration that is saved with a run.
//
//   refuse_foreign_keys(config);     // vae.toml:7: flow.layers = 4: only model = "flow" reads this key, and ...
//   io::write_atomic(path, run_toml(config));
#pragma once

#include <string>
#include <string_view>

#include "elbo/app/config/config.h"

namespace elbo::app {

// Whether the configuration's model reads the key.
bool is_read(const Config& config, std::string_view key);

// Throws ConfigError for the first key that came from a file or the command line and that the model does not read.
void refuse_foreign_keys(const Config& config);
// The same for keys from the command line alone: files of finished runs may have such keys, with their defaults.
void refuse_foreign_flags(const Config& config);

// The configuration as TOML, without keys that its model does not read.
std::string run_toml(const Config& config);

}  // namespace elbo::app
