// The study "density-2d": every family of flows fitted by maximum likelihood to every two-dimensional generator.
//
// What comes out: docs/density-2d.md.
#pragma once

#include "elbo/app/reproduce/study.h"

namespace elbo::app::density_2d {

const Study& study();

}  // namespace elbo::app::density_2d
