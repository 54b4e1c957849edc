#include "elbo/engine/cpu/lower.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "elbo/engine/cpu/cut.h"
#include "elbo/engine/cpu/operands.h"
#include "elbo/engine/cpu/zeros.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

namespace {

class Lowering {
 public:
  Lowering(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
           std::vector<Array>& partials)
      : graph_(graph),
        schedule_(schedule),
        memory_(memory),
        partials_(partials),
        operands_(graph, schedule, component, memory, kernel_.program.instructions),
        form_(operands_.form()) {
    kernel_.stage = component.stage;
    for (const int id : component.nodes) (info(id).role == Role::kMatmul ? products_ : tiles_).push_back(id);
  }

  Kernel run() {
    for (const int id : products_) make_product(id);
    find_products_to_join();
    for (const int id : tiles_) lower(id);
    finish();
    return std::move(kernel_);
  }

 private:
  using Value = Operands::Value;

  const Node& node(int id) const { return graph_.node(id); }
  const NodeInfo& info(int id) const { return schedule_.nodes[static_cast<size_t>(id)]; }
  int root(int id) const { return info(id).root; }
  TileSource source(int id, size_t slot, int64_t cols, bool narrow) { return operands_.source(id, slot, cols, narrow); }

  void make_product(int id) {
    const Value value = operands_.place_product(id);
    const bool whole = value.address.base == Address::Base::kMemory;
    kernel_.products.push_back({.product = product_of(graph_, id),
                                .pieces = product_pieces(graph_, schedule_, id, only_reader(id)),
                                .a = memory_.reals(node(id).inputs[0]),
                                .b = memory_.reals(node(id).inputs[1]),
                                .dst = whole ? value.address.memory : nullptr,
                                .scratch_offset = value.address.offset,
                                .dst_stride = whole ? value.cols : value.stride});
  }

  // The one instruction that reads a product which nobody else needs, or -1.
  int only_reader(int product) const {
    if (memory_.in_memory(product)) return -1;
    int reader = -1;
    for (const int id : tiles_) {
      for (const int input : node(id).inputs) {
        if (root(input) != product) continue;
        if (input != product || (reader >= 0 && reader != id)) return -1;
        reader = id;
      }
    }
    return reader;
  }

  // A product of two values that only an addition or a sum reads is not computed by itself: a * b + c and sum(a * b)
  // are one instruction each.
  void find_products_to_join() {
    for (const int id : tiles_) {
      const Node& n = node(id);
      const bool adds = n.op == &kAdd, sums = n.op == &kSum;
      if (!adds && !sums) continue;
      for (const int input : n.inputs) {
        if (can_join(input, id)) {
          joined_[id] = input;
          operands_.join(input);
          break;
        }
      }
    }
  }

  bool can_join(int product, int reader) const {
    if (!operands_.inside(product) || info(product).role != Role::kTile || node(product).op != &kMul) return false;
    if (operands_.uses(product) != 1 || memory_.in_memory(product) || operands_.is_joined(product)) return false;
    if (node(reader).op == &kAdd && node(reader).shape != node(product).shape) return false;
    // Its factors are read later than they would be: not over a variable that is overwritten in between.
    for (const int id : tiles_) {
      if (id <= product || id >= reader || memory_.overwrites(id) == nullptr) continue;
      for (const int factor : node(product).inputs) {
        if (node(root(factor)).attributes.variable.get() == memory_.overwrites(id)) return false;
      }
    }
    return true;
  }

  void lower(int id) {
    if (operands_.is_joined(id)) return;
    switch (info(id).tile) {
      case TileKind::kElementwise:
        lower_elementwise(id);
        break;
      case TileKind::kRowReduce:
        lower_row_reduce(id);
        break;
      case TileKind::kBatchSum:
        lower_batch_sum(id);
        break;
      case TileKind::kMoveCols:
        lower_move(id);
        break;
      case TileKind::kCumsum:
        lower_cumsum(id);
        break;
      case TileKind::kConvert:
        lower_convert(id);
        break;
      case TileKind::kRandom:
        lower_random(id);
        break;
      case TileKind::kRows:
        lower_rows(id);
        break;
    }
    operands_.done(id);
    if (const auto joined = joined_.find(id); joined != joined_.end()) operands_.consume(joined->second);
  }

