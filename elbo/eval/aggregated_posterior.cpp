#include <algorithm>
#include <cmath>

#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/eval/diagnose.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

constexpr int64_t kPosteriorsAtOnce = 128, kCodesAtOnce = 256;

// Rows [first, first + count) of `from` to the rows of `to`, the last of them repeated.
void fill_rows(const Array& from, int64_t first, Array& to) {
  const auto src = from.values<float>();
  const auto dst = to.values<float>();
  const auto width = static_cast<size_t>(from.shape()[1]);
  for (int64_t row = 0; row < to.shape()[0]; ++row) {
    const auto at = static_cast<size_t>(std::min(first + row, from.shape()[0] - 1)) * width;
    std::copy_n(src.begin() + static_cast<std::ptrdiff_t>(at), width,
                dst.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(row) * width));
  }
}

// Logs of sums of exponentials, one for each code.
class LogSums {
 public:
  explicit LogSums(size_t count) : top_(count, -std::numeric_limits<double>::infinity()), sum_(count, 0.0) {}

  void add(size_t i, double term) {
    if (std::isnan(term) || term == std::numeric_limits<double>::infinity()) {
      throw NumericalError("the posterior's density at a code is " + std::to_string(term));
    }
    if (!(term > -std::numeric_limits<double>::infinity())) return;
    if (term <= top_[i]) {
      sum_[i] += std::exp(term - top_[i]);
    } else {
      sum_[i] = sum_[i] * std::exp(top_[i] - term) + 1;
      top_[i] = term;
    }
  }
  std::vector<double> over(double count) const {
    std::vector<double> result;
    for (size_t i = 0; i < sum_.size(); ++i) result.push_back(top_[i] + std::log(sum_[i] / count));
    return result;
  }

 private:
  std::vector<double> top_, sum_;
};

}  // namespace

AggregatedPosterior::AggregatedPosterior(const models::LatentVariable& model, const Array& x, int threads)
    : model_(model), x_(x), threads_(threads) {}

// Calls take(code, row, log q(z of the code | x of the row)) for all pairs.
template <typename Take>
void AggregatedPosterior::for_all_pairs(const Array& z, const Take& take) const {
  const int64_t dim = model_.code_dim(), pairs = kCodesAtOnce * kPosteriorsAtOnce;
  Graph graph;
  const Tensor x = graph.input("x", {kPosteriorsAtOnce, x_.shape()[1]});
  const Tensor codes = graph.input("z", {kCodesAtOnce, dim});
  // Value s * batch + r is code s at the posterior of row r.
  const Tensor spread = reshape(
      broadcast_to(reshape(codes, {kCodesAtOnce, 1, dim}), {kCodesAtOnce, kPosteriorsAtOnce, dim}), {pairs, dim});
  graph.output("log_q", model_.posterior({{"x", x}}).log_prob(spread));
  const Executable run = compile(graph, {.threads = threads_});
  const int64_t rows = x_.shape()[0], count = z.shape()[0];
  for (int64_t row = 0; row < rows; row += kPosteriorsAtOnce) {
    fill_rows(x_, row, run.input("x"));
    for (int64_t code = 0; code < count; code += kCodesAtOnce) {
      fill_rows(z, code, run.input("z"));
      run.run();
      const auto found = run.output("log_q").values<float>();
      for (int64_t s = 0; s < std::min(kCodesAtOnce, count - code); ++s) {
        for (int64_t r = 0; r < std::min(kPosteriorsAtOnce, rows - row); ++r) {
          take(code + s, row + r, static_cast<double>(found[static_cast<size_t>(s * kPosteriorsAtOnce + r)]));
        }
      }
    }
  }
}

std::vector<double> AggregatedPosterior::log_density(const Array& z) const {
  LogSums sums(static_cast<size_t>(z.shape()[0]));
  for_all_pairs(z, [&](int64_t code, int64_t /*row*/, double log_q) { sums.add(static_cast<size_t>(code), log_q); });
  return sums.over(static_cast<double>(x_.shape()[0]));
}

AggregatedPosterior::AtCodes AggregatedPosterior::log_density_at_codes(const Array& z) const {
  const auto count = static_cast<size_t>(z.shape()[0]);
  LogSums whole(count), without_own(count);
  for_all_pairs(z, [&](int64_t code, int64_t row, double log_q) {
    whole.add(static_cast<size_t>(code), log_q);
    if (code != row) without_own.add(static_cast<size_t>(code), log_q);
  });
  const auto rows = static_cast<double>(x_.shape()[0]);
  return {.whole = whole.over(rows), .without_own = without_own.over(rows - 1)};
}

}  // namespace elbo::eval
