#include "elbo/flows/sylvester.h"

#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/flows/orthonormal.h"
#include "elbo/flows/tanh_equation.h"
#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

// r_ii and r̃_ii stay below its root, so 1 + r_ii r̃_ii is at least 1e-3 and the inverse is well posed in f32.
constexpr double kLargestProduct = 1 - 1e-3;
// From 1e-3 on, five Newton steps reach the last digit of f64.
constexpr int kNewtonSteps = 8;
// First values: R small, so that the layer is near the identity; the diagonal of R̃ near tanh 1.
constexpr double kTriangleSpread = 0.01, kBSpread = 0.5;

// [count, count] with ones above the diagonal.
Tensor above_diagonal(Graph& graph, int64_t count) {
  Array mask(DType::kF32, {count, count});
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = i + 1; j < count; ++j) mask.values<float>()[static_cast<size_t>(i * count + j)] = 1;
  }
  return graph.constant(std::move(mask));
}

Tensor identity(Graph& graph, int64_t count) {
  Array mask(DType::kF32, {count, count});
  for (int64_t i = 0; i < count; ++i) mask.values<float>()[static_cast<size_t>(i * count + i)] = 1;
  return graph.constant(std::move(mask));
}

void make_triangles(std::span<double> triangles, int64_t columns) {
  const auto m = static_cast<size_t>(columns);
  for (double& value : triangles) value *= kTriangleSpread;
  for (size_t start = 0; start < triangles.size(); start += m * (m + 1)) {
    for (size_t i = 0; i < m; ++i) triangles[start + i * (m + 1) + i] += 1;
  }
}

nn::Initializer small_triangles(int64_t columns) {
  return {"sylvester-triangles", [columns](const nn::InitialCall& call) {
            call.draws.fill_normal(call.dst);
            make_triangles(call.dst, columns);
          }};
}

// The bias of the map from the context: triangles, b and vectors of each layer.
nn::Initializer near_identity(int64_t layers, int64_t columns) {
  return {"sylvester-parameters", [layers, columns](const nn::InitialCall& call) {
            call.draws.fill_normal(call.dst);
            const size_t each = call.dst.size() / static_cast<size_t>(layers);
            const auto triangles = static_cast<size_t>(columns * (columns + 1)), b = static_cast<size_t>(columns);
            for (size_t start = 0; start < call.dst.size(); start += each) {
              make_triangles(call.dst.subspan(start, triangles), columns);
              for (double& value : call.dst.subspan(start + triangles, b)) value *= kBSpread;
            }
          }};
}

// x A ᵀ for every row of x [rows, k]: one matrix for all, a [1, n, k], or one for each row, [rows, n, k].
Tensor times_transposed(Tensor x, Tensor a) {
  const Shape shape = a.shape();
  if (shape[0] == 1) return matmul(x, reshape(a, {shape[1], shape[2]}), {.transpose_b = true});
  return reshape(dot(a, reshape(x, {x.shape()[0], 1, shape[2]})), {x.shape()[0], shape[1]});
}

// Row i of a [1 or rows, n, k], from column `start` on: [1 or rows, k - start].
Tensor row_of(Tensor a, int64_t i, int64_t start) {
  const Shape shape = a.shape();
  const Tensor row = reshape(slice(a, {.axis = 1, .start = i, .stop = i + 1}), {shape[0], shape[2]});
  return slice(row, {.axis = 1, .start = start, .stop = shape[2]});
}

Tensor column_of(Tensor x, int64_t i) {
  return slice(x, {.axis = 1, .start = i, .stop = i + 1});
}

}  // namespace

// One layer's parameters, for all rows ([1, ...]) or for each ([rows, ...]).
struct Sylvester::Layer {
  SylvesterForm form{};
  bool reversed = false;        // triangular form: Q reverses the dimensions
  Tensor r, r_tilde;            // [.., M, M]: R and R̃
  Tensor diagonal, r_diagonal;  // [.., M]: r̃_ii and r_ii
  Tensor one_plus;              // [.., M]: 1 + r_ii r̃_ii
  Tensor b;                     // [.., M]
  Tensors columns;              // orthogonal: those of Q, [.., D] each
  Tensors reflections;          // Householder: unit vectors [.., D]

