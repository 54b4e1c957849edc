// Operands: where the values of a kernel are while its instructions are made, one after the other.
//
// A value of the kernel lies in memory, in a thread's scratch until its last reader is done, or is columns of another
// value.  What a turned kernel reads of others is turned by an instruction of its own, once a tile, unless it lies
// turned in memory (layout.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "elbo/engine/cpu/kernels/scratch.h"
#include "elbo/engine/cpu/lower/memory.h"
#include "elbo/engine/cpu/lower/plan.h"
#include "elbo/engine/cpu/schedule/form.h"

namespace elbo::cpu {

class Operands {
 public:
  struct Value {
    Address address;
    int64_t stride = 0;  // between outer rows of the tile
    int64_t cols = 1;
    int64_t floats = 0;  // of scratch, 0 when it lives elsewhere
  };

  // Instructions that bring an operand into a tile go to the end of `instructions`.
  Operands(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
           std::vector<TileInstruction>& instructions);

  const Form& form() const { return form_; }
  const Node& node(int id) const { return graph_.node(id); }
  const NodeInfo& info(int id) const { return schedule_.nodes[static_cast<size_t>(id)]; }
  int root(int id) const { return info(id).root; }
  // Whether the kernel makes the value.
  bool inside(int id) const { return inside_[static_cast<size_t>(root(id))]; }
  // How many reads of a value by the kernel's instructions are still to come.
  int uses(int id) const;

  // The whole result of a product: in memory, its own or that of a result which is written over it, or in scratch that
  // is never given back.
  Value place_product(int id);
  // Where the result of an instruction goes: to memory if it must and can be written there as computed, else to
  // scratch.
  Value place_result(int id);
  // Notes that the result is not made by an instruction of its own, but by its reader, which reads its operands.
  void join(int id) { joined_.insert(id); }
  bool is_joined(int id) const { return joined_.count(id) != 0; }
  // Whether columns are cut out of a turned tile: they are a value where they lie.
  bool is_view(int id) const;
  void make_view(int id);
  // The same, where nobody in the kernel reads them: they are stored from where they lie.
  bool is_stored_view(int id) const;
  void store_view(int id);

  // Operand `slot` of an instruction whose result has `cols` columns.
  TileSource source(int id, size_t slot, int64_t cols, bool narrow);

  // After the instruction of `id`: stores its result if others need it turned back, and gives back the scratch of what
  // nobody reads any more.
  void done(int id);
  // The same for the operands of a joined value.
  void consume(int id);

  // Scratch that an instruction works in, until it is taken back.
  int64_t lend(int64_t floats) { return scratch_.take(floats); }
  void take_back(int64_t offset, int64_t floats) { scratch_.give_back(offset, floats); }

  int64_t scratch_end() const { return scratch_.end(); }

 private:
  enum class Pattern : uint8_t { kFull, kColumn, kRow, kScalar };
  // What source() turns while loading: full tensors from memory.
  using LoadKey = std::pair<std::byte*, int64_t>;

  void count_uses();
  std::optional<LoadKey> load_key(int id, size_t slot) const;
  Address in_memory(int id, int64_t cols) const;
  int last_reader(int id) const;
  int last_use(int product) const;
  int result_over(int product) const;
  Value turned_in_memory(int id) const;
  int64_t tile_floats(int64_t cols) const;
  int64_t tile_stride(int64_t cols) const;
  Value new_scratch(int64_t cols);
  void release(const Value& value);
  TileOperand pattern(Pattern p, int64_t stride, bool narrow) const;
  TileSource scalar(int input) const;
  Value load_turned(int input, int64_t cols);
  Value turned_value(int id);
  TileSource mixed(int id, size_t slot, int input, const RowMap& map, int64_t cols, bool narrow);
  Value columns_of(int slice);
  void store(int id, const Value& value);
  void store_turned(int id);

  const Graph& graph_;
  const Schedule& schedule_;
  const Component& component_;
  const Memory& memory_;
  std::vector<TileInstruction>& instructions_;
  Form form_;
  Scratch scratch_;
  std::vector<bool> inside_;
  std::map<int, Value> values_;
  std::map<int, int> uses_;
  std::set<int> joined_;
  std::set<int> views_;
  std::set<int> written_over_;  // results in whose place a product lies before
  std::map<int, Value> turned_products_;
  std::map<std::pair<int, size_t>, Value> picked_;
  std::map<LoadKey, Value> loaded_;
  std::map<LoadKey, int> load_uses_;
};

}  // namespace elbo::cpu
