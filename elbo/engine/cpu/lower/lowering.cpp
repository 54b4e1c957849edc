#include "elbo/engine/cpu/lower/lowering.h"

#include <algorithm>
#include <stdexcept>

#include "elbo/engine/cpu/kernels/product_of.h"
#include "elbo/engine/cpu/op_table.h"
#include "elbo/engine/cpu/schedule/zeros.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

Lowering::Lowering(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
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

Kernel Lowering::run() {
  for (const int id : products_) make_product(id);
  find_products_to_join();
  for (const int id : tiles_) lower(id);
  finish();
  return std::move(kernel_);
}

void Lowering::make_product(int id) {
  const Operands::Value value = operands_.place_product(id);
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
int Lowering::only_reader(int product) const {
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
void Lowering::find_products_to_join() {
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

bool Lowering::can_join(int product, int reader) const {
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

int Lowering::joined(int id) const {
  const auto found = joined_.find(id);
  return found == joined_.end() ? -1 : found->second;
}

void Lowering::lower(int id) {
  if (operands_.is_joined(id)) return;
  on_cpu(*node(id).op).emit(*this, id);
  operands_.done(id);
  if (joined(id) >= 0) operands_.consume(joined(id));
}

TileInstruction& Lowering::emit(TileInstruction instruction, int id) {
  const Operands::Value value = operands_.place_result(id);
  instruction.dst = {value.address, {.stride = value.stride}};
  add(std::move(instruction));
  return kernel_.program.instructions.back();
}

float* Lowering::add_partial_sums(int64_t parts, int64_t count, float* dst) {
  partials_.emplace_back(DType::kF32, Shape{parts, whole_lines(count)});
  float* partials = partials_.back().values<float>().data();
  kernel_.sums.push_back({.partials = partials, .parts = parts, .count = count, .dst = dst});
  return partials;
}

void Lowering::finish() {
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
  cut_into_blocks();
  estimate_cost();
}

void Lowering::cut_into_blocks() {
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
}

// About a nanosecond each: 150 multiply-adds of a product, 10 values of an instruction or 4 of one that makes rows, a
// tenth of a call.
void Lowering::estimate_cost() {
  const double rows = static_cast<double>(form_.rows) / static_cast<double>(form_.row_parts());
  const double cols = static_cast<double>(form_.cols) / static_cast<double>(form_.col_parts());
  for (const ProductCall& call : kernel_.products) {
    kernel_.cost += multiply_adds(call) / static_cast<double>(form_.row_parts() * form_.col_parts()) / 150;
  }
  for (const TileInstruction& instruction : kernel_.program.instructions) {
    const double wide =
        form_.cols_blocked ? cols : static_cast<double>(std::max(instruction.cols, instruction.src_cols));
    kernel_.cost += rows * wide / (instruction.kind == TileInstruction::Kind::kRows ? 4 : 10) + 10;
  }
}

}  // namespace elbo::cpu
