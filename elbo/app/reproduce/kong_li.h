// The study by Kong & Li, "Transforming Variational Autoencoders" (2017): a VAE on images of digits without a flow and
// with 3, 5 and 8 planar layers, as its public code computes it and as it should have been computed.
//
// What was wrong with it, and what comes out: docs/kong-li.md.
#pragma once

#include "elbo/app/reproduce/study.h"

namespace elbo::app::kong_li {

const Study& study();

}  // namespace elbo::app::kong_li
