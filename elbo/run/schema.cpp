#include "elbo/run/schema.h"

#include "elbo/data/registry.h"
#include "elbo/models/kinds.h"
#include "elbo/nn/initializer.h"
#include "elbo/train/optimizer.h"
#include "elbo/train/training_options.h"

namespace elbo::run {

// Keys end up in the files of users: they are chosen carefully and never changed quietly.
const Schema& run_schema() {
  static const Schema schema{
      .options = {Part{.key = "model",
                       .value = "vae",
                       .meaning = "what is trained",
                       .rows = models::model_kinds().view(),
                       .beside = true},
                  Integer{.key = "seed",
                          .value = 0,
                          .meaning = "seed of every random stream: the same seed gives the same run, bit for bit, "
                                     "with any number of threads",
                          .limits = {.at_least = 0}},
                  Part{.key = "initializer",
                       .value = "pytorch-linear",
                       .meaning = "what weights start with",
                       .rows = nn::initializers().view()},
                  data::data_part(), train::optimizer_part(),
                  Group{.key = "train",
                        .meaning = "how long, in which pieces, and what is kept",
                        .options = train::training_settings()},
                  Group{.key = "evaluate",
                        .meaning = "how a trained model is measured",
                        .options = {Integer{.key = "batch_size",
                                            .value = 500,
                                            .meaning = "examples computed at once",
                                            .unit = "rows",
                                            .limits = {.at_least = 1, .at_most = 1'000'000}}}}},
      .renamed = {{"posterior.family", "posterior.name (diagonal-normal is normal)"},
                  {"posterior.layers", "posterior.flow.layers"},
                  {"posterior.hidden", "posterior.flow.network.hidden"},
                  {"posterior.activation", "posterior.flow.network.activation"},
                  {"posterior.amortized", "posterior.flow.amortized"},
                  {"posterior.log_scale_bound", "posterior.flow.log_scale_bound"},
                  {"posterior.mask", "posterior.flow.mask"},
                  {"posterior.permutation", "posterior.flow.permutation"},
                  {"posterior.normalization", "posterior.flow.normalization"},
                  {"posterior.bins", "posterior.flow.bins"},
                  {"posterior.bound", "posterior.flow.bound"},
                  {"posterior.columns", "posterior.flow.columns"},
                  {"posterior.reflections", "posterior.flow.reflections"},
                  {"prior.layers", "prior.flow.layers"},
                  {"prior.hidden", "prior.flow.network.hidden"},
                  {"prior.activation", "prior.flow.network.activation"},
                  {"prior.log_scale_bound", "prior.flow.log_scale_bound"},
                  {"prior.mask", "prior.flow.mask"},
                  {"prior.permutation", "prior.flow.permutation"},
                  {"prior.normalization", "prior.flow.normalization"},
                  {"prior.bins", "prior.flow.bins"},
                  {"prior.bound", "prior.flow.bound"},
                  {"prior.columns", "prior.flow.columns"},
                  {"prior.reflections", "prior.flow.reflections"},
                  {"flow.hidden", "flow.network.hidden"},
                  {"flow.activation", "flow.network.activation"},
                  {"flow.fit", "objective.name"},
                  {"flow.annealing", "objective.schedule = \"warm-up\", with objective.schedule.share"}},
  };
  return schema;
}

}  // namespace elbo::run
