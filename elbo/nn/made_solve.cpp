// Made::solve: column after column, each hidden unit computed once.
//
// Pass m = 0 .. dim-1 computes the units of degree m of every hidden layer, the outputs of the column at place m + 1,
// and that column.  All units such a slice sees are known by then, so the masked entries of the weights are never
// touched.  Passes are taken in groups, as a blocked triangular solve does it: what a group's units see of all groups
// before is one product a layer for the whole group, large enough to be fast, and only what they see within their own
// group is left to the passes.
//
// Degree 0 .. dim-1 is written m; levels are 0 for the columns (a column belongs to the pass that finds it), 1 .. L for
// the hidden layers, L + 1 for the outputs.
#include <algorithm>
#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/nn/made.h"

namespace elbo::nn {

namespace {

constexpr int64_t kLargestGroup = 16;

struct Range {
  int64_t start = 0, stop = 0;
  int64_t size() const { return stop - start; }
};

Tensor rows_of(Tensor x, Range range) {
  return slice(x, {.axis = 0, .start = range.start, .stop = range.stop});
}

Tensor columns_of(Tensor x, Range range) {
  return slice(x, {.axis = 1, .start = range.start, .stop = range.stop});
}

Tensor plus(Tensor a, Tensor b) {
  return !a.defined() ? b : !b.defined() ? a : a + b;
}

// Rows or columns in another order; unchanged when it is the one they have.
Tensor reordered(Tensor x, const std::vector<int64_t>& from, int axis) {
  std::vector<int32_t> indices(from.begin(), from.end());
  if (std::is_sorted(indices.begin(), indices.end())) return x;
  if (std::is_sorted(indices.rbegin(), indices.rend())) return reverse(x, axis);
  return gather(x, x.graph().constant(Array::of<int32_t>({static_cast<int64_t>(from.size())}, indices)), axis);
}

}  // namespace

class MadeSolver {
 public:
  MadeSolver(const Made& made, Graph& graph, int64_t rows, Tensor context)
      : made_(made), graph_(graph), rows_(rows), dim_(made.options_.dim), levels_(made.degrees_.size()) {
    for (int64_t column = 0; column < dim_; ++column) {
      column_at_[static_cast<size_t>(made.options_.order[static_cast<size_t>(column)] - 1)] = column;
    }
    for (size_t level = 1; level < levels_; ++level) {
      Tensor weight, bias;
      if (const auto& layer = made.layers_[level - 1]) {
        weight = graph.variable(layer->weight());
        bias = graph.variable(layer->bias());
        if (level == 1) weight = reordered(weight, column_at_, 1);
      }
      Tensor added = bias.defined() ? reshape(bias, {1, bias.shape()[0]}) : bias;
      if (level == 1 && made.context_) added = plus(made.context_term(context, rows), added);
      if (made.lone_bias_ != nullptr) added = reshape(graph.variable(made.lone_bias_), {1, made.options_.outputs});
      if (level + 1 == levels_) {
        const std::vector<int64_t> from = outputs_by_place();
        if (weight.defined()) weight = reordered(weight, from, 0);
        added = reordered(added, from, 1);
      }
      // Columns are added one by one, as the passes find them: their weights are wanted as rows.
      weights_[level] = level == 1 && weight.defined() ? transpose(weight) : weight;
      added_[level] = added;
    }
  }

