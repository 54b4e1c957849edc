// A small model to train in tests, and data for it.
#pragma once

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/mlp.h"
#include "elbo/train/optimizer.h"
#include "elbo/train/trainer.h"

namespace elbo::train {

inline constexpr int64_t kRows = 50, kBatch = 8, kDim = 6;  // 6 batches an epoch

inline data::SplitData rows() {
  Array array(DType::kF32, {kRows, kDim});
  auto values = array.values<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i * i % 97));
  return {{"x", std::move(array)}};
}

// A denoising autoencoder: draws of its own in every step, Adam's moments, two metrics.
struct Model {
  nn::Parameters parameters{{.seed = 5}};
  Graph graph;
  Model() {
    const nn::Mlp net{parameters / "net", {.layers = {kDim, 16, kDim}, .activation = "tanh"}};
    const Tensor x = graph.input("x", {kBatch, kDim});
    const Tensor error = square(net(x + 0.3 * random_normal(graph, {kBatch, kDim})) - x);
    const Tensor loss = mean(sum(error, {.axes = {-1}}));
    graph.update(Adam{{.learning_rate = 0.01}}.apply(nn::gradients(loss, parameters)));
    graph.output("loss", loss);
    graph.output("worst", reduce_max(error));
  }
};

// The same with an optimizer that says "key=value" of Adam's settings.
struct ModelBy {
  nn::Parameters parameters{{.seed = 5}};
  Graph graph{GraphMode::kTraining};
  explicit ModelBy(const std::vector<std::string>& settings) {
    const nn::Mlp net{parameters / "net", {.layers = {kDim, 16, kDim}, .activation = "tanh"}};
    const Tensor x = graph.input("x", {kBatch, kDim});
    const Tensor loss = mean(sum(square(net(x + 0.3 * random_normal(graph, {kBatch, kDim})) - x), {.axes = {-1}}));
    graph.output("loss", loss);
    graph.update(apply_optimizer(Settings::of(view_of(optimizers().find("adam")), settings), {.steps = 48},
                                 nn::gradients(loss, parameters)));
  }
};

template <typename AnyModel>
std::vector<Array> values_of(const AnyModel& model) {
  std::vector<Array> values;
  for (const VariablePtr& variable : model.graph.variables()) values.push_back(variable->value);
  return values;
}

inline void expect_same_bits(const std::vector<Array>& a, const std::vector<Array>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(std::memcmp(a[i].data(), b[i].data(), a[i].bytes()), 0) << "variable " << i;
  }
}

// Best at the second evaluation, worse from then on.
inline Metrics second_is_best(int64_t epoch) {
  return {{"loss", epoch == 2 ? 1.0 : 2.0 + static_cast<double>(epoch)}};
}

}  // namespace elbo::train
