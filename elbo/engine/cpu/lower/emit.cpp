#include "elbo/engine/cpu/lower/emit.h"

#include <algorithm>
#include <stdexcept>

#include "elbo/engine/cpu/op_table.h"

namespace elbo::cpu {

void emit_elementwise(Lowering& l, int id) {
  const Node& n = l.node(id);
  TileInstruction instruction;
  const int64_t cols = l.form().flat ? l.form().cols : l.info(id).cols;
  instruction.narrow = cols == 1 && !l.form().flat;
  instruction.cols = instruction.src_cols = cols;
  std::string_view kernel = on_cpu(*n.op).kernel;
  if (!n.attributes.numbers.empty()) instruction.alpha = static_cast<float>(n.attributes.numbers[0]);
  if (const int product = l.joined(id); product >= 0) {
    const size_t other = n.inputs[0] == product ? 1 : 0;
    kernel = "multiply_add";
    instruction.src[0] = l.source(product, 0, cols, instruction.narrow);
    instruction.src[1] = l.source(product, 1, cols, instruction.narrow);
    instruction.src[2] = l.source(id, other, cols, instruction.narrow);
    instruction.sources = 3;
  } else {
    for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
      instruction.src[slot] = l.source(id, slot, cols, instruction.narrow);
    }
    instruction.sources = static_cast<int>(n.inputs.size());
  }
  instruction.kernel = elementwise_kernel(kernel);
  instruction.chunk = chunk_kernel(kernel);
  if (instruction.kernel == nullptr) throw std::logic_error("no kernel for " + std::string(kernel));
  l.emit(std::move(instruction), id);
}

namespace {

// The sources of a sum: its input, or the two factors of a product that was joined with it.
bool sum_sources(Lowering& l, int id, TileInstruction& instruction) {
  const bool dot = l.joined(id) >= 0;
  const int reader = dot ? l.joined(id) : id;
  instruction.sources = dot ? 2 : 1;
  for (size_t slot = 0; slot < static_cast<size_t>(instruction.sources); ++slot) {
    instruction.src[slot] = l.source(reader, slot, instruction.src_cols, instruction.narrow);
  }
  return dot;
}

// The kernels of a reduction of rows: along the vectors of a plain tile, or across those of a turned one.
struct Reduction {
  std::string_view inner, outer;
};

void emit_row_reduction(Lowering& l, int id, const Reduction& alone, const Reduction& of_product) {
  TileInstruction instruction;
  instruction.src_cols = l.info(l.node(id).inputs[0]).cols;
  instruction.cols = 1;
  const Reduction& reduction = sum_sources(l, id, instruction) ? of_product : alone;
  instruction.kernel = reduction_kernel(l.form().turned ? reduction.outer : reduction.inner);
  l.emit(std::move(instruction), id).dst.pattern.stride = 1;  // one value after the other
}

void emit_batch_sum(Lowering& l, int id) {
  const Form& form = l.form();
  TileInstruction instruction;
  instruction.kind = TileInstruction::Kind::kBatchSum;
  instruction.total = is_total(l.node(id));
  instruction.src_cols = form.flat ? form.cols : l.info(l.node(id).inputs[0]).cols;
  instruction.narrow = instruction.src_cols == 1 && !form.flat;
  instruction.cols = instruction.total ? 1 : instruction.src_cols;
  sum_sources(l, id, instruction);
  const int64_t parts = form.row_parts() * (instruction.total ? form.col_parts() : 1);
  instruction.partials = l.memory().reals(id);
  if (parts > 1) {
    instruction.partials = l.add_partial_sums(parts, instruction.cols, l.memory().reals(id));
    instruction.partial_stride = whole_lines(instruction.cols);
  }
  l.add(std::move(instruction));
}

}  // namespace

void emit_sum(Lowering& l, int id) {
  if (l.info(id).tile == TileKind::kBatchSum) return emit_batch_sum(l, id);
  emit_row_reduction(l, id, {"sum_inner", "sum_outer"}, {"dot_inner", "dot_outer"});
}

void emit_max(Lowering& l, int id) {
  emit_row_reduction(l, id, {"max_inner", "max_outer"}, {});
}

namespace {

// Where one value a row lies as a vector over the rows.
int64_t column_stride(const Form& form) {
  return form.turned ? form.tile_rows : 1;
}

TileSource source_of_move(Lowering& l, int id, size_t slot) {
  const int64_t cols = l.info(l.node(id).inputs[slot]).cols;
  TileSource from = l.source(id, slot, cols, false);
  if (cols == 1) from.pattern.stride = column_stride(l.form());
  return from;
}

TileInstruction move_of(Lowering& l, int id) {
  TileInstruction instruction;
  instruction.kind = TileInstruction::Kind::kMoveCols;
  instruction.cols = l.info(id).cols;
  return instruction;
}

void emit_move(Lowering& l, int id, TileInstruction instruction) {
  for (size_t slot = 0; slot < l.node(id).inputs.size(); ++slot) instruction.src[slot] = source_of_move(l, id, slot);
  instruction.sources = static_cast<int>(l.node(id).inputs.size());
  TileInstruction& added = l.emit(std::move(instruction), id);
  if (l.info(id).cols == 1) added.dst.pattern.stride = column_stride(l.form());
}

// More parts than an instruction has sources: one instruction a part, all into the same place.
void emit_long_concat(Lowering& l, int id) {
  std::vector<TileInstruction> copies;
  int64_t col = 0;
  for (size_t slot = 0; slot < l.node(id).inputs.size(); ++slot) {
    const int64_t cols = l.info(l.node(id).inputs[slot]).cols;
    TileInstruction copy = move_of(l, id);
    copy.src[0] = source_of_move(l, id, slot);
    copy.sources = 1;
    copy.segments = {{.dst_col = col, .src_col = 0, .count = cols, .src_step = 1, .source = 0}};
    col += cols;
    copies.push_back(std::move(copy));
  }
  const Operands::Value value = l.operands().place_result(id);
  for (TileInstruction& copy : copies) {
    copy.dst = {value.address, {.stride = value.stride}};
    l.add(std::move(copy));
  }
}

}  // namespace

