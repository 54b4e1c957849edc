// Networks by name: what stands between columns of numbers and the features, parameters or columns that others ask for.
// An encoder, a decoder and the conditioner of a coupling layer take any.
//
//   Part{.key = "network", .value = "mlp", .meaning = "...", .rows = nn::networks().view()}     // [decoder.network]
//   const nn::Network decoder = nn::make_network({.scope = parameters / "decoder", .in = 20, .out = 784},
//                                                settings.part("network"));
//   const Tensor logits = decoder(z);                       // z [batch, 20] -> [batch, 784]
//
// In C++, without a configuration:
//   const nn::Network encoder = nn::mlp({.hidden = {500, 500}})({.scope = parameters / "encoder", .in = 784});   //
//   mlp.h encoder.out();                                          // 500
//
// A new network is its file, which ends in a row, and the row's name in network.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "elbo/nn/initializer.h"
#include "elbo/nn/parameters.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"

namespace elbo::nn {

// What a place knows about the network that it asks for.
struct NetworkSite {
  Parameters scope;
  int64_t in = 1;
  std::optional<int64_t> out{};               // none: what the last hidden layer gives
  Initializer init = init::pytorch_linear();  // of all weights
  std::optional<Initializer> out_init{};      // of those of the layer that gives `out`, where they start otherwise
  std::optional<Initializer> out_bias_init{};
};

// A network as a value; it holds its layers.
class Network final {
 public:
  using Apply = std::function<Tensor(Tensor)>;
  Network(int64_t in, int64_t out, Apply apply) : in_(in), out_(out), apply_(std::move(apply)) {}

  int64_t in() const { return in_; }
  int64_t out() const { return out_; }
  // x [..., in] of rank 2 or more -> [..., out].  Throws ShapeError for another width.
  Tensor operator()(Tensor x) const;

 private:
  int64_t in_, out_;
  Apply apply_;
};

struct NetworkRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings;
  Network (*make)(const NetworkSite& site, const Settings& settings) = nullptr;
};
const Registry<NetworkRow>& networks();

// What stands in a part whose rows are networks().  Throws ConfigError for an `in` or `out` below 1.
Network make_network(const NetworkSite& site, const Settings& part);

// For those that make a network where they know the site, as conditioners do.
using MakeNetwork = std::function<Network(const NetworkSite& site)>;
MakeNetwork network_of(const Settings& part);

}  // namespace elbo::nn
