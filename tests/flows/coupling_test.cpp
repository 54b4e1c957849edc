#include "elbo/flows/coupling.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/chain.h"
#include "elbo/flows/nice.h"
#include "elbo/flows/registry.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/message.h"
#include "tests/support/random.h"

namespace elbo::flows {
namespace {

using namespace testing_support;

using prob::AnyTransform;

// dy[i]/dz[j] of one row.
std::vector<std::vector<double>> jacobian(const AnyTransform& flow, int64_t dim) {
  Graph graph;
  const Tensor z = graph.constant(normal_array("z", {1, dim}, 1));
  const Tensor y = flow.forward(z).y;
  Tensors rows;
  for (int64_t i = 0; i < dim; ++i) {
    rows.push_back(gradients(sum(slice(y, {.axis = 1, .start = i, .stop = i + 1})), {z})[0]);
  }
  Interpreter check(graph);
  check.run({});
  std::vector<std::vector<double>> result;
  for (const Tensor row : rows) result.push_back(values_of(check.value(row)));
  return result;
}

TEST(Coupling, NamesItsParameters) {
  const nn::Parameters parameters;
  make_flow("real-nvp", {.scope = parameters / "flow", .dim = 5, .context_dim = 3}, {"layers=2", "network.hidden=[7]"});
  // The first half of five are two columns.
  EXPECT_EQ(parameters.find("flow.0.0.weight")->value.shape(), (Shape{7, 2 + 3}));
  EXPECT_EQ(parameters.find("flow.0.1.weight")->value.shape(), (Shape{2 * 3, 7}));
  EXPECT_EQ(parameters.find("flow.1.0.weight")->value.shape(), (Shape{7, 3 + 3}));
  EXPECT_EQ(parameters.find("flow.1.1.bias")->value.shape(), (Shape{2 * 2}));
  make_flow("nsf-coupling", {.scope = parameters / "free", .dim = 1}, {"bins=4"});
  EXPECT_EQ(parameters.find("free.0.bias")->value.shape(), Shape{3 * 4 - 1});
}

// The columns of a half that stays do not move, and those of the other see only them and themselves.
TEST(Coupling, HalvesAndAlternatingColumnsStayInTurn) {
  constexpr int64_t kDim = 5;
  for (const std::string mask : {"halves", "alternating"}) {
    const nn::Parameters parameters;
    const AnyTransform flow = make_flow("real-nvp", {.scope = parameters / "flow", .dim = kDim},
                                        {"layers=1", "network.hidden=[8]", "network.activation=tanh", "mask=" + mask});
    disturb(parameters.all(), 0.5);
    const auto j = jacobian(flow, kDim);
    for (size_t row = 0; row < kDim; ++row) {
      for (size_t col = 0; col < kDim; ++col) {
        // Two of five columns stay: the first two, or the first two even ones.
        const auto stays = [&](size_t c) { return mask == "halves" ? c < 2 : c == 0 || c == 2; };
        const double value = j[row][col];
        if (stays(row) || !(stays(col) || row == col)) {
          EXPECT_EQ(value, row == col ? 1 : 0) << mask << " " << row << " " << col;
        } else {
          EXPECT_NE(value, 0) << mask << " " << row << " " << col;
        }
      }
    }
  }
}

TEST(Coupling, EveryColumnSeesEveryOtherAfterThreeLayers) {
  constexpr int64_t kDim = 6;
  for (const std::string permutation : {"reverse", "linear"}) {
    const nn::Parameters parameters;
    const AnyTransform flow =
        make_flow("nice", {.scope = parameters / "flow", .dim = kDim},
                  {"layers=3", "network.hidden=[8]", "network.activation=tanh", "permutation=" + permutation});
    disturb(parameters.all(), 0.5);
    for (const auto& row : jacobian(flow, kDim)) {
      for (const double value : row) EXPECT_NE(value, 0) << permutation;
    }
  }
}

// Every way to stack keeps the promises of a transform; every_transform_test.cpp holds the ones by default.
TEST(Coupling, EveryStackIsInvertedAndCompiles) {
  constexpr int64_t kDim = 5, kRows = 24;
  for (const std::string permutation : {"reverse", "random", "linear"}) {
    for (const std::string normalization : {"none", "actnorm", "batch-norm"}) {
      for (const std::string mask : {"halves", "alternating"}) {
        const std::string label = permutation + " " + normalization + " " + mask;
        const nn::Parameters parameters;
        const AnyTransform flow =
            make_flow("nsf-coupling", {.scope = parameters / "flow", .dim = kDim},
                      {"layers=3", "network.hidden=[8]", "mask=" + mask, "permutation=" + permutation,
                       "normalization=" + normalization, "bins=4", "bound=2"});
        disturb(parameters.all(), 0.1);
        Graph graph;
        const auto [y, det] = flow.forward(graph.constant(normal_array("z", {kRows, kDim}, 1.5)));
        const auto [z, back_det] = flow.inverse(y);
        graph.output("y", y);
        graph.output("z", z);
        const Tensor loss = sum(square(z)) - sum(back_det);
        graph.output("loss", loss);
        for (const auto& row : nn::gradients(loss, parameters)) graph.output(row.variable->name, row.gradient);
        Interpreter check(graph);
        const auto expected = check.run({});
        const std::vector<double> base =
            values_of(normal_array("z", {kRows, kDim}, 1.5).cast(DType::kF32).cast(DType::kF64));
        EXPECT_THAT(values_of(check.value(z)), testing::Pointwise(testing::DoubleNear(1e-9), base)) << label;
        for (size_t n = 0; n < kRows; ++n) {
          EXPECT_NEAR(values_of(check.value(det))[n] + values_of(check.value(back_det))[n], 0, 1e-8) << label;
        }
        for (const auto& [name, values] : compile(graph, {.verify = true}).run({}, {})) {
          double scale = 1;
          const auto wanted = expected.at(name).values<double>();
          for (const double value : wanted) scale = std::max(scale, std::abs(value));
          for (size_t i = 0; i < wanted.size(); ++i) {
            EXPECT_NEAR(values.values<float>()[i], wanted[i], 1e-3 * scale) << label << " " << name;
          }
        }
      }
    }
  }
}

TEST(Coupling, StartsNearTheIdentity) {
  for (const char* family : {"nice", "real-nvp", "nsf-coupling"}) {
    const nn::Parameters parameters{{.seed = 5}};
    const AnyTransform flow = make_flow(family, {.scope = parameters / "flow", .dim = 6}, {"layers=4"});
    Graph graph;
    const Tensor z = random_normal(graph, {50, 6});
    const Tensor moved = sqrt(mean(square(flow.forward(z).y - z)));
    Interpreter check(graph);
    check.run({}, {.seed = 1});
    EXPECT_LT(values_of(check.value(moved))[0], 0.1) << family;
    EXPECT_GT(values_of(check.value(moved))[0], 1e-6) << family;
  }
}

TEST(Coupling, LogScalesStayWithinTheirBound) {
  const nn::Parameters parameters;
  const AnyTransform flow =
      make_flow("real-nvp", {.scope = parameters / "flow", .dim = 4}, {"layers=1", "log_scale_bound=1.5"});
  disturb(parameters.all(), 100);
  Graph graph;
  const Tensor det = flow.forward(graph.constant(normal_array("z", {20, 4}, 1e3))).log_abs_det;
  Interpreter check(graph);
  check.run({});
  for (const double value : values_of(check.value(det))) EXPECT_LE(std::abs(value), 2 * 1.5 + 1e-12);
}

TEST(Coupling, SaturatedNetworksStayFinite) {
  for (const char* family : {"nice", "real-nvp", "nsf-coupling"}) {
    for (const int64_t context_dim : {0, 3}) {
      const nn::Parameters parameters;
      const AnyTransform flow =
          make_flow(family, {.scope = parameters / "flow", .dim = 4, .context_dim = context_dim}, {"layers=2"});
      disturb(parameters.all(), 30);
      Graph graph;
      const Tensor rows = graph.constant(normal_array("rows", {20, 4}, 100));
      const Tensor context = context_dim > 0 ? graph.constant(normal_array("context", {5, context_dim}, 10)) : Tensor{};
      Tensors finite;
      for (const auto& [y, det] : {flow.forward(rows, context), flow.inverse(rows, context)}) {
        finite.insert(finite.end(), {y, det});
        for (const auto& row : nn::gradients(sum(y) + sum(det), parameters)) finite.push_back(row.gradient);
      }
      for (const Precision precision : {Precision::kF32, Precision::kF64}) {
        Interpreter check(graph, {.precision = precision});
        check.run({});
        for (const Tensor tensor : finite) {
          for (const double value : values_of(check.value(tensor))) EXPECT_TRUE(std::isfinite(value)) << family;
        }
      }
    }
  }
}

TEST(Coupling, ExplainsWrongOptions) {
  const nn::Parameters parameters;
  const auto message = [&](const std::string& assignment) {
    return message_of<ConfigError>(
        [&] { make_flow("real-nvp", {.scope = parameters / "flow", .dim = 2}, {assignment}); });
  };
  EXPECT_THAT(message("mask=halfs"), testing::HasSubstr("did you mean halves?"));
  EXPECT_THAT(message("permutation=shuffle"), testing::HasSubstr("must be one of reverse, random, linear"));
  EXPECT_THAT(message("normalization=batchnorm"), testing::HasSubstr("did you mean batch-norm?"));
  EXPECT_THAT(message("log_scale_bound=0"), testing::HasSubstr("must be above 0"));
  EXPECT_THROW(make_flow("nsf-coupling", {.scope = parameters / "s", .dim = 2}, {"bins=0"}), ConfigError);
  EXPECT_THROW(make_flow("nice", {.scope = parameters / "n", .dim = 2}, {"network.hidden=[0]"}), ConfigError);
  const FlowSite site{.scope = parameters / "flow", .dim = 2};
  EXPECT_THROW(coupling_stack("nice", additive_map(), site, {.permutation = "shuffle"}), ConfigError);
}

}  // namespace
}  // namespace elbo::flows
