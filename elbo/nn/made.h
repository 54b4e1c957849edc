// Made: a network of masked layers whose outputs for column i depend on the columns before i alone, so that one pass
// gives all conditionals of a product p(x_1) p(x_2 | x_1) ...                       Germain et al. (2015), section 3
//
//   const nn::Made made{parameters / "made", {.dim = 21, .hidden = {512, 512}, .outputs = 2}};
//   const Tensor outputs = made(x);                     // x [rows, 21] -> [rows, 42]
//   const Tensor drawn = made.solve(graph, rows, {}, [&](int64_t column, Tensor outputs) { ... });   // [rows, 21]
//
// Degrees: a column has its place in the order, 1 to dim; a hidden unit of degree m sees columns (and units) of degree
// at most m; the outputs for the column at place p see degrees below p.  Hidden degrees are spread evenly and ascend
// within a layer, which is what lets solve() cut each layer into slices and compute every unit once: all dim columns
// cost the arithmetic of one pass, where calling the network dim times costs dim passes.
//
// A context is seen by every output: through a linear map of its own that is added to the first layer.  Hidden units
// then have degrees 0 to dim - 1, without a context 1 to dim - 1.
//
// Parameters: "<l>.weight", "<l>.bias" of layer l, "context.weight" [first width, context_dim].  One column that no
// other precedes has nothing to see: with dim = 1 there is no "0.weight", and without a context nothing but the bias
// of the outputs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "elbo/nn/activation.h"
#include "elbo/nn/linear.h"
#include "elbo/nn/masked_linear.h"
#include "elbo/nn/masked_network.h"

namespace elbo::nn {

// Places in the order by column, 1 to dim.
std::vector<int64_t> natural_order(int64_t dim);
std::vector<int64_t> reversed_order(int64_t dim);
std::vector<int64_t> random_order(int64_t dim, uint64_t seed);

struct MadeOptions {
  int64_t dim = 1;
  std::vector<int64_t> hidden{};  // widths; none: the outputs are linear in the columns before
  int64_t outputs = 1;            // of each column
  OutputLayout layout = OutputLayout::kByOutput;
  int64_t context_dim = 0;
  std::vector<int64_t> order{};  // empty: natural
  Activation activation = "relu";
  // Columns count as no further from 0 than this, so that networks that grow without bound stay finite far away.
  double largest_input = 1e4;
  Initializer init = init::pytorch_linear();         // of the hidden layers
  Initializer output_init = init::pytorch_linear();  // of the last layer's weights
  std::optional<Initializer> output_bias_init{};     // of its bias [dim * outputs], in the layout's order
};

class Made final {
 public:
  // Throws ConfigError for extents below 1 and for an order that is not a permutation of 1 to dim.
  Made(const Parameters& scope, const MadeOptions& options);

  // x [rows, dim], context [batch, context_dim] with rows a multiple of batch -> [rows, dim * outputs].
  Tensor operator()(Tensor x, Tensor context = {}) const;

  // From the outputs for a column [rows, outputs] to the column itself [rows, 1].
  using NextColumn = MaskedNetwork::NextColumn;
  // The x [rows, dim] whose every column is what `next` makes of the outputs for it; columns in the order.
  Tensor solve(Graph& graph, int64_t rows, Tensor context, const NextColumn& next) const;

  const MadeOptions& options() const { return options_; }
  // Of the columns, the units of each hidden layer, and the outputs (place - 1: the largest degree they see).
  const std::vector<std::vector<int64_t>>& degrees() const { return degrees_; }

 private:
  friend class MadeSolver;

  // What the context adds to the first layer, and the first bias where there is no masked layer: [rows, width].
  Tensor context_term(Tensor context, int64_t rows) const;

  std::string path_;
  MadeOptions options_;
  std::vector<std::vector<int64_t>> degrees_;
  std::vector<std::optional<MaskedLinear>> layers_;  // the first is missing for dim = 1
  std::optional<Linear> context_;
  VariablePtr lone_bias_;  // dim = 1 without a context
};

// As a masked network by name.
struct MadeNetworkOptions {
  std::vector<int64_t> hidden{64, 64};
  std::string activation = "relu";
};
MakeMaskedNetwork made(const MadeNetworkOptions& options = {});

extern const MaskedNetworkRow kMadeNetwork;

}  // namespace elbo::nn
