// Batches: which rows of a split a step takes.
//
//   Batches batches({.rows = 60000, .batch_size = 128, .seed = 1});
//   for (int64_t batch = 0; batch < batches.batches_per_epoch(); ++batch) {
//     gather(train.rows, batches.rows_of(epoch, batch), x);      // x is allocated once, u8 [128, 784]
//   }
//
// The order of an epoch is a function of seed and epoch alone, so (epoch, batch) is all that resuming needs.
// EvaluationBatches goes through all rows in order, once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "elbo/engine/array.h"

namespace elbo::data {

struct BatchesOptions {
  int64_t rows = 0;
  int64_t batch_size = 128;
  uint64_t seed = 0;
  bool shuffle = true;
};

class Batches {
 public:
  // Throws ConfigError unless 1 <= batch_size <= rows.
  explicit Batches(const BatchesOptions& options);

  int64_t batches_per_epoch() const { return options_.rows / options_.batch_size; }
  // Rows that an epoch leaves out because they fill no batch; shuffled, they are others each epoch.
  int64_t rows_left_out() const { return options_.rows % options_.batch_size; }
  // The rows of one batch, valid until the next call.  Allocates nothing.
  std::span<const int64_t> rows_of(int64_t epoch, int64_t batch);
  // The same counted through all epochs.
  std::span<const int64_t> rows_of_step(int64_t step) {
    return rows_of(step / batches_per_epoch(), step % batches_per_epoch());
  }

 private:
  BatchesOptions options_;
  std::vector<int64_t> order_;
  int64_t epoch_ = -1;  // that `order_` is of
};

struct EvaluationBatch {
  std::span<const int64_t> rows;  // always batch_size of them
  int64_t valid = 0;              // the first so many count; the others repeat the last row
};

class EvaluationBatches {
 public:
  // Throws ConfigError unless both are at least 1.
  EvaluationBatches(int64_t rows, int64_t batch_size);

  int64_t count() const { return (rows_ + batch_size_ - 1) / batch_size_; }
  // Valid until the next call.
  EvaluationBatch batch(int64_t index);

 private:
  int64_t rows_;
  int64_t batch_size_;
  std::vector<int64_t> order_;
};

// Copies the named rows (slices along the first axis) into `out`, which has their count, shape and dtype already;
// throws ShapeError otherwise.  Allocates nothing.
void gather(const Array& rows, std::span<const int64_t> indices, Array& out);

}  // namespace elbo::data
