// Variable: named values that outlive a graph and change from step to step: weights, moments, counters.
//
// Graphs refer to variables by pointer, so a training graph and an evaluation graph built on the same variables see
// the same values.  Names are paths ("encoder.0.weight"); they are what files hold.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "elbo/engine/array.h"

namespace elbo {

struct Variable {
  std::string name;
  Array value;            // f32; never resized once a graph uses it
  bool trainable = true;  // false: moments, counters, running statistics
};

using VariablePtr = std::shared_ptr<Variable>;

inline VariablePtr make_variable(std::string name, Array value, bool trainable = true) {
  return std::make_shared<Variable>(Variable{std::move(name), std::move(value), trainable});
}

}  // namespace elbo
