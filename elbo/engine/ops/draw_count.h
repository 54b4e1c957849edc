// One draw of a count: what `draw_count` computes for each element, by the interpreter and by the CPU alike.
#pragma once

namespace elbo {

// The count that a uniform number u chooses of a Poisson distribution (dispersion 0), or of a negative binomial one of
// that mean and of variance mean + dispersion mean².  u is spent on the probabilities of the mode and of its neighbours
// in turn, so that some ten deviations are looked at (Kemp 1990).  NaN unless mean and dispersion are finite and at
// least 0.
//
// Exact to the digits of a double, but for a deviation above some 100,000: the search ends after a million steps.
double count_of_uniform(double u, double mean, double dispersion);

}  // namespace elbo
