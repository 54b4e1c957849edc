// The study "energies": flows fitted by reverse KL to the four energy functions of Rezende & Mohamed (2015), table 1.
//
// What comes out: docs/energies.md.
#pragma once

#include "elbo/app/reproduce/study.h"

namespace elbo::app::energies {

const Study& study();

}  // namespace elbo::app::energies
