#include "elbo/app/run/trainee.h"

#include <fmt/format.h>

#include "elbo/app/run/apply.h"
#include "elbo/eval/evaluate.h"
#include "elbo/flows/registry.h"

namespace elbo::app {
namespace {

eval::EvaluateOptions validation_options(const Config& config, int threads) {
  return {.latent_samples = config.integer("train.validation_samples"),
          .batch_size = config.integer("evaluate.batch_size"),
          .seed = static_cast<uint64_t>(config.integer("seed")),
          .threads = threads};
}

}  // namespace

Trainee trainee_of(const Config& config, const RunModel& run) {
  Trainee trainee{.dataset = run.dataset, .step = run.step, .parameters = run.model.parameters};
  const std::string& flow = config.text("posterior.flow");
  if (flow != "none") {
    const prob::FastDirection fast = flows::flow_family(flow).fast_direction;
    if (fast == prob::FastDirection::kInverse || fast == prob::FastDirection::kNeither) {
      trainee.remarks.push_back(fmt::format("a {} flow is slow in the direction that a posterior needs", flow));
    }
  }
  trainee.validate = [&config, &run](int threads) -> train::Metrics {
    const eval::Evaluation result =
        eval::evaluate(run.model.vae, run.dataset, data::Split::kValidation, validation_options(config, threads));
    return {{"loss", result.negative_elbo.mean},
            {"reconstruction", result.reconstruction.mean},
            {"kl", result.kl.mean},
            {"standard_error", result.negative_elbo.standard_error}};
  };
  trainee.draw_samples = [&config, &run](int64_t rows, int threads) {
    return draw_samples(
        run.model.vae,
        ApplyOptions{.rows = rows, .seed = static_cast<uint64_t>(config.integer("seed")), .threads = threads});
  };
  return trainee;
}

Trainee trainee_of(const Config& config, const FlowRun& run) {
  Trainee trainee{.dataset = run.dataset, .step = run.step, .parameters = run.density.parameters()};
  if (models::fits_slowly(run.density.fast_direction())) {
    trainee.remarks.push_back(
        fmt::format("warning: fitting a density runs the {} flow from data to base, which is its slow direction; "
                    "\"elbo list flows\" shows families that are fast that way",
                    config.text("flow.name")));
  }
  trainee.validate = [&config, &run](int threads) -> train::Metrics {
    const eval::Estimate nll = negative_log_likelihood(run.density, run.dataset, data::Split::kValidation,
                                                       validation_options(config, threads));
    return {{"loss", nll.mean}, {"standard_error", nll.standard_error}};
  };
  trainee.draw_samples = [&config, &run](int64_t rows, int threads) {
    return draw_samples(
        run.density,
        FlowSampleOptions{.rows = rows, .seed = static_cast<uint64_t>(config.integer("seed")), .threads = threads});
  };
  return trainee;
}

}  // namespace elbo::app
