// Initializers: the values a parameter starts with, from its shape, its fans and draws of its own.
//
//   const nn::Linear head{scope, {.in = 500, .out = 20, .init = nn::init::he_normal()}};
//   const nn::Initializer chosen = nn::initializer("glorot-uniform");       // by name, as a configuration gives it
//
// Draws come from Philox with the seed as key and (path of the parameter, element) as counter, so that a parameter's
// first values do not change when other parameters come or go.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/engine/shape.h"
#include "elbo/settings/registry.h"

namespace elbo::nn {

// 64-bit FNV-1a of the bytes; fixed for ever, because initial values depend on it.
uint64_t path_hash(std::string_view path);

// Independent draws by element; pure functions of (seed, path, element).
class InitialDraws {
 public:
  InitialDraws(uint64_t seed, std::string_view path) : seed_(seed), hash_(path_hash(path)) {}

  void fill_uniform(std::span<double> dst) const;  // in the open (0, 1)
  void fill_normal(std::span<double> dst) const;   // standard normal

 private:
  uint64_t seed_;
  uint64_t hash_;
};

struct InitialCall {
  Shape shape;
  int64_t fan_in = 1;   // inputs that one output sums over
  int64_t fan_out = 1;  // outputs that one input goes to
  const InitialDraws& draws;
  std::span<double> dst;  // row-major, to be filled
};

struct Initializer {
  std::string name;
  std::function<void(const InitialCall&)> fill;
};

namespace init {

// U(-1/sqrt(fan_in), 1/sqrt(fan_in)): what torch.nn.Linear gives weights and bias.
Initializer pytorch_linear();
// U(-b, b) with b = sqrt(6 / (fan_in + fan_out)): Glorot & Bengio (2010), eq. 16.
Initializer glorot_uniform();
// N(0, 2 / (fan_in + fan_out)): Glorot & Bengio (2010), eq. 12.
Initializer glorot_normal();
// N(0, 2 / fan_in): He, Zhang, Ren & Sun (2015), eq. 10; for relu.
Initializer he_normal();
// U(-b, b) with b = sqrt(6 / fan_in): the same variance.
Initializer he_uniform();
Initializer zeros();
Initializer constant(double value);
Initializer normal(double standard_deviation);
Initializer uniform(double bound);  // U(-bound, bound)
// N(0, spread² / fan_in): outputs that all but follow their bias at first, whatever the width.
Initializer normal_by_fan_in(double spread);

}  // namespace init

// Those a configuration can name: pytorch-linear, glorot-uniform, glorot-normal, he-normal, he-uniform, zeros.
struct InitializerRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  Initializer (*make)();
};
const Registry<InitializerRow>& initializers();
// Their names, for a setting.
std::vector<std::string> initializer_names();
// Throws ConfigError when the name is not known.
Initializer initializer(std::string_view name);

}  // namespace elbo::nn
