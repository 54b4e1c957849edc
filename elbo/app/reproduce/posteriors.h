// The study "posteriors": the same VAE on the same images with each kind of posterior, to see what a posterior that
// fits better buys, and at which cost.
//
// What came out on MNIST: docs/posteriors.md.
#pragma once

#include "elbo/app/reproduce/study.h"

namespace elbo::app::posteriors {

const Study& study();

}  // namespace elbo::app::posteriors
