// What both forms of the reference say alike.
#pragma once

#include <string>

#include "elbo/settings/option.h"

namespace elbo {

// "bent planes (Rezende & Mohamed 2015)".
std::string described(const RowView& row);
// "hidden = [500], activation = "tanh"": the defaults of a part that are not the rows' own; empty for none.
std::string defaults_here(const Part& part);

}  // namespace elbo
