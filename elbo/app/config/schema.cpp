#include "elbo/app/config/schema.h"

#include "elbo/app/config/choices.h"

namespace elbo::app {

// Keys end up in the files of users: they are chosen carefully and never changed quietly.
const Schema& run_schema() {
  static const Schema schema{
      {.options =
           {
               Text{.key = "model", .value = "vae", .meaning = "what is trained", .choices = known_models},
               Integer{.key = "seed",
                       .value = 0,
                       .meaning =
                           "seed of every random stream: the same seed gives the same run, bit for bit, with any "
                           "number of threads",
                       .limits = {.at_least = 0}},
           }},
      {.name = "data",
       .meaning = "what is learned from",
       .options =
           {
               Text{
                   .key = "name",
                   .value = "fashion-mnist",
                   .meaning = "the data set: a name that \"elbo list\" shows, or idx:FOLDER for IDX files of your own"},
               Text{.key = "folder",
                    .value = "",
                    .meaning = "where the files of the data set are; empty: where its package puts them, or the "
                               "environment variable "
                               "ELBO_DATA"},
               Integer{.key = "validation",
                       .value = 0,
                       .meaning = "rows taken from the end of the training data for validation; 0 for none",
                       .unit = "rows",
                       .limits = {.at_least = 0}},
               Text{.key = "binarization",
                    .value = "none",
                    .meaning = "how grey values become bits: not at all (they are the means of the bits), drawn anew "
                               "each epoch, set where at least 0.5, or read from a file",
                    .choices = known_binarizations},
               Text{.key = "file", .value = "", .meaning = "the file of bits that binarization = \"file\" reads"},
               Integer{.key = "limit",
                       .value = 0,
                       .meaning = "use only the first rows of each split; 0 for all",
                       .unit = "rows",
                       .limits = {.at_least = 0}},
           }},
      {.name = "latent",
       .meaning = "the code z that stands for an example",
       .options =
           {
               Integer{.key = "dimension",
                       .value = 20,
                       .meaning = "length of the code",
                       .limits = {.at_least = 1, .at_most = 65'536}},
           }},
      {.name = "encoder",
       .meaning = "the recognition network, from an example to what the heads of q(z|x) read",
       .options =
           {
               Integers{.key = "hidden",
                        .value = {500, 500},
                        .meaning = "widths of the hidden layers, first to last",
                        .unit = "units",
                        .limits = {.at_least = 1, .at_most = 65'536}},
               Text{.key = "activation",
                    .value = "relu",
                    .meaning = "function after each hidden layer",
                    .choices = known_activations},
               Text{.key = "output_activation",
                    .value = "none",
                    .meaning = "function applied once more to the output of the hidden layers, before the heads",
                    .choices = known_activations},
           }},
      {.name = "posterior",
       .meaning = "q(z|x): a diagonal normal distribution from two heads on the encoder, with or without a flow on top",
       .options =
           {
               Text{.key = "head_activation",
                    .value = "none",
                    .meaning = "function on both heads, mean and scale",
                    .choices = {"none", "tanh"}},
               Text{.key = "scale",
                    .value = "log_scale",
                    .meaning = "what the second head gives: log sigma, log sigma^2, or softplus of it is sigma",
                    .choices = {"log_scale", "log_variance", "softplus"}},
               Text{.key = "flow",
                    .value = "none",
                    .meaning = "transform that carries the normal distribution further",
                    .choices = known_flows},
               Integer{.key = "layers",
                       .value = 0,
                       .meaning = "layers of the flow",
                       .limits = {.at_least = 0, .at_most = 10'000}},
               Flag{.key = "amortized",
                    .value = false,
                    .meaning = "the encoder gives the parameters of the flow for each example; false: one set of "
                               "parameters for all examples"},
           }},
      {.name = "prior",
       .meaning = "p(z), what a code may be before an example is seen",
       .options =
           {
               Text{.key = "name",
                    .value = "standard-normal",
                    .meaning = "distribution of the code",
                    .choices = known_priors},
           }},
      {.name = "decoder",
       .meaning = "the generator, from a code to the parameters of p(x|z)",
       .options =
           {
               Integers{.key = "hidden",
                        .value = {500, 500},
                        .meaning = "widths of the hidden layers, first to last",
                        .unit = "units",
                        .limits = {.at_least = 1, .at_most = 65'536}},
               Text{.key = "activation",
                    .value = "relu",
                    .meaning = "function after each hidden layer",
                    .choices = known_activations},
           }},
      {.name = "likelihood",
       .meaning = "p(x|z), what an example may be, given its code",
       .options =
           {
               Text{.key = "name",
                    .value = "bernoulli",
                    .meaning = "distribution of the example",
                    .choices = known_likelihoods},
           }},
      {.name = "objective",
       .meaning = "what training makes small",
       .options =
           {
               Text{.key = "name", .value = "elbo", .meaning = "the bound on log p(x)", .choices = known_objectives},
               Integer{.key = "latent_samples",
                       .value = 1,
                       .meaning = "codes drawn for each example in a step",
                       .unit = "samples",
                       .limits = {.at_least = 1, .at_most = 10'000}},
               Text{.key = "kl",
                    .value = "closed-form",
                    .meaning =
                        "how the divergence of q(z|x) from the prior is computed; with a flow it is always Monte "
                        "Carlo",
                    .choices = {"closed-form", "monte-carlo"}},
               Flag{.key = "kong_li_loss",
                    .value = false,
                    .meaning = "the loss of Kong & Li's public code, which is not a bound; docs/kong-li.md"},
           }},
      {.name = "optimizer",
       .meaning = "how parameters follow their gradients",
       .options =
           {
               Text{.key = "name", .value = "adam", .meaning = "update rule", .choices = known_optimizers},
               Number{.key = "learning_rate", .value = 0.001, .meaning = "step size", .limits = {.above = 0}},
               Number{.key = "beta1",
                      .value = 0.9,
                      .meaning = "adam: share of the running mean of gradients that is kept at a step",
                      .limits = {.at_least = 0, .below = 1}},
               Number{.key = "beta2",
                      .value = 0.999,
                      .meaning = "adam: share of the running mean of squared gradients that is kept at a step",
                      .limits = {.at_least = 0, .below = 1}},
               Number{.key = "epsilon",
                      .value = 1e-8,
                      .meaning = "adam and rmsprop: added to the root that the step is divided by",
                      .limits = {.above = 0}},
               Number{.key = "momentum",
                      .value = 0.0,
                      .meaning = "sgd: share of the last update that is kept; 0 for none",
                      .limits = {.at_least = 0, .below = 1}},
               Number{.key = "decay",
                      .value = 0.99,
                      .meaning = "rmsprop: share of the running mean of squared gradients that is kept at a step",
                      .limits = {.at_least = 0, .below = 1}},
           }},
      {.name = "train",
       .meaning = "how long, in which pieces, and what is kept",
       .options =
           {
               Integer{.key = "epochs",
                       .value = 10,
                       .meaning = "passes over the training data",
                       .unit = "epochs",
                       .limits = {.at_least = 1}},
               Integer{.key = "batch_size",
                       .value = 128,
                       .meaning = "examples in a step",
                       .unit = "rows",
                       .limits = {.at_least = 1, .at_most = 1'000'000}},
               Integer{.key = "evaluate_every",
                       .value = 1,
                       .meaning = "from one evaluation on the validation rows to the next",
                       .unit = "epochs",
                       .limits = {.at_least = 1}},
               Integer{.key = "checkpoint_every",
                       .value = 1,
                       .meaning = "from one checkpoint to the next",
                       .unit = "epochs",
                       .limits = {.at_least = 1}},
               Integer{.key = "keep_checkpoints",
                       .value = 2,
                       .meaning = "how many of the newest checkpoints stay",
                       .limits = {.at_least = 1}},
               Integer{.key = "patience",
                       .value = 0,
                       .meaning = "stop after so many evaluations on the validation rows without a better one; 0 never "
                                  "stops early",
                       .unit = "evaluations",
                       .limits = {.at_least = 0}},
           }},
      {.name = "evaluate",
       .meaning = "how a trained model is measured",
       .options =
           {
               Integer{.key = "latent_samples",
                       .value = 10,
                       .meaning = "codes drawn for each example; the bound is their average",
                       .unit = "samples",
                       .limits = {.at_least = 1, .at_most = 1'000'000}},
               Integer{.key = "importance_samples",
                       .value = 0,
                       .meaning = "codes for the importance-weighted estimate of -log p(x); 0 leaves it out",
                       .unit = "samples",
                       .limits = {.at_least = 0, .at_most = 10'000'000}},
               Integer{.key = "batch_size",
                       .value = 500,
                       .meaning = "examples computed at once",
                       .unit = "rows",
                       .limits = {.at_least = 1, .at_most = 1'000'000}},
           }},
  };
  return schema;
}

}  // namespace elbo::app
