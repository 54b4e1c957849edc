// Averages of the weights over the steps, by name (Polyak & Juditsky 1992): where a model is used (validation,
// evaluation, samples) they stand for the weights, and training goes on with the weights themselves.
//
//   step.update(with_average(updates, gradients, settings.parts("train.average")));     // [train.average] name = "ema"
//
// The step keeps the average of a parameter in a variable "average.<parameter>", so that every checkpoint has both.
// What is not trained, as the running statistics of batch normalisation, has none and is used as it is.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"
#include "elbo/train/optimizer.h"

namespace elbo::train {

struct AverageRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings;
  // {}: the share of the average that stays in the step that runs; the rest is the parameter after the step.
  Tensor (*kept)(Graph& graph, const Settings& settings);
};
const Registry<AverageRow>& averages();  // ema

// The place average, empty where nothing else is said.
Part average_part();

// The updates of parameters with those of their averages, which start at the first values; the same updates where
// nothing stands in the place.
Updates with_average(const Updates& updates, const Gradients& gradients, std::span<const Settings> average);

// "average.<parameter>".
std::string average_name(std::string_view parameter);

// The averages among the variables of a step, with the parameters they are of.
class AveragedWeights {
 public:
  explicit AveragedWeights(const std::vector<VariablePtr>& variables);

  // While one lives, parameters and averages have changed places, to the bit.
  class InUse {
   public:
    explicit InUse(const AveragedWeights& averages);
    ~InUse();
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;

   private:
    const AveragedWeights& averages_;
  };

  // Gives parameters the values of their averages for good.
  void take() const;

 private:
  void exchange() const;

  struct Pair {
    VariablePtr parameter, average;
  };
  std::vector<Pair> pairs_;
};

}  // namespace elbo::train
