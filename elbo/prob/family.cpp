#include "elbo/prob/family.h"

#include <stdexcept>

#include "elbo/prob/bernoulli.h"
#include "elbo/prob/categorical.h"
#include "elbo/prob/continuous_bernoulli.h"
#include "elbo/prob/discretized_logistic.h"
#include "elbo/prob/full_normal.h"
#include "elbo/prob/laplace.h"
#include "elbo/prob/logistic.h"
#include "elbo/prob/low_rank_normal.h"
#include "elbo/prob/mixture_of_discretized_logistics.h"
#include "elbo/prob/mixture_of_gaussians.h"
#include "elbo/prob/negative_binomial.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/poisson.h"
#include "elbo/prob/student_t.h"
#include "elbo/prob/uniform_box.h"

namespace elbo::prob {

int64_t count_of(const ParameterSpec& spec) {
  int64_t count = 1;
  for (const int64_t extent : spec.shape) count *= extent;
  return count;
}

Tensor ParameterTensors::operator()(std::string_view name) const {
  for (const auto& [known, value] : all_) {
    if (known == name) return value;
  }
  throw std::logic_error("a distribution's parameter \"" + std::string(name) + "\" is asked for and was not given");
}

std::vector<ParameterSpec> takes_nothing(int64_t /*dim*/, const Settings& /*settings*/) {
  return {};
}

bool has_parameters(const DistributionFamily& family) {
  return family.parameters != takes_nothing;
}

const Registry<DistributionFamily>& families() {
  static const Registry<DistributionFamily> all("distribution", {
                                                                    &kStandardNormalFamily,
                                                                    &kNormalFamily,
                                                                    &kIsotropicNormalFamily,
                                                                    &kFullNormalFamily,
                                                                    &kLowRankNormalFamily,
                                                                    &kMixtureOfGaussiansFamily,
                                                                    &kStandardStudentTFamily,
                                                                    &kStudentTFamily,
                                                                    &kLaplaceFamily,
                                                                    &kLogisticFamily,
                                                                    &kUniformBoxFamily,
                                                                    &kBernoulliFamily,
                                                                    &kContinuousBernoulliFamily,
                                                                    &kPoissonFamily,
                                                                    &kNegativeBinomialFamily,
                                                                    &kCategoricalFamily,
                                                                    &kDiscretizedLogisticFamily,
                                                                    &kMixtureOfDiscretizedLogisticsFamily,
                                                                });
  return all;
}

}  // namespace elbo::prob
