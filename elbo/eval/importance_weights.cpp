#include "elbo/eval/importance_weights.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace elbo::eval {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Vehtari et al. (2024), section 3.1.
size_t tail_of(int64_t draws) {
  const auto n = static_cast<double>(draws);
  return static_cast<size_t>(std::ceil(std::min(0.2 * n, 3 * std::sqrt(n))));
}

// Mean of log(1 - theta x): the shape that belongs to theta = -k / scale.
double shape_of(double theta, std::span<const double> x) {
  double sum = 0;
  for (const double value : x) sum += std::log1p(-theta * value);
  return sum / static_cast<double>(x.size());
}

}  // namespace

double fitted_pareto_k(std::span<const double> sorted) {
  constexpr double kPrior = 3;
  const auto n = static_cast<double>(sorted.size());
  const auto points = 30 + static_cast<size_t>(std::sqrt(n));
  const double quartile = sorted[static_cast<size_t>(std::floor(n / 4 + 0.5)) - 1];
  std::vector<double> theta(points), log_likelihood(points);
  for (size_t j = 0; j < points; ++j) {
    const double at = std::sqrt(static_cast<double>(points) / (static_cast<double>(j) + 0.5));
    theta[j] = 1 / sorted.back() + (1 - at) / (kPrior * quartile);
    const double k = shape_of(theta[j], sorted);
    log_likelihood[j] = n * (std::log(-theta[j] / k) - k - 1);
  }
  const double best = *std::max_element(log_likelihood.begin(), log_likelihood.end());
  double weights = 0, mean = 0;
  for (size_t j = 0; j < points; ++j) {
    const double weight = std::exp(log_likelihood[j] - best);
    weights += weight;
    mean += weight * theta[j];
  }
  const double k = shape_of(mean / weights, sorted);
  return (n * k + 10 * 0.5) / (n + 10);
}

LogWeights::LogWeights(int64_t draws) : top_(-kInfinity), tail_(tail_of(draws)) {
  largest_.reserve(tail_ + 2);
}

void LogWeights::add(double log_weight) {
  ++added_;
  if (largest_.size() <= tail_ || log_weight > largest_.front()) {
    largest_.push_back(log_weight);
    std::push_heap(largest_.begin(), largest_.end(), std::greater<>());
    if (largest_.size() > tail_ + 1) {
      std::pop_heap(largest_.begin(), largest_.end(), std::greater<>());
      largest_.pop_back();
    }
  }
  if (log_weight == -kInfinity) return;
  if (log_weight > top_) {
    const double smaller = std::exp(top_ - log_weight);
    sum_ *= smaller;
    squares_ *= smaller * smaller;
    top_ = log_weight;
  }
  const double weight = std::exp(log_weight - top_);
  sum_ += weight;
  squares_ += weight * weight;
}

double LogWeights::log_mean() const {
  return top_ + std::log(sum_) - std::log(static_cast<double>(added_));
}

double LogWeights::standard_error() const {
  const auto n = static_cast<double>(added_);
  if (added_ < 2) return kNan;
  const double mean = sum_ / n;
  const double variance = std::max(squares_ - n * mean * mean, 0.0) / (n - 1);
  return std::sqrt(variance / n) / mean;
}

double LogWeights::effective_samples() const {
  return squares_ > 0 ? sum_ * sum_ / squares_ : 0;
}

double LogWeights::pareto_k() const {
  if (added_ < kDrawsForPareto || largest_.size() <= tail_) return kNan;
  const double cutoff = std::exp(largest_.front() - top_);
  std::vector<double> above;
  for (size_t i = 1; i < largest_.size(); ++i) above.push_back(std::exp(largest_[i] - top_) - cutoff);
  std::sort(above.begin(), above.end());
  // In place of 0, whose logarithm the fit cannot take, nearly nothing; of the smallest double, the reciprocal times
  // the many points of a fit overflows.
  for (double& value : above) value = std::max(value, 1e-300);
  if (above.back() <= std::numeric_limits<double>::epsilon()) return -kInfinity;
  return fitted_pareto_k(above);
}

}  // namespace elbo::eval
