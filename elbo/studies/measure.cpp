#include "elbo/studies/measure.h"

#include <limits>

namespace elbo::studies {

extern const Measure kEvaluateMeasure, kKongLiMeasure, kEnergyMeasure;  // measures/

const Registry<Measure>& measures() {
  static const Registry<Measure> all("measure", {&kEvaluateMeasure, &kKongLiMeasure, &kEnergyMeasure});
  return all;
}

eval::Estimate plain(double value) {
  return {.mean = value, .standard_error = std::numeric_limits<double>::quiet_NaN(), .samples = 0};
}

eval::EvaluateOptions MeasureSite::evaluation(const Settings& settings) const {
  return {.latent_samples = settings.has("latent_samples") ? settings.integer("latent_samples") : 1,
          .seed = seed,
          .threads = threads,
          .on_progress = on_progress};
}

}  // namespace elbo::studies
