// Masked networks by name: networks whose outputs for column i depend on the columns before i alone, as autoregressive
// flows and models need them.
//
//   Part{.key = "network", .value = "made", .meaning = "...", .rows = nn::masked_networks().view()}
//   const nn::MaskedNetwork network = nn::make_masked_network({.scope = scope / "0", .dim = 21, .outputs = 2},
//                                                             settings.part("network"));
//   const Tensor theta = network(x, context);               // x [rows, 21] -> [rows, 42]
//   const Tensor drawn = network.solve(graph, rows, context, [&](int64_t column, Tensor outputs) { ... });
//
// In C++, without a configuration: nn::made({.hidden = {512, 512}}), made.h.
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

// Where output k of column i stands, for dim columns and n outputs each.
enum class OutputLayout : uint8_t {
  kByOutput,  // k dim + i: all first outputs, all second ones, ...; for a few outputs, each used as a matrix
  kByColumn,  // i n + k: all outputs of a column together; [rows, dim, n] after a reshape
};

// What a place knows about the network that it asks for.
struct MaskedNetworkSite {
  Parameters scope;
  int64_t dim = 1;
  int64_t outputs = 1;  // of each column
  OutputLayout layout = OutputLayout::kByOutput;
  int64_t context_dim = 0;
  std::vector<int64_t> order{};               // places of the columns, 1 to dim; empty: natural
  Initializer init = init::pytorch_linear();  // of all weights
  std::optional<Initializer> out_init{};      // of those of the layer that gives the outputs
  std::optional<Initializer> out_bias_init{};
};

// A masked network as a value; it holds its layers.
struct MaskedNetwork {
  // From the outputs for a column [rows, outputs] to the column itself [rows, 1].
  using NextColumn = std::function<Tensor(int64_t column, Tensor outputs)>;

  // x [rows, dim], context [batch, context_dim] with rows a multiple of batch -> [rows, dim * outputs].
  Tensor operator()(Tensor x, Tensor context = {}) const { return apply(x, context); }

  std::function<Tensor(Tensor x, Tensor context)> apply;
  // The x [rows, dim] whose every column is what `next` makes of the outputs for it; columns in the order.
  std::function<Tensor(Graph& graph, int64_t rows, Tensor context, const NextColumn& next)> solve;
};

struct MaskedNetworkRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings;
  MaskedNetwork (*make)(const MaskedNetworkSite& site, const Settings& settings) = nullptr;
};
const Registry<MaskedNetworkRow>& masked_networks();

// What stands in a part whose rows are masked_networks().
MaskedNetwork make_masked_network(const MaskedNetworkSite& site, const Settings& part);

using MakeMaskedNetwork = std::function<MaskedNetwork(const MaskedNetworkSite& site)>;
MakeMaskedNetwork masked_network_of(const Settings& part);

}  // namespace elbo::nn