  // The result must not share scratch with an input of another layout, so inputs are released after it is placed.
  void emit(TileInstruction instruction, int id) {
    const Value value = operands_.place_result(id);
    instruction.dst = {value.address, {.stride = value.stride}};
    kernel_.program.instructions.push_back(std::move(instruction));
  }

  void lower_elementwise(int id) {
    const Node& n = node(id);
    TileInstruction instruction;
    const int64_t cols = form_.flat ? form_.cols : info(id).cols;
    instruction.narrow = cols == 1 && !form_.flat;
    instruction.cols = instruction.src_cols = cols;
    std::string_view kernel = n.op == &kBroadcastTo ? "copy" : n.op->name;
    if (!n.attributes.numbers.empty()) instruction.alpha = static_cast<float>(n.attributes.numbers[0]);
    if (const auto joined = joined_.find(id); joined != joined_.end()) {
      const int product = joined->second;
      const size_t other = n.inputs[0] == product ? 1 : 0;
      kernel = "multiply_add";
      instruction.src[0] = source(product, 0, cols, instruction.narrow);
      instruction.src[1] = source(product, 1, cols, instruction.narrow);
      instruction.src[2] = source(id, other, cols, instruction.narrow);
      instruction.sources = 3;
    } else {
      for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
        instruction.src[slot] = source(id, slot, cols, instruction.narrow);
      }
      instruction.sources = static_cast<int>(n.inputs.size());
    }
    instruction.kernel = elementwise_kernel(kernel);
    instruction.chunk = chunk_kernel(kernel);
    if (instruction.kernel == nullptr) throw std::logic_error("no kernel for " + std::string(kernel));
    emit(std::move(instruction), id);
  }

  // The sources of a sum: its input, or the two factors of a product that was joined with it.
  bool sum_sources(int id, TileInstruction& instruction) {
    const auto joined = joined_.find(id);
    const bool dot = joined != joined_.end();
    const int reader = dot ? joined->second : id;
    instruction.sources = dot ? 2 : 1;
    for (size_t slot = 0; slot < static_cast<size_t>(instruction.sources); ++slot) {
      instruction.src[slot] = source(reader, slot, instruction.src_cols, instruction.narrow);
    }
    return dot;
  }

  void lower_row_reduce(int id) {
    const Node& n = node(id);
    TileInstruction instruction;
    instruction.src_cols = info(n.inputs[0]).cols;
    instruction.cols = 1;
    const bool dot = sum_sources(id, instruction);
    const bool outer = form_.turned;
    instruction.kernel = reduction_kernel(dot             ? (outer ? "dot_outer" : "dot_inner")
                                          : n.op == &kSum ? (outer ? "sum_outer" : "sum_inner")
                                                          : (outer ? "max_outer" : "max_inner"));
    emit(std::move(instruction), id);
    kernel_.program.instructions.back().dst.pattern.stride = 1;  // one value after the other
  }

  void lower_batch_sum(int id) {
    TileInstruction instruction;
    instruction.kind = TileInstruction::Kind::kBatchSum;
    instruction.total = is_total(node(id));
    instruction.src_cols = form_.flat ? form_.cols : info(node(id).inputs[0]).cols;
    instruction.narrow = instruction.src_cols == 1 && !form_.flat;
    instruction.cols = instruction.total ? 1 : instruction.src_cols;
    sum_sources(id, instruction);
    const int64_t parts = form_.row_parts() * (instruction.total ? form_.col_parts() : 1);
    float* dst = memory_.reals(id);
    if (parts == 1) {
      instruction.partials = dst;
    } else {
      const int64_t stride = whole_lines(instruction.cols);
      partials_.emplace_back(DType::kF32, Shape{parts, stride});
      instruction.partials = partials_.back().values<float>().data();
      instruction.partial_stride = stride;
      kernel_.sums.push_back({.partials = instruction.partials, .parts = parts, .count = instruction.cols, .dst = dst});
    }
    kernel_.program.instructions.push_back(std::move(instruction));
  }

