// The kinds of models by name: what `model = "..."` may be.  A new one is a file that defines a row, and a line in
// kinds.cpp.
//
//   const ModelKind& kind = settings.part("model").row<ModelKind>();
//   const auto model = kind.make({.parameters = parameters, .columns = dataset.columns(), .steps = 4680}, settings);
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "elbo/models/model.h"
#include "elbo/models/reverse_kl.h"
#include "elbo/nn/initializer.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"

namespace elbo::models {

// A density that is known up to a constant, to be fitted without data.
struct Target {
  LogDensity log_density;
  double log_normalizer = 0;  // log of its integral, nats
};

// What a model has to know of its surroundings.
struct ModelSite {
  nn::Parameters parameters;
  std::vector<ColumnFacts> columns;  // of the data
  int64_t steps = 1;                 // of the whole training, for what follows a schedule
  nn::Initializer init;
  std::optional<Target> target{};
};

// The column's facts; throws DataError when there is none of the name.
const ColumnFacts& column(const ModelSite& site, std::string_view name);

struct ModelKind {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  Capabilities can;
  // They stand at the top level of a configuration.
  std::vector<Option> settings;
  // Settings are those of the top level.  Throws ConfigError for what does not go together.
  std::unique_ptr<const Model> (*make)(const ModelSite& site, const Settings& settings) = nullptr;
  // Of x, as these settings have it.
  ValueNeeds (*needs)(const Settings& settings) = nullptr;
  // Whether it is fitted to a Target instead of data, as these settings have it.
  bool (*fits_target)(const Settings& settings) = nullptr;
};

const Registry<ModelKind>& model_kinds();

}  // namespace elbo::models
