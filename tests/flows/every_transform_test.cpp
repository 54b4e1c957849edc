// What holds for every transform.  A registered family is tested the moment it exists, with and without a context;
// wrappers join by one line in kWrapped.
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/chain.h"
#include "elbo/flows/invert.h"
#include "elbo/flows/place.h"
#include "elbo/flows/registry.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/message.h"
#include "tests/support/random.h"
#include "tests/support/settings_variations.h"

namespace elbo::flows {
namespace {

using namespace testing_support;

using prob::AnyTransform;
using prob::FastDirection;

constexpr int64_t kBatch = 3, kSamples = 2, kRows = kBatch * kSamples;

struct Extents {
  int64_t dim = 1, context_dim = 0, layers = 2;
};

// Small ones, of what the family knows.
Settings settings_for(const FlowFamily& family, const Extents& extents) {
  const std::vector<std::string> small{"layers=" + std::to_string(extents.layers), "network.hidden=[12]",
                                       "network.activation=tanh"};
  return Settings::of(view_of(family), testing_support::known_to(family, small));
}

AnyTransform make_small(const FlowFamily& family, const nn::Parameters& scope, const Extents& e) {
  return family.build({.scope = scope, .dim = e.dim, .context_dim = e.context_dim}, settings_for(family, e));
}

struct Case {
  std::string name;
  std::function<AnyTransform(const nn::Parameters&, const Extents&)> make;
  Extents options;
  bool solved = false;       // one direction is found by a root solve
  bool all_numbers = false;  // every number of every parameter moves the result
  bool free_scales = false;
  Support base_support = Support::kReal;
  Support data_support = Support::kReal;
};

void PrintTo(const Case& row, std::ostream* stream) {
  *stream << row.name;
}

struct Wrapped {
  std::string name;
  AnyTransform (*make)(const nn::Parameters&, const Extents&);
  bool free_scales = false;
};

// A list of families, as a configuration gives it.
AnyTransform chain_of_different(const nn::Parameters& scope, const Extents& e) {
  static const std::vector<Option> options{flow_part({.key = "flow", .value = "maf", .meaning = "of the test"})};
  const std::string layers = "layers=" + std::to_string(e.layers / 2);
  const Settings settings = Settings::of(
      options, {"flow=[\"actnorm\", \"nsf-coupling\", \"lu-linear\", \"maf\", \"reversal\"]", "flow.1." + layers,
                "flow.1.network.hidden=[12]", "flow.1.network.activation=tanh", "flow.3." + layers,
                "flow.3.network.hidden=[12]", "flow.3.network.activation=tanh", "flow.3.inverted=true"});
  return make_flow({.scope = scope, .dim = e.dim, .context_dim = e.context_dim}, settings.parts("flow"));
}

const std::vector<Wrapped> kWrapped{{"chain_of_planar",
                                     [](const nn::Parameters& scope, const Extents& e) -> AnyTransform {
                                       const FlowFamily& planar = flow_families().find("planar");
                                       return chain(make_small(planar, scope / "0", e),
                                                    make_small(planar, scope / "1", e));
                                     }},
                                    {"inverted_planar",
                                     [](const nn::Parameters& scope, const Extents& e) -> AnyTransform {
                                       return Invert{make_small(flow_families().find("planar"), scope, e)};
                                     }},
                                    {"chain_of_different", chain_of_different, true}};

// Families without masks, comparisons or units that may be off: no number of their parameters is idle.
const std::set<std::string> kAllNumbers{"planar", "radial", "sylvester_orthogonal", "sylvester_householder",
                                        "sylvester_triangular"};

// Maps whose scales nothing bounds: what they truly give is soon beyond f32.
const std::set<std::string> kFreeScales{"glow", "lu_linear", "actnorm", "batch_norm", "affine"};

std::vector<Case> every_case() {
  std::vector<Case> cases;
  const auto add = [&](Case row, bool takes_context) {
    const std::string name = row.name;
    for (const int64_t dim : {1, 2, 3, 7, 16}) {
      row.name = name + "_" + std::to_string(dim);
      row.options = {.dim = dim};
      cases.push_back(row);
      if (!takes_context) continue;
      row.name += "_context";
      row.options.context_dim = 4;
      cases.push_back(row);
    }
  };
  for (const FlowFamily* family : flow_families().rows()) {
    std::string name(family->name);
    std::replace(name.begin(), name.end(), '-', '_');
    const auto make = [family](const nn::Parameters& scope, const Extents& e) { return make_small(*family, scope, e); };
    add({.name = name,
         .make = make,
         .solved = family->fast_direction != FastDirection::kBoth,
         .all_numbers = kAllNumbers.contains(name),
         .free_scales = kFreeScales.contains(name),
         .base_support = family->base_support,
         .data_support = family->data_support},
        family->takes_context);
  }
  for (const Wrapped& wrapped : kWrapped) {
    add({.name = wrapped.name, .make = wrapped.make, .solved = true, .free_scales = wrapped.free_scales}, true);
  }
  return cases;
}

class EveryTransform : public testing::TestWithParam<Case> {
 protected:
  AnyTransform make(double disturbance) {
    const AnyTransform transform = GetParam().make(parameters_ / "flow", GetParam().options);
    disturb(parameters_.all(), disturbance);
    return transform;
  }
  int64_t dim() const { return GetParam().options.dim; }
  Tensor context(int64_t rows = kBatch) {
    const int64_t columns = GetParam().options.context_dim;
    if (columns == 0) return {};
    const Tensor rows_of_context = graph_.constant(normal_array("context", {kBatch, columns}, 1));
    return rows == kBatch ? rows_of_context : repeat_rows(rows_of_context, rows / kBatch);
  }
  // Rows from which the transform, or its inverse, may start.
  Tensor base_rows(double scale = 1.5) { return rows(GetParam().base_support, "rows", scale); }
  Tensor data_rows(double scale) { return rows(GetParam().data_support, "rows", scale); }
  Tensor rows(Support support, const std::string& name, double scale) {
    const Tensor real = graph_.constant(normal_array(name, {kRows, dim()}, scale));
    if (support == Support::kReal) return real;
    return support == Support::kUnit ? sigmoid(real) : softplus(real);
  }

