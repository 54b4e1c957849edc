// What the autoregressive families alone promise: the papers' maps, triangular Jacobians, both directions compiled.
#include "elbo/flows/autoregressive.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/dsf.h"
#include "elbo/flows/iaf.h"
#include "elbo/flows/maf.h"
#include "elbo/flows/nsf_autoregressive.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/message.h"
#include "tests/support/random.h"

namespace elbo::flows {
namespace {

using namespace testing_support;

const std::vector<std::string> kFamilies{"iaf", "iaf-affine", "maf", "nsf-autoregressive", "dsf"};

TEST(Autoregressive, OneLayerHasATriangularJacobian) {
  for (const std::string& name : kFamilies) {
    const nn::Parameters parameters;
    const prob::AnyTransform flow = make_flow(name, {.scope = parameters / "flow", .dim = 5, .context_dim = 2},
                                              {"layers=1", "network.hidden=[16, 16]", "network.activation=tanh"});
    disturb(parameters.all(), 0.3);
    Graph graph;
    const Tensor z = graph.constant(normal_array("z", {3, 5})), context = graph.constant(normal_array("h", {3, 2}));
    for (const bool forward : {true, false}) {
      const Tensor y = (forward ? flow.forward(z, context) : flow.inverse(z, context)).y;
      Tensors rows;
      for (int64_t i = 0; i < 5; ++i) {
        rows.push_back(gradients(sum(slice(y, {.axis = 1, .start = i, .stop = i + 1})), {z})[0]);
      }
      Interpreter check(graph);
      check.run({});
      for (size_t i = 0; i < 5; ++i) {
        const std::vector<double> slopes = values_of(check.value(rows[i]));
        for (size_t e = 0; e < slopes.size(); ++e) {
          if (e % 5 > i) {
            EXPECT_EQ(slopes[e], 0.0) << name << ": column " << i << " sees " << e % 5;
          } else {
            EXPECT_NE(slopes[e], 0.0) << name << ": column " << i << " does not see " << e % 5;
          }
        }
      }
    }
  }
}

TEST(Autoregressive, LayersTakeTurnsWithTheOrder) {
  const nn::Parameters parameters;
  std::vector<std::vector<int64_t>> orders;
  const auto network = [&](const nn::MaskedNetworkSite& site) {
    orders.push_back(site.order);
    return nn::made({.hidden = {4}})(site);
  };
  const Autoregressive flow{parameters / "flow", affine_map(3), {.dim = 3, .layers = 3, .network = network}};
  EXPECT_THAT(orders, testing::ElementsAre(testing::IsEmpty(), testing::ElementsAre(3, 2, 1), testing::IsEmpty()));
  EXPECT_NE(parameters.find("flow.2.1.weight"), nullptr);
}

// Without hidden layers the networks are linear, and the maps of the papers can be written out.
TEST(Autoregressive, TheMapsAreThoseOfThePapers) {
  struct Expected {
    const char* family;
    double y0, y1, log_abs_det;
  };
  const double z0 = 0.5, z1 = -1.25, a = 0.25, b = -0.5, m0 = 0.75, s0 = 1.5, m1 = -0.125, s1 = 0.5;
  const auto sigmoid_of = [](double s) { return 1 / (1 + std::exp(-s)); };
  const auto bounded = [](double s) { return 3 * std::tanh(s / 3); };
  const double gate0 = sigmoid_of(s0), gate1 = sigmoid_of(s1 + b * z0), mean1 = m1 + a * z0;
  const double y0 = m0 + std::exp(bounded(s0)) * z0, from_data = bounded(s1 + b * y0);
  const double scale1 = bounded(s1 + b * z0);
  const std::vector<Expected> table{
      {"iaf", gate0 * z0 + (1 - gate0) * m0, gate1 * z1 + (1 - gate1) * mean1, std::log(gate0) + std::log(gate1)},
      {"iaf-affine", y0, mean1 + std::exp(scale1) * z1, bounded(s0) + scale1},
      {"maf", y0, m1 + a * y0 + std::exp(from_data) * z1, bounded(s0) + from_data}};
  for (const Expected& row : table) {
    const nn::Parameters parameters;
    const prob::AnyTransform flow =
        make_flow(row.family, {.scope = parameters / "flow", .dim = 2}, {"layers=1", "network.hidden=[]"});
    const auto f = [](double value) { return static_cast<float>(value); };
    parameters.find("flow.0.0.weight")->value = Array::of<float>({4, 2}, {9, 9, f(a), 9, 9, 9, f(b), 9});
    parameters.find("flow.0.0.bias")->value = Array::of<float>({4}, {f(m0), f(m1), f(s0), f(s1)});
    Graph graph;
    const auto [y, log_abs_det] = flow.forward(graph.constant(Array::of<float>({1, 2}, {f(z0), f(z1)})));
    Interpreter check(graph);
    check.run({});
    EXPECT_THAT(values_of(check.value(y)), testing::Pointwise(testing::DoubleNear(1e-12), {row.y0, row.y1}))
        << row.family;
    EXPECT_NEAR(values_of(check.value(log_abs_det))[0], row.log_abs_det, 1e-12) << row.family;
  }
}

TEST(Autoregressive, StartsNearASimpleMap) {
  for (const std::string name : {"iaf-affine", "maf", "nsf-autoregressive"}) {
    const nn::Parameters parameters{{.seed = 6}};
    const prob::AnyTransform flow =
        make_flow(name, {.scope = parameters / "flow", .dim = 12, .context_dim = 3}, {"layers=5"});
    Graph graph;
    const Tensor z = random_normal(graph, {50, 12});
    const auto [y, log_abs_det] = flow.forward(z, random_normal(graph, {50, 3}));
    const Tensor moved = sqrt(mean(square(y - z)));
    Interpreter check(graph);
    check.run({}, {.seed = 1});
    EXPECT_LT(values_of(check.value(moved))[0], 0.1) << name;
    EXPECT_GT(values_of(check.value(moved))[0], 1e-5) << name;
  }
}

TEST(Autoregressive, CompiledRoundTripHoldsForSixteenLayers) {
  for (const std::string name : {"iaf", "iaf-affine", "maf", "nsf-autoregressive"}) {
    const nn::Parameters parameters{{.seed = 2}};
    const prob::AnyTransform flow = make_flow(name, {.scope = parameters / "flow", .dim = 7, .context_dim = 3},
                                              {"layers=16", "network.hidden=[32, 32]"});
    disturb(parameters.all(), 0.1);
    Graph graph;
    const Tensor z = graph.input("z", {40, 7}), context = graph.input("context", {20, 3});
    const auto [y, forward_det] = flow.forward(z, context);
    const auto [back, inverse_det] = flow.inverse(y, context);
    graph.output("error", reduce_max(abs(back - z)));
    graph.output("log_abs_det", reduce_max(abs(forward_det + inverse_det)));
    const auto result = compile(graph, {.verify = true})
                            .run({{"z", normal_array("z", {40, 7}).cast(DType::kF32)},
                                  {"context", normal_array("h", {20, 3}).cast(DType::kF32)}},
                                 {});
    EXPECT_LT(result.at("error").values<float>()[0], 1e-4) << name;
    EXPECT_LT(result.at("log_abs_det").values<float>()[0], 1e-3) << name;
  }
}

// A step of maximum likelihood, and of reverse KL, as they are trained: loss and gradients, fused in f32.
TEST(Autoregressive, CompiledTrainingAgreesWithTheInterpreter) {
  for (const std::string& name : kFamilies) {
    for (const bool density : {true, false}) {
      if (!density && name == "dsf") continue;  // 5 columns of root solves: the one above covers its arithmetic
      const nn::Parameters parameters{{.seed = 2}};
      const prob::AnyTransform flow = make_flow(name, {.scope = parameters / "flow", .dim = 5, .context_dim = 4},
                                                {"layers=3", "network.hidden=[24, 24]"});
      disturb(parameters.all(), 0.05);
      Graph graph;
      const Tensor x = graph.input("x", {30, 5}), context = graph.input("context", {10, 4});
      const auto [z, log_abs_det] = density ? flow.inverse(x, context) : flow.forward(x, context);
      const Tensor loss = mean(0.5 * sum(square(z), {.axes = {1}}) - log_abs_det);
      graph.output("loss", loss);
      for (const auto& [variable, gradient] : nn::gradients(loss, parameters)) graph.output(variable->name, gradient);
      const std::map<std::string, Array> inputs{{"x", normal_array("x", {30, 5}).cast(DType::kF32)},
                                                {"context", normal_array("h", {10, 4}).cast(DType::kF32)}};
      const auto expected = Interpreter(graph).run(inputs);
      const auto computed = compile(graph, {.verify = true}).run(inputs, {});
      for (const auto& [output, values] : expected) {
        double scale = 1;
        for (const double value : values.values<double>()) scale = std::max(scale, std::abs(value));
        EXPECT_LT(largest_difference(computed.at(output).cast(DType::kF64), values), 1e-4 * scale)
            << name << " " << output;
      }
    }
  }
}

// Gates shut and open, scales at their bounds, splines and sigmoids with extreme numbers: finite, or infinite nowhere.
TEST(Autoregressive, SaturatedParametersStayFinite) {
  for (const std::string& name : kFamilies) {
    for (const double size : {1e2, 1e4}) {
      const nn::Parameters parameters{{.seed = 2}};
      const prob::AnyTransform flow =
          make_flow(name, {.scope = parameters / "flow", .dim = 3}, {"layers=2", "network.hidden=[8]"});
      disturb(parameters.all(), 0.1);
      for (int64_t k = 0; k < 2; ++k) {
        const VariablePtr bias = parameters.find("flow." + std::to_string(k) + ".1.bias");
        const Array extreme = normal_array(bias->name, bias->value.shape(), size);
        auto values = bias->value.values<float>();
        for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(extreme.values<double>()[i]);
      }
      Graph graph;
      const Tensor rows = graph.constant(normal_array("rows", {6, 3}));
      const auto forward = flow.forward(rows), inverse = flow.inverse(rows);
      const bool by_base = flow.fast_direction() == prob::FastDirection::kForward;
      const auto& fast = by_base ? forward : inverse;
      const auto by_parameter = nn::gradients(sum(fast.y) + sum(fast.log_abs_det), parameters);
      for (const Precision precision : {Precision::kF32, Precision::kF64}) {
        Interpreter check(graph, {.precision = precision});
        check.run({});
        for (const Tensor tensor : {forward.y, forward.log_abs_det, inverse.y, inverse.log_abs_det}) {
          for (const double value : values_of(check.value(tensor))) EXPECT_TRUE(std::isfinite(value)) << name << size;
        }
        for (const auto& [variable, gradient] : by_parameter) {
          for (const double value : values_of(check.value(gradient))) {
            EXPECT_TRUE(std::isfinite(value)) << name << " " << size << " " << variable->name;
          }
        }
      }
    }
  }
}

TEST(Autoregressive, AnotherStoreWithTheSameValuesIsTheSameFlow) {
  for (const std::string& name : kFamilies) {
    const nn::Parameters trained{{.seed = 1}}, loaded{{.seed = 2}};
    const std::vector<std::string> settings{"layers=2", "network.hidden=[9, 7]"};
    const prob::AnyTransform one = make_flow(name, {.scope = trained / "flow", .dim = 4, .context_dim = 3}, settings);
    const prob::AnyTransform other = make_flow(name, {.scope = loaded / "flow", .dim = 4, .context_dim = 3}, settings);
    disturb(trained.all(), 0.3);
    for (const VariablePtr& variable : trained.all()) loaded.find(variable->name)->value = variable->value;
    Graph graph;
    const Tensor z = graph.constant(normal_array("z", {6, 4})), context = graph.constant(normal_array("h", {3, 3}));
    const auto [y, det] = one.forward(z, context);
    const auto [again, det_again] = other.forward(z, context);
    Interpreter check(graph);
    check.run({});
    EXPECT_EQ(values_of(check.value(y)), values_of(check.value(again))) << name;
    EXPECT_EQ(values_of(check.value(det)), values_of(check.value(det_again))) << name;
  }
}

TEST(Autoregressive, ErrorsNameTheScope) {
  const nn::Parameters parameters;
  EXPECT_EQ(
      message_of<ConfigError>([&] { Autoregressive(parameters / "flow", affine_map(3), {.dim = 2, .layers = 0}); }),
      "affine at flow: layers = 0, must be at least 1");
  EXPECT_EQ(message_of<ConfigError>([&] {
              Autoregressive(parameters / "flow", affine_map(3), {.dim = 2, .network = nn::made({.hidden = {0}})});
            }),
            "made at flow.0: a hidden width = 0, must be at least 1");
}

}  // namespace
}  // namespace elbo::flows
