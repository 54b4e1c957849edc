#include "elbo/app/reproduce/posteriors_plan.h"

#include <algorithm>
#include <fmt/format.h>

#include "elbo/app/config/schema.h"
#include "elbo/app/reproduce/study_parts.h"

namespace elbo::app::posteriors {
namespace {

// All flows have their parameters, or a context for their networks, from the encoder.
PlannedPosterior with_flow(const std::string& name, const std::string& title, const std::string& paper, int64_t layers,
                           std::vector<std::string> more = {}) {
  PlannedPosterior plan{.name = name, .title = fmt::format("{}, {} layers", title, layers), .paper = paper};
  plan.settings = {"posterior.flow=" + name, fmt::format("posterior.layers={}", layers), "posterior.amortized=true"};
  plan.settings.insert(plan.settings.end(), more.begin(), more.end());
  return plan;
}

}  // namespace

const std::vector<PlannedPosterior>& planned_posteriors() {
  const std::string sylvester = "van den Berg et al. 2018";
  static const std::vector<PlannedPosterior> all{
      {.name = "diagonal", .title = "diagonal normal", .paper = "Kingma & Welling 2014", .settings = {}},
      {.name = "full-covariance",
       .title = "full-covariance normal",
       .paper = "Kingma & Welling 2019",
       .settings = {"posterior.family=full-normal"}},
      with_flow("planar", "planar", "Rezende & Mohamed 2015", 8),
      with_flow("radial", "radial", "Rezende & Mohamed 2015", 8),
      with_flow("sylvester-orthogonal", "Sylvester, orthogonal", sylvester, 4, {"posterior.columns=16"}),
      with_flow("sylvester-householder", "Sylvester, Householder", sylvester, 4, {"posterior.reflections=4"}),
      with_flow("sylvester-triangular", "Sylvester, triangular", sylvester, 4),
      with_flow("iaf", "inverse autoregressive", "Kingma et al. 2016", 4, {"posterior.hidden=[128]"}),
      with_flow("real-nvp", "coupling (RealNVP)", "Dinh et al. 2017", 6, {"posterior.hidden=[128]"}),
      with_flow("nsf-coupling", "spline coupling", "Durkan et al. 2019", 4, {"posterior.hidden=[128]"}),
  };
  return all;
}

Config config_of(const PlannedPosterior& plan, uint64_t seed, const StudyOptions& options) {
  Config config(run_schema());
  set_data(config, options);
  const int64_t batch = options.limit > 0 ? std::min(options.limit, kBatch) : kBatch;
  for (const std::string& setting :
       {fmt::format("seed={}", seed), fmt::format("data.limit={}", options.limit),
        std::string("data.binarization=dynamic"), fmt::format("latent.dimension={}", kLatentDim),
        std::string("encoder.hidden=[300, 300]"), std::string("decoder.hidden=[300, 300]"),
        std::string("optimizer.learning_rate=0.001"), fmt::format("train.epochs={}", options.epochs),
        fmt::format("train.batch_size={}", batch), fmt::format("evaluate.latent_samples={}", kEvaluationSamples)}) {
    config.set(setting);
  }
  for (const std::string& setting : plan.settings) config.set(setting);
  return config;
}

StudyOptions resolved(StudyOptions options) {
  if (options.epochs == 0) options.epochs = kEpochs;
  if (options.seeds == 0) options.seeds = kSeeds;
  if (options.folder.empty()) options.folder = default_folder(options, "posteriors");
  return options;
}

}  // namespace elbo::app::posteriors
