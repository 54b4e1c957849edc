// Columns that carry no density: constant ones, and copies of others.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "elbo/data/array_visit_internal.h"
#include "elbo/data/columns_internal.h"
#include "elbo/data/random.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

constexpr size_t kNamed = 6;  // of a longer list

std::string list_of(const Dataset& dataset, const std::vector<size_t>& columns) {
  std::string text;
  for (size_t i = 0; i < std::min(columns.size(), kNamed); ++i) {
    text += (i == 0 ? "" : ", ") + dataset.layout.x_words(columns[i]);
  }
  if (columns.size() > kNamed) text += " and " + std::to_string(columns.size() - kNamed) + " more";
  return text;
}

std::vector<size_t> constant_columns(const Array& x) {
  const auto width = static_cast<size_t>(x.shape()[1]);
  std::vector<bool> varies(width, false);
  size_t left = width;
  visit_values(x, [&](const auto values) {
    for (size_t i = width; i < values.size() && left > 0; ++i) {
      if (varies[i % width] || values[i] == values[i % width]) continue;
      varies[i % width] = true;
      --left;
    }
  });
  std::vector<size_t> constant;
  for (size_t column = 0; column < width; ++column) {
    if (!varies[column]) constant.push_back(column);
  }
  return constant;
}

// Two columns are copies when they have the same inner product with fixed random vectors, after standardization; three
// such vectors mistake no two others for copies.
constexpr size_t kProbes = 3;

struct Print {
  std::array<double, kProbes> products{};
  size_t column = 0;
};

// The first and a copy of it.
std::vector<std::pair<size_t, size_t>> copies(const Array& x) {
  const auto width = static_cast<size_t>(x.shape()[1]);
  const auto values = x.values<float>();
  std::vector<Print> prints(width);
  std::vector<double> sums(width, 0), squares(width, 0);
  std::array<double, kProbes> total{};
  const int64_t rows = x.shape()[0];
  for (int64_t row = 0; row < rows; ++row) {
    RowRandom random({.seed = 0, .purpose = Purpose::kSplit, .stream = 1}, row);
    std::array<double, kProbes> weights{};
    for (size_t p = 0; p < kProbes; ++p) total[p] += weights[p] = random.uniform() - 0.5;
    for (size_t column = 0; column < width; ++column) {
      const auto value = static_cast<double>(values[static_cast<size_t>(row) * width + column]);
      sums[column] += value;
      squares[column] += value * value;
      for (size_t p = 0; p < kProbes; ++p) prints[column].products[p] += weights[p] * value;
    }
  }
  const auto count = static_cast<double>(rows);
  std::vector<Print> varying;
  for (size_t column = 0; column < width; ++column) {
    const double mean = sums[column] / count, variance = squares[column] / count - mean * mean;
    if (!(variance > 0)) continue;
    Print print{.column = column};
    for (size_t p = 0; p < kProbes; ++p) {
      print.products[p] = (prints[column].products[p] - mean * total[p]) / std::sqrt(variance * count);
    }
    if (print.products[0] < 0) {  // a copy with the other sign is one too
      for (double& product : print.products) product = -product;
    }
    varying.push_back(print);
  }
  std::sort(varying.begin(), varying.end(),
            [](const Print& a, const Print& b) { return a.products[0] < b.products[0]; });
  std::vector<std::pair<size_t, size_t>> found;
  for (size_t i = 1; i < varying.size(); ++i) {
    const Print &a = varying[i - 1], &b = varying[i];
    bool same = true;
    for (size_t p = 0; p < kProbes; ++p) same = same && std::abs(a.products[p] - b.products[p]) < 1e-5;
    if (same) found.emplace_back(std::min(a.column, b.column), std::max(a.column, b.column));
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

void check_columns(Dataset& dataset, bool must_vary) {
  const Array& x = dataset.train.array("x");
  if (const std::vector<size_t> constant = constant_columns(x); !constant.empty()) {
    const std::string named = dataset.name + ": " + list_of(dataset, constant) +
                              (constant.size() == 1 ? " is" : " are") + " the same in every training row";
    if (must_vary) {
      throw DataError(named + ": a density cannot be fitted to that; data.ignore leaves columns out");
    }
    dataset.warnings.push_back(named + ": nothing bounds their density but the least scale that the model takes");
  }
  if (x.dtype() != DType::kF32 || x.shape()[0] < 3) return;
  for (const auto& [first, copy] : copies(x)) {
    dataset.warnings.push_back(dataset.name + ": " + dataset.layout.x_words(first) + " and " +
                               dataset.layout.x_words(copy) +
                               " are the same but for shift and scale: a density of both can grow without bound; "
                               "data.ignore leaves one out");
  }
}

}  // namespace elbo::data
