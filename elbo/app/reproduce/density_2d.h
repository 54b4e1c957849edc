// The study "density-2d": every family that is fast from data to base, fitted to every two-dimensional generator.
#pragma once

#include "elbo/app/reproduce/study.h"

namespace elbo::app::density_2d {

const Study& study();

}  // namespace elbo::app::density_2d
