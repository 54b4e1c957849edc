#include "elbo/data/dataset.h"

#include <algorithm>
#include <array>
#include <vector>

#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

namespace elbo::data {

namespace {

constexpr std::array<std::string_view, 3> kSplits{"train", "validation", "test"};
constexpr std::array<std::string_view, 4> kBinarizations{"none", "dynamic", "threshold", "file"};

template <typename Enum, size_t kCount>
Enum named(std::string_view kind, std::string_view name, const std::array<std::string_view, kCount>& names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw ConfigError(unknown_name(kind, name, std::vector<std::string>(names.begin(), names.end())));
  }
  return static_cast<Enum>(found - names.begin());
}

template <typename T>
void require_unit_range(const Dataset& dataset, Split split, std::string_view who) {
  const auto values = dataset.split(split).rows.values<T>();
  for (size_t i = 0; i < values.size(); ++i) {
    const float value = static_cast<float>(values[i]) / dataset.value_scale;
    if (value >= 0 && value <= 1) continue;
    const auto dim = static_cast<size_t>(dataset.dim());
    throw DataError(std::string(who) + ": " + dataset.name + ", " + std::string(name_of(split)) + " row " +
                    std::to_string(i / dim + 1) + ", column " + std::to_string(i % dim + 1) + " is " +
                    std::to_string(value) + "; values from 0 to 1 are required");
  }
}

}  // namespace

std::string_view name_of(Split split) {
  return kSplits[static_cast<size_t>(split)];
}
Split split_named(std::string_view name) {
  return named<Split>("split", name, kSplits);
}

std::string_view name_of(Binarization binarization) {
  return kBinarizations[static_cast<size_t>(binarization)];
}
Binarization binarization_named(std::string_view name) {
  return named<Binarization>("binarization", name, kBinarizations);
}

bool Dataset::has(Split which) const {
  const SplitData& data = which == Split::kTrain ? train : which == Split::kValidation ? validation : test;
  return data.count() > 0;
}

const SplitData& Dataset::split(Split which) const {
  if (!has(which)) {
    throw DataError("data set " + name + " has no " + std::string(name_of(which)) + " split" +
                    (which == Split::kValidation ? "; `validation` takes rows from the end of train for it" : ""));
  }
  return which == Split::kTrain ? train : which == Split::kValidation ? validation : test;
}

Array Dataset::values(Split which) const {
  Array result = split(which).rows.cast(DType::kF32);
  for (float& value : result.values<float>()) value /= value_scale;
  return result;
}

void require_unit_range(const Dataset& dataset, std::string_view who) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    if (!dataset.has(split)) continue;
    if (dataset.train.rows.dtype() == DType::kU8) {
      require_unit_range<uint8_t>(dataset, split, who);
    } else {
      require_unit_range<float>(dataset, split, who);
    }
  }
}

}  // namespace elbo::data
