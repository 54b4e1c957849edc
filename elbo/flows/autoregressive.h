// Autoregressive: layers in which column i is mapped by a monotone function whose parameters a masked network computes
// from the columns before i.
//
//   y_i = g(z_i; θ_i),  θ_i from the columns before i;  log|det J| = Σ_i log g'(z_i; θ_i)
//
// The network sees the base z (inverse autoregressive, Kingma et al. 2016: forward is one pass) or the data y (masked
// autoregressive, Papamakarios et al. 2017: inverse is one pass).  The other direction finds column after column; each
// hidden unit is computed once (nn/made.h), so it costs the arithmetic of one pass in dim dependent steps.  Layers see
// the columns in natural and reversed order by turns, which is what reversing them between layers amounts to.
//
// A family is a map of single numbers and a side:
//   const Autoregressive flow{scope, affine_map(3), {.dim = 21, .layers = 5, .network_sees = NetworkSees::kData}};
//
// Parameters: those of a masked network (nn/masked_network.h) for layer k under "<k>".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/flows/network_start.h"
#include "elbo/flows/registry.h"
#include "elbo/nn/made.h"
#include "elbo/nn/masked_network.h"
#include "elbo/prob/transform.h"

namespace elbo::flows {

struct MappedColumns {
  Tensor y;          // [rows, n]
  Tensor log_slope;  // [rows, n]: log of the derivative of the direction taken
};

// A monotone map of single numbers given by `parameters` numbers each.
struct ColumnMap {
  std::string name;
  int64_t parameters = 1;
  nn::OutputLayout layout = nn::OutputLayout::kByOutput;
  // x [rows, n], theta [rows, n * parameters] in the layout.
  std::function<MappedColumns(Tensor x, Tensor theta)> forward;
  std::function<MappedColumns(Tensor y, Tensor theta)> inverse;
  // Parameters near which a layer starts, one for each of `parameters`.
  std::vector<double> initial;
};

enum class NetworkSees : uint8_t { kBase, kData };

struct AutoregressiveOptions {
  int64_t dim = 1;
  int64_t layers = 8;
  int64_t context_dim = 0;
  nn::MakeMaskedNetwork network = nn::made();
  NetworkStart start{};
  NetworkSees network_sees = NetworkSees::kData;
};

class Autoregressive final : public prob::Transform {
 public:
  // Throws ConfigError for extents below 1.
  Autoregressive(const nn::Parameters& scope, ColumnMap map, const AutoregressiveOptions& options);

  std::string_view name() const override { return map_.name; }
  int64_t dim() const override { return options_.dim; }
  int64_t context_dim() const override { return options_.context_dim; }
  prob::FastDirection fast_direction() const override {
    return options_.network_sees == NetworkSees::kBase ? prob::FastDirection::kForward : prob::FastDirection::kInverse;
  }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  enum class Direction : uint8_t { kForward, kInverse };
  prob::TransformResult run(Tensor x, Tensor context, Direction direction) const;

  std::string path_;
  ColumnMap map_;
  AutoregressiveOptions options_;
  std::vector<nn::MaskedNetwork> networks_;
};

// The settings of a family of this kind, layers and network, and its flow.
std::vector<Option> autoregressive_settings();
prob::AnyTransform autoregressive_flow(std::string_view name, ColumnMap map, NetworkSees network_sees,
                                       const FlowSite& site, const Settings& settings);

}  // namespace elbo::flows
