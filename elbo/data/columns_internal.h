// What the columns of x are like, where that matters to a density.
#pragma once

#include "elbo/data/dataset.h"

namespace elbo::data {

// Warns of columns that do not vary and of those that are one and the same but for shift and scale, over the training
// rows: a density of them has no bound.
void remark_on_columns(Dataset& dataset);

}  // namespace elbo::data
