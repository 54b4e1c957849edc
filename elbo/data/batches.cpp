#include "elbo/data/batches.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "elbo/data/random.h"
#include "elbo/settings/error.h"

namespace elbo::data {

Batches::Batches(const BatchesOptions& options) : options_(options) {
  if (options.batch_size < 1 || options.batch_size > options.rows) {
    throw ConfigError("batch_size = " + std::to_string(options.batch_size) + " with " + std::to_string(options.rows) +
                      " rows: must be from 1 to the number of rows");
  }
  order_.resize(static_cast<size_t>(options.rows));
  std::iota(order_.begin(), order_.end(), int64_t{0});
}

std::span<const int64_t> Batches::rows_of(int64_t epoch, int64_t batch) {
  if (epoch < 0 || batch < 0 || batch >= batches_per_epoch()) {
    throw ShapeError("batch " + std::to_string(batch) + " of epoch " + std::to_string(epoch) + ": an epoch has " +
                     std::to_string(batches_per_epoch()) + " batches");
  }
  if (options_.shuffle && epoch != epoch_) {
    permute(order_, {.seed = options_.seed, .purpose = Purpose::kShuffle, .stream = static_cast<uint32_t>(epoch)});
    epoch_ = epoch;
  }
  return std::span(order_).subspan(static_cast<size_t>(batch * options_.batch_size),
                                   static_cast<size_t>(options_.batch_size));
}

EvaluationBatches::EvaluationBatches(int64_t rows, int64_t batch_size) : rows_(rows), batch_size_(batch_size) {
  if (rows < 1 || batch_size < 1) {
    throw ConfigError("evaluation of " + std::to_string(rows) + " rows in batches of " + std::to_string(batch_size) +
                      ": both must be at least 1");
  }
  order_.resize(static_cast<size_t>(batch_size));
}

EvaluationBatch EvaluationBatches::batch(int64_t index) {
  if (index < 0 || index >= count()) {
    throw ShapeError("evaluation batch " + std::to_string(index) + ": there are " + std::to_string(count()));
  }
  const int64_t first = index * batch_size_;
  for (int64_t i = 0; i < batch_size_; ++i) order_[static_cast<size_t>(i)] = std::min(first + i, rows_ - 1);
  return {.rows = order_, .valid = std::min(batch_size_, rows_ - first)};
}

void gather(const Array& rows, std::span<const int64_t> indices, Array& out) {
  bool fits = rows.shape().rank() >= 1 && rows.dtype() == out.dtype() && rows.shape().rank() == out.shape().rank() &&
              out.shape()[0] == static_cast<int64_t>(indices.size());
  for (int axis = 1; fits && axis < rows.shape().rank(); ++axis) fits = rows.shape()[axis] == out.shape()[axis];
  if (!fits) {
    throw ShapeError("gather of " + std::to_string(indices.size()) + " rows of " + to_string(rows.shape()) + " " +
                     std::string(name_of(rows.dtype())) + ": does not fit " + to_string(out.shape()) + " " +
                     std::string(name_of(out.dtype())));
  }
  const int64_t count = rows.shape()[0];
  const size_t row_bytes = count > 0 ? rows.bytes() / static_cast<size_t>(count) : 0;
  std::byte* dst = out.data();
  for (const int64_t index : indices) {
    if (index < 0 || index >= count) {
      throw ShapeError("gather: row " + std::to_string(index) + " of " + std::to_string(count));
    }
    std::memcpy(dst, rows.data() + static_cast<size_t>(index) * row_bytes, row_bytes);
    dst += row_bytes;
  }
}

}  // namespace elbo::data
