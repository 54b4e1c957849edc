// What went wrong, if anything did, in a model that draws a code: figures of its latent space over N rows, and
// verdicts.
//
//   const Diagnosis d = diagnose(model, dataset, data::Split::kTest, {.rows = 2000});
//   for (const Verdict& v : verdicts_of(d)) ...              // "posterior collapse: none", and the figure it rests on
//
// The mean KL of q(z|x_n) from p(z), with q(z) = 1/N Σ q(z|x_n) and codes z_n from q(z|x_n), is taken apart:
//
//   E log q(z_n|x_n) - log p(z_n)
//     = E [log q(z_n|x_n) - log q(z_n)]      mutual information of code and row, at most log N
//     + E [log q(z_n) - log p(z_n)]          KL of q(z) from p(z)                     Hoffman & Johnson (2016), eq. 6
//     = ...  + (-E log p(z_n))               cross-entropy of q(z) and p(z)
//            - (-E log q(z_n))               entropy of q(z)
//
// All of them by one draw a row.  Where the mutual information comes near log N, N rows do not tell the two apart:
// there it is a lower bound, and the KL of q(z) an upper one.
//
//   active unit    a dimension whose posterior mean varies over the rows by more than 0.01     Burda et al. (2016), 5.3
//   worth          nats by which -log p(x|z) rises when the code, or one dimension of it, is that of another row
//   holes          share of draws from p(z) where q(z) is below what all but 1 % of the rows have at their own codes
//                  (of which a row's own part is left out)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "elbo/eval/evaluate.h"

namespace elbo::eval {

inline constexpr double kActiveVariance = 0.01;

struct DiagnoseOptions {
  int64_t rows = 2000;  // the first so many, at most all that there are
  uint64_t seed = 0;
  int threads = 0;
  std::function<void(double fraction)> on_progress;
};

struct LatentDimension {
  double variance_of_mean = 0;  // of the center of q(z|x) over the rows
  double worth = 0;             // nats
  std::optional<double> kl;     // nats; nothing where the divergence is no sum over dimensions
  bool is_active() const { return variance_of_mean > kActiveVariance; }
};

struct Diagnosis {
  int64_t rows = 0;         // N
  Estimate reconstruction;  // nats, in the units of the data
  Estimate kl;              // as the model's bound has it
  Estimate drawn_kl;        // E log q(z|x) - log p(z), by the draws
  Estimate kl_difference;   // of the two, row by row
  std::vector<LatentDimension> dimensions;
  Estimate mutual_information, aggregate_kl;  // of q(z) from p(z)
  Estimate cross_entropy, entropy;            // of q(z) and p(z), of q(z)
  double least_aggregate_kl = 0;              // from below; 0 where the rows are too few for a covariance
  Estimate worth;                             // of the whole code
  double holes = 0;

  int64_t active() const;
  // log N: no mutual information is above it.
  double most_information() const;
};

// Throws ConfigError for a model without a latent variable and a bound, or fewer than two rows.
Diagnosis diagnose(const models::Model& model, const data::Dataset& dataset, data::Split split,
                   const DiagnoseOptions& options);

// The share of pairs in which the second's score is the larger one; a tie is half a pair.
double area_under_roc(std::span<const double> first, std::span<const double> second);

struct Verdict {
  std::string name;    // "posterior collapse"
  std::string word;    // "none", "partial", "complete"
  std::string figure;  // what it rests on
  bool is_bad = false;
};

std::vector<Verdict> verdicts_of(const Diagnosis& diagnosis);
// Of the area for -ELBO of other data.
Verdict verdict_on_others(double area, const std::string& others);

// Rows whose posteriors, averaged, are q(z): log q(z) anywhere.
class AggregatedPosterior {
 public:
  // x [N, dim] f32, as the model sees the rows.
  AggregatedPosterior(const models::LatentVariable& model, const Array& x, int threads);

  // z [n, code_dim] f32 -> log q(z), [n].
  std::vector<double> log_density(const Array& z) const;
  // For z_n a code of row n: log q(z_n), and the same without the row's own part.
  struct AtCodes {
    std::vector<double> whole, without_own;
  };
  AtCodes log_density_at_codes(const Array& z) const;

 private:
  template <typename Take>
  void for_all_pairs(const Array& z, const Take& take) const;

  const models::LatentVariable& model_;
  const Array& x_;
  int threads_;
};

}  // namespace elbo::eval