  static Tensor reflect(Tensor x, Tensor unit) { return x - 2 * dot(x, unit) * unit; }

  bool shared() const { return columns[0].shape()[0] == 1; }  // one Q for all rows

  // Qᵀ z
  Tensor project(Tensor z) const {
    if (!columns.empty()) {
      if (shared()) return matmul(z, concat(columns, 0), {.transpose_b = true});
      Tensors coordinates;
      for (const Tensor& column : columns) coordinates.push_back(dot(z, column));
      return concat(coordinates, 1);
    }
    for (const Tensor& unit : reflections) z = reflect(z, unit);
    return reversed ? reverse(z, 1) : z;
  }
  // Q w
  Tensor lift(Tensor w) const {
    if (!columns.empty()) {
      if (shared()) return matmul(w, concat(columns, 0));
      Tensor total = column_of(w, 0) * columns[0];
      for (size_t i = 1; i < columns.size(); ++i) {
        total = total + column_of(w, static_cast<int64_t>(i)) * columns[i];
      }
      return total;
    }
    for (size_t i = reflections.size(); i-- > 0;) w = reflect(w, reflections[i]);
    return reversed ? reverse(w, 1) : w;
  }
};

Sylvester::Sylvester(const nn::Parameters& scope, const SylvesterOptions& options)
    : path_(scope.path()), options_(options) {
  const SylvesterOptions& o = options_;
  const bool orthogonal = o.form == SylvesterForm::kOrthogonal;
  if (o.dim < 1 || o.layers < 1 || o.context_dim < 0) {
    throw ConfigError("sylvester at " + path_ + ": dim = " + std::to_string(o.dim) +
                      ", layers = " + std::to_string(o.layers) + ", context_dim = " + std::to_string(o.context_dim) +
                      ": the first two must be at least 1, the last at least 0");
  }
  if (orthogonal && (o.columns < 0 || o.columns > o.dim)) {
    throw ConfigError("sylvester at " + path_ + ": columns = " + std::to_string(o.columns) + ", must be within 0 and " +
                      std::to_string(o.dim) + ", its dimensions");
  }
  if (o.form == SylvesterForm::kHouseholder && o.reflections < 1) {
    throw ConfigError("sylvester at " + path_ + ": reflections = " + std::to_string(o.reflections) +
                      ", must be at least 1");
  }
  columns_ = orthogonal && o.columns > 0 ? o.columns : o.dim;
  const int64_t m = columns_;
  if (o.context_dim > 0) {
    const double spread = 0.01 / std::sqrt(static_cast<double>(o.context_dim));
    linear_.emplace(scope / "parameters", nn::LinearOptions{.in = o.context_dim,
                                                            .out = o.layers * (m * (m + 2) + vectors() * o.dim),
                                                            .init = nn::init::normal(spread),
                                                            .bias_init = near_identity(o.layers, m)});
    return;
  }
  triangles_ = scope.get("triangles", {.shape = {o.layers, m, m + 1}, .init = small_triangles(m)});
  b_ = scope.get("b", {.shape = {o.layers, m}, .init = nn::init::normal(kBSpread)});
  if (vectors() == 0) return;
  q_ = scope.get(orthogonal ? "q" : "v", {.shape = {o.layers, vectors(), o.dim}, .init = nn::init::normal(1)});
}

std::string_view Sylvester::name() const {
  switch (options_.form) {
    case SylvesterForm::kOrthogonal:
      return "sylvester-orthogonal";
    case SylvesterForm::kHouseholder:
      return "sylvester-householder";
    case SylvesterForm::kTriangular:
      break;
  }
  return "sylvester-triangular";
}

int64_t Sylvester::vectors() const {
  if (options_.dim == 1 || options_.form == SylvesterForm::kTriangular) return 0;
  return options_.form == SylvesterForm::kOrthogonal ? columns_ : options_.reflections;
}

