// The reference interpreter: every operation's plain loop, one node after the other, no fusion.  The oracle of all
// tests, and the way to run anything in f64.
//
//   Interpreter check(graph, {.precision = Precision::kF64});
//   const std::map<std::string, Array> out = check.run({{"x", x}}, {.seed = 1, .step = 0});
//
// It keeps its own f64 copies of the variables, so that updates stay in full precision from step to step; the
// variables themselves do not change.  In f32 every node's result is rounded to f32.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "elbo/engine/graph.h"

namespace elbo {

enum class Precision : uint8_t { kF32, kF64 };

// What a step's draws depend on besides stream and row.
struct StepContext {
  uint64_t seed = 0;
  uint64_t step = 0;
};

class Interpreter {
 public:
  struct Options {
    Precision precision = Precision::kF64;
  };
  explicit Interpreter(const Graph& graph) : Interpreter(graph, Options{}) {}
  Interpreter(const Graph& graph, const Options& options);

  // Outputs by name, as f64 arrays.  Throws DataError for an input that is missing or of another shape or dtype.
  std::map<std::string, Array> run(const std::map<std::string, Array>& inputs, const StepContext& context = {});

  // The value of any node after a run, and of a variable.
  Array value(Tensor tensor) const;
  const std::vector<double>& variable(const Variable* variable) const { return variables_.at(variable); }
  void set_variable(const Variable* variable, std::vector<double> values) { variables_[variable] = std::move(values); }

  // After a run: the first node in order with a NaN or an infinity in its value, if any; constants may be infinite.
  std::optional<int> first_non_finite() const;

 private:
  const Graph& graph_;
  Options options_;
  std::unordered_map<const Variable*, std::vector<double>> variables_;
  std::vector<std::vector<double>> values_;
};

}  // namespace elbo
