// What an executable promises beyond its values: order of updates, guards, bits, messages.
#include "elbo/engine/compile.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <thread>

#include "elbo/engine/cpu/run/team.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo {
namespace {

VariablePtr variable(const std::string& name, const Shape& shape, float scale) {
  Array value(DType::kF32, shape);
  auto values = value.values<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = scale * std::sin(static_cast<float>(i) + 1);
  return make_variable(name, std::move(value));
}

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

// A two-layer regression with noise, momentum, batch sums and a rate that falls with the step; returns its variables
// after some steps.
std::vector<Array> trained(const CompileOptions& options, int64_t batch) {
  const VariablePtr w1 = variable("w1", {70, 33}, 0.2f), b1 = variable("b1", {70}, 0.1f);
  const VariablePtr w2 = variable("w2", {1, 70}, 0.2f), m = variable("m", {70, 33}, 0);
  Graph graph(GraphMode::kTraining);
  const Tensor x = graph.input("x", {batch, 33});
  const Tensor noisy = x + 0.1 * random_normal(graph, {batch, 33});
  const Tensor h = tanh(matmul(noisy, graph.variable(w1), {.transpose_b = true}) + graph.variable(b1));
  const Tensor loss = mean(square(matmul(h, graph.variable(w2), {.transpose_b = true}) - 1.0));
  const Tensors grads = gradients(loss, {graph.variable(w1), graph.variable(b1), graph.variable(w2)});
  const Tensor momentum = 0.9 * graph.variable(m) + grads[0];
  graph.update(m, momentum);
  graph.update(w1, graph.variable(w1) - 0.05 / (1 + 0.01 * step_number(graph)) * momentum);
  graph.update(b1, graph.variable(b1) - 0.05 * grads[1]);
  graph.update(w2, graph.variable(w2) - 0.05 * grads[2]);
  graph.output("loss", loss);
  const Executable step = compile(graph, options);
  auto values = step.input("x").values<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::cos(static_cast<float>(i));
  for (uint64_t i = 0; i < 100; ++i) step.run({.seed = 3, .step = i});
  return {w1->value, b1->value, w2->value, m->value, step.output("loss")};
}

TEST(Executable, GivesTheSameBitsForAnyNumberOfThreads) {
  for (const int64_t batch : {1, 37, 300}) {
    const std::vector<Array> one = trained({.threads = 1, .verify = true}, batch);
    for (const int threads : {2, 3, 4, 8}) {
      const std::vector<Array> many = trained({.threads = threads, .verify = true}, batch);
      for (size_t i = 0; i < one.size(); ++i) {
        EXPECT_TRUE(same_bits(one[i], many[i])) << "variable " << i << ", batch " << batch << ", " << threads;
      }
    }
  }
}

// What holds whatever runs a graph.
class EveryBackend : public ::testing::TestWithParam<std::string> {
 protected:
  CompileOptions options() const { return {.backend = GetParam(), .verify = true}; }
};

INSTANTIATE_TEST_SUITE_P(Backends, EveryBackend, ::testing::Values("cpu", "reference"),
                         [](const auto& test) { return test.param; });

// Against the interpreter in f64, which keeps its own weights in f64.
TEST_P(EveryBackend, TrainsAsTheInterpreterDoes) {
  const VariablePtr w = variable("w", {6, 9}, 0.3f), m = variable("m", {6, 9}, 0), b = variable("b", {6}, 0.1f);
  Graph graph(GraphMode::kTraining);
  const Tensor x = graph.input("x", {21, 9}), labels = graph.input("labels", {21}, DType::kI32);
  const Tensor noisy = x + 0.1 * random_normal(graph, {21, 9});
  const Tensor logits = matmul(tanh(noisy), graph.variable(w), {.transpose_b = true}) + graph.variable(b);
  const Tensor log_p = logits - log_sum_exp(logits, {.axes = {1}, .keep = true});
  const Tensor loss = -mean(sum(one_hot(labels, 6) * log_p, {.axes = {1}}));
  const Tensors grads = gradients(loss, {graph.variable(w), graph.variable(b)});
  const Tensor momentum = 0.9 * graph.variable(m) + grads[0];
  const Tensor rate = 0.2 / (1 + 0.1 * step_number(graph));
  graph.update({{m, momentum}, {w, graph.variable(w) - rate * momentum}, {b, graph.variable(b) - rate * grads[1]}});
  graph.output("loss", loss);
  Interpreter truth(graph);
  const Executable step = compile(graph, options());
  std::map<std::string, Array> inputs{{"x", Array(DType::kF32, {21, 9})}, {"labels", Array(DType::kI32, {21})}};
  double first = 0, last = 0;
  for (uint64_t t = 0; t < 25; ++t) {
    for (size_t i = 0; i < 21 * 9; ++i) {
      inputs.at("x").values<float>()[i] = std::cos(static_cast<float>(i + t));
      inputs.at("labels").values<int32_t>()[i % 21] = static_cast<int32_t>(i % 21 % 6);
    }
    const double expected = truth.run(inputs, {.seed = 5, .step = t}).at("loss").values<double>()[0];
    const double found = static_cast<double>(step.run(inputs, {.seed = 5, .step = t}).at("loss").values<float>()[0]);
    ASSERT_NEAR(found, expected, 1e-5) << "step " << t;
    (t == 0 ? first : last) = found;
  }
  EXPECT_LT(last, first);
  for (const VariablePtr& v : {w, m, b}) {
    const std::vector<double>& expected = truth.variable(v.get());
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(v->value.values<float>()[i]), expected[i], 1e-5) << v->name;
    }
  }
}

