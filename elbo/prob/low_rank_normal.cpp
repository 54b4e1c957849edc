#include "elbo/prob/low_rank_normal.h"

#include <cmath>
#include <numbers>

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/rows.h"
#include "elbo/prob/terms_internal.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

constexpr std::string_view kLowRankName = "low-rank-normal";

struct LowRankExtents {
  int64_t batch = 0, dim = 0, rank = 0;
};

LowRankExtents low_rank_extents_of(const LowRankNormal& d) {
  const Shape loc = require_parameter_rows(kLowRankName, "loc", d.loc);
  const Shape scale = require_parameter_rows(kLowRankName, "log_scale", d.log_scale);
  if (!d.factor.defined()) throw ShapeError("low-rank-normal: factor is missing, [batch, dim, rank] is required");
  const Shape factor = d.factor.shape();
  const auto fits = [&](const Shape& shape) { return shape[0] == loc[0] || shape[0] == 1; };
  if (scale[1] != loc[1] || !fits(scale) || factor.rank() != 3 || !fits(factor) || factor[1] != loc[1] ||
      factor[2] < 1) {
    throw ShapeError("low-rank-normal: loc " + to_string(loc) + ", log_scale " + to_string(scale) + " and factor " +
                     to_string(factor) + ": [batch, dim], [batch or 1, dim] and [batch or 1, dim, rank] are required");
  }
  return {loc[0], loc[1], factor[2]};
}

// The columns of (F, I), each less its parts along those before it.
struct Orthogonal {
  Tensors vectors;  // each [batch or 1, dim + rank]
  Tensors squares;  // of their lengths, each [batch or 1, 1]
};

Orthogonal orthogonalised(Tensor factor) {
  const int64_t own = factor.shape()[0], dim = factor.shape()[1], rank = factor.shape()[2], length = dim + rank;
  Array identity(DType::kF32, {1, rank, rank});
  for (int64_t i = 0; i < rank; ++i) identity.values<float>()[static_cast<size_t>(i * rank + i)] = 1;
  const Tensor below = broadcast_to(factor.graph().constant(std::move(identity)), {own, rank, rank});
  Tensor left = concat({transpose(factor), below}, 2);  // [own, columns still to come, length]
  Orthogonal all;
  for (int64_t k = 0; k < rank; ++k) {
    const Tensor v = slice(left, {.axis = 1, .start = 0, .stop = 1});
    const Tensor v_square = dot(v, v);
    all.vectors.push_back(reshape(v, {own, length}));
    all.squares.push_back(reshape(v_square, {own, 1}));
    if (k + 1 == rank) break;
    const Tensor rest = slice(left, {.axis = 1, .start = 1, .stop = rank - k});
    left = rest - dot(rest, v) / v_square * v;
  }
  return all;
}

Tensor log_det_of(const Orthogonal& columns) {
  Tensor total = log(columns.squares[0]);
  for (size_t k = 1; k < columns.squares.size(); ++k) total = total + log(columns.squares[k]);
  return total;
}

// What is left of (a, 0), for a [n, dim]: (a - F u, -u) with the u that makes ‖a - F u‖² + ‖u‖² smallest.
Tensor left_of(const Orthogonal& columns, Tensor a, int64_t rank) {
  const int64_t n = a.shape()[0];
  Tensor left = pad(a, {.axis = 1, .after = rank});
  for (size_t k = 0; k < columns.vectors.size(); ++k) {
    const Tensor v = spread_rows(columns.vectors[k], n);
    left = left - dot(left, v) / spread_rows(columns.squares[k], n) * v;
  }
  return left;
}

// F u for u [rows, rank]: [rows, dim].
Tensor shared_part(const LowRankNormal& d, Tensor u) {
  const LowRankExtents extents = low_rank_extents_of(d);
  const int64_t rows = u.shape()[0];
  if (d.factor.shape()[0] == 1) {
    return matmul(u, reshape(d.factor, {extents.dim, extents.rank}), {.transpose_b = true});
  }
  return reshape(dot(spread_rows(d.factor, rows), reshape(u, {rows, 1, extents.rank})), {rows, extents.dim});
}

// log p of loc + scale a, for a [n, dim].
Tensor log_prob_of_noise(const LowRankNormal& d, Tensor a) {
  const LowRankExtents extents = low_rank_extents_of(d);
  const int64_t n = a.shape()[0];
  const Orthogonal columns = orthogonalised(d.factor);
  const Tensor left = left_of(columns, a, extents.rank);
  const Tensor log_det = spread_rows(log_det_of(columns), n), log_scales = spread_rows(d.log_scale, n);
  return -0.5 * sum(square(left), {.axes = {1}}) - sum(log_scales, {.axes = {1}}) - 0.5 * sum(log_det, {.axes = {1}}) -
         half_log_two_pi(extents.dim);
}

}  // namespace

