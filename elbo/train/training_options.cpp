#include "elbo/train/training_options.h"

#include "elbo/train/average.h"

namespace elbo::train {

std::vector<Option> training_settings() {
  const TrainingOptions standard;
  return {
      Integer{.key = "epochs",
              .value = standard.epochs,
              .meaning = "passes over the training data",
              .unit = "epochs",
              .limits = {.at_least = 1}},
      Integer{.key = "batch_size",
              .value = standard.batch_size,
              .meaning = "examples in a step",
              .unit = "rows",
              .limits = {.at_least = 1, .at_most = 1'000'000}},
      Integer{.key = "evaluate_every",
              .value = standard.evaluate_every,
              .meaning = "from one evaluation on the validation rows to the next",
              .unit = "epochs",
              .limits = {.at_least = 1}},
      Integer{.key = "checkpoint_every",
              .value = standard.checkpoint_every,
              .meaning = "from one checkpoint to the next",
              .unit = "epochs",
              .limits = {.at_least = 1}},
      Integer{.key = "keep_checkpoints",
              .value = standard.keep_checkpoints,
              .meaning = "how many of the newest checkpoints stay",
              .limits = {.at_least = 1}},
      Integer{.key = "patience",
              .value = standard.patience,
              .meaning = "stop after so many evaluations on the validation rows without a better one, and keep the "
                         "weights of the best; 0 never stops early and keeps the last",
              .unit = "evaluations",
              .limits = {.at_least = 0}},
      average_part(),
  };
}

TrainingOptions training_options(const Settings& train) {
  return {.epochs = train.integer("epochs"),
          .batch_size = train.integer("batch_size"),
          .checkpoint_every = train.integer("checkpoint_every"),
          .keep_checkpoints = train.integer("keep_checkpoints"),
          .evaluate_every = train.integer("evaluate_every"),
          .patience = train.integer("patience")};
}

}  // namespace elbo::train
