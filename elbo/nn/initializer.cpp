#include "elbo/nn/initializer.h"

#include <cmath>
#include <numbers>

#include "elbo/engine/philox.h"

namespace elbo::nn {

namespace {

// Word i of the parameter's stream, four words a block.
template <typename Use>
void for_each_block(uint64_t seed, uint64_t hash, size_t count, Use use) {
  for (size_t start = 0; start < count; start += 4) {
    const uint64_t block = start / 4;
    use(start, Philox4x32::block({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                                  static_cast<uint32_t>(hash), static_cast<uint32_t>(hash >> 32)},
                                 Philox4x32::key(seed)));
  }
}

double open_uniform(uint32_t bits) {
  return (static_cast<double>(bits) + 0.5) * 0x1p-32;
}

void fill_bounded(const InitialCall& call, double bound) {
  call.draws.fill_uniform(call.dst);
  for (double& value : call.dst) value = bound * (2 * value - 1);
}

void fill_scaled(const InitialCall& call, double standard_deviation) {
  call.draws.fill_normal(call.dst);
  for (double& value : call.dst) value *= standard_deviation;
}

double fan_in(const InitialCall& call) {
  return static_cast<double>(call.fan_in);
}
double fan_sum(const InitialCall& call) {
  return static_cast<double>(call.fan_in + call.fan_out);
}

}  // namespace

uint64_t path_hash(std::string_view path) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : path) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3u;
  }
  return hash;
}

void InitialDraws::fill_uniform(std::span<double> dst) const {
  for_each_block(seed_, hash_, dst.size(), [&](size_t start, const Philox4x32::Counter& bits) {
    for (size_t i = 0; i < 4 && start + i < dst.size(); ++i) dst[start + i] = open_uniform(bits[i]);
  });
}

void InitialDraws::fill_normal(std::span<double> dst) const {
  for_each_block(seed_, hash_, dst.size(), [&](size_t start, const Philox4x32::Counter& bits) {
    for (size_t pair = 0; pair < 4; pair += 2) {
      // Box & Muller (1958).
      const double radius = std::sqrt(-2 * std::log(open_uniform(bits[pair])));
      const double angle = 2 * std::numbers::pi * open_uniform(bits[pair + 1]);
      if (start + pair < dst.size()) dst[start + pair] = radius * std::cos(angle);
      if (start + pair + 1 < dst.size()) dst[start + pair + 1] = radius * std::sin(angle);
    }
  });
}

namespace init {

Initializer pytorch_linear() {
  return {"pytorch-linear", [](const InitialCall& call) { fill_bounded(call, 1 / std::sqrt(fan_in(call))); }};
}
Initializer glorot_uniform() {
  return {"glorot-uniform", [](const InitialCall& call) { fill_bounded(call, std::sqrt(6 / fan_sum(call))); }};
}
Initializer glorot_normal() {
  return {"glorot-normal", [](const InitialCall& call) { fill_scaled(call, std::sqrt(2 / fan_sum(call))); }};
}
Initializer he_normal() {
  return {"he-normal", [](const InitialCall& call) { fill_scaled(call, std::sqrt(2 / fan_in(call))); }};
}
Initializer he_uniform() {
  return {"he-uniform", [](const InitialCall& call) { fill_bounded(call, std::sqrt(6 / fan_in(call))); }};
}
Initializer zeros() {
  return {"zeros", [](const InitialCall& call) {
            for (double& value : call.dst) value = 0;
          }};
}
Initializer constant(double value) {
  return {"constant", [value](const InitialCall& call) {
            for (double& element : call.dst) element = value;
          }};
}
Initializer normal(double standard_deviation) {
  return {"normal", [standard_deviation](const InitialCall& call) { fill_scaled(call, standard_deviation); }};
}
Initializer normal_by_fan_in(double spread) {
  return {"normal-by-fan-in",
          [spread](const InitialCall& call) { fill_scaled(call, spread / std::sqrt(fan_in(call))); }};
}
Initializer uniform(double bound) {
  return {"uniform", [bound](const InitialCall& call) { fill_bounded(call, bound); }};
}

}  // namespace init

const Registry<InitializerRow>& initializers() {
  static const InitializerRow pytorch_linear{"pytorch-linear", "uniform within 1/sqrt(inputs), weights and bias alike",
                                             "PyTorch's torch.nn.Linear", init::pytorch_linear};
  static const InitializerRow glorot_uniform{"glorot-uniform", "uniform, variance 2/(inputs + outputs); bias 0",
                                             "Glorot & Bengio 2010", init::glorot_uniform};
  static const InitializerRow glorot_normal{"glorot-normal", "normal, variance 2/(inputs + outputs); bias 0",
                                            "Glorot & Bengio 2010", init::glorot_normal};
  static const InitializerRow he_normal{"he-normal", "normal, variance 2/inputs, for relu; bias 0", "He et al. 2015",
                                        init::he_normal};
  static const InitializerRow he_uniform{"he-uniform", "uniform, variance 2/inputs, for relu; bias 0", "He et al. 2015",
                                         init::he_uniform};
  static const InitializerRow zeros{"zeros", "all zero; bias 0", "", init::zeros};
  static const Registry<InitializerRow> all(
      "initializer", {&pytorch_linear, &glorot_uniform, &glorot_normal, &he_normal, &he_uniform, &zeros});
  return all;
}

std::vector<std::string> initializer_names() {
  return initializers().names();
}

Initializer initializer(std::string_view name) {
  return initializers().find(name).make();
}

}  // namespace elbo::nn
