// What a configuration may hold: every key is declared by the part that reads it; here they come together.
#pragma once

#include "elbo/settings/config.h"

namespace elbo::run {

const Schema& run_schema();

}  // namespace elbo::run
