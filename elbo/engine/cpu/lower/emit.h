// What operations do when they are part of a fused kernel: op_table.cpp says which does what.
#pragma once

#include "elbo/engine/cpu/lower/lowering.h"

namespace elbo::cpu {

void emit_elementwise(Lowering& l, int id);
void emit_sum(Lowering& l, int id);  // of rows, or of all rows
void emit_max(Lowering& l, int id);  // of rows
void emit_slice(Lowering& l, int id);
void emit_reverse(Lowering& l, int id);
void emit_pad(Lowering& l, int id);
void emit_concat(Lowering& l, int id);
void emit_cumsum(Lowering& l, int id);
void emit_to_real(Lowering& l, int id);
void emit_uniform(Lowering& l, int id);
void emit_normal(Lowering& l, int id);
void emit_rows(Lowering& l, int id);

}  // namespace elbo::cpu
