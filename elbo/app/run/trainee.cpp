#include "elbo/app/run/trainee.h"

#include <fmt/format.h>

#include "elbo/app/run/apply.h"
#include "elbo/eval/evaluate.h"
#include "elbo/flows/registry.h"
#include "elbo/models/base.h"
#include "elbo/models/elbo.h"

namespace elbo::app {
namespace {

eval::EvaluateOptions validation_options(const Config& config, int threads) {
  return {.latent_samples = config.integer("train.validation_samples"),
          .batch_size = config.integer("evaluate.batch_size"),
          .seed = static_cast<uint64_t>(config.integer("seed")),
          .threads = threads};
}

// A family that is fast one way is turned so that it is the way that is needed.
void warn_if_slow(const Config& config, const std::string& section, Trainee& trainee) {
  const std::string& flow = config.text(section + ".flow");
  if (flow == "none" || flows::flow_family(flow).fast_direction != prob::FastDirection::kNeither) return;
  trainee.warnings.push_back(fmt::format("a {} flow is slow in both directions, and so in the {}", flow, section));
}

}  // namespace

Trainee trainee_of(const Config& config, const RunModel& run) {
  Trainee trainee{.dataset = run.dataset, .step = run.step, .parameters = run.model.parameters};
  if (config.text("objective.kl") == "closed-form" && config.origin("objective.kl").kind != Origin::Kind::kDefault &&
      !models::has_closed_form_kl(run.model.vae, run.dataset.dim())) {
    trainee.remarks.push_back(
        "objective.kl = \"closed-form\": this posterior's divergence from this prior has none; it is Monte Carlo");
  }
  warn_if_slow(config, "posterior", trainee);
  warn_if_slow(config, "prior", trainee);
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
  const bool by_energy = fits_energy(config);
  const std::string& base = config.text("base.name");
  if (!by_energy && !models::base(base).covers_all) {
    trainee.remarks.push_back(fmt::format(
        "base.name = \"{}\": rows that the flow carries out of it have no density, and the loss is then infinite",
        base));
  }
  const prob::FastDirection fast = run.density.fast_direction();
  if (by_energy ? models::samples_slowly(fast) : models::fits_slowly(fast)) {
    trainee.warnings.push_back(
        fmt::format("fitting {} runs the {} flow from {}, which is its slow direction; \"elbo list flows\" "
                    "shows families that are fast that way, and flow.inverted turns a family round",
                    by_energy ? "by reverse KL" : "a density", config.text("flow.name"),
                    by_energy ? "base to data" : "data to base"));
  }
  if (!by_energy) {
    trainee.validate = [&config, &run](int threads) -> train::Metrics {
      const eval::Estimate nll = negative_log_likelihood(run.density, run.dataset, data::Split::kValidation,
                                                         validation_options(config, threads));
      return {{"loss", nll.mean}, {"standard_error", nll.standard_error}};
    };
  }
  trainee.draw_samples = [&config, &run](int64_t rows, int threads) {
    return draw_samples(
        run.density,
        FlowSampleOptions{.rows = rows, .seed = static_cast<uint64_t>(config.integer("seed")), .threads = threads});
  };
  return trainee;
}

}  // namespace elbo::app