TEST_P(EveryBackend, ReadersOfAStepSeeTheValuesFromBeforeIt) {
  const VariablePtr a = variable("a", {40, 50}, 1), b = variable("b", {40, 50}, 2);
  const Array a0 = a->value, b0 = b->value;
  Graph graph;
  graph.update(a, graph.variable(b));
  graph.update(b, graph.variable(a));
  graph.output("a", graph.variable(a));
  graph.output("sum", graph.variable(a) + graph.variable(b));
  const Executable swap = compile(graph, options());
  swap.run({.step = 0});
  EXPECT_TRUE(same_bits(a->value, b0));
  EXPECT_TRUE(same_bits(b->value, a0));
  EXPECT_TRUE(same_bits(swap.output("a"), a0));
}

TEST_P(EveryBackend, UpdatesAVariableAfterItsReadersOfOtherRows) {
  // Every row of the result needs every row of the variable.
  const VariablePtr w = variable("w", {64, 64}, 0.1f);
  const Array before = w->value;
  Graph graph;
  const Tensor t = graph.variable(w);
  graph.update(w, matmul(t, t) + transpose(t) + sum(t, {.axes = {0}, .keep = true}));
  Interpreter reference(graph, {.precision = Precision::kF64});
  reference.run({}, {});
  const Executable step = compile(graph, options());
  step.run({.step = 0});
  const std::vector<double>& expected = reference.variable(w.get());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(w->value.values<float>()[i]), expected[i], 1e-5);
  }
}

TEST_P(EveryBackend, AGuardStopsTheStepBeforeItsUpdates) {
  const VariablePtr w = variable("w", {3}, 1);
  Graph graph;
  const Tensor x = graph.input("x", {3});
  const Graph::ScopeGuard scope = graph.scope("layer.1");
  const Tensor loss = sum(log(x) * graph.variable(w));
  graph.update(w, graph.variable(w) - gradients(loss, {graph.variable(w)})[0]);
  graph.output("loss", loss);
  CompileOptions guarded = options();
  guarded.guard = "loss";
  const Executable step = compile(graph, guarded);
  step.input("x") = Array::of<float>({3}, {1, 2, 3});
  step.run({.step = 0});
  const Array good = w->value;
  step.input("x").values<float>()[1] = -1;
  try {
    step.run({.seed = 0, .step = 41});
    FAIL() << "a NaN went unnoticed";
  } catch (const NumericalError& error) {
    EXPECT_STREQ(error.what(),
                 "step 41: loss is not finite; the first value that is not is that of log [3] at layer.1");
  }
  EXPECT_TRUE(same_bits(w->value, good));
}

TEST(Executable, RefusesWrongUseInOneSentence) {
  Graph graph;
  graph.output("y", exp(graph.input("x", {2})));
  const auto message = [](auto&& use) {
    try {
      use();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  EXPECT_EQ(message([&] { compile(graph, {.without = {"fuson"}}); }),
            "unknown pass \"fuson\"; known: dead-code, common-subexpressions, simplify, turn-weights, split-depth, "
            "recompute, "
            "fusion (did you "
            "mean fusion?)");
  EXPECT_EQ(message([&] { compile(graph, {.backend = "refrence"}); }),
            "unknown back end \"refrence\"; known: cpu, reference (did you mean reference?)");
  EXPECT_EQ(message([&] { compile(graph, {.guard = "loss"}); }),
            "compile: the guard \"loss\" is no output of the graph");
  const Executable run = compile(graph);
  EXPECT_EQ(message([&] { run.input("z"); }), "run: the graph has no input \"z\"");
  EXPECT_EQ(message([&] { run.run({}, StepContext{}); }), "run: the input \"x\" is missing");
  EXPECT_EQ(message([&] {
              run.run({{"x", Array(DType::kF32, {3})}}, {});
            }),
            "run: the input \"x\" is f32 [3], the graph declares f32 [2]");
}

TEST_P(EveryBackend, AnIndexOutsideIsReportedAndTheNextStepWorks) {
  Graph graph;
  const Tensor x = graph.input("x", {3, 2}), i = graph.input("i", {2}, DType::kI32);
  graph.output("y", gather(x, i, 0));
  const Executable run = compile(graph, options());
  run.input("i") = Array::of<int32_t>({2}, {0, 7});
  EXPECT_THROW(run.run({.step = 0}), DataError);
  run.input("i").values<int32_t>()[1] = 2;
  EXPECT_NO_THROW(run.run({.step = 1}));
}

TEST(Executable, ReportsWhatCompilingDid) {
  Graph graph;
  const Tensor x = graph.input("x", {8, 16});
  const VariablePtr w = variable("w", {4, 16}, 1), b = variable("b", {4}, 1);
  graph.output("y", relu(matmul(x, graph.variable(w), {.transpose_b = true}) + graph.variable(b)));
  const Executable run = compile(graph);
  const CompileReport& report = run.report();
  ASSERT_EQ(report.kernels.size(), 1U);  // bias and activation in the product's kernel
  EXPECT_EQ(report.kernels[0].kind, "product+tile");
  EXPECT_EQ(report.kernels[0].operations, "matmul add relu");
  EXPECT_EQ(report.flops, 2.0 * 8 * 16 * 4);
  EXPECT_EQ(report.variable_bytes, (4 * 16 + 4) * sizeof(float));
}

TEST(Team, LetsOneCallerHaveTheThreadsAndTheOthersWorkAlone) {
  std::atomic<int> done{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        std::atomic<int> claimed{0};
        std::atomic<int> mine{0};
        cpu::Team::shared().run(3, [&](int) {
          while (claimed.fetch_add(1) < 10) mine.fetch_add(1);
        });
        EXPECT_EQ(mine.load(), 10);
        done.fetch_add(mine.load());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(done.load(), 4 * 200 * 10);
}

}  // namespace
}  // namespace elbo
