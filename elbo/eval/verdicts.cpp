// The words of a diagnosis, and where they change.
#include <cmath>
#include <string>

#include "elbo/eval/diagnose.h"
#include "elbo/eval/words_internal.h"

namespace elbo::eval {
namespace {

// A figure that lies within so many standard errors of another may be the same.
constexpr double kErrors = 4;

std::string percent_of(double share) {
  return in_words(100 * share) + " %";
}

// What the decoder does not hear, or the encoder does not say, is no code.
Verdict collapse_of(const Diagnosis& d) {
  constexpr double kWorthNothing = 0.1;  // nats
  const auto units = static_cast<int64_t>(d.dimensions.size());
  const bool unheard = d.worth.mean < kWorthNothing;
  const bool untold = d.worth.mean < kErrors * d.worth.standard_error;
  const std::string figure = std::to_string(d.active()) + " of " + std::to_string(units) +
                             " units are active, and another row's code costs " + in_words(d.worth.mean) + " nats";
  if (unheard || d.active() == 0) {
    return {.name = "posterior collapse", .word = "complete", .figure = figure, .is_bad = true};
  }
  if (untold) return {.name = "posterior collapse", .word = "not told by so few rows", .figure = figure};
  return {.name = "posterior collapse", .word = d.active() < units ? "partial" : "none", .figure = figure};
}

Verdict divergence_of(const Diagnosis& d) {
  constexpr double kRounding = 0.01;  // of the divergence
  const double apart = std::abs(d.kl_difference.mean);
  const double allowed = kErrors * d.kl_difference.standard_error + kRounding * std::abs(d.drawn_kl.mean);
  const std::string figure =
      "the bound has a KL of " + in_words(d.kl.mean) + " nats, draws from q(z|x) give " + in_words(d.drawn_kl.mean);
  const bool wrong = !(apart <= allowed);
  return {.name = "KL of the bound", .word = wrong ? "wrong" : "right", .figure = figure, .is_bad = wrong};
}

Verdict aggregate_of(const Diagnosis& d) {
  constexpr double kToldApart = 0.8;     // of log N
  constexpr double kNear = 1, kFar = 4;  // nats
  Verdict verdict{.name = "q(z) and the prior", .word = "near", .figure = {}};
  verdict.figure = "KL(q(z)||p(z)) is at least " + in_words(d.least_aggregate_kl) + " and at most " +
                   in_words(d.aggregate_kl.mean) + " nats of a KL of " + in_words(d.drawn_kl.mean) +
                   "; the mutual information is " + in_words(d.mutual_information.mean) + " of at most log " +
                   std::to_string(d.rows) + " = " + in_words(d.most_information());
  if (d.aggregate_kl.mean < kNear) return verdict;
  const bool is_told = d.mutual_information.mean < kToldApart * d.most_information();
  if (d.least_aggregate_kl > kFar || (is_told && d.aggregate_kl.mean > kFar)) {
    verdict.word = "far apart";
    verdict.is_bad = true;
  } else {
    verdict.word = is_told || d.least_aggregate_kl > kNear ? "apart" : "not told by so few rows";
  }
  return verdict;
}

Verdict holes_of(const Diagnosis& d) {
  constexpr double kSome = 0.05, kMany = 0.25;
  Verdict verdict{.name = "holes in the prior", .word = "few", .figure = {}, .is_bad = d.holes > kMany};
  verdict.figure = percent_of(d.holes) + " of prior draws lie where q(z) is lower than at all but 1 % of codes";
  if (d.holes > kSome) verdict.word = verdict.is_bad ? "many" : "some";
  return verdict;
}

}  // namespace

std::vector<Verdict> verdicts_of(const Diagnosis& diagnosis) {
  return {collapse_of(diagnosis), divergence_of(diagnosis), aggregate_of(diagnosis), holes_of(diagnosis)};
}

Verdict verdict_on_others(double area, const std::string& others) {
  constexpr double kWell = 0.9, kHardly = 0.6;
  Verdict verdict{.name = "other data", .word = "partly told apart", .figure = {}, .is_bad = area < kHardly};
  verdict.figure =
      "−ELBO of " + others + " is the higher one in " + percent_of(area) + " of pairs (AUROC " + in_words(area) + ")";
  if (area >= kWell) verdict.word = "told apart";
  if (verdict.is_bad) verdict.word = area < 0.5 ? "taken for likelier" : "not told apart";
  return verdict;
}

}  // namespace elbo::eval