  // Rows of the Jacobian by autodiff: dy[n, i] / dx[n, j].
  Tensors jacobian_rows(Tensor y, Tensor x) {
    Tensors result;
    for (int64_t i = 0; i < dim(); ++i) {
      result.push_back(gradients(sum(slice(y, {.axis = 1, .start = i, .stop = i + 1})), {x})[0]);
    }
    return result;
  }
  void expect_log_det_of(const Interpreter& check, const Tensors& jacobian, Tensor log_abs_det) {
    for (int64_t n = 0; n < kRows; ++n) {
      Eigen::MatrixXd matrix(dim(), dim());
      for (int64_t i = 0; i < dim(); ++i) {
        const Array row = check.value(jacobian[static_cast<size_t>(i)]);
        for (int64_t j = 0; j < dim(); ++j) matrix(i, j) = row.values<double>()[static_cast<size_t>(n * dim() + j)];
      }
      const double expected = Eigen::FullPivLU<Eigen::MatrixXd>(matrix).matrixLU().diagonal().array().abs().log().sum();
      EXPECT_NEAR(values_of(check.value(log_abs_det))[static_cast<size_t>(n)], expected, 1e-8) << "row " << n;
    }
  }

  // Both directions with their gradients: compiled, where that takes no time, and interpreted.
  void expect_finite(const AnyTransform& transform, double scale) {
    graph_ = Graph();
    const auto [y, log_abs_det] = transform.forward(base_rows(scale), context());
    const auto [z, inverse_det] = transform.inverse(data_rows(scale), context());
    graph_.output("y", y);
    graph_.output("forward", log_abs_det);
    graph_.output("z", z);
    graph_.output("inverse", inverse_det);
    const auto output_gradients = [&](const std::string& prefix, Tensor of) {
      for (const auto& [variable, gradient] : nn::gradients(of, parameters_)) {
        graph_.output(prefix + variable->name, gradient);
      }
    };
    output_gradients("forward by ", sum(y) + sum(log_abs_det));
    output_gradients("inverse by ", sum(z) + sum(inverse_det));
    const auto expect = [&](const char* how, const std::map<std::string, Array>& outputs) {
      for (const auto& [name, array] : outputs) {
        const std::vector<double> values = values_of(array.cast(DType::kF64));
        EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); }))
            << how << " " << name << " " << scale;
      }
    };
    expect("f64", Interpreter(graph_).run({}));
    expect("f32", Interpreter(graph_, {.precision = Precision::kF32}).run({}));
    if (dim() <= 3) expect("compiled", compile(graph_).run({}, {}));
  }

  nn::Parameters parameters_{{.seed = 9}};
  Graph graph_;
};