std::vector<Sylvester::Layer> Sylvester::layers(Graph& graph, Tensor context, int64_t rows) const {
  const int64_t count = options_.layers, dim = options_.dim, m = columns_, sets = vectors();
  const int64_t each = m * (m + 2) + sets * dim;
  Tensor all;     // with a context: [rows, K each]
  Tensor stored;  // [1 or batch, K, sets, dim]: the vectors that make Q
  if (linear_) {
    const Tensor own = (*linear_)(context);  // [batch, K each]
    const int64_t batch = own.shape()[0];
    all = prob::spread_rows(own, rows);
    if (sets > 0) {
      const Tensor by_layer = reshape(own, {batch, count, each});
      stored = slice(by_layer, {.axis = 2, .start = m * (m + 2), .stop = each});
      stored = reshape(stored, {batch, count, sets, dim});
    }
  } else if (sets > 0) {
    stored = reshape(graph.variable(q_), {1, count, sets, dim});
  }
  // Q of all layers and rows at once: row k batch + r of each vector is that of layer k and row r.
  Tensors vectors;  // sets times [K batch, dim]
  const int64_t batch = stored.defined() ? stored.shape()[0] : 1;
  if (stored.defined()) {
    stored = transpose(stored, {2, 1, 0, 3});
    for (int64_t i = 0; i < sets; ++i) {
      vectors.push_back(reshape(slice(stored, {.axis = 0, .start = i, .stop = i + 1}), {count * batch, dim}));
    }
    if (options_.form == SylvesterForm::kOrthogonal) {
      vectors = orthonormal(vectors);
    } else {
      for (Tensor& vector : vectors) vector = unit_vector(vector);
    }
  }
  const Tensor upper = above_diagonal(graph, m), eye = identity(graph, m);
  const int64_t own_rows = linear_ ? rows : 1;
  std::vector<Layer> result;
  for (int64_t k = 0; k < count; ++k) {
    Layer layer{.form = options_.form, .reversed = options_.form == SylvesterForm::kTriangular && k % 2 == 1};
    Tensor triangles;  // [1 or rows, M, M + 1]
    if (linear_) {
      const Tensors parts =
          split(slice(all, {.axis = 1, .start = k * each, .stop = k * each + m * (m + 2)}), {m * (m + 1), m}, 1);
      triangles = reshape(parts[0], {rows, m, m + 1});
      layer.b = parts[1];
    } else {
      triangles = slice(graph.variable(triangles_), {.axis = 0, .start = k, .stop = k + 1});
      layer.b = slice(graph.variable(b_), {.axis = 0, .start = k, .stop = k + 1});
    }
    const double largest = std::sqrt(kLargestProduct);
    const Tensor right = slice(triangles, {.axis = 2, .start = 1, .stop = m + 1});
    const Tensor left = transpose(slice(triangles, {.axis = 2, .start = 0, .stop = m}), {0, 2, 1});
    const auto diagonal_of = [&](Tensor square) { return largest * tanh(reshape(dot(square, eye), {own_rows, m})); };
    layer.r_diagonal = diagonal_of(right);
    layer.diagonal = diagonal_of(left);
    layer.one_plus = 1 + layer.r_diagonal * layer.diagonal;
    layer.r = right * upper + reshape(layer.r_diagonal, {own_rows, m, 1}) * eye;
    layer.r_tilde = left * upper + reshape(layer.diagonal, {own_rows, m, 1}) * eye;
    for (const Tensor& vector : vectors) {
      const Tensor own = slice(vector, {.axis = 0, .start = k * batch, .stop = (k + 1) * batch});
      (options_.form == SylvesterForm::kOrthogonal ? layer.columns : layer.reflections)
          .push_back(prob::spread_rows(own, rows));
    }
    result.push_back(std::move(layer));
  }
  return result;
}

TransformResult Sylvester::forward(Tensor z, Tensor context) const {
  const Graph::ScopeGuard scope = z.graph().scope(path_);
  const int64_t rows = z.shape()[0];
  Tensor log_slopes;
  for (const Layer& layer : layers(z.graph(), context, rows)) {
    const Tensor h = tanh(times_transposed(layer.project(z), layer.r_tilde) + layer.b);
    const Tensor h2 = square(h);
    z = z + layer.lift(times_transposed(h, layer.r));
    const Tensor terms = log(h2 + (1 - h2) * layer.one_plus);
    log_slopes = log_slopes.defined() ? log_slopes + terms : terms;
  }
  return {.y = z, .log_abs_det = sum(log_slopes, {.axes = {1}})};
}

