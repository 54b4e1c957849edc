// Data-dependent initialisation: sets what a flow takes its first values for from a first batch of data.
//
//   flows::initialize_from_data(flow, rows);               // rows [n, dim], before training
//   flows::initialize_from_data(flow, rows, context);      // context [n or a divisor of it, context_dim]
//
// The flow is run from data to base, part by part; each actnorm is set so that what reaches it leaves it with mean 0
// and variance 1.  Parts that take no first values from data are left alone.
#pragma once

#include "elbo/prob/transform.h"

namespace elbo::flows {

// How many actnorms were set.  Throws DataError when rows or context have another shape than the flow takes.
int64_t initialize_from_data(const prob::AnyTransform& flow, const Array& rows, const Array& context = {});

}  // namespace elbo::flows