  void lower_move(int id) {
    const Node& n = node(id);
    const auto& a = n.attributes.integers;
    TileInstruction instruction;
    instruction.kind = TileInstruction::Kind::kMoveCols;
    instruction.cols = info(id).cols;
    if (operands_.is_view(id)) return operands_.make_view(id);
    if (operands_.is_stored_view(id)) return operands_.store_view(id);
    if (n.op == &kConcat && n.inputs.size() > 3) return lower_long_concat(id);
    for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
      const int64_t cols = info(n.inputs[slot]).cols;
      TileSource from = source(id, slot, cols, false);
      if (cols == 1) from.pattern.stride = form_.turned ? form_.tile_rows : 1;  // one value a row
      instruction.src[slot] = from;
    }
    instruction.sources = static_cast<int>(n.inputs.size());
    if (n.op == &kSlice) {
      instruction.segments = {
          {.dst_col = 0, .src_col = a[1], .count = instruction.cols, .src_step = a[3], .source = 0}};
    } else if (n.op == &kReverse) {
      instruction.segments = {
          {.dst_col = 0, .src_col = instruction.cols - 1, .count = instruction.cols, .src_step = -1, .source = 0}};
    } else if (n.op == &kPad) {
      instruction.fills = true;
      instruction.fill = static_cast<float>(n.attributes.numbers[0]);
      instruction.segments = {
          {.dst_col = a[1], .src_col = 0, .count = info(n.inputs[0]).cols, .src_step = 1, .source = 0}};
    } else {
      int64_t col = 0;
      for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
        const int64_t cols = info(n.inputs[slot]).cols;
        instruction.segments.push_back(
            {.dst_col = col, .src_col = 0, .count = cols, .src_step = 1, .source = static_cast<int>(slot)});
        col += cols;
      }
    }
    emit(std::move(instruction), id);
    if (info(id).cols == 1) kernel_.program.instructions.back().dst.pattern.stride = form_.turned ? form_.tile_rows : 1;
  }

  // More parts than an instruction has sources: one instruction a part, all into the same place.
  void lower_long_concat(int id) {
    const Node& n = node(id);
    std::vector<TileInstruction> copies;
    int64_t col = 0;
    for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
      const int64_t cols = info(n.inputs[slot]).cols;
      TileInstruction copy;
      copy.kind = TileInstruction::Kind::kMoveCols;
      copy.cols = info(id).cols;
      copy.src[0] = source(id, slot, cols, false);
      if (cols == 1) copy.src[0].pattern.stride = form_.turned ? form_.tile_rows : 1;
      copy.sources = 1;
      copy.segments = {{.dst_col = col, .src_col = 0, .count = cols, .src_step = 1, .source = 0}};
      col += cols;
      copies.push_back(std::move(copy));
    }
    const Value value = operands_.place_result(id);
    for (TileInstruction& copy : copies) {
      copy.dst = {value.address, {.stride = value.stride}};
      kernel_.program.instructions.push_back(std::move(copy));
    }
  }

  void lower_cumsum(int id) {
    const Node& n = node(id);
    TileInstruction instruction;
    instruction.kind = TileInstruction::Kind::kCumsum;
    instruction.cols = info(id).cols;
    instruction.exclusive = n.attributes.integers[1] != 0;
    instruction.reversed = n.attributes.integers[2] != 0;
    instruction.src[0] = source(id, 0, instruction.cols, false);
    if (instruction.cols == 1) instruction.src[0].pattern.stride = 1;
    instruction.sources = 1;
    emit(std::move(instruction), id);
    if (info(id).cols == 1) kernel_.program.instructions.back().dst.pattern.stride = 1;
  }

  void lower_convert(int id) {
    const int input = node(id).inputs[0];
    TileInstruction instruction;
    instruction.kind = TileInstruction::Kind::kConvert;
    instruction.cols = info(id).cols;
    instruction.raw = memory_.address(input);
    instruction.raw_dtype = node(input).dtype;
    emit(std::move(instruction), id);
  }

  void lower_random(int id) {
    const Node& n = node(id);
    TileInstruction instruction;
    instruction.kind = TileInstruction::Kind::kRandom;
    instruction.cols = info(id).cols;
    instruction.narrow = instruction.cols == 1;
    instruction.stream = static_cast<uint64_t>(n.attributes.integers[0]);
    instruction.normal = n.op == &kRandomNormal;
    emit(std::move(instruction), id);
  }

  void lower_rows(int id) {
    const Node& n = node(id);
    TileInstruction instruction;
    instruction.kind = TileInstruction::Kind::kRows;
    instruction.cols = info(id).cols;
    instruction.row_kernel = row_kernel(n);
    instruction.attributes = n.attributes;
    instruction.sources = static_cast<int>(n.inputs.size());
    int64_t turned_cols = instruction.cols;
    for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
      const int64_t cols = info(n.inputs[slot]).cols;
      instruction.src[slot] = source(id, slot, cols, false);
      instruction.row_widths[slot] = cols;
      instruction.src_cols = std::max(instruction.src_cols, cols);
      turned_cols += cols;
    }
    const int64_t lent = instruction.row_kernel.scratch_floats + (form_.turned ? 0 : turned_cols * kRowsTurned);
    const int64_t offset = instruction.scratch_offset = operands_.lend(lent);
    emit(std::move(instruction), id);
    operands_.take_back(offset, lent);
  }

  void finish() {
    TileProgram& program = kernel_.program;
    program.turned = form_.turned;
    program.cols_blocked = form_.cols_blocked;
    program.tile_rows = form_.tile_rows;
    program.temp_offset = operands_.scratch_end();
    program.scratch_floats =
        operands_.scratch_end() + 2 * whole_lines(std::max(form_.block_cols, form_.tile_rows) + 1) + kLineFloats;
    kernel_.chunks = chunk_program(program, form_.flat ? 0 : form_.cols);
    if (kernel_.chunks) program.scratch_floats = place_scalars(*kernel_.chunks, program.scratch_floats);
    int64_t workspace = 0;
    for (ProductCall& call : kernel_.products) {
      call.workspace_offset = whole_lines(program.scratch_floats);
      workspace = std::max(workspace, product_workspace(call.product));
    }
    if (workspace > 0) program.scratch_floats = whole_lines(program.scratch_floats) + workspace;
    for (int64_t row_block = 0; row_block < form_.row_parts(); ++row_block) {
      const Cut rows = form_.rows_of(row_block);
      for (int64_t col_block = 0; col_block < form_.col_parts(); ++col_block) {
        const Cut cols = form_.cols_of(col_block);
        if (rows.size > form_.block_rows || (form_.cols_blocked && cols.size > form_.block_cols)) {
          throw std::logic_error("a block is larger than its kernel sets aside");
        }
        kernel_.blocks.push_back({.first_row = rows.first,
                                  .rows = rows.size,
                                  .first_col = cols.first,
                                  .cols = cols.size,
                                  .row_block = row_block,
                                  .index = static_cast<int64_t>(kernel_.blocks.size())});
      }
    }
    // About a nanosecond each: 150 multiply-adds of a product, 10 values of an instruction or 4 of one that makes rows,
    // a tenth of a call.
    const double rows = static_cast<double>(form_.rows) / static_cast<double>(form_.row_parts());
    const double cols = static_cast<double>(form_.cols) / static_cast<double>(form_.col_parts());
    for (const ProductCall& call : kernel_.products) {
      kernel_.cost += multiply_adds(call) / static_cast<double>(form_.row_parts() * form_.col_parts()) / 150;
    }
    for (const TileInstruction& instruction : program.instructions) {
      const double wide =
          form_.cols_blocked ? cols : static_cast<double>(std::max(instruction.cols, instruction.src_cols));
      kernel_.cost += rows * wide / (instruction.kind == TileInstruction::Kind::kRows ? 4 : 10) + 10;
    }
  }

  const Graph& graph_;
  const Schedule& schedule_;
  const Memory& memory_;
  std::vector<Array>& partials_;

  Kernel kernel_;
  Operands operands_;
  const Form& form_;
  std::vector<int> tiles_;
  std::vector<int> products_;
  std::map<int, int> joined_;  // an addition or a sum -> the product it computes along
};

}  // namespace

Kernel lower_component(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
                       std::vector<Array>& partials) {
  return Lowering(graph, schedule, component, memory, partials).run();
}

}  // namespace elbo::cpu
