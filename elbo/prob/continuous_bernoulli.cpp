#include "elbo/prob/continuous_bernoulli.h"

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/rows.h"

namespace elbo::prob {

namespace {

Tensor rows_of_logits(const ContinuousBernoulli& d, int64_t rows) {
  require_row_count(d.name(), rows, d.rows());
  return repeat_rows(d.logits, d.rows() > 0 ? rows / d.rows() : 1);
}

// Formulas whose gradients lose their digits at l = 0, and series that stand for them there: each is given only what
// it is good for, so that no gradient of the other comes through.
struct Split {
  Tensor l;
  double border;  // the series holds for |l| below it

  Tensor near() const { return clamp(l, -border, border); }
  Tensor far_size() const { return maximum(abs(l), border); }
  Tensor join(Tensor series, Tensor formula) const { return select(less(abs(l), border), series, formula); }
};

// A(l) = log(sinh(h) / h), h = l/2.  The series is Σ 2^(2n-1) B_2n / (n (2n)!) h^2n; six terms are exact to 1e-16.
Tensor log_normalizer(Tensor l) {
  const Split split{l, 0.5};
  const Tensor s = 0.25 * square(split.near());
  const Tensor near =
      s * (1.0 / 6 +
           s * (-1.0 / 180 + s * (1.0 / 2835 + s * (-1.0 / 37800 + s * (1.0 / 467775 + s * (-691.0 / 3831077250))))));
  const Tensor size = split.far_size();
  return split.join(near, 0.5 * size + log(-expm1(-size)) - log(size));
}

// A'(l) = ½ coth(l/2) - 1/l, the distance of the mean from ½.
Tensor mean_less_half(Tensor l) {
  const Split split{l, 0.5};
  const Tensor h = 0.5 * split.near(), s = square(h);
  const Tensor near =
      h *
      (1.0 / 6 + s * (-1.0 / 90 + s * (1.0 / 945 + s * (-1.0 / 9450 + s * (1.0 / 93555 + s * (-691.0 / 638512875))))));
  const Tensor size = split.far_size();
  return split.join(near, sign(l) * (0.5 + exp(-size) / -expm1(-size) - 1 / size));
}

// The value below which a share u of the distribution lies; for l > 0 of the one mirrored at ½, and mirrored back.
// The series has the cumulants of a coin u, Σ_n κ_n(u) l^(n-1) / n!; seven are exact to 1e-11.
Tensor quantile(Tensor l, Tensor u) {
  const Split split{l, 0.1};
  const Tensor t = split.near(), v = u * (1 - u);
  const Tensor k3 = 1 - 2 * u, k4 = 1 - 6 * v, k5 = k3 * (1 - 12 * v), k6 = 1 - 30 * v + 120 * square(v);
  const Tensor k7 = k3 * (1 - 60 * v + 360 * square(v));
  const Tensor near =
      u + t * v * (0.5 + t * (k3 / 6 + t * (k4 / 24 + t * (k5 / 120 + t * (k6 / 720 + t * (k7 / 5040))))));
  const Tensor size = split.far_size();
  const Tensor below_half = minimum(log1p(u * expm1(-size)) / -size, 1.0);
  return split.join(near, select(less(0.0, l), 1 - below_half, below_half));
}

}  // namespace

int64_t ContinuousBernoulli::event_dim() const {
  return require_parameter_rows(name(), "logits", logits)[1];
}
int64_t ContinuousBernoulli::rows() const {
  return require_parameter_rows(name(), "logits", logits)[0];
}

Tensor ContinuousBernoulli::log_prob(Tensor value) const {
  return sum(*log_prob_terms(value), {.axes = {-1}});
}

std::optional<Tensor> ContinuousBernoulli::log_prob_terms(Tensor value) const {
  const Tensor l = rows_of_logits(*this, require_rows(name(), value, event_dim(), rows()));
  return (value - 0.5) * l - log_normalizer(l);
}

Tensor ContinuousBernoulli::sample(Graph& graph, int64_t rows) const {
  const Tensor l = rows_of_logits(*this, rows);
  return quantile(l, random_uniform(graph, l.shape()));
}

SampleAndLogProb ContinuousBernoulli::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> ContinuousBernoulli::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor ContinuousBernoulli::center(Graph& /*graph*/, int64_t rows) const {
  return 0.5 + mean_less_half(rows_of_logits(*this, rows));
}

std::optional<Tensor> ContinuousBernoulli::entropy(Graph& /*graph*/, int64_t rows) const {
  const Tensor l = rows_of_logits(*this, rows);
  return sum(log_normalizer(l) - mean_less_half(l) * l, {.axes = {-1}});
}

ContinuousBernoulli ContinuousBernoulli::held() const {
  return {.logits = hold(logits)};
}

const DistributionFamily kContinuousBernoulliFamily{
    .name = "continuous-bernoulli",
    .description = "a density of values in [0, 1] by logits: the cross-entropy of grey values, normalised",
    .paper = "Loaiza-Ganem & Cunningham 2019",
    .values = Values::kUnit,
    .parameters = [](int64_t dim, const Settings& /*settings*/) -> std::vector<ParameterSpec> {
      return {{.name = "logits", .shape = {dim}, .role = Role::kLogits}};
    },
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return ContinuousBernoulli{.logits = p("logits")};
    }};

}  // namespace elbo::prob
