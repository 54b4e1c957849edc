#include "elbo/prob/full_normal.h"

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/rows.h"
#include "elbo/prob/terms_internal.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

constexpr std::string_view kFullNormalName = "full-normal";

// [dim, dim] with ones on the diagonal, or below it.
Tensor mask(Graph& graph, int64_t dim, bool below) {
  Array array(DType::kF32, {dim, dim});
  for (int64_t i = 0; i < dim; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      if (below == (j < i)) array.values<float>()[static_cast<size_t>(i * dim + j)] = 1;
    }
  }
  return graph.constant(std::move(array));
}

// [rows, dim (dim - 1) / 2], row by row of the triangle below the diagonal -> [rows, dim, dim], zeros elsewhere.
Tensor below_diagonal(Tensor packed, int64_t dim) {
  const int64_t batch = packed.shape()[0];
  Tensors rows;
  for (int64_t i = 1; i < dim; ++i) {
    const int64_t start = i * (i - 1) / 2;
    rows.push_back(pad(slice(packed, {.axis = 1, .start = start, .stop = start + i}), {.axis = 1, .after = dim - i}));
  }
  return reshape(pad(concat(rows, 1), {.axis = 1, .before = dim}), {batch, dim, dim});
}

}  // namespace

int64_t FullNormal::event_dim() const {
  return require_parameter_rows(kFullNormalName, "loc", loc)[1];
}

int64_t FullNormal::rows() const {
  return require_parameter_rows(kFullNormalName, "loc", loc)[0];
}

Tensor FullNormal::factor() const {
  const int64_t dim = event_dim(), batch = rows();
  const Shape diagonal = require_parameter_rows(kFullNormalName, "log_diagonal", log_diagonal);
  if (!lower.defined()) throw ShapeError("full-normal: lower is missing, [batch, dim, dim] is required");
  const Shape below = lower.shape();
  const auto fits = [&](const Shape& shape) { return shape[0] == batch || shape[0] == 1; };
  if (diagonal[1] != dim || !fits(diagonal) || below.rank() != 3 || !fits(below) || below[1] != dim ||
      below[2] != dim) {
    throw ShapeError("full-normal: loc " + to_string(loc.shape()) + ", log_diagonal " + to_string(diagonal) +
                     " and lower " + to_string(below) + ": [batch, dim], [batch or 1, dim] and [batch or 1, dim, dim]" +
                     " are required");
  }
  Graph& graph = loc.graph();
  const Tensor scale = reshape(exp(log_diagonal), {diagonal[0], dim, 1});
  return lower * mask(graph, dim, true) + scale * mask(graph, dim, false);
}

FullNormal FullNormal::held() const {
  return {.loc = hold(loc), .log_diagonal = hold(log_diagonal), .lower = hold(lower)};
}

// e with L e = value - loc, row by row of L.
Tensor FullNormal::log_prob(Tensor value) const {
  const Tensor l = factor();
  const int64_t dim = event_dim(), n = require_rows(kFullNormalName, value, dim, rows());
  const Tensor away = value - spread_rows(loc, n), all = spread_rows(l, n);
  const Tensor log_scale = spread_rows(log_diagonal, n), inverse_scale = exp(-log_scale);
  const int64_t own = all.shape()[0];
  Tensor e;
  for (int64_t i = 0; i < dim; ++i) {
    const auto column = [&](Tensor x) { return slice(x, {.axis = 1, .start = i, .stop = i + 1}); };
    Tensor rest = column(away);
    if (i > 0) {
      const Tensor row = reshape(slice(all, {.axis = 1, .start = i, .stop = i + 1}), {own, dim});
      rest = rest - dot(slice(row, {.axis = 1, .start = 0, .stop = i}), e);
    }
    const Tensor next = rest * column(inverse_scale);
    e = i == 0 ? next : concat({e, next}, 1);
  }
  return sum(-0.5 * square(e) - log_scale, {.axes = {1}}) - half_log_two_pi(dim);
}

Tensor FullNormal::sample(Graph& graph, int64_t rows) const {
  return sample_and_log_prob(graph, rows).value;
}

SampleAndLogProb FullNormal::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor l = factor();
  const int64_t dim = event_dim();
  require_row_count(kFullNormalName, rows, this->rows());
  const Tensor e = random_normal(graph, {rows, dim});
  Tensor moved;
  if (l.shape()[0] == 1) {
    moved = matmul(e, reshape(l, {dim, dim}), {.transpose_b = true});
  } else {
    moved = reshape(dot(spread_rows(l, rows), reshape(e, {rows, 1, dim})), {rows, dim});
  }
  return {.value = spread_rows(loc, rows) + moved,
          .log_prob = sum(-0.5 * square(e) - spread_rows(log_diagonal, rows), {.axes = {1}}) - half_log_two_pi(dim)};
}

std::optional<Tensor> FullNormal::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor FullNormal::center(Graph& /*graph*/, int64_t rows) const {
  factor();
  require_row_count(kFullNormalName, rows, this->rows());
  return full_rows(loc, rows, event_dim());
}

std::optional<Tensor> FullNormal::entropy(Graph& /*graph*/, int64_t rows) const {
  factor();
  require_row_count(kFullNormalName, rows, this->rows());
  const int64_t dim = event_dim();
  return sum(full_rows(log_diagonal, rows, dim), {.axes = {1}}) +
         (half_log_two_pi(dim) + 0.5 * static_cast<double>(dim));
}

// "lower" has the numbers of L below its diagonal, row by row and in units of the row's scale / dim:
// L = diag(scale) (I + U / dim).  So a row's numbers together are as large as one of them: each step of the optimizer
// moves all, and they add up to a noise that drowns the rest.
const DistributionFamily kFullNormalFamily{
    .name = "full-normal",
    .description = "a normal of any covariance: mean and Cholesky factor",
    .paper = "Kingma & Welling 2019, 2.5.1",
    .parameters = [](int64_t dim, const Settings& /*settings*/) -> std::vector<ParameterSpec> {
      std::vector<ParameterSpec> specs{{.name = "loc", .shape = {dim}, .role = Role::kLocation},
                                       {.name = "scale", .shape = {dim}, .role = Role::kScale}};
      // One dimension has nothing below its diagonal.  Heads begin close to independent dimensions.
      if (dim > 1) specs.push_back({.name = "lower", .shape = {dim * (dim - 1) / 2}, .head_spread = 0.01});
      return specs;
    },
    .make = [](int64_t dim, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      const Tensor loc = p("loc"), scale = p("scale");
      Tensor lower = zeros(loc.graph(), {1, dim, dim});
      if (dim > 1) {
        const Tensor unit = reshape(scale * (1.0 / static_cast<double>(dim)), {scale.shape()[0], dim, 1});
        lower = unit * below_diagonal(p("lower"), dim);
      }
      return FullNormal{.loc = loc, .log_diagonal = log_of(scale), .lower = lower};
    }};

}  // namespace elbo::prob