TransformResult Sylvester::inverse(Tensor y, Tensor context) const {
  const Graph::ScopeGuard scope = y.graph().scope(path_);
  const int64_t rows = y.shape()[0];
  const std::vector<Layer> all = layers(y.graph(), context, rows);
  Tensor log_abs_det;
  for (size_t k = all.size(); k-- > 0;) {
    const Layer& layer = all[k];
    const Tensor target = layer.project(y);  // v + R tanh(R̃ v + b)
    Tensor v, h;                             // columns i + 1 to M of v and of tanh(R̃ v + b)
    for (int64_t i = columns_; i-- > 0;) {
      Tensor c = column_of(layer.b, i), right = column_of(target, i);
      if (v.defined()) {
        c = c + dot(row_of(layer.r_tilde, i, i + 1), v);
        right = right - dot(row_of(layer.r, i, i + 1), h);
      }
      const TanhSolution solution =
          solve_tanh_equation(column_of(layer.diagonal, i) * right + c, column_of(layer.one_plus, i), kNewtonSteps);
      const Tensor v_i = right - column_of(layer.r_diagonal, i) * solution.tanh;
      v = v.defined() ? concat({v_i, v}, 1) : v_i;
      h = h.defined() ? concat({solution.tanh, h}, 1) : solution.tanh;
      const Tensor term = log(solution.slope);
      log_abs_det = log_abs_det.defined() ? log_abs_det + term : term;
    }
    y = y - layer.lift(times_transposed(h, layer.r));
  }
  return {.y = y, .log_abs_det = reshape(-log_abs_det, {rows})};
}

namespace {

template <SylvesterForm kForm>
prob::AnyTransform make_sylvester(const FlowSite& site, const Settings& s) {
  SylvesterOptions options{
      .form = kForm, .dim = site.dim, .layers = s.integer("layers"), .context_dim = site.context_dim};
  if (kForm == SylvesterForm::kOrthogonal) {
    options.columns = s.integer("columns");
    if (options.columns > site.dim) {
      s.refuse("columns", "must be at most " + std::to_string(site.dim) + ", the dimensions that the flow maps");
    }
  }
  if (kForm == SylvesterForm::kHouseholder) options.reflections = s.integer("reflections");
  return Sylvester{site.scope, options};
}

}  // namespace

const FlowFamily kSylvesterOrthogonalFamily{
    .name = "sylvester-orthogonal",
    .description = "z + Q R tanh(R̃Qᵀz + b), Q made orthonormal: many planar units that do not meet",
    .paper = "van den Berg et al. 2018",
    .settings = {layers_option(SylvesterOptions{}.layers),
                 Integer{.key = "columns",
                         .value = SylvesterOptions{}.columns,
                         .meaning = "columns of Q; 0: as many as there are dimensions",
                         .limits = {.at_least = 0, .at_most = 65'536}}},
    .fast_direction = prob::FastDirection::kForward,
    .takes_context = true,
    .make = make_sylvester<SylvesterForm::kOrthogonal>};

const FlowFamily kSylvesterHouseholderFamily{
    .name = "sylvester-householder",
    .description = "the same with Q a product of Householder reflections",
    .paper = "van den Berg et al. 2018",
    .settings = {layers_option(SylvesterOptions{}.layers), Integer{.key = "reflections",
                                                                   .value = SylvesterOptions{}.reflections,
                                                                   .meaning = "reflections that make Q",
                                                                   .limits = {.at_least = 1, .at_most = 65'536}}},
    .fast_direction = prob::FastDirection::kForward,
    .takes_context = true,
    .make = make_sylvester<SylvesterForm::kHouseholder>};

const FlowFamily kSylvesterTriangularFamily{.name = "sylvester-triangular",
                                            .description = "the same with Q the identity and the reversal in turn",
                                            .paper = "van den Berg et al. 2018",
                                            .settings = {layers_option(SylvesterOptions{}.layers)},
                                            .fast_direction = prob::FastDirection::kForward,
                                            .takes_context = true,
                                            .make = make_sylvester<SylvesterForm::kTriangular>};

}  // namespace elbo::flows