int64_t LowRankNormal::event_dim() const {
  return low_rank_extents_of(*this).dim;
}

int64_t LowRankNormal::rows() const {
  return low_rank_extents_of(*this).batch;
}

Tensor LowRankNormal::log_det() const {
  low_rank_extents_of(*this);
  return log_det_of(orthogonalised(factor));
}

LowRankNormal LowRankNormal::held() const {
  return {.loc = hold(loc), .log_scale = hold(log_scale), .factor = hold(factor)};
}

Tensor LowRankNormal::standardized(Tensor value) const {
  const int64_t n = require_rows(kLowRankName, value, event_dim(), rows());
  return (value - spread_rows(loc, n)) * exp(-spread_rows(log_scale, n));
}

Tensor LowRankNormal::log_prob(Tensor value) const {
  return log_prob_of_noise(*this, standardized(value));
}

Tensor LowRankNormal::shared_mean(Tensor value) const {
  const auto [batch, dim, rank] = low_rank_extents_of(*this);
  const Tensor left = left_of(orthogonalised(factor), standardized(value), rank);
  return -slice(left, {.axis = 1, .start = dim, .stop = dim + rank});
}

// The mean of u given a moves as linearly with a as u itself does on average, and what is left of u is independent of
// a: a draw of both, moved to the a at hand, is a draw given a (Hoffman & Ribak 1991).
Tensor LowRankNormal::shared_draw(Tensor value) const {
  const auto [batch, dim, rank] = low_rank_extents_of(*this);
  const Tensor a = standardized(value);
  const int64_t n = a.shape()[0];
  const Tensor e = random_normal(a.graph(), {n, dim}), u = random_normal(a.graph(), {n, rank});
  const Tensor left = left_of(orthogonalised(factor), a - (e + shared_part(*this, u)), rank);
  return u - slice(left, {.axis = 1, .start = dim, .stop = dim + rank});
}

Tensor LowRankNormal::sample(Graph& graph, int64_t rows) const {
  return sample_and_log_prob(graph, rows).value;
}

SampleAndLogProb LowRankNormal::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const LowRankExtents extents = low_rank_extents_of(*this);
  require_row_count(kLowRankName, rows, extents.batch);
  const Tensor e = random_normal(graph, {rows, extents.dim}), u = random_normal(graph, {rows, extents.rank});
  const Tensor a = e + shared_part(*this, u);
  return {.value = spread_rows(loc, rows) + exp(spread_rows(log_scale, rows)) * a,
          .log_prob = log_prob_of_noise(*this, a)};
}

std::optional<Tensor> LowRankNormal::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor LowRankNormal::center(Graph& /*graph*/, int64_t rows) const {
  require_row_count(kLowRankName, rows, this->rows());
  return full_rows(loc, rows, event_dim());
}

std::optional<Tensor> LowRankNormal::entropy(Graph& /*graph*/, int64_t rows) const {
  const int64_t dim = event_dim();
  require_row_count(kLowRankName, rows, this->rows());
  return sum(full_rows(log_scale, rows, dim), {.axes = {1}}) + 0.5 * sum(full_rows(log_det(), rows, 1), {.axes = {1}}) +
         (half_log_two_pi(dim) + 0.5 * static_cast<double>(dim));
}

const DistributionFamily kLowRankNormalFamily{
    .name = "low-rank-normal",
    .description = "a normal with noise of each dimension and noise that dimensions share: diagonal plus low rank",
    .paper = "Ong et al. 2018",
    .settings = {Integer{.key = "rank",
                         .value = 2,
                         .meaning = "how many draws the dimensions share",
                         .limits = {.at_least = 1, .at_most = 64}}},
    // In units of the scale.  It must not begin at 0, where it would stay.
    .parameters = [](int64_t dim, const Settings& settings) -> std::vector<ParameterSpec> {
      return {{.name = "loc", .shape = {dim}, .role = Role::kLocation},
              {.name = "scale", .shape = {dim}, .role = Role::kScale},
              {.name = "factor", .shape = {dim, settings.integer("rank")}, .spread = 0.1, .head_spread = 0.1}};
    },
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return LowRankNormal{.loc = p("loc"), .log_scale = log_of(p("scale")), .factor = p("factor")};
    }};

}  // namespace elbo::prob
