// What the columns of a data set hold: found out, and required.
#include <algorithm>
#include <array>
#include <cmath>

#include "elbo/data/dataset.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

constexpr std::array kAllSplits{Split::kTrain, Split::kValidation, Split::kTest};

// What is asked of a column.
struct Asked {
  Values kind = Values::kReals;
  int64_t levels = 0;  // of levels; 0: as many as there are
};

bool is_of(Asked asked, double value) {
  switch (asked.kind) {
    case Values::kBits:
      return value == 0 || value == 1;
    case Values::kUnit:
      return value >= 0 && value <= 1;
    case Values::kLevels:
      if (asked.levels > 0 && value >= static_cast<double>(asked.levels)) return false;
      [[fallthrough]];
    case Values::kCounts:
      return value >= 0 && value == std::floor(value);
    case Values::kPositive:
      return value > 0;
    case Values::kReals:
      return true;
  }
  return false;
}

std::string requirement_of(Asked asked) {
  switch (asked.kind) {
    case Values::kBits:
      return "zeros and ones are required";
    case Values::kUnit:
      return "values from 0 to 1 are required";
    case Values::kLevels:
      if (asked.levels > 0) return "whole numbers from 0 to " + std::to_string(asked.levels - 1) + " are required";
      [[fallthrough]];
    case Values::kCounts:
      return "whole numbers from 0 on are required";
    case Values::kPositive:
      return "values above 0 are required";
    case Values::kReals:
      return "numbers are required";
  }
  return {};
}

// The place of the first value that is not of this kind.
template <typename T>
std::optional<size_t> first_other(const Array& array, float scale, Asked asked) {
  const auto values = array.values<T>();
  const auto other = std::find_if(values.begin(), values.end(),
                                  [&](T value) { return !is_of(asked, static_cast<float>(value) / scale); });
  return other == values.end() ? std::nullopt : std::optional(static_cast<size_t>(other - values.begin()));
}

// Of bytes there are so few that the values need not be looked at, if all of them will do.
template <>
std::optional<size_t> first_other<uint8_t>(const Array& array, float scale, Asked asked) {
  std::array<bool, 256> fits{};
  for (size_t level = 0; level < fits.size(); ++level) fits[level] = is_of(asked, static_cast<float>(level) / scale);
  if (std::all_of(fits.begin(), fits.end(), [](bool fit) { return fit; })) return std::nullopt;
  const auto values = array.values<uint8_t>();
  const auto other = std::find_if(values.begin(), values.end(), [&](uint8_t value) { return !fits[value]; });
  return other == values.end() ? std::nullopt : std::optional(static_cast<size_t>(other - values.begin()));
}

std::optional<size_t> first_other(const Array& array, float scale, Asked asked) {
  switch (array.dtype()) {
    case DType::kU8:
      return first_other<uint8_t>(array, scale, asked);
    case DType::kI32:
      return first_other<int32_t>(array, scale, asked);
    case DType::kF64:
      return first_other<double>(array, scale, asked);
    default:
      return first_other<float>(array, scale, asked);
  }
}

double value_at(const Array& array, size_t i) {
  switch (array.dtype()) {
    case DType::kU8:
      return array.values<uint8_t>()[i];
    case DType::kI32:
      return array.values<int32_t>()[i];
    case DType::kF64:
      return array.values<double>()[i];
    default:
      return static_cast<double>(array.values<float>()[i]);
  }
}

float scale_of_column(const Dataset& dataset, std::string_view column) {
  return column == "x" ? dataset.value_scale : 1;
}

bool is_drawn(const Dataset& dataset, std::string_view column) {
  return column == "x" && dataset.binarization == Binarization::kDynamic;
}

int64_t dim_of(const Array& array) {
  const int64_t rows = array.shape()[0];
  return rows > 0 ? array.elements() / rows : 1;
}

// The highest whole number of a column, over all splits; -1 when one of them is below 0.
int64_t highest(const Dataset& dataset, std::string_view column) {
  int32_t highest = 0;
  for (const Split which : kAllSplits) {
    if (!dataset.has(which) || !dataset.split(which).has(column)) continue;
    for (const int32_t value : dataset.split(which).array(column).values<int32_t>()) {
      if (value < 0) return -1;
      highest = std::max(highest, value);
    }
  }
  return highest;
}

ColumnFacts facts_of(const Dataset& dataset, const std::string& name, const Array& array) {
  ColumnFacts facts{.name = name, .dim = dim_of(array)};
  if (array.dtype() == DType::kI32) {
    if (const int64_t top = highest(dataset, name); top >= 0) {
      facts.values = Values::kLevels;
      facts.levels = top + 1;
    }
    return facts;
  }
  const float scale = scale_of_column(dataset, name);
  if (is_drawn(dataset, name) || !first_other(array, scale, Asked{Values::kBits})) {
    facts.values = Values::kBits;
    facts.levels = 2;
  } else if (!first_other(array, scale, Asked{Values::kUnit})) {
    facts.values = Values::kUnit;
  } else if (name == "x" && dataset.encoding.whole && !first_other(array, scale, Asked{Values::kCounts})) {
    facts.values = Values::kCounts;
  }
  return facts;
}

bool grey_would_do(const Dataset& dataset, const Array& array, Values kind) {
  return kind == Values::kUnit && array.dtype() == DType::kU8 && dataset.value_scale == 1;
}

}  // namespace

std::vector<ColumnFacts> Dataset::columns() const {
  std::vector<ColumnFacts> all;
  all.reserve(any().arrays().size());
  for (const auto& [column, array] : any().arrays()) all.push_back(facts_of(*this, column, array));
  return all;
}

ColumnFacts Dataset::column(std::string_view column) const {
  return facts_of(*this, std::string(column), any().array(column));
}

void require_values(const Dataset& dataset, std::string_view column, Values kind, std::string_view who,
                    int64_t levels) {
  const Asked asked{kind, levels};
  if (is_drawn(dataset, column) && is_within(Values::kBits, kind)) return;
  for (const Split which : kAllSplits) {
    if (!dataset.has(which)) continue;
    const Array& array = dataset.split(which).array(column);
    const float scale = scale_of_column(dataset, column);
    const std::optional<size_t> other = first_other(array, scale, asked);
    if (!other) continue;
    const auto dim = static_cast<size_t>(dim_of(array));
    throw DataError(std::string(who) + ": " + dataset.name + ", " + std::string(name_of(which)) + " row " +
                    std::to_string(dataset.split(which).number_of(static_cast<int64_t>(*other / dim))) +
                    (column == "x" ? ", column " + std::to_string(*other % dim + 1) : ", " + std::string(column)) +
                    " is " + std::to_string(value_at(array, *other) / static_cast<double>(scale)) + "; " +
                    requirement_of(asked) +
                    (grey_would_do(dataset, array, kind) ? "; data.scale = 255 says that these are grey values" : ""));
  }
}

}  // namespace elbo::data
