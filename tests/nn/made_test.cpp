// Masked layers and MADE: what depends on what, exactly, and the column-by-column direction against the plain one.
#include "elbo/nn/made.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/message.h"
#include "tests/support/random.h"

namespace elbo::nn {
namespace {

using namespace testing_support;

TEST(MaskedLinear, MultipliesTheWeightsByTheMask) {
  const Parameters parameters;
  const MaskedLinear layer{parameters / "layer", {.mask = Array::of<float>({2, 3}, {1, 0, 1, 0, 1, 0})}};
  layer.weight()->value = Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  layer.bias()->value = Array::of<float>({2}, {10, 20});
  EXPECT_EQ(layer.weight()->name, "layer.weight");
  EXPECT_EQ(layer.in(), 3);
  EXPECT_EQ(layer.out(), 2);
  Graph graph;
  const Tensor y = layer(graph.input("x", {2, 3}));
  const Tensor slope = gradients(sum(square(y)), {graph.variable(layer.weight())})[0];
  Interpreter check(graph);
  check.run({{"x", Array::of<float>({2, 3}, {1, 0, 0, 1, 1, 1})}});
  EXPECT_THAT(values_of(check.value(y)), testing::ElementsAre(11, 20, 14, 25));
  EXPECT_THAT(values_of(check.value(slope)), testing::ElementsAre(50, 0, 28, 0, 50, 0));
}

TEST(MaskedLinear, RefusesWhatIsNoMask) {
  const Parameters parameters;
  EXPECT_EQ(message_of([&] {
              MaskedLinear(parameters / "a", {.mask = Array::of<float>({1, 2}, {1, 0.5f})});
            }),
            "masked linear at a: the mask has an element that is neither 0 nor 1");
  EXPECT_EQ(message_of([&] { MaskedLinear(parameters / "a", {}); }),
            "masked linear at a: mask [0, 0]: a f32 matrix [out, in] with at least one element is required");
}

struct Case {
  std::string name;
  MadeOptions options;
};

void PrintTo(const Case& row, std::ostream* stream) {
  *stream << row.name;
}

std::vector<Case> every_case() {
  std::vector<Case> cases;
  for (const int64_t dim : {1, 2, 3, 7, 16}) {
    for (const char* order : {"natural", "reversed", "random"}) {
      for (const int64_t context_dim : {0, 3}) {
        for (const std::vector<int64_t>& hidden : {std::vector<int64_t>{}, {4}, {20, 33}, {9, 5, 17}}) {
          const bool by_output = (static_cast<int64_t>(hidden.size()) + dim) % 2 == 0;
          MadeOptions options{.dim = dim,
                              .hidden = hidden,
                              .outputs = 2,
                              .layout = by_output ? OutputLayout::kByOutput : OutputLayout::kByColumn,
                              .context_dim = context_dim,
                              .order = natural_order(dim),
                              .activation = "tanh"};
          if (order == std::string("reversed")) options.order = reversed_order(dim);
          if (order == std::string("random")) options.order = random_order(dim, 5);
          cases.push_back({std::to_string(dim) + "_" + order + "_" + std::to_string(hidden.size()) + "_hidden" +
                               (context_dim > 0 ? "_context" : ""),
                           options});
        }
      }
    }
  }
  return cases;
}

constexpr int64_t kBatch = 3, kRows = 2 * kBatch;

class EveryMade : public testing::TestWithParam<Case> {
 protected:
  const MadeOptions& options() const { return GetParam().options; }
  Tensor x() { return graph_.constant(normal_array("x", {kRows, options().dim})); }
  Tensor context() {
    if (options().context_dim == 0) return {};
    if (!context_.defined()) context_ = graph_.constant(normal_array("context", {kBatch, options().context_dim}));
    return context_;
  }
  // The place in the order of the column that output `o` belongs to.
  int64_t place_of_output(int64_t o) const {
    const bool by_output = options().layout == OutputLayout::kByOutput;
    return options().order[static_cast<size_t>(by_output ? o % options().dim : o / options().outputs)];
  }
  // Output `k` of every column, [rows, dim].
  Tensor output(Tensor outputs, int64_t k) const {
    const int64_t dim = options().dim;
    if (options().layout == OutputLayout::kByOutput) {
      return slice(outputs, {.axis = 1, .start = k * dim, .stop = (k + 1) * dim});
    }
    return slice(outputs, {.axis = 1, .start = k, .stop = dim * options().outputs, .step = options().outputs});
  }