  Tensor solve(const Made::NextColumn& next) {
    const auto wanted = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(dim_))));
    const int64_t size = std::clamp<int64_t>(wanted, 1, kLargestGroup);
    Tensors columns(static_cast<size_t>(dim_));
    for (int64_t start = 0; start < dim_; start += size) {
      group_ = {start, std::min(start + size, dim_)};
      begin_group();
      for (int64_t m = group_.start; m < group_.stop; ++m) {
        for (size_t level = 1; level + 1 < levels_; ++level) compute_units(level, m);
        const int64_t column = column_at_[static_cast<size_t>(m)];
        const Tensor x = next(column, broadcast_to(sum_into(levels_ - 1, m), {rows_, made_.options_.outputs}));
        columns[static_cast<size_t>(column)] = x;
        const double largest = made_.options_.largest_input;
        inputs_.push_back(clamp(x, -largest, largest));
      }
      end_group();
    }
    return dim_ == 1 ? columns[0] : concat(columns, 1);
  }

 private:
  // Units of `level` with degrees from range.start up to, not including, range.stop.  Columns are found by the pass of
  // their own index; outputs are in the order of places.
  Range units(size_t level, Range degrees) const {
    if (level == 0) return degrees;
    if (level + 1 == levels_) return {degrees.start * made_.options_.outputs, degrees.stop * made_.options_.outputs};
    const std::vector<int64_t>& all = made_.degrees_[level];
    const auto below = [&](int64_t degree) { return std::lower_bound(all.begin(), all.end(), degree) - all.begin(); };
    return {below(degrees.start), below(degrees.stop)};
  }

  // Row o of the sorted outputs: place o / outputs, output o % outputs.
  std::vector<int64_t> outputs_by_place() const {
    const int64_t outputs = made_.options_.outputs;
    const bool by_output = made_.options_.layout == OutputLayout::kByOutput;
    std::vector<int64_t> from;
    for (const int64_t column : column_at_) {
      for (int64_t k = 0; k < outputs; ++k) from.push_back(by_output ? k * dim_ + column : column * outputs + k);
    }
    return from;
  }

  // What the group's units see of the groups before it, with bias and context: [rows or 1, units].
  void begin_group() {
    for (size_t level = 1; level < levels_; ++level) {
      const Range to = units(level, group_);
      known_[level] = {};
      current_[level] = {};
      if (to.size() == 0) continue;
      Tensor known = columns_of(added_[level], to);
      for (const Block& block : blocks_) {
        const Tensor seen = block.values[level - 1];
        if (!seen.defined()) continue;
        const Range from = units(level - 1, block.degrees);
        known =
            known + (level == 1 ? matmul(seen, columns_of(rows_of(weights_[1], from), to))
                                : matmul(seen, columns_of(rows_of(weights_[level], to), from), {.transpose_b = true}));
      }
      known_[level] = known;
    }
    inputs_.clear();
  }

  void end_group() {
    Block block{.degrees = group_, .values = {current_.begin(), current_.end()}};
    block.values[0] = inputs_.size() == 1 ? inputs_[0] : concat(inputs_, 1);
    blocks_.push_back(std::move(block));
  }

  // Sum over everything that the units of degree m at `level` see.
  Tensor sum_into(size_t level, int64_t m) {
    const Range to = units(level, {m, m + 1}), in_group = units(level, group_);
    Tensor total = columns_of(known_[level], {to.start - in_group.start, to.stop - in_group.start});
    if (level == 1) {
      for (size_t i = 0; i < inputs_.size(); ++i) {
        const int64_t place = group_.start + static_cast<int64_t>(i);
        total = total + inputs_[i] * columns_of(rows_of(weights_[1], {place, place + 1}), to);
      }
      return total;
    }
    const Tensor seen = current_[level - 1];
    if (!seen.defined()) return total;
    const Range from = units(level - 1, {group_.start, m + 1});
    return total + matmul(seen, columns_of(rows_of(weights_[level], to), from), {.transpose_b = true});
  }

  void compute_units(size_t level, int64_t m) {
    if (units(level, {m, m + 1}).size() == 0) return;
    const Tensor sum = sum_into(level, m);
    const Tensor h = made_.options_.activation(broadcast_to(sum, {rows_, sum.shape()[1]}));
    current_[level] = current_[level].defined() ? concat({current_[level], h}, 1) : h;
  }

  struct Block {
    Range degrees;
    Tensors values;  // by level: [rows, units]
  };

  const Made& made_;
  Graph& graph_;
  int64_t rows_;
  int64_t dim_;
  size_t levels_;
  std::vector<int64_t> column_at_ = std::vector<int64_t>(static_cast<size_t>(dim_));  // by place
  Tensors weights_ = Tensors(levels_);  // by level; [in, out] at level 1, else [out, in]
  Tensors added_ = Tensors(levels_);    // by level: bias and context, [1 or rows, out]
  std::vector<Block> blocks_;           // the groups before this one
  Range group_;
  Tensors known_ = Tensors(levels_);    // by level: what the group's units see of earlier groups
  Tensors current_ = Tensors(levels_);  // by level: the group's units so far, side by side
  Tensors inputs_;                      // the group's columns so far
};

Tensor Made::solve(Graph& graph, int64_t rows, Tensor context, const NextColumn& next) const {
  const Graph::ScopeGuard scope = graph.scope(path_);
  return MadeSolver(*this, graph, rows, context).solve(next);
}

}  // namespace elbo::nn
