// Feed: fills the inputs of a compiled graph from the arrays of a split that have their names.
//
//   const Executable step = compile(graph);
//   const Feed feed(step, dataset.train);
//   feed(batches.rows_of_step(7));     // every input has these rows of its array
//   step.run({.seed = 1, .step = 7});
//
// Both must outlive it.  A graph without inputs is fed with nothing.
#pragma once

#include <span>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/engine/compile.h"

namespace elbo::data {

class Feed {
 public:
  // DataError for an input that no array of the split has the name, the dtype and the shape of.
  Feed(const Executable& executable, const SplitData& split);

  // As many rows as the inputs have.  Allocates nothing.
  void operator()(std::span<const int64_t> rows) const;

 private:
  struct Input {
    const Array* rows;
    Array* input;
  };
  std::vector<Input> inputs_;
};

}  // namespace elbo::data
