// How far an average of importance weights w can be trusted, from log w, one a draw.
//
//   LogWeights weights(draws);
//   for (const double log_weight : ...) weights.add(log_weight);
//   weights.log_mean();                    // log of the mean of w
//   weights.standard_error();              // of that: sd(w) / (w̄ √n), by the delta method
//   weights.effective_samples();           // (Σ w)² / Σ w²                                               Kong (1992)
//   weights.pareto_k();                    // shape of the tail of w    Vehtari et al. (2024), Zhang & Stephens (2009)
//
// The mean of w has a finite variance only where k < 0.5, and above 0.7 no number of draws that one can afford makes it
// useful: what the draws have seen so far is not what the mean is made of.  Standard error and effective samples are
// computed from the same draws and say nothing of those that were never seen.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace elbo::eval {

// Above it an importance-weighted mean is not to be relied on (Vehtari et al. 2024, section 3.2).
inline constexpr double kParetoLimit = 0.7;
// Draws that a tail of five, the fewest that are fitted, takes.
inline constexpr int64_t kDrawsForPareto = 25;

// Shape k of a generalized Pareto distribution on [0, ∞) that fits values above 0, sorted upwards: the posterior mean
// of Zhang & Stephens (2009), drawn towards 0.5 as by ten more values (Vehtari et al. 2024, appendix G).
double fitted_pareto_k(std::span<const double> sorted);

class LogWeights {
 public:
  // `draws` is how many will be added.
  explicit LogWeights(int64_t draws);

  // -∞ is a weight of 0.
  void add(double log_weight);

  int64_t draws() const { return added_; }
  double log_mean() const;
  double standard_error() const;  // nan of a single draw
  double effective_samples() const;
  // nan with fewer than kDrawsForPareto draws; -∞ where the largest weights are all the same.
  double pareto_k() const;

 private:
  int64_t added_ = 0;
  double top_;                    // the largest log-weight so far
  double sum_ = 0, squares_ = 0;  // of w / exp(top_)
  size_t tail_;                   // how many of the largest are fitted
  std::vector<double> largest_;   // a heap of the largest tail_ + 1, the smallest of them in front
};

}  // namespace elbo::eval
