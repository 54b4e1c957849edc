#include "elbo/flows/coupling.h"

#include <algorithm>

#include "elbo/engine/ops.h"
#include "elbo/flows/actnorm.h"
#include "elbo/flows/batch_norm.h"
#include "elbo/flows/chain.h"
#include "elbo/flows/columns.h"
#include "elbo/flows/lu_linear.h"
#include "elbo/flows/permutation.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

namespace elbo::flows {

using prob::AnyTransform;
using prob::TransformResult;

namespace {

// The columns that stay and those that are mapped; the split is the same whichever half stays.
struct Halves {
  int64_t split = 0, dim = 1;
  bool exchanged = false;

  int64_t kept() const { return exchanged ? dim - split : split; }
  int64_t mapped() const { return dim - kept(); }
};

Halves halves_of(const CouplingOptions& o) {
  return {.split = o.dim / 2, .dim = o.dim, .exchanged = o.exchanged && o.dim > 1};
}

nn::Initializer initial_outputs(const ColumnMap& map, int64_t columns) {
  return {"coupling-bias", [initial = map.initial, layout = map.layout, columns](const nn::InitialCall& call) {
            for (size_t o = 0; o < call.dst.size(); ++o) {
              const bool by_output = layout == nn::OutputLayout::kByOutput;
              call.dst[o] = initial[by_output ? o / static_cast<size_t>(columns) : o % initial.size()];
            }
          }};
}

ConditionerOptions conditioner_options(const ColumnMap& map, const CouplingOptions& o) {
  if (o.dim < 1 || o.context_dim < 0) {
    throw ConfigError(map.name + ": dim = " + std::to_string(o.dim) + ", context_dim = " +
                      std::to_string(o.context_dim) + ": the first must be at least 1, the second at least 0");
  }
  const Halves halves = halves_of(o);
  return {.in = halves.kept(),
          .out = halves.mapped() * map.parameters,
          .context_dim = o.context_dim,
          .network = o.network,
          .start = o.start,
          .bias_init = initial_outputs(map, halves.mapped())};
}

// A fixed order by which at least one column changes sides.
std::vector<int64_t> mixing_order(int64_t dim, const std::string& name) {
  const int64_t split = dim / 2;
  for (int attempt = 0;; ++attempt) {
    std::vector<int64_t> order = shuffled_columns(dim, name + "." + std::to_string(attempt));
    if (dim == 1 || std::any_of(order.begin(), order.begin() + split, [&](int64_t from) { return from >= split; })) {
      return order;
    }
  }
}

std::vector<std::string> masks() {
  return {"halves", "alternating"};
}
std::vector<std::string> permutations() {
  return {"reverse", "random", "linear"};
}
std::vector<std::string> normalizations() {
  return {"none", "actnorm", "batch-norm"};
}

// Throws unless `word` is one of `known`.
void require_word(std::string_view who, std::string_view option, const std::string& word,
                  const std::vector<std::string>& known) {
  for (const std::string& one : known) {
    if (word == one) return;
  }
  throw ConfigError(std::string(who) + ": " + unknown_name(option, word, known));
}

}  // namespace

Coupling::Coupling(const nn::Parameters& scope, ColumnMap map, const CouplingOptions& options)
    : path_(scope.path()),
      map_(std::move(map)),
      options_(options),
      conditioner_(scope, conditioner_options(map_, options)) {}

TransformResult Coupling::run(Tensor x, Tensor context, const Map& map) const {
  Graph& graph = x.graph();
  const Graph::ScopeGuard scope = graph.scope(path_);
  const Halves halves = halves_of(options_);
  if (halves.kept() == 0) {
    const auto [y, log_slope] = map(x, conditioner_(graph, {}, context, x.shape()[0]));
    return {.y = y, .log_abs_det = sum(log_slope, {.axes = {1}})};
  }
  const Tensor first = columns(x, 0, halves.split), second = columns(x, halves.split, halves.dim);
  const Tensor kept = halves.exchanged ? second : first;
  const Tensor theta = conditioner_(graph, kept, context, x.shape()[0]);
  const auto [y, log_slope] = map(halves.exchanged ? first : second, theta);
  return {.y = halves.exchanged ? concat({y, kept}, 1) : concat({kept, y}, 1),
          .log_abs_det = sum(log_slope, {.axes = {1}})};
}

TransformResult Coupling::forward(Tensor z, Tensor context) const {
  return run(z, context, map_.forward);
}

TransformResult Coupling::inverse(Tensor y, Tensor context) const {
  return run(y, context, map_.inverse);
}

AnyTransform coupling_stack(std::string_view name, const ColumnMap& map, const FlowSite& site,
                            const CouplingStackOptions& o) {
  const std::string who = std::string(name) + " at " + site.scope.path();
  require_word(who, "mask", o.mask, masks());
  require_word(who, "permutation", o.permutation, permutations());
  require_word(who, "normalization", o.normalization, normalizations());
  const int64_t dim = site.dim;
  const bool exchange = o.permutation == "reverse", alternating = o.mask == "alternating" && dim > 1;
  std::vector<AnyTransform> parts;
  // Alternating columns are halves of the columns put into another order, once for the whole stack.
  if (alternating) parts.emplace_back(Permutation{even_then_odd_columns(dim)});
  ColumnMap named = map;
  named.name = name;
  for (int64_t k = 0; k < o.layers; ++k) {
    const nn::Parameters layer = site.scope / std::to_string(k);
    if (k > 0 && o.permutation == "random") parts.emplace_back(Permutation{mixing_order(dim, layer.path())});
    if (k > 0 && o.permutation == "linear") parts.emplace_back(LuLinear{layer / "linear", {.dim = dim}});
    parts.emplace_back(Coupling{layer,
                                named,
                                {.dim = dim,
                                 .context_dim = site.context_dim,
                                 .network = o.network,
                                 .start = o.start,
                                 .exchanged = exchange && k % 2 == 1}});
    if (o.normalization == "actnorm") parts.emplace_back(ActNorm{layer / "norm", {.dim = dim}});
    if (o.normalization == "batch-norm") parts.emplace_back(BatchNorm{layer / "norm", {.dim = dim}});
  }
  if (alternating) parts.emplace_back(Permutation{inverse_order(even_then_odd_columns(dim))});
  return Chain(std::move(parts), std::string(name));
}

std::vector<Option> coupling_settings() {
  return {layers_option(CouplingStackOptions{}.layers),
          Part{.key = "network",
               .value = "mlp",
               .meaning = "from the columns that stay in a layer to the map of the others",
               .rows = nn::networks().view(),
               .place = network_start_settings()},
          Text{.key = "mask",
               .value = CouplingStackOptions{}.mask,
               .meaning = "the columns that stay in a layer are one half, or every other one",
               .choices = masks}};
}

std::vector<Option> mixing_settings() {
  return {Text{.key = "permutation",
               .value = CouplingStackOptions{}.permutation,
               .meaning = "what happens to the columns between layers",
               .choices = permutations},
          Text{.key = "normalization",
               .value = CouplingStackOptions{}.normalization,
               .meaning = "what follows each layer",
               .choices = normalizations}};
}

CouplingStackOptions coupling_options(const Settings& s) {
  CouplingStackOptions options{.layers = s.integer("layers"),
                               .network = nn::network_of(s.part("network")),
                               .start = network_start_of(s.part("network")),
                               .mask = s.text("mask")};
  if (!s.has("permutation")) return options;
  options.permutation = s.text("permutation");
  options.normalization = s.text("normalization");
  return options;
}

}  // namespace elbo::flows
