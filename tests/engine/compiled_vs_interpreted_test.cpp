// Compiled graphs against the reference interpreter, and against themselves on other numbers of threads.
#include <cstring>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "tests/engine/random_graph.h"

namespace elbo {
namespace {

void expect_agreement(const std::string& name, std::span<const float> actual, const Array& in_f64, const Array& in_f32,
                      double depth) {
  ASSERT_EQ(actual.size(), static_cast<size_t>(in_f64.elements())) << name;
  const double bound = agreement_bound(in_f64, in_f32, depth);
  for (size_t i = 0; i < actual.size(); ++i) {
    const double truth = in_f64.values<double>()[i];
    if (std::abs(static_cast<double>(actual[i]) - truth) <= bound) continue;
    FAIL() << name << " " << to_string(in_f64.shape()) << " element " << i << " is " << actual[i] << ", should be "
           << truth << " within " << bound;
  }
}

Array as_array(const Variable& variable, const Interpreter& interpreter) {
  return Array::of<double>(variable.value.shape(), interpreter.variable(&variable));
}

// Two steps of a random graph, compiled and interpreted from the same state.
void expect_steps_agree(const RandomGraphOptions& options, const CompileOptions& compile_options) {
  std::string without;
  for (const std::string& pass : compile_options.without) without += " " + pass;
  SCOPED_TRACE("make_random_graph(" + to_string(options) + ") without" + (without.empty() ? " nothing" : without));
  const auto random = make_random_graph(options);
  Interpreter wide(random->graph), narrow(random->graph, {.precision = Precision::kF32});
  const Executable executable = compile(random->graph, compile_options);
  // Sums count with the square root of their terms, whose roundings cancel at random.
  const double depth = 16 + std::sqrt(static_cast<double>(options.rows * options.cols));
  for (uint64_t step = 0; step < 2; ++step) {
    for (const VariablePtr& variable : random->graph.variables()) {
      const auto values = variable->value.values<float>();
      for (Interpreter* interpreter : {&wide, &narrow}) {
        interpreter->set_variable(variable.get(), {values.begin(), values.end()});
      }
    }
    const StepContext context{.seed = options.seed, .step = step};
    const auto truth = wide.run(random->inputs, context), rounded = narrow.run(random->inputs, context);
    const auto outputs = executable.run(random->inputs, context);
    ASSERT_EQ(outputs.size(), truth.size());
    for (const auto& [name, array] : outputs) {
      EXPECT_EQ(array.shape(), truth.at(name).shape());
      expect_agreement(name, array.values<float>(), truth.at(name), rounded.at(name), depth);
    }
    for (const VariablePtr& variable : random->graph.variables()) {
      expect_agreement("variable " + variable->name, variable->value.values<float>(), as_array(*variable, wide),
                       as_array(*variable, narrow), depth);
    }
    if (::testing::Test::HasFailure()) return;
  }
}

// Everything a few steps leave behind: outputs of the last, then variables.
std::vector<Array> traces(const RandomGraphOptions& options, int threads) {
  const auto random = make_random_graph(options);
  const Executable executable = compile(random->graph, {.threads = threads});
  std::map<std::string, Array> outputs;
  for (uint64_t step = 0; step < 3; ++step) {
    outputs = executable.run(random->inputs, {.seed = options.seed, .step = step});
  }
  std::vector<Array> result;
  for (auto& [name, array] : outputs) result.push_back(std::move(array));
  for (const VariablePtr& variable : random->graph.variables()) result.push_back(variable->value);
  return result;
}

void expect_same_bits(const RandomGraphOptions& options) {
  SCOPED_TRACE("make_random_graph(" + to_string(options) + ")");
  const std::vector<Array> one = traces(options, 1);
  for (const int threads : {2, 4}) {
    const std::vector<Array> more = traces(options, threads);
    ASSERT_EQ(one.size(), more.size());
    for (size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(std::memcmp(one[i].data(), more[i].data(), one[i].bytes()), 0)
          << "array " << i << " on " << threads << " threads";
    }
  }
}

struct Extents {
  int64_t rows, cols;
};

class CompiledRandomGraphs : public ::testing::TestWithParam<Extents> {
 protected:
  // Fewer graphs where each is dear.
  int graphs() const { return GetParam().rows * GetParam().cols > 1000 ? 6 : 18; }
  RandomGraphOptions options(int graph) const {
    return {.seed = static_cast<unsigned>(1000 + graph),
            .operations = graph % 6 == 5 ? 250 : 30 + graph,
            .rows = GetParam().rows,
            .cols = GetParam().cols,
            .gradients = graph % 4 != 3};
  }
};

TEST_P(CompiledRandomGraphs, AgreeWithTheInterpreter) {
  for (int graph = 0; graph < graphs() && !HasFailure(); ++graph) {
    expect_steps_agree(options(graph), {.threads = 1 + graph % 3, .verify = true});
  }
}

// Every operation, gradients and updates through the same door as the CPU's programs.
TEST(ReferenceBackend, AgreesWithTheInterpreterOnRandomGraphs) {
  for (unsigned seed = 1; seed <= 8 && !::testing::Test::HasFailure(); ++seed) {
    expect_steps_agree({.seed = 2000 + seed, .operations = 40, .rows = 7, .cols = 5},
                       {.backend = "reference", .verify = true});
  }
}

TEST_P(CompiledRandomGraphs, AgreeWithoutSomePasses) {
  const std::vector<std::set<std::string>> sets = {
      {"dead-code"},
      {"common-subexpressions"},
      {"simplify"},
      {"fusion"},
      {"dead-code", "common-subexpressions", "simplify", "turn-weights", "split-depth", "recompute", "fusion"}};
  for (size_t i = 0; i < sets.size() && !HasFailure(); ++i) {
    for (int graph = 0; graph < graphs() / 5 + 1; ++graph) {
      expect_steps_agree(options(graph + 40), {.without = sets[i], .threads = 2, .verify = true});
    }
  }
}

TEST_P(CompiledRandomGraphs, GiveTheSameBitsOnAnyNumberOfThreads) {
  for (int graph = 0; graph < graphs() / 3 && !HasFailure(); ++graph) expect_same_bits(options(graph + 80));
}

INSTANTIATE_TEST_SUITE_P(Shapes, CompiledRandomGraphs,
                         ::testing::Values(Extents{7, 5}, Extents{1, 1}, Extents{0, 5}, Extents{5, 0}, Extents{0, 0},
                                           Extents{1, 9}, Extents{9, 1}, Extents{33, 17}, Extents{130, 20},
                                           Extents{257, 3}, Extents{64, 100}, Extents{5, 1000}, Extents{2000, 4},
                                           Extents{640, 20}),
                         [](const auto& test) {
                           return std::to_string(test.param.rows) + "x" + std::to_string(test.param.cols);
                         });

class CompiledRandomRows : public ::testing::TestWithParam<int64_t> {
 protected:
  RandomGraphOptions options(int graph) const {
    return {.seed = static_cast<unsigned>(5000 + graph),
            .operations = 6 + 3 * graph,
            .rows = GetParam(),
            .cols = 10,
            .gradients = graph % 5 != 4,
            .narrow = true};
  }
};

TEST_P(CompiledRandomRows, AgreeWithTheInterpreter) {
  for (int graph = 0; graph < 10 && !HasFailure(); ++graph) {
    expect_steps_agree(options(graph), {.threads = 1 + graph % 3, .verify = true});
  }
}

TEST_P(CompiledRandomRows, GiveTheSameBitsOnAnyNumberOfThreads) {
  for (int graph = 10; graph < 13 && !HasFailure(); ++graph) expect_same_bits(options(graph));
}

// With and without whole tiles, blocks and chains.
INSTANTIATE_TEST_SUITE_P(Rows, CompiledRandomRows, ::testing::Values(16, 48, 64, 100, 256, 300, 512, 576, 640, 1000));

// Two padded pieces of which one broadcasts are no concatenation.
TEST(CompiledPads, OfDifferentShapesAreAdded) {
  Graph graph;
  const Tensor x = graph.input("x", {2, 1}), y = graph.input("y", {2, 3});
  graph.output("z", pad(x, {.axis = 0, .after = 2}) + pad(y, {.axis = 0, .before = 2}));
  const std::map<std::string, Array> inputs = {{"x", Array::of<float>({2, 1}, {1, 2})},
                                               {"y", Array::of<float>({2, 3}, {3, 4, 5, 6, 7, 8})}};
  const Array z = compile(graph, {.threads = 1, .verify = true}).run(inputs, {}).at("z");
  const auto values = z.values<float>();
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()), (std::vector<float>{1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8}));
}

