#include "elbo/models/base.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "elbo/engine/ops.h"
#include "elbo/nn/registry.h"
#include "elbo/prob/full_normal.h"
#include "elbo/prob/learned_distribution.h"
#include "elbo/prob/mixture_of_gaussians.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/student_t.h"
#include "elbo/prob/uniform_box.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

// First locations of a mixture's components, in every dimension: near the standard normal, but not the same.
constexpr double kSpread = 0.5;

// A variable as the parameter of one row: [...] -> [1, ...].
Tensor row_of(Graph& graph, const VariablePtr& variable) {
  std::vector<int64_t> extents{1};
  const Shape& shape = variable->value.shape();
  for (int axis = 0; axis < shape.rank(); ++axis) extents.push_back(shape[axis]);
  return reshape(graph.variable(variable), Shape(extents));
}

constexpr BaseRow kStandardNormal{
    .name = "standard-normal",
    .description = "independent, mean 0 and variance 1",
    .paper = "Kingma & Welling 2014",
    .build = [](const nn::Parameters& /*scope*/, int64_t dim, const BaseOptions& /*options*/) -> prob::Distribution {
      return prob::StandardNormal{dim};
    }};

constexpr BaseRow kNormal{
    .name = "normal",
    .description = "independent dimensions, means and variances learned",
    .paper = "",
    .build = [](const nn::Parameters& scope, int64_t dim, const BaseOptions& /*options*/) -> prob::Distribution {
      return prob::LearnedDistribution{
          .dim = dim,
          .label = "normal",
          .build = [loc = scope.get("loc", {.shape = {dim}}),
                    log_scale = scope.get("log_scale", {.shape = {dim}})](Graph& graph) -> prob::Distribution {
            return prob::Normal{.loc = row_of(graph, loc), .log_scale = row_of(graph, log_scale)};
          }};
    }};

constexpr BaseRow kFullNormal{
    .name = "full-normal",
    .description = "any covariance, by its Cholesky factor; mean and factor learned",
    .paper = "",
    .build = [](const nn::Parameters& scope, int64_t dim, const BaseOptions& /*options*/) -> prob::Distribution {
      return prob::LearnedDistribution{
          .dim = dim,
          .label = "full-normal",
          .build = [loc = scope.get("loc", {.shape = {dim}}),
                    log_diagonal = scope.get("log_diagonal", {.shape = {dim}}),
                    lower = scope.get("lower", {.shape = {dim, dim}})](Graph& graph) -> prob::Distribution {
            return prob::FullNormal{
                .loc = row_of(graph, loc), .log_diagonal = row_of(graph, log_diagonal), .lower = row_of(graph, lower)};
          }};
    }};

constexpr BaseRow kMixture{
    .name = "mixture-of-gaussians",
    .description = "normal components of independent dimensions; weights, means and variances learned",
    .paper = "Dilokthanakul et al. 2016",
    .build = [](const nn::Parameters& scope, int64_t dim, const BaseOptions& options) -> prob::Distribution {
      const int64_t count = options.components;
      if (count < 1) {
        throw ConfigError("mixture-of-gaussians: components = " + std::to_string(count) + ", must be at least 1");
      }
      return prob::LearnedDistribution{
          .dim = dim,
          .label = "mixture-of-gaussians",
          .build = [logits = scope.get("logits", {.shape = {count}}),
                    loc = scope.get("loc", {.shape = {count, dim}, .init = nn::init::normal(kSpread)}),
                    log_scale = scope.get("log_scale", {.shape = {count, dim}})](Graph& graph) -> prob::Distribution {
            return prob::MixtureOfGaussians{
                .logits = row_of(graph, logits), .loc = row_of(graph, loc), .log_scale = row_of(graph, log_scale)};
          }};
    }};

constexpr BaseRow kStandardStudentT{
    .name = "standard-student-t",
    .description = "Student's t, independent dimensions, location 0 and scale 1: heavy tails",
    .paper = "",
    .build = [](const nn::Parameters& /*scope*/, int64_t dim, const BaseOptions& options) -> prob::Distribution {
      return prob::StandardStudentT{.dim = dim, .degrees = options.degrees};
    }};

constexpr BaseRow kStudentT{
    .name = "student-t",
    .description = "Student's t, independent dimensions, locations and scales learned: heavy tails",
    .paper = "Jaini et al. 2020",
    .build = [](const nn::Parameters& scope, int64_t dim, const BaseOptions& options) -> prob::Distribution {
      return prob::LearnedDistribution{
          .dim = dim,
          .label = "student-t",
          .build = [loc = scope.get("loc", {.shape = {dim}}), log_scale = scope.get("log_scale", {.shape = {dim}}),
                    degrees = options.degrees](Graph& graph) -> prob::Distribution {
            return prob::StudentT{.loc = row_of(graph, loc), .log_scale = row_of(graph, log_scale), .degrees = degrees};
          }};
    }};

constexpr BaseRow kUniformBox{
    .name = "uniform-box",
    .description = "the same density everywhere in a box around 0 and none outside, for splines and data within it",
    .paper = "",
    .covers_all = false,
    .build = [](const nn::Parameters& /*scope*/, int64_t dim, const BaseOptions& options) -> prob::Distribution {
      const auto count = static_cast<size_t>(dim);
      return prob::UniformBox{.low = std::vector<double>(count, -options.half_width),
                              .high = std::vector<double>(count, options.half_width)};
    }};

constexpr std::array kBases{&kStandardNormal,   &kNormal,   &kFullNormal, &kMixture,
                            &kStandardStudentT, &kStudentT, &kUniformBox};

}  // namespace

std::span<const BaseRow* const> bases() {
  return kBases;
}

const BaseRow& base(std::string_view name) {
  return nn::find_row("base", name, bases());
}

}  // namespace elbo::models
