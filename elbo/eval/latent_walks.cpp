#include "elbo/eval/latent_walks.h"

#include <algorithm>
#include <cmath>

#include "elbo/eval/quantile.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

size_t width_of(const Array& codes) {
  return static_cast<size_t>(codes.shape()[1]);
}

// From 0 to 1, both included.
double share_of(int64_t step, int64_t steps) {
  return static_cast<double>(step) / static_cast<double>(steps - 1);
}

double length_of(const Array& code) {
  double squares = 0;
  for (const float value : code.values<float>()) squares += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squares);
}

// first_weight · first + second_weight · second, appended.
void append_mixture(const Array& first, double first_weight, const Array& second, double second_weight,
                    std::vector<float>& path) {
  const auto a = first.values<float>(), b = second.values<float>();
  for (size_t i = 0; i < a.size(); ++i) {
    path.push_back(
        static_cast<float>(first_weight * static_cast<double>(a[i]) + second_weight * static_cast<double>(b[i])));
  }
}

}  // namespace

Array code_of(const Array& codes, int64_t row) {
  const auto values = codes.values<float>().subspan(static_cast<size_t>(row) * width_of(codes), width_of(codes));
  return Array::of<float>({1, codes.shape()[1]}, {values.begin(), values.end()});
}

Array mean_code(const Array& codes) {
  std::vector<double> sums(width_of(codes), 0.0);
  const auto values = codes.values<float>();
  for (size_t i = 0; i < values.size(); ++i) sums[i % sums.size()] += static_cast<double>(values[i]);
  Array mean(DType::kF32, {1, codes.shape()[1]});
  for (size_t i = 0; i < sums.size(); ++i) {
    mean.values<float>()[i] = static_cast<float>(sums[i] / static_cast<double>(codes.shape()[0]));
  }
  return mean;
}

Array traversal(const Array& codes, const Array& base, const TraversalOptions& options) {
  const size_t width = width_of(codes);
  std::vector<float> path;
  for (size_t dimension = 0; dimension < width; ++dimension) {
    std::vector<double> column;
    for (size_t i = dimension; i < codes.values<float>().size(); i += width) {
      column.push_back(static_cast<double>(codes.values<float>()[i]));
    }
    std::sort(column.begin(), column.end());
    const double low = quantile(column, options.outside), high = quantile(column, 1 - options.outside);
    for (int64_t step = 0; step < options.steps; ++step) {
      const auto code = base.values<float>();
      path.insert(path.end(), code.begin(), code.end());
      path[path.size() - width + dimension] = static_cast<float>(low + (high - low) * share_of(step, options.steps));
    }
  }
  return Array::of<float>({static_cast<int64_t>(width) * options.steps, codes.shape()[1]}, path);
}

Array linear_path(const Array& first, const Array& second, int64_t steps) {
  std::vector<float> path;
  for (int64_t step = 0; step < steps; ++step) {
    const double share = share_of(step, steps);
    append_mixture(first, 1 - share, second, share, path);
  }
  return Array::of<float>({steps, first.shape()[1]}, path);
}

Array spherical_path(const Array& first, const Array& second, int64_t steps) {
  constexpr double kNoCircle = 1e-6;  // sine of the angle
  double product = 0;
  for (size_t i = 0; i < first.values<float>().size(); ++i) {
    product += static_cast<double>(first.values<float>()[i]) * static_cast<double>(second.values<float>()[i]);
  }
  const double from = length_of(first), to = length_of(second);
  const double angle = from * to > 0 ? std::acos(std::clamp(product / (from * to), -1.0, 1.0)) : 0;
  if (std::sin(angle) < kNoCircle) return linear_path(first, second, steps);
  std::vector<float> path;
  for (int64_t step = 0; step < steps; ++step) {
    const double share = share_of(step, steps);
    const double length = (1 - share) * from + share * to;
    append_mixture(first, std::sin((1 - share) * angle) / std::sin(angle) * length / from, second,
                   std::sin(share * angle) / std::sin(angle) * length / to, path);
  }
  return Array::of<float>({steps, first.shape()[1]}, path);
}

Array attribute_vectors(const Array& codes, const std::vector<int32_t>& labels) {
  const size_t width = width_of(codes);
  const auto count = static_cast<size_t>(*std::max_element(labels.begin(), labels.end())) + 1;
  std::vector<double> sums(count * width, 0.0), all(width, 0.0), rows(count, 0.0);
  for (size_t row = 0; row < labels.size(); ++row) {
    const auto label = static_cast<size_t>(labels[row]);
    rows[label] += 1;
    for (size_t i = 0; i < width; ++i) {
      const auto value = static_cast<double>(codes.values<float>()[row * width + i]);
      sums[label * width + i] += value;
      all[i] += value;
    }
  }
  const auto total = static_cast<double>(labels.size());
  Array vectors(DType::kF32, {static_cast<int64_t>(count), codes.shape()[1]});
  for (size_t label = 0; label < count; ++label) {
    if (rows[label] == 0 || rows[label] == total) {
      throw DataError("attribute: " + std::string(rows[label] == 0 ? "no row has" : "all rows have") + " the label " +
                      std::to_string(label) + ", so that its mean cannot be set against others");
    }
    for (size_t i = 0; i < width; ++i) {
      const double own = sums[label * width + i];
      vectors.values<float>()[label * width + i] =
          static_cast<float>(own / rows[label] - (all[i] - own) / (total - rows[label]));
    }
  }
  return vectors;
}

Array along_vectors(const Array& base, const Array& vectors, const std::vector<double>& strengths) {
  std::vector<float> path;
  for (int64_t row = 0; row < vectors.shape()[0]; ++row) {
    for (const double strength : strengths) append_mixture(base, 1, code_of(vectors, row), strength, path);
  }
  return Array::of<float>({vectors.shape()[0] * static_cast<int64_t>(strengths.size()), base.shape()[1]}, path);
}

}  // namespace elbo::eval
