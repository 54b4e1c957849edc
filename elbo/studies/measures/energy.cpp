// How far a density is from that of an energy, both ways, and what it tells of the energy's integral.
#include "elbo/data/energies.h"
#include "elbo/data/graph_input.h"
#include "elbo/engine/ops.h"
#include "elbo/eval/apply.h"
#include "elbo/eval/normalizer.h"
#include "elbo/models/density_model.h"
#include "elbo/settings/error.h"
#include "elbo/studies/measure.h"

namespace elbo::studies {

extern const Measure kEnergyMeasure;
const Measure kEnergyMeasure{
    .name = "energy",
    .description =
        "divergences between a density q and that of an energy p, and the estimate of the energy's integral that q "
        "gives",
    .paper = "",
    .settings = {Integer{.key = "draws",
                         .value = 50,
                         .meaning = "draws of q for each test row",
                         .limits = {.at_least = 1, .at_most = 10'000}}},
    .quantities =
        [](const Settings& /*settings*/) {
          return std::vector<std::string>{"reverse_kl", "forward_kl", "log_normalizer_error", "effective_share"};
        },
    .measure =
        [](const MeasureSite& site, const Settings& settings) {
          const auto* model = dynamic_cast<const models::DensityModel*>(site.run.model.get());
          const data::Energy* energy = data::energies().find_if_known(site.run.dataset.name);
          if (model == nullptr || energy == nullptr) settings.refuse("measures a density fitted to an energy");
          const double of_units = eval::log_abs_det_of_units(*model, site.run.dataset);
          const eval::NormalizerEstimate drawn = eval::estimate_normalizer(
              [&](Graph& graph, int64_t rows) {
                const auto [y, log_prob] = model->density().sample_and_log_prob(graph, rows);
                return prob::SampleAndLogProb{.value = data::in_units(y, site.run.dataset),
                                              .log_prob = log_prob + of_units};
              },
              energy->log_density,
              {.samples = settings.integer("draws") * site.run.dataset.test.count(),
               .seed = site.seed,
               .threads = site.threads});
          Figures figures{{"reverse_kl", drawn.free_energy}, {"log_normalizer_error", drawn.log_normalizer}};
          figures["reverse_kl"].mean += energy->log_normalizer;
          figures["log_normalizer_error"].mean -= energy->log_normalizer;
          figures["effective_share"] = plain(drawn.effective_samples / static_cast<double>(drawn.samples));
          // The training rows are exact draws from p that a fit by reverse KL has never seen.
          const eval::RowEvaluator forward(
              [&](Graph& /*graph*/, const models::Batch& batch, int64_t /*samples*/) {
                const Tensor x = data::in_units(batch.at("x"), site.run.dataset);
                return std::map<std::string, Tensor>{
                    {"kl", energy->log_density(x) - energy->log_normalizer - model->log_prob(batch) - of_units}};
              },
              site.run.dataset, data::Split::kTrain, site.evaluation(settings));
          figures["forward_kl"] = forward.estimates().at("kl");
          return figures;
        }};

}  // namespace elbo::studies