// The reciprocal of a tiny divisor overflows f32, the quotient does not.
TEST(CompiledDivision, ByATinyNumberStaysFinite) {
  Graph graph;
  graph.output("z", graph.input("x", {1}) / 1e-39);
  const std::map<std::string, Array> inputs = {{"x", Array::of<float>({1}, {1e-5f})}};
  const Array z = compile(graph, {.threads = 1}).run(inputs, {}).at("z");
  EXPECT_NEAR(z.values<float>()[0], 1e34f, 1e30f);
}

// Each kernel rounds once, at the end: twenty thousand tenths over any axes are exact to the last digit.
TEST(CompiledSums, OfManyEqualTermsKeepTheirDigits) {
  constexpr int64_t kTerms = 20'000;
  Graph graph;
  const Tensor x = graph.input("x", {kTerms, 3, 70});
  for (const std::vector<int>& axes : std::vector<std::vector<int>>{{0}, {0, 1}, {0, 2}, {0, 1, 2}, {1}, {2}}) {
    graph.output(std::to_string(graph.outputs().size()), sum(x, {.axes = axes}));
  }
  Array tenths(DType::kF32, {kTerms, 3, 70});
  for (float& value : tenths.values<float>()) value = 0.1f;
  const auto sums = compile(graph, {.without = {"fusion"}}).run({{"x", tenths}}, {});
  for (const auto& [name, array] : sums) {
    const double terms = static_cast<double>(tenths.elements()) / static_cast<double>(array.elements());
    const auto expected = static_cast<float>(terms * static_cast<double>(0.1f));
    for (const float value : array.values<float>()) ASSERT_EQ(value, expected) << to_string(array.shape());
  }
}

}  // namespace
}  // namespace elbo
