// Form: how a kernel cuts its rows and columns: into blocks, which threads claim, and those into tiles, which stay in
// the L1 cache; and whether its tiles are turned.  Everything follows from the shapes and from constant
// masks, so that results do too.
#pragma once

#include "elbo/engine/cpu/kernels/cut.h"
#include "elbo/engine/cpu/kernels/matmul.h"
#include "elbo/engine/cpu/schedule/schedule.h"

namespace elbo::cpu {

struct Form {
  int64_t rows = 1, cols = 1;              // of the whole kernel
  int64_t block_rows = 1, block_cols = 1;  // at most
  bool even = false;  // blocks are as equal as a product's grain allows; otherwise the last one has what is left
  std::vector<Cut> col_cuts;  // where blocks of columns differ otherwise
  int64_t tile_rows = 1;
  bool cols_blocked = false;
  bool turned = false;
  bool flat = false;  // everything is seen as one long row

  int64_t row_parts() const;
  int64_t col_parts() const;
  Cut rows_of(int64_t part) const;
  Cut cols_of(int64_t part) const;
};

Form choose_form(const Graph& graph, const Schedule& schedule, const Component& component);

// Whether a sum is over everything.
inline bool is_total(const Node& node) {
  return node.shape.elements() == 1;
}

}  // namespace elbo::cpu
