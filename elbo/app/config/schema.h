// The configuration of a run: every key that config.toml and --set know.
#pragma once

#include "elbo/app/config/option.h"

namespace elbo::app {

const Schema& run_schema();

}  // namespace elbo::app
