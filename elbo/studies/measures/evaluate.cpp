// What "elbo evaluate" says of a model, each quantity with the split behind its name: negative_elbo_test, nll_test.
#include "elbo/studies/measure.h"

namespace elbo::studies {

extern const Measure kEvaluateMeasure;
const Measure kEvaluateMeasure{
    .name = "evaluate",
    .description = "the figures of elbo evaluate: bound and its parts, importance-weighted or exact -log p(x)",
    .paper = "",
    .settings =
        {Text{.key = "split", .value = "test", .meaning = "which rows", .choices = {"train", "validation", "test"}},
         Integer{.key = "latent_samples",
                 .value = 10,
                 .meaning = "codes drawn for each example; the bound is their average",
                 .unit = "samples",
                 .limits = {.at_least = 1, .at_most = 1'000'000}},
         Integer{.key = "importance_samples",
                 .value = 0,
                 .meaning = "codes for the importance-weighted estimate of -log p(x); 0 leaves it out",
                 .unit = "samples",
                 .limits = {.at_least = 0, .at_most = 10'000'000}}},
    .quantities =
        [](const Settings& settings) {
          std::vector<std::string> names;
          for (const char* name : {"negative_elbo", "reconstruction", "kl", "nll_importance", "nll", "loss"}) {
            names.push_back(std::string(name) + "_" + settings.text("split"));
          }
          return names;
        },
    .measure =
        [](const MeasureSite& site, const Settings& settings) {
          eval::EvaluateOptions options = site.evaluation(settings);
          options.importance_samples = settings.integer("importance_samples");
          const std::string& split = settings.text("split");
          Figures figures;
          for (const eval::Quantity& quantity :
               eval::evaluate(*site.run.model, site.run.dataset, data::split_named(split), options).quantities) {
            figures[quantity.name + "_" + split] = quantity.estimate;
          }
          return figures;
        }};

}  // namespace elbo::studies