TEST_P(EveryTransform, InverseUndoesForward) {
  const AnyTransform transform = make(0.3);
  const Tensor z = base_rows();
  const auto [y, forward_det] = transform.forward(z, context());
  const auto [back, inverse_det] = transform.inverse(y, context());
  EXPECT_EQ(y.shape(), z.shape());
  EXPECT_EQ(forward_det.shape(), Shape{kRows});
  EXPECT_EQ(inverse_det.shape(), Shape{kRows});
  Interpreter check(graph_);
  check.run({});
  EXPECT_LT(largest_difference(check.value(back), check.value(z)), GetParam().solved ? 1e-8 : 1e-9);
  for (size_t n = 0; n < kRows; ++n) {
    EXPECT_NEAR(values_of(check.value(forward_det))[n] + values_of(check.value(inverse_det))[n], 0, 1e-8);
  }
}

TEST_P(EveryTransform, ForwardUndoesInverse) {
  const AnyTransform transform = make(0.3);
  // Rows that lie in the range of the transform, which need not be everything: those of other base rows.
  const Tensor y = transform.forward(rows(GetParam().base_support, "other", 1), context()).y;
  const Tensor again = transform.forward(transform.inverse(y, context()).y, context()).y;
  Interpreter check(graph_);
  check.run({});
  EXPECT_LT(largest_difference(check.value(again), check.value(y)), 1e-8);
}

TEST_P(EveryTransform, LogDeterminantMatchesTheJacobian) {
  const AnyTransform transform = make(0.3);
  const Tensor z = base_rows();
  const auto [y, forward_det] = transform.forward(z, context());
  const auto [back, inverse_det] = transform.inverse(y, context());
  const Tensors forward = jacobian_rows(y, z), inverse = jacobian_rows(back, y);
  Interpreter check(graph_);
  check.run({});
  expect_log_det_of(check, forward, forward_det);
  expect_log_det_of(check, inverse, inverse_det);
}

TEST_P(EveryTransform, EveryParameterReceivesAGradient) {
  const AnyTransform transform = make(0.3);
  const Tensor weights = graph_.constant(normal_array("weights", {kRows, dim()}, 1));
  for (const bool forward : {true, false}) {
    const auto [y, log_abs_det] =
        forward ? transform.forward(base_rows(), context()) : transform.inverse(data_rows(0.5), context());
    const auto by_parameter = nn::gradients(sum(weights * square(y)) + sum(log_abs_det), parameters_);
    Interpreter check(graph_);
    check.run({});
    for (const auto& [variable, gradient] : by_parameter) {
      const std::vector<double> values = values_of(check.value(gradient));
      const auto moving = std::count_if(values.begin(), values.end(), [](double value) { return value != 0; });
      const auto wanted = GetParam().all_numbers ? static_cast<int64_t>(values.size()) : 1;
      EXPECT_GE(moving, wanted) << variable->name << (forward ? " forward" : " inverse");
      for (const double value : values) EXPECT_TRUE(std::isfinite(value)) << variable->name;
    }
  }
}

// The gradient by the parameters against central differences, in both directions.
TEST_P(EveryTransform, GradientIsTheSlope) {
  const AnyTransform transform = make(0.3);
  const Tensor weights = graph_.constant(normal_array("weights", {kRows, dim()}, 1));
  for (const bool forward : {true, false}) {
    Graph& g = graph_;
    const auto [y, log_abs_det] =
        forward ? transform.forward(base_rows(), context()) : transform.inverse(data_rows(0.5), context());
    const Tensor loss = sum(weights * y) + sum(log_abs_det);
    const auto by_parameter = nn::gradients(loss, parameters_);
    Interpreter check(g);
    check.run({});
    // Along one random direction through all parameters, of about the same length however many there are.
    double slope = 0;
    constexpr double kStep = 1e-6;
    const double part = 6 / std::sqrt(1.0 + static_cast<double>(parameters_.count()));
    std::map<const Variable*, std::vector<double>> direction;
    for (const auto& [variable, gradient] : by_parameter) {
      direction[variable.get()] = values_of(normal_array("direction " + variable->name, variable->value.shape(), part));
      const std::vector<double> by = values_of(check.value(gradient));
      for (size_t i = 0; i < by.size(); ++i) slope += by[i] * direction[variable.get()][i];
    }
    std::vector<double> at;
    for (const double step : {kStep, -kStep}) {
      Interpreter moved(g);
      for (const auto& [variable, along] : direction) {
        std::vector<double> values = moved.variable(variable);
        for (size_t i = 0; i < values.size(); ++i) values[i] += step * along[i];
        moved.set_variable(variable, values);
      }
      moved.run({});
      at.push_back(values_of(moved.value(loss))[0]);
    }
    EXPECT_NEAR((at[0] - at[1]) / (2 * kStep), slope, 1e-6 * (1 + std::abs(slope)))
        << (forward ? "forward" : "inverse");
  }
}

