// Distributions of every family, with parameters made up from what the family says it takes.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "elbo/prob/family.h"
#include "tests/prob/testing.h"

namespace elbo::testing_support {

// Numbers that f32 holds exactly, so that formulas in f64 see the same ones.
inline double some_number(std::mt19937& random, double low, double high) {
  return low + std::floor(64 * (high - low) * static_cast<double>(random()) / 0x1p32) / 64;
}

inline double some_number(std::mt19937& random, prob::Role role) {
  switch (role) {
    case prob::Role::kLocation:
      return some_number(random, -1.5, 1.5);
    case prob::Role::kScale:
      return some_number(random, 0.5, 1.5);
    case prob::Role::kLogits:
      return some_number(random, -2, 2);
    case prob::Role::kFree:
      break;
  }
  return some_number(random, -1, 1);
}

struct Generated {
  Settings settings;
  int64_t dim = 1;
  int64_t rows = 1;
  std::vector<prob::ParameterSpec> specs;
  std::map<std::string, Array> values;  // [rows, shape...]

  const prob::DistributionFamily& family() const { return settings.row<prob::DistributionFamily>(); }

  prob::Distribution constant(Graph& graph) const {
    prob::ParameterTensors tensors;
    for (const prob::ParameterSpec& spec : specs) {
      tensors.set(spec.name, graph.constant(values.at(std::string(spec.name))));
    }
    return family().make(dim, settings, tensors);
  }

  // With parameters that are inputs of the graph: for gradients.
  struct Inputs {
    prob::Distribution distribution;
    Tensors parameters;
  };
  Inputs by_inputs(Graph& graph) const {
    prob::ParameterTensors tensors;
    Tensors inputs;
    for (const prob::ParameterSpec& spec : specs) {
      const std::string name(spec.name);
      inputs.push_back(graph.input(name, values.at(name).shape()));
      tensors.set(name, inputs.back());
    }
    return {family().make(dim, settings, tensors), inputs};
  }

  // Near this one: with parameters that are all nearer 0, so that this one covers it.
  Generated narrower() const {
    Generated other = *this;
    for (auto& [name, array] : other.values) {
      for (double& value : array.values<double>()) value *= 0.75;
    }
    return other;
  }

  // The numbers of one row's parameters.
  std::map<std::string, std::vector<double>> row(int64_t index) const {
    std::map<std::string, std::vector<double>> all;
    for (const prob::ParameterSpec& spec : specs) {
      const std::vector<double> whole = values_of(values.at(std::string(spec.name)));
      const auto first = whole.begin() + index * prob::count_of(spec);
      all[std::string(spec.name)] = {first, first + prob::count_of(spec)};
    }
    return all;
  }
};

// A family's settings where the default would make large tables of levels.
constexpr int64_t kFewLevels = 9;
inline std::vector<std::string> few_levels(const prob::DistributionFamily& family) {
  if (family.values != Values::kLevels) return {};
  return {"levels=" + std::to_string(kFewLevels)};
}

inline Generated generated(const prob::DistributionFamily& family, int64_t dim, int64_t rows) {
  Generated g{.settings = Settings::of(view_of(family), few_levels(family)), .dim = dim, .rows = rows};
  g.specs = family.parameters(dim, g.settings);
  std::mt19937 random(7);
  for (const prob::ParameterSpec& spec : g.specs) {
    std::vector<int64_t> extents{rows};
    extents.insert(extents.end(), spec.shape.begin(), spec.shape.end());
    Array values(DType::kF64, Shape(extents));
    for (double& value : values.values<double>()) value = some_number(random, spec.role);
    g.values.emplace(spec.name, std::move(values));
  }
  return g;
}

inline std::string test_name(std::string_view family) {
  std::string name;
  bool capital = true;
  for (const char letter : family) {
    if (letter != '-') name += capital ? static_cast<char>(std::toupper(letter)) : letter;
    capital = letter == '-';
  }
  return name;
}

}  // namespace elbo::testing_support
