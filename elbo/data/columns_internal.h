// What the columns of x are like, where that matters to a density.
#pragma once

#include "elbo/data/dataset.h"

namespace elbo::data {

// Of columns that do not vary and of those that are one and the same but for shift and scale, over the training rows: a
// density of them has no bound.  Warns, and where columns must vary throws DataError that names those that do not.
void check_columns(Dataset& dataset, bool must_vary);

}  // namespace elbo::data
