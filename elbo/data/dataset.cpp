#include "elbo/data/dataset.h"

#include <algorithm>
#include <array>

#include "elbo/data/bytes.h"
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

const SplitData& part_named(const Dataset& dataset, Split which) {
  return which == Split::kTrain ? dataset.train : which == Split::kValidation ? dataset.validation : dataset.test;
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

SplitData::SplitData(std::initializer_list<NamedArray> arrays) {
  for (const auto& [name, array] : arrays) set(name, array);
}

void SplitData::set(std::string name, Array array) {
  const bool is_only = arrays_.empty() || (arrays_.size() == 1 && arrays_.front().first == name);
  if (array.shape().rank() == 0 || (!is_only && array.shape()[0] != count())) {
    throw DataError("the array \"" + name + "\" is " + to_string(array.shape()) + "; " +
                    (is_only
                         ? std::string("at least one axis, that of rows, is required")
                         : std::to_string(count()) + " rows are required, as in \"" + arrays_.front().first + "\""));
  }
  for (NamedArray& known : arrays_) {
    if (known.first != name) continue;
    known.second = std::move(array);
    return;
  }
  arrays_.emplace_back(std::move(name), std::move(array));
}

const Array* SplitData::find(std::string_view name) const {
  for (const auto& [known, array] : arrays_) {
    if (known == name) return &array;
  }
  return nullptr;
}

const Array& SplitData::array(std::string_view name) const {
  if (const Array* found = find(name)) return *found;
  std::vector<std::string> names;
  names.reserve(arrays_.size());
  for (const auto& [known, array] : arrays_) names.push_back(known);
  throw DataError(unknown_name("column", name, names));
}

bool Dataset::has(Split which) const {
  return part_named(*this, which).count() > 0;
}

const SplitData& Dataset::split(Split which) const {
  if (!has(which)) {
    throw DataError("data set " + name + " has no " + std::string(name_of(which)) + " split" +
                    (which == Split::kValidation ? "; `validation` takes rows from the end of train for it" : ""));
  }
  return part_named(*this, which);
}

Array Dataset::values(Split which) const {
  Array result = split(which).array("x").cast(DType::kF32);
  for (float& value : result.values<float>()) value /= value_scale;
  return result;
}

Array Dataset::original(Split which) const {
  return encoding.dim == 0 ? values(which).cast(DType::kF64) : encoding.decode(values(which));
}

std::vector<std::string> TableLayout::x_names() const {
  std::vector<std::string> result;
  if (names.empty()) return result;
  for (const int64_t place : x) result.push_back(names[static_cast<size_t>(place)]);
  return result;
}

TableLayout TableLayout::of_context(int64_t dim) const {
  TableLayout only{.count = count, .names = names, .x = context};
  if (!context.empty()) return only;
  only = {.count = dim};  // it stood in an array of its own
  for (int64_t column = 0; column < dim; ++column) only.x.push_back(column);
  return only;
}

std::string TableLayout::x_words(size_t column) const {
  if (column >= x.size()) return "column " + std::to_string(column + 1);
  const auto place = static_cast<size_t>(x[column]);
  return "column " + std::to_string(place + 1) + (names.empty() ? "" : " (" + shown(names[place]) + ")");
}

}  // namespace elbo::data
