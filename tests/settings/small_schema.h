// A small schema with one option of each type, in tables.
#pragma once

#include "elbo/settings/config.h"

namespace elbo {

inline const Schema& small_schema() {
  static const Schema schema{
      .options =
          {Integer{.key = "seed", .value = 0, .meaning = "seed", .limits = {.at_least = 0}},
           Group{.key = "optimizer",
                 .meaning = "how parameters follow their gradients",
                 .options =
                     {Text{.key = "name",
                           .value = "adam",
                           .meaning = "update rule",
                           .choices = {"adam", "sgd", "rmsprop"}},
                      Number{.key = "learning_rate", .value = 0.001, .meaning = "step size", .limits = {.above = 0}},
                      Number{.key = "beta1", .value = 0.9, .meaning = "decay", .limits = {.at_least = 0, .below = 1}}}},
           Group{
               .key = "train",
               .meaning = "how long",
               .options = {Integer{.key = "epochs",
                                   .value = 10,
                                   .meaning = "passes over the training data",
                                   .unit = "epochs",
                                   .limits = {.at_least = 1, .at_most = 1000}},
                           Flag{.key = "resume", .value = false, .meaning = "go on"},
                           Text{.key = "out", .value = "", .meaning = "folder of the run"},
                           Integers{.key = "hidden",
                                    .value = {500, 500},
                                    .meaning = "widths",
                                    .unit = "units",
                                    .limits = {.at_least = 1}},
                           Numbers{.key = "rates", .value = {0.5}, .meaning = "rates", .limits = {.at_most = 1}},
                           Texts{.key = "tags", .value = {}, .meaning = "names"},
                           Texts{.key = "parts", .value = {}, .meaning = "parts", .choices = {"encoder", "decoder"}}}}},
  };
  return schema;
}

}  // namespace elbo
