// The terms of the loss of Kong & Li (models/kong_li.h), as they measured them: on the training images.
#include "elbo/models/kong_li.h"

#include "elbo/models/model.h"
#include "elbo/settings/error.h"
#include "elbo/studies/measure.h"

namespace elbo::studies {

extern const Measure kKongLiMeasure;
const Measure kKongLiMeasure{
    .name = "kong-li-terms",
    .description = "the published loss of Kong & Li and the bound, term by term, on the training rows",
    .paper = "Kong & Li 2017",
    .settings = {Integer{.key = "latent_samples",
                         .value = 10,
                         .meaning = "codes drawn for each example",
                         .unit = "samples",
                         .limits = {.at_least = 1, .at_most = 1'000'000}}},
    .quantities =
        [](const Settings& /*settings*/) {
          return std::vector<std::string>{"study_loss_train",     "marginal_train", "negative_elbo_train",
                                          "reconstruction_train", "kl_train",       "log_abs_det_train"};
        },
    .measure =
        [](const MeasureSite& site, const Settings& settings) {
          const auto* latent = site.run.model->can<models::LatentVariable>();
          if (latent == nullptr) settings.refuse("measures a model that draws a code; this one does not");
          const models::Vae vae{.prior = latent->prior(),
                                .posterior =
                                    [&](Tensor x) {
                                      return latent->posterior({{"x", x}});
                                    },
                                .likelihood = [&](Tensor z) { return latent->likelihood(z); }};
          const eval::RowEvaluator evaluator(
              [&](Graph& /*graph*/, const models::Batch& batch, int64_t samples) {
                const models::KongLiTerms t = models::kong_li_terms(vae, batch.at("x"), {.latent_samples = samples});
                return std::map<std::string, Tensor>{{"study_loss_train", t.loss},
                                                     {"marginal_train", t.marginal},
                                                     {"negative_elbo_train", t.negative_elbo},
                                                     {"reconstruction_train", t.reconstruction},
                                                     {"kl_train", t.kl},
                                                     {"log_abs_det_train", t.log_abs_det}};
              },
              site.run.dataset, data::Split::kTrain, site.evaluation(settings));
          Figures figures;
          for (const auto& [name, estimate] : evaluator.estimates()) figures[name] = estimate;
          return figures;
        }};

}  // namespace elbo::studies
