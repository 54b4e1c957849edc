// Memory: where the value of each node lives while a plan is made and run.
#pragma once

#include <unordered_set>
#include <vector>

#include "elbo/engine/cpu/lower/plan.h"

namespace elbo::cpu {

class Memory {
 public:
  // Decides which updates are written in place, plans the block, and fixes every address.
  Memory(const Graph& graph, const Schedule& schedule, std::vector<Array>& inputs, Plan& plan, CompileReport& report);

  // The value of a node (through views), or nullptr when it never leaves its kernel.
  std::byte* address(int node) const;
  float* reals(int node) const { return reinterpret_cast<float*>(address(node)); }
  bool in_memory(int root) const { return addresses_[static_cast<size_t>(root)] != nullptr; }

  // Updates that end with a copy; the others are written where they are computed.
  const std::vector<bool>& copied_updates() const { return copied_; }
  // For a value that is written in place: the variable it overwrites.
  const Variable* overwrites(int root) const { return overwrites_[static_cast<size_t>(root)]; }

 private:
  bool can_write_in_place(size_t update) const;

  const Graph& graph_;
  const Schedule& schedule_;
  std::vector<std::byte*> addresses_;
  std::vector<const Variable*> overwrites_;
  std::vector<bool> copied_;
};

}  // namespace elbo::cpu
