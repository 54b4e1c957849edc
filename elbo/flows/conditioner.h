// Conditioner: the network of a coupling layer, from the columns that stay and the context to the parameters of the map
// of the others.  Without either, the parameters are free.
//
//   const Conditioner conditioner{scope, {.in = 10, .out = 230, .network = nn::mlp({.hidden = {128, 128}})}};
//   const Tensor theta = conditioner(graph, kept, context, rows);        // [rows, 230]
//
// The network takes the columns first and the context after them.  Parameters: its own; free ones are "bias" [out].
#pragma once

#include <optional>

#include "elbo/flows/network_start.h"
#include "elbo/nn/mlp.h"
#include "elbo/nn/network.h"

namespace elbo::flows {

struct ConditionerOptions {
  int64_t in = 0;
  int64_t out = 1;
  int64_t context_dim = 0;
  nn::MakeNetwork network = nn::mlp();
  NetworkStart start{};
  nn::Initializer bias_init = nn::init::zeros();  // of the outputs
};

class Conditioner final {
 public:
  // Throws ConfigError for widths below 1.
  Conditioner(const nn::Parameters& scope, const ConditionerOptions& options);

  // kept [rows, in] (no tensor where in is 0), context [batch, context_dim] -> [rows, out].
  Tensor operator()(Graph& graph, Tensor kept, Tensor context, int64_t rows) const;

 private:
  std::optional<nn::Network> network_;
  VariablePtr free_;
  bool reads_context_ = false;
};

}  // namespace elbo::flows