TEST_P(EveryTransform, SamplesOfARowShareItsContext) {
  if (GetParam().options.context_dim == 0) GTEST_SKIP() << "no context";
  const AnyTransform transform = make(0.3);
  const Tensor z = base_rows();
  const Tensor shared = transform.forward(z, context()).y;
  const Tensor own = transform.forward(z, context(kRows)).y;
  const Tensor shared_back = transform.inverse(shared, context()).y;
  Interpreter check(graph_);
  check.run({});
  EXPECT_LT(largest_difference(check.value(shared), check.value(own)), 1e-12);
  EXPECT_LT(largest_difference(check.value(shared_back), check.value(z)), 1e-8);
}

TEST_P(EveryTransform, FarTailsStayFinite) {
  const AnyTransform transform = make(0.3);
  for (const double scale : {1e2, 1e4}) expect_finite(transform, scale);
}

TEST_P(EveryTransform, SaturatedParametersStayFinite) {
  const AnyTransform transform = make(0);
  for (const double scale : GetParam().free_scales ? std::vector{1.0, 3.0} : std::vector{10.0, 1000.0}) {
    disturb(parameters_.trainable(), scale);
    expect_finite(transform, 1.5);
  }
}

TEST_P(EveryTransform, RoundTripHoldsInF32ForSixteenLayers) {
  Extents options = GetParam().options;
  options.layers = 16;
  const AnyTransform transform = GetParam().make(parameters_ / "flow", options);
  disturb(parameters_.all(), 0.1);
  const Tensor z = base_rows();
  const Tensor back = transform.inverse(transform.forward(z, context()).y, context()).y;
  Interpreter check(graph_, {.precision = Precision::kF32});
  check.run({});
  EXPECT_LT(largest_difference(check.value(back), check.value(z)), 1e-4);
  if (dim() > 3 && GetParam().options.context_dim > 0) GTEST_SKIP() << "much to compile, and nothing new";
  graph_.output("back", back);
  const Array compiled = compile(graph_).run({}, {}).at("back").cast(DType::kF64);
  EXPECT_LT(largest_difference(compiled, check.value(z)), 1e-4);
}

// A saved flow is its parameters by name: nothing else, a seed least of all, may matter.
TEST_P(EveryTransform, IsItsParametersByName) {
  const AnyTransform transform = make(0.3);
  const nn::Parameters other{{.seed = 77}};
  const AnyTransform loaded = GetParam().make(other / "flow", GetParam().options);
  ASSERT_EQ(other.all().size(), parameters_.all().size());
  for (const VariablePtr& variable : parameters_.all()) {
    ASSERT_NE(other.find(variable->name), nullptr) << variable->name;
    other.find(variable->name)->value = variable->value;
  }
  const Tensor y = transform.forward(base_rows(), context()).y, again = loaded.forward(base_rows(), context()).y;
  Interpreter check(graph_);
  check.run({});
  EXPECT_EQ(largest_difference(check.value(y), check.value(again)), 0);
}

// What trains and what samples, compiled and fused in f32, against the interpreter in f64.
TEST_P(EveryTransform, CompiledAgreesWithTheInterpreter) {
  if (dim() > 3) GTEST_SKIP() << "much to compile, and nothing new";
  const AnyTransform transform = make(0.1);
  const auto forward = transform.forward(base_rows(), context()), inverse = transform.inverse(data_rows(1), context());
  graph_.output("y", forward.y);
  graph_.output("forward", forward.log_abs_det);
  graph_.output("z", inverse.y);
  graph_.output("inverse", inverse.log_abs_det);
  const Tensor loss = sum(square(forward.y)) + sum(forward.log_abs_det);
  for (const auto& [variable, gradient] : nn::gradients(loss, parameters_)) graph_.output(variable->name, gradient);
  const auto expected = Interpreter(graph_).run({});
  const auto computed = compile(graph_, {.verify = true}).run({}, {});
  for (const auto& [name, values] : expected) {
    double scale = 1;
    for (const double value : values.values<double>()) scale = std::max(scale, std::abs(value));
    const auto result = computed.at(name).values<float>();
    for (size_t i = 0; i < result.size(); ++i) {
      EXPECT_NEAR(result[i], values.values<double>()[i], 2e-4 * scale) << name << " " << i;
    }
  }
}

