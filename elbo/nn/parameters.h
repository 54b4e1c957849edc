// Parameters: the weights of a model by path.
//
//   const nn::Parameters parameters{{.seed = 0}};
//   const nn::Linear loc{parameters / "loc", {.in = 500, .out = 20}};     // makes "loc.weight" and "loc.bias"
//   parameters.find("loc.weight")->value.shape();                         // [20, 500], as PyTorch lays it out
//   step.update(optimizer.apply(gradients(loss, parameters)));
//
// A handle: copies and scopes (`parameters / "encoder"`) share one store.  Parameters keep the order in which they
// were made.  A parameter's first values depend on (seed, full path) alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/engine/graph.h"
#include "elbo/engine/variable.h"
#include "elbo/nn/initializer.h"

namespace elbo::nn {

struct ParameterSpec {
  Shape shape;
  Initializer init = init::zeros();
  // For initializers; 0: from the shape ([out, in] has fan_in = in, [n] has fan_in = fan_out = n).
  int64_t fan_in = 0;
  int64_t fan_out = 0;
  bool trainable = true;  // false: running statistics and other state
};

class Parameters {
 public:
  struct Options {
    uint64_t seed = 0;
  };
  Parameters() : Parameters(Options{}) {}
  explicit Parameters(const Options& options);

  // The same store under a longer path: (parameters / "encoder" / "0").path() == "encoder.0".  Throws ConfigError for
  // an empty name.
  Parameters operator/(std::string_view name) const;
  const std::string& path() const { return path_; }
  uint64_t seed() const;

  // The f32 variable "<path>.<name>", made when there is none.  Throws ConfigError when there is one of another shape.
  VariablePtr get(std::string_view name, const ParameterSpec& spec) const;

  // Everything under this handle's path, in the order of making; find takes the name relative to it (nullptr if none).
  std::vector<VariablePtr> all() const;
  std::vector<VariablePtr> trainable() const;
  VariablePtr find(std::string_view name) const;
  // Numbers in the trainable variables.
  int64_t count() const;

 private:
  struct Store;
  Parameters(std::shared_ptr<Store> store, std::string path) : store_(std::move(store)), path_(std::move(path)) {}
  std::string full_path(std::string_view name) const;

  std::shared_ptr<Store> store_;
  std::string path_;
};

struct VariableGradient {
  VariablePtr variable;
  Tensor gradient;  // of the variable's shape
};

// The gradients of a scalar loss by every trainable parameter, in their order; zeros for one the loss does not use.
// Throws ShapeError when the loss is not a scalar.
std::vector<VariableGradient> gradients(Tensor loss, const Parameters& parameters);

}  // namespace elbo::nn
