#include "elbo/models/density_model.h"

#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/flows/place.h"
#include "elbo/models/places/free.h"
#include "elbo/models/standardize_internal.h"
#include "elbo/nn/schedule.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

const DensityObjective kMaximumLikelihood{
    .name = "maximum-likelihood",
    .description = "the mean of -log p(x) over the data, by the flow from data to base",
    .paper = "",
    .settings = {},
    .terms = [](const FlowDensity& density, Graph& /*graph*/, const Batch& batch, int64_t /*rows*/,
                const ModelSite& /*site*/, const Settings& /*settings*/) -> Terms {
      return {.loss = -density.log_prob(batch.find("x")->second), .parts = {}};
    }};

const DensityObjective kReverseKl{
    .name = "reverse-kl",
    .description =
        "the mean of log q(x) - log p(x) over draws, by the flow from base to data: to the density that an "
        "energy is made of (data.name: what \"elbo list energies\" shows), without any data. An epoch then "
        "has as many steps, each on batch_size draws",
    .paper = "Rezende & Mohamed 2015",
    .settings = {Part{.key = "schedule",
                      .value = "constant",
                      .meaning = "how the weight of the energy comes about, so that the flow finds all modes before it "
                                 "draws together",
                      .rows = nn::schedules().view(nn::follows_the_step)}},
    .fits_target = true,
    .terms = [](const FlowDensity& density, Graph& graph, const Batch& /*batch*/, int64_t rows, const ModelSite& site,
                const Settings& settings) -> Terms {
      ReverseKlOptions options;
      const Tensor weight = nn::factor(graph, {.steps = site.steps}, settings.part("schedule"));
      if (!nn::is_one(weight)) options.weight = weight;
      const ReverseKlTerms terms =
          reverse_kl_terms(density.sample_and_log_prob(graph, rows), site.target->log_density, options);
      return {.loss = terms.free_energy, .parts = {{"reverse_kl", site.target->log_normalizer - terms.log_weight}}};
    }};

std::vector<Option> density_settings() {
  return {
      standardize_setting("the flow sees columns of mean 0 and deviation 1 over the training rows; "
                          "samples and densities are in the units of the data all the same. Fitting by "
                          "reverse KL does without"),
      free_part(
          {.key = "base", .value = "standard-normal", .meaning = "the distribution that the flow carries to the data"},
          is_base),
      flows::flow_part({.key = "flow",
                        .value = "real-nvp",
                        .meaning = "the transform from the base to the data; a list is applied one after the other"}),
      Part{.key = "objective",
           .value = "maximum-likelihood",
           .meaning = "what training makes small",
           .rows = density_objectives().view()},
  };
}

FlowDensity make_density(const ModelSite& site, const Settings& settings) {
  const int64_t dim = column(site, "x").dim;
  const prob::Distribution base = free_distribution(site.parameters / "base", dim, settings.part("base"));
  const prob::AnyTransform flow = flows::make_flow({.scope = site.parameters / "flow", .dim = dim},
                                                   settings.parts("flow"), flows::Turn::kNone, flows::Support::kReal);
  return {site.parameters, {.base = base, .flow = flow}};
}

std::string flow_names(const Settings& settings) {
  std::string names;
  for (const Settings& flow : settings.parts("flow")) {
    names += (names.empty() ? "" : ", ") + std::string(flow.name()) + (flow.flag("inverted") ? " inverted" : "");
    if (flow.has("layers")) names += " with " + std::to_string(flow.integer("layers")) + " layers";
  }
  return names;
}

}  // namespace

const Registry<DensityObjective>& density_objectives() {
  static const Registry<DensityObjective> all("objective", {&kMaximumLikelihood, &kReverseKl});
  return all;
}

DensityModel::DensityModel(const ModelSite& site, const Settings& settings)
    : site_(site), density_(make_density(site, settings)), objective_(settings.part("objective")) {
  const Settings& base = settings.part("base");
  if (!fits_target() && !base.row<prob::DistributionFamily>().covers_all) {
    remarks_.push_back("base.name = \"" + std::string(base.name()) +
                       "\": rows that the flow carries out of it have no density, and the loss is then infinite");
  }
  const prob::FastDirection fast = density_.fast_direction();
  if (fits_target() ? samples_slowly(fast) : fits_slowly(fast)) {
    warnings_.push_back(std::string("fitting ") + (fits_target() ? "by reverse KL" : "a density") + " runs the " +
                        flow_names(settings) + " flow from " + (fits_target() ? "base to data" : "data to base") +
                        ", which is its slow direction; \"elbo list flows\" shows families that are fast that way, "
                        "and flow.inverted turns a family round");
  }
  description_ = {{"p(x)", std::string(base.name()) + " in " + std::to_string(density_.dim()) + " dimensions, then " +
                               flow_names(settings) + "; fast direction: " + std::string(prob::name_of(fast))},
                  {"objective", std::string(objective_.name()) + ": " +
                                    std::string(objective_.row<DensityObjective>().description)}};
}

Terms DensityModel::terms(Graph& graph, const Batch& batch, int64_t rows) const {
  if (fits_target() && !site_.target) {
    objective_.refuse(
        "the data are known by their rows alone; it needs one of the energies that \"elbo list "
        "energies\" shows");
  }
  return objective_.row<DensityObjective>().terms(density_, graph, batch, rows, site_, objective_);
}

std::vector<ReadColumn> DensityModel::reads() const {
  if (fits_target()) return {};
  return {{.facts = {.name = "x", .dim = density_.dim(), .values = Values::kReals},
           .who = "a density",
           .is_density = true}};
}

void DensityModel::initialize_from(const Array& rows, const Array& /*context*/) const {
  density_.initialize_from(rows);
}

Tensor DensityModel::sample(Graph& graph, int64_t rows, bool /*draw*/) const {
  return density_.sample(graph, rows);
}

Tensor DensityModel::log_prob(const Batch& batch) const {
  return density_.log_prob(batch.find("x")->second);
}

const ModelKind kDensityKind{
    .name = "flow",
    .description = "a density: a base distribution carried to the data by a normalizing flow",
    .paper = "Rezende & Mohamed 2015",
    .can = capabilities_of<DensityModel>(),
    .settings = density_settings(),
    .make = [](const ModelSite& site, const Settings& settings) -> std::unique_ptr<const Model> {
      return std::make_unique<const DensityModel>(site, settings);
    },
    .needs =
        [](const Settings& settings) {
          const bool standardizes =
              asks_to_standardize(settings) && !settings.part("objective").row<DensityObjective>().fits_target;
          return ValueNeeds{.values = Values::kReals,
                            .standardize = standardizes ? Standardize::kAll : Standardize::kNo,
                            .varying = !settings.part("objective").row<DensityObjective>().fits_target};
        },
    .fits_target =
        [](const Settings& settings) { return settings.part("objective").row<DensityObjective>().fits_target; }};

}  // namespace elbo::models