void emit_slice(Lowering& l, int id) {
  if (l.operands().is_view(id)) return l.operands().make_view(id);
  if (l.operands().is_stored_view(id)) return l.operands().store_view(id);
  const auto& a = l.node(id).attributes.integers;
  TileInstruction instruction = move_of(l, id);
  instruction.segments = {{.dst_col = 0, .src_col = a[1], .count = instruction.cols, .src_step = a[3], .source = 0}};
  emit_move(l, id, std::move(instruction));
}

void emit_reverse(Lowering& l, int id) {
  TileInstruction instruction = move_of(l, id);
  const int64_t cols = instruction.cols;
  instruction.segments = {{.dst_col = 0, .src_col = cols - 1, .count = cols, .src_step = -1, .source = 0}};
  emit_move(l, id, std::move(instruction));
}

void emit_pad(Lowering& l, int id) {
  const Node& n = l.node(id);
  TileInstruction instruction = move_of(l, id);
  instruction.fills = true;
  instruction.fill = static_cast<float>(n.attributes.numbers[0]);
  instruction.segments = {{.dst_col = n.attributes.integers[1],
                           .src_col = 0,
                           .count = l.info(n.inputs[0]).cols,
                           .src_step = 1,
                           .source = 0}};
  emit_move(l, id, std::move(instruction));
}

void emit_concat(Lowering& l, int id) {
  const Node& n = l.node(id);
  if (n.inputs.size() > 3) return emit_long_concat(l, id);
  TileInstruction instruction = move_of(l, id);
  int64_t col = 0;
  for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
    const int64_t cols = l.info(n.inputs[slot]).cols;
    instruction.segments.push_back(
        {.dst_col = col, .src_col = 0, .count = cols, .src_step = 1, .source = static_cast<int>(slot)});
    col += cols;
  }
  emit_move(l, id, std::move(instruction));
}

void emit_cumsum(Lowering& l, int id) {
  const Node& n = l.node(id);
  TileInstruction instruction;
  instruction.kind = TileInstruction::Kind::kCumsum;
  instruction.cols = l.info(id).cols;
  instruction.exclusive = n.attributes.integers[1] != 0;
  instruction.reversed = n.attributes.integers[2] != 0;
  instruction.src[0] = l.source(id, 0, instruction.cols, false);
  if (instruction.cols == 1) instruction.src[0].pattern.stride = 1;
  instruction.sources = 1;
  TileInstruction& added = l.emit(std::move(instruction), id);
  if (l.info(id).cols == 1) added.dst.pattern.stride = 1;
}

void emit_to_real(Lowering& l, int id) {
  const int input = l.node(id).inputs[0];
  TileInstruction instruction;
  instruction.kind = TileInstruction::Kind::kConvert;
  instruction.cols = l.info(id).cols;
  instruction.raw = l.memory().address(input);
  instruction.raw_dtype = l.node(input).dtype;
  l.emit(std::move(instruction), id);
}

namespace {

void emit_draw(Lowering& l, int id, void (*fill)(const RandomArgs&)) {
  TileInstruction instruction;
  instruction.kind = TileInstruction::Kind::kRandom;
  instruction.cols = l.info(id).cols;
  instruction.narrow = instruction.cols == 1;
  instruction.stream = static_cast<uint64_t>(l.node(id).attributes.integers[0]);
  instruction.fill_random = fill;
  l.emit(std::move(instruction), id);
}

}  // namespace

void emit_uniform(Lowering& l, int id) {
  emit_draw(l, id, random_uniform);
}

void emit_normal(Lowering& l, int id) {
  emit_draw(l, id, random_normal);
}

void emit_rows(Lowering& l, int id) {
  const Node& n = l.node(id);
  TileInstruction instruction;
  instruction.kind = TileInstruction::Kind::kRows;
  instruction.cols = l.info(id).cols;
  instruction.row_kernel = on_cpu(*n.op).row_kernel(n.attributes);
  instruction.attributes = n.attributes;
  instruction.sources = static_cast<int>(n.inputs.size());
  int64_t turned_cols = instruction.cols;
  for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
    const int64_t cols = l.info(n.inputs[slot]).cols;
    instruction.src[slot] = l.source(id, slot, cols, false);
    instruction.row_widths[slot] = cols;
    instruction.src_cols = std::max(instruction.src_cols, cols);
    turned_cols += cols;
  }
  const int64_t lent = instruction.row_kernel.scratch_floats + (l.form().turned ? 0 : turned_cols * kRowsTurned);
  const int64_t offset = instruction.scratch_offset = l.operands().lend(lent);
  l.emit(std::move(instruction), id);
  l.operands().take_back(offset, lent);
}

}  // namespace elbo::cpu