  Parameters parameters_{{.seed = 3}};
  Graph graph_;
  Tensor context_;
};

TEST_P(EveryMade, OutputsSeeExactlyTheColumnsBefore) {
  const Made made{parameters_ / "made", options()};
  const Tensor in = x();
  const Tensor out = made(in, context());
  ASSERT_EQ(out.shape(), (Shape{kRows, options().dim * options().outputs}));
  Tensors by_x, by_context;
  for (int64_t o = 0; o < out.shape()[1]; ++o) {
    const Tensor one = sum(slice(out, {.axis = 1, .start = o, .stop = o + 1}));
    by_x.push_back(gradients(one, {in})[0]);
    if (context_.defined()) by_context.push_back(gradients(one, {context_})[0]);
  }
  Interpreter check(graph_);
  check.run({});
  // A network with fewer units than columns cannot let every output see every column.
  bool wide = true;
  for (const int64_t width : options().hidden) wide = wide && width >= options().dim;
  for (int64_t o = 0; o < out.shape()[1]; ++o) {
    const Array slope = check.value(by_x[static_cast<size_t>(o)]);
    for (int64_t n = 0; n < kRows; ++n) {
      for (int64_t i = 0; i < options().dim; ++i) {
        const double value = slope.values<double>()[static_cast<size_t>(n * options().dim + i)];
        if (options().order[static_cast<size_t>(i)] >= place_of_output(o)) {
          EXPECT_EQ(value, 0.0) << "output " << o << " sees column " << i;
        } else if (wide) {
          EXPECT_NE(value, 0.0) << "output " << o << " does not see column " << i;
        }
      }
    }
    if (!context_.defined()) continue;
    for (const double value : values_of(check.value(by_context[static_cast<size_t>(o)]))) EXPECT_NE(value, 0.0) << o;
  }
}

// Column after column, x_i = a function of its outputs and noise; against dim calls of the whole network.
TEST_P(EveryMade, SolveIsManyPasses) {
  const Made made{parameters_ / "made", options()};
  const int64_t dim = options().dim;
  const Tensor noise = x();
  const auto map = [](Tensor z, Tensor first, Tensor second) { return first + z * exp(0.3 * second); };
  const Tensor solved = made.solve(graph_, kRows, context(), [&](int64_t column, Tensor outputs) {
    EXPECT_EQ(outputs.shape(), (Shape{kRows, 2}));
    return map(slice(noise, {.axis = 1, .start = column, .stop = column + 1}),
               slice(outputs, {.axis = 1, .start = 0, .stop = 1}), slice(outputs, {.axis = 1, .start = 1, .stop = 2}));
  });
  Tensor plain = graph_.constant(0) * noise;
  for (int64_t pass = 0; pass < dim; ++pass) {
    const Tensor outputs = made(plain, context());
    plain = map(noise, output(outputs, 0), output(outputs, 1));
  }
  Tensors results{solved, plain};
  const Tensor weights = graph_.constant(normal_array("weights", {kRows, dim}));
  std::vector<std::vector<VariableGradient>> by_parameter;
  for (const Tensor result : results) by_parameter.push_back(gradients(sum(weights * result), parameters_));
  Interpreter check(graph_);
  check.run({});
  EXPECT_LT(largest_difference(check.value(solved), check.value(plain)), 1e-12);
  for (size_t i = 0; i < by_parameter[0].size(); ++i) {
    EXPECT_LT(largest_difference(check.value(by_parameter[0][i].gradient), check.value(by_parameter[1][i].gradient)),
              1e-11)
        << by_parameter[0][i].variable->name;
  }
}

TEST_P(EveryMade, MaskedWeightsAloneHaveNoGradient) {
  const Made made{parameters_ / "made", options()};
  const Tensor out = made(x(), context());
  const Tensor weights = graph_.constant(normal_array("weights", out.shape()));
  const auto by_parameter = gradients(sum(weights * square(out + 1)), parameters_);
  Interpreter check(graph_);
  check.run({});
  const auto& degrees = made.degrees();
  // Units that some output sees: narrow layers have others too.
  std::vector<std::vector<bool>> used(degrees.size());
  used.back().assign(degrees.back().size(), true);
  for (size_t l = degrees.size() - 1; l-- > 0;) {
    used[l].assign(degrees[l].size(), false);
    for (size_t i = 0; i < degrees[l].size(); ++i) {
      for (size_t o = 0; o < degrees[l + 1].size(); ++o) {
        used[l][i] = used[l][i] || (used[l + 1][o] && degrees[l][i] <= degrees[l + 1][o]);
      }
    }
  }
  for (const auto& [variable, gradient] : by_parameter) {
    const std::vector<double> values = values_of(check.value(gradient));
    const std::string name = variable->name.substr(5);  // without "made."
    const bool weight = name.find(".weight") != std::string::npos, of_context = name.find("context") == 0;
    const auto layer = static_cast<size_t>(of_context ? 0 : std::stoi(name));
    const size_t in = weight ? values.size() / degrees[layer + 1].size() : 1;
    for (size_t e = 0; e < values.size(); ++e) {
      bool expected = used[layer + 1][e / in];
      if (weight && !of_context) expected = expected && degrees[layer][e % in] <= degrees[layer + 1][e / in];
      EXPECT_EQ(values[e] != 0.0, expected) << name << " " << e;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, EveryMade, testing::ValuesIn(every_case()),
                         [](const auto& row) { return row.param.name; });

TEST(Made, SpreadsDegreesEvenlyAndInOrder) {
  const Parameters parameters;
  const Made free{parameters / "free", {.dim = 4, .hidden = {7}}};
  const Made given{parameters / "given",
                   {.dim = 4, .hidden = {8}, .outputs = 2, .context_dim = 2, .order = {2, 1, 4, 3}}};
  EXPECT_THAT(free.degrees()[0], testing::ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(free.degrees()[1], testing::ElementsAre(1, 1, 1, 2, 2, 3, 3));
  EXPECT_THAT(free.degrees()[2], testing::ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(given.degrees()[1], testing::ElementsAre(0, 0, 1, 1, 2, 2, 3, 3));
  EXPECT_THAT(given.degrees()[2], testing::ElementsAre(1, 0, 3, 2, 1, 0, 3, 2));
}

TEST(Made, NamesItsParameters) {
  const Parameters parameters;
  const Made made{parameters / "made", {.dim = 4, .hidden = {8, 6}, .outputs = 3, .context_dim = 5}};
  EXPECT_EQ(parameters.find("made.0.weight")->value.shape(), (Shape{8, 4}));
  EXPECT_EQ(parameters.find("made.context.weight")->value.shape(), (Shape{8, 5}));
  EXPECT_EQ(parameters.find("made.1.weight")->value.shape(), (Shape{6, 8}));
  EXPECT_EQ(parameters.find("made.2.weight")->value.shape(), (Shape{12, 6}));
  EXPECT_EQ(parameters.find("made.2.bias")->value.shape(), Shape{12});
  EXPECT_EQ(parameters.find("made.context.bias"), nullptr);
}

// Each hidden unit once: all columns together cost less than one pass, since nothing masked is multiplied.
TEST(Made, SolveCostsOnePass) {
  const auto multiplications = [](const Graph& graph) {
    double total = 0;
    for (const Node& node : graph.nodes()) {
      if (node.op != &kMatmul) continue;
      const Shape& a = graph.node(node.inputs[0]).shape;
      total += static_cast<double>(node.shape.elements()) *
               static_cast<double>(node.attributes.integers[0] != 0 ? a[0] : a[1]);
    }
    return total;
  };
  const Parameters parameters;
  const Made made{parameters / "made", {.dim = 21, .hidden = {128, 128}, .outputs = 2}};
  Graph pass, solve;
  made(pass.input("x", {10, 21}));
  made.solve(solve, 10, {},
             [&](int64_t, Tensor outputs) { return slice(outputs, {.axis = 1, .start = 0, .stop = 1}); });
  EXPECT_LT(multiplications(solve), 0.65 * multiplications(pass));
  EXPECT_GT(multiplications(solve), 0.4 * multiplications(pass));
}

TEST(Made, CompiledSolveAgrees) {
  for (const int64_t context_dim : {0, 6}) {
    const Parameters parameters{{.seed = 8}};
    const Made made{
        parameters / "made",
        {.dim = 11, .hidden = {40, 70}, .outputs = 2, .context_dim = context_dim, .order = random_order(11, 1)}};
    Graph graph;
    const Tensor noise = graph.input("noise", {100, 11});
    const Tensor context = context_dim > 0 ? graph.input("context", {50, context_dim}) : Tensor{};
    const Tensor x = made.solve(graph, 100, context, [&](int64_t column, Tensor outputs) {
      return slice(noise, {.axis = 1, .start = column, .stop = column + 1}) *
                 softplus(slice(outputs, {.axis = 1, .start = 0, .stop = 1})) +
             slice(outputs, {.axis = 1, .start = 1, .stop = 2});
    });
    graph.output("x", x);
    for (const auto& [variable, gradient] : gradients(mean(square(x)), parameters)) {
      graph.output(variable->name, gradient);
    }
    std::map<std::string, Array> inputs{{"noise", normal_array("noise", {100, 11}).cast(DType::kF32)}};
    if (context_dim > 0) inputs["context"] = normal_array("context", {50, context_dim}).cast(DType::kF32);
    Interpreter check(graph, {.precision = Precision::kF64});
    const auto expected = check.run(inputs);
    const auto got = compile(graph, {.verify = true}).run(inputs, {});
    for (const auto& [name, array] : expected) {
      EXPECT_LT(largest_difference(got.at(name).cast(DType::kF64), array), 1e-4) << name;
    }
  }
}

TEST(Made, InputsFarAwayCountAsTheLargest) {
  const Parameters parameters;
  const Made made{parameters / "made", {.dim = 2, .hidden = {5}, .largest_input = 10}};
  Graph graph;
  const Tensor far = made(graph.constant(Array::of<float>({1, 2}, {1e30f, 0})));
  const Tensor at_the_edge = made(graph.constant(Array::of<float>({1, 2}, {10, 0})));
  Interpreter check(graph);
  check.run({});
  EXPECT_EQ(values_of(check.value(far)), values_of(check.value(at_the_edge)));
}

TEST(Made, ErrorsSayWhatIsRequired) {
  const Parameters parameters;
  const auto refused = [&](const MadeOptions& options) {
    return message_of([&] { Made(parameters / "made", options); });
  };
  EXPECT_EQ(refused({.dim = 0}), "made at made: dim = 0, must be at least 1");
  EXPECT_EQ(refused({.dim = 2, .hidden = {3, 0}}), "made at made: a hidden width = 0, must be at least 1");
  EXPECT_EQ(refused({.dim = 2, .outputs = 0}), "made at made: outputs = 0, must be at least 1");
  EXPECT_EQ(refused({.dim = 3, .order = {1, 1, 2}}), "made at made: the order must hold each of 1 to 3 once");
  EXPECT_EQ(refused({.dim = 3, .largest_input = 0}), "made at made: largest_input must be above 0");
}

}  // namespace
}  // namespace elbo::nn