TEST_P(EveryTransform, WrongShapesAreRefused) {
  const AnyTransform transform = make(0);
  EXPECT_EQ(transform.dim(), dim());
  EXPECT_EQ(transform.context_dim(), GetParam().options.context_dim);
  EXPECT_THROW(transform.forward(graph_.input("wide", {kRows, dim() + 1}), context()), ShapeError);
  if (transform.context_dim() == 0) GTEST_SKIP() << "no context";
  EXPECT_THROW(transform.forward(base_rows()), ShapeError);
  EXPECT_THROW(transform.forward(base_rows(), graph_.input("narrow", {kBatch, 3})), ShapeError);
  EXPECT_THROW(transform.inverse(base_rows(), graph_.input("four", {4, 4})), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Flows, EveryTransform, testing::ValuesIn(every_case()),
                         [](const auto& row) { return row.param.name; });

TEST(FlowRegistry, KnowsItsFamiliesAndExplainsWrongUse) {
  const nn::Parameters parameters;
  for (const FlowFamily* family : flow_families().rows()) {
    EXPECT_FALSE(family->description.empty());
    const AnyTransform flow = make_flow(family->name, {.scope = parameters / family->name, .dim = 3});
    EXPECT_EQ(flow.fast_direction(), family->fast_direction);
  }
  EXPECT_THAT(message_of<ConfigError>([&] { make_flow("planer", {.scope = parameters}); }),
              testing::HasSubstr("(did you mean planar?)"));
  EXPECT_EQ(
      message_of<ConfigError>([&] { make_flow("planar", {.scope = parameters / "flow", .dim = 2}, {"layers=0"}); }),
      "--set layers=0: must be at least 1");
  EXPECT_EQ(message_of<ConfigError>([&] { make_flow("planar", {.scope = parameters / "flow", .dim = 0}); }),
            "planar at flow: dim = 0, must be at least 1");
  EXPECT_EQ(
      message_of<ConfigError>([&] { make_flow("nice", {.scope = parameters / "flow", .dim = 2, .context_dim = -1}); }),
      "nice at flow: context_dim = -1, must be at least 0");
  EXPECT_EQ(message_of<ConfigError>(
                [&] { make_flow("actnorm", {.scope = parameters / "flow", .dim = 2, .context_dim = 3}); }),
            "actnorm at flow: context_dim = 3, must be 0: this family takes no context");
}

// All that a flow is: its graphs, with what they update, and its parameters with their first values.
std::string print_of(const FlowFamily& family, const std::vector<std::string>& assignments) {
  const nn::Parameters parameters;
  const AnyTransform flow = make_flow(family.name, {.scope = parameters / "flow", .dim = 4}, assignments);
  std::string text;
  for (const GraphMode mode : {GraphMode::kTraining, GraphMode::kEvaluation}) {
    Graph graph(mode);
    const Tensor rows = graph.input("rows", {3, 4});
    graph.output("z", flow.inverse(rows).y);
    // Draws of what normalises by its batch are for graphs that do not train.
    if (!graph.training()) graph.output("y", flow.forward(rows).y);
    text += to_text(graph);
  }
  for (const VariablePtr& variable : parameters.all()) {
    text += variable->name + to_string(variable->value.shape());
    for (const float value : std::as_const(variable->value).values<float>()) text += " " + std::to_string(value);
  }
  return text;
}

TEST(FlowRegistry, EveryFamilyReadsWhatItDeclares) {
  for (const FlowFamily* family : flow_families().rows()) {
    const std::vector<std::string> small = testing_support::known_to(*family, {"layers=3", "network.hidden=[6]"});
    const std::string standard = print_of(*family, small);
    EXPECT_EQ(standard, print_of(*family, small)) << family->name;
    for (const std::string& other : testing_support::variations(family->settings)) {
      std::vector<std::string> assignments = small;
      // Another network has settings of its own.
      if (other.starts_with("network=")) {
        std::erase_if(assignments, [](const std::string& one) { return one.starts_with("network."); });
      }
      assignments.push_back(other);
      EXPECT_NE(standard, print_of(*family, assignments)) << family->name << ": " << other;
    }
  }
}

}  // namespace
}  // namespace elbo::flows
