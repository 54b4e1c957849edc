// Where the values of a kernel lie while it runs, seen by what comes out of it.
#include "elbo/engine/cpu/lower/operands.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "tests/support/arrays.h"

namespace elbo {
namespace {

using testing_support::waves;

// Outputs of two products of one kernel, p and q, against the interpreter's.  Products lie where a result is written
// when nobody reads them any more: never sooner, and never two of them in one place.
struct ProductsInPlace : ::testing::Test {
  Graph graph;
  Tensor a = graph.input("a", {150, 40}), b = graph.input("b", {40, 300}), c = graph.input("c", {150, 20}),
         d = graph.input("d", {20, 300});
  Tensor p = matmul(a, b), q = matmul(c, d);

  void check(const std::map<std::string, Tensor>& outputs) {
    for (const auto& [name, tensor] : outputs) graph.output(name, tensor);
    const std::map<std::string, Array> inputs = {{"a", waves({150, 40}, 0.3)},
                                                 {"b", waves({40, 300}, 0.7)},
                                                 {"c", waves({150, 20}, 0.9)},
                                                 {"d", waves({20, 300}, 1.1)}};
    const auto expected = Interpreter(graph).run(inputs);
    const auto values = compile(graph, {.threads = 2, .verify = true}).run(inputs, {});
    for (const auto& [name, array] : values) {
      const auto got = array.values<float>();
      const auto want = expected.at(name).values<double>();
      for (size_t i = 0; i < got.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(got[i]), want[i], 1e-4 * std::max(1.0, std::abs(want[i]))) << name << " " << i;
      }
    }
  }
};

TEST_F(ProductsInPlace, OneResultOfOne) {
  check({{"out", relu(p + 1.0)}});
}

TEST_F(ProductsInPlace, OneResultOfTwo) {
  check({{"out", relu(p + q)}});
}

TEST_F(ProductsInPlace, TwoResultsOfTwo) {
  check({{"first", relu(p + q)}, {"second", tanh(p - q)}});
}

TEST_F(ProductsInPlace, AResultBeforeTheLastRead) {
  const Tensor first = tanh(p);
  check({{"first", first}, {"second", first * p + q}});
}

TEST_F(ProductsInPlace, AProductReadBehindAnother) {
  const Tensor times = p * q;  // computed along with the addition that reads it, after `first`
  const Tensor first = tanh(p + q);
  check({{"first", first}, {"second", times + first}});
}

TEST_F(ProductsInPlace, ResultsAndTheProductItself) {
  check({{"p", p}, {"out", exp(p * 0.01)}});
}

TEST_F(ProductsInPlace, ManyFactorsCompileInNoTime) {
  Tensor x = p * (tanh(p) * 0.01), y = p * (x * 0.01);
  const Tensor first = x + y;
  for (int i = 0; i < 60; ++i) {
    const Tensor z = x * y;
    x = y;
    y = z;
  }
  check({{"first", first}, {"out", y}});
}

TEST_F(ProductsInPlace, SumsOverRowsAndColumns) {
  check({{"out", tanh(p)}, {"rows", sum(p * q, {.axes = {0}})}, {"columns", sum(q, {.axes = {1}})}});
}

}  // namespace
}  // namespace elbo
