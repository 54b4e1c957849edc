// Lowering: one kernel in the making, instruction by instruction.  emit.h has what the operations do with it.
//
//   Kernel kernel = Lowering(graph, schedule, component, memory, partials).run();
#pragma once

#include <map>
#include <vector>

#include "elbo/engine/cpu/lower/memory.h"
#include "elbo/engine/cpu/lower/operands.h"
#include "elbo/engine/cpu/lower/plan.h"

namespace elbo::cpu {

class Lowering {
 public:
  // Appends arrays for partial sums to `partials`; they must outlive the kernel.
  Lowering(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
           std::vector<Array>& partials);

  Kernel run();

  // What emitting functions need.
  const Node& node(int id) const { return graph_.node(id); }
  const NodeInfo& info(int id) const { return schedule_.nodes[static_cast<size_t>(id)]; }
  const Form& form() const { return form_; }
  const Memory& memory() const { return memory_; }
  Operands& operands() { return operands_; }
  TileSource source(int id, size_t slot, int64_t cols, bool narrow) { return operands_.source(id, slot, cols, narrow); }

  // The product that an addition or a sum computes along, or -1.
  int joined(int id) const;

  // Adds an instruction whose result is the value of `id`; returns it.  The result must not share scratch with an input
  // of another layout, so inputs are released after it is placed.
  TileInstruction& emit(TileInstruction instruction, int id);
  // Adds an instruction as it is.
  void add(TileInstruction instruction) { kernel_.program.instructions.push_back(std::move(instruction)); }
  // Memory of partial sums of `count` values, a row of whole lines for each of `parts`, whose sum will go to `dst`.
  float* add_partial_sums(int64_t parts, int64_t count, float* dst);

 private:
  int root(int id) const { return info(id).root; }
  void make_product(int id);
  int only_reader(int product) const;
  void find_products_to_join();
  bool can_join(int product, int reader) const;
  void lower(int id);
  void finish();
  void cut_into_blocks();
  void estimate_cost();

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

}  // namespace elbo::cpu
