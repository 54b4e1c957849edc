#include "elbo/engine/cpu/lower.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "elbo/engine/cpu/form.h"
#include "elbo/engine/cpu/scratch.h"
#include "elbo/engine/cpu/zeros.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

namespace {

class Lowering {
 public:
  Lowering(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
           std::vector<Array>& partials)
      : graph_(graph), schedule_(schedule), component_(component), memory_(memory), partials_(partials) {}

  Kernel run() {
    kernel_.stage = component_.stage;
    sort_members();
    form_ = choose_form(graph_, schedule_, component_);
    make_products();
    count_uses();
    find_products_to_join();
    for (size_t position = 0; position < tiles_.size(); ++position) lower(position);
    finish();
    return std::move(kernel_);
  }

 private:
  const Node& node(int id) const { return graph_.node(id); }
  const NodeInfo& info(int id) const { return schedule_.nodes[static_cast<size_t>(id)]; }
  int root(int id) const { return info(id).root; }

  struct Value {
    Address address;
    int64_t stride = 0;  // between outer rows of the tile
    int64_t cols = 1;
    int64_t floats = 0;  // of scratch, 0 when it lives in memory
  };

  void sort_members() {
    for (const int id : component_.nodes) (info(id).role == Role::kMatmul ? products_ : tiles_).push_back(id);
    in_component_.assign(graph_.nodes().size(), -1);
    for (size_t i = 0; i < tiles_.size(); ++i) in_component_[static_cast<size_t>(tiles_[i])] = static_cast<int>(i);
    for (const int id : products_) in_component_[static_cast<size_t>(id)] = INT32_MAX;
  }

  bool inside(int id) const { return in_component_[static_cast<size_t>(root(id))] >= 0; }

  void make_products() {
    for (const int id : products_) {
      ProductCall call{.product = product_of(graph_, id),
                       .a = memory_.reals(node(id).inputs[0]),
                       .b = memory_.reals(node(id).inputs[1])};
      call.pieces = product_pieces(graph_, schedule_, id, only_reader(id));
      Value value;
      value.cols = info(id).cols;
      if (memory_.in_memory(id)) {
        call.dst = memory_.reals(id);
        call.dst_stride = value.cols;
        value.address = in_memory(id, 0, value.cols);
      } else {
        call.dst_stride = form_.cols_blocked ? form_.block_cols : value.cols;
        call.scratch_offset = scratch_.take(form_.block_rows * call.dst_stride);  // never given back
        value.address = {.base = Address::Base::kProduct, .offset = call.scratch_offset, .row_step = call.dst_stride};
      }
      value.stride = value.address.row_step;
      values_[id] = value;
      kernel_.products.push_back(call);
    }
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

  // How often each value of the component is still to be read by its instructions.
  void count_uses() {
    for (const int id : tiles_) {
      for (size_t slot = 0; slot < node(id).inputs.size(); ++slot) {
        const int input = node(id).inputs[slot];
        if (inside(input)) ++uses_[root(input)];
        if (const auto key = load_key(id, slot)) ++load_uses_[*key];
      }
    }
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
          is_joined_.insert(input);
          break;
        }
      }
    }
  }

  bool can_join(int product, int reader) const {
    if (!inside(product) || info(product).role != Role::kTile || node(product).op != &kMul) return false;
    if (uses_.at(product) != 1 || memory_.in_memory(product) || is_joined_.count(product) != 0) return false;
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

  // What source() turns while loading: full tensors from memory.
  using LoadKey = std::pair<std::byte*, int64_t>;
  std::optional<LoadKey> load_key(int id, size_t slot) const {
    const int input = node(id).inputs[slot];
    const NodeInfo& i = info(id);
    if (!form_.turned || inside(input) || i.tile == TileKind::kConvert) return std::nullopt;
    if (info(root(input)).turned) return std::nullopt;
    int64_t cols = info(input).cols;
    if (i.tile == TileKind::kElementwise) {
      if (row_map(node(input).shape, node(id).shape, i).kind != RowMap::Kind::kSame) return std::nullopt;
      cols = operand_cols(node(input).shape, node(id).shape, i);
    }
    if (cols == 1) return std::nullopt;
    return LoadKey{memory_.address(input), cols};
  }

  // A full tensor in memory, `cols` wide.
  Address in_memory(int id, int64_t offset, int64_t cols) const {
    return {.base = Address::Base::kMemory,
            .memory = memory_.reals(id) + offset,
            .row_step = form_.flat ? 0 : cols,
            .col_step = form_.cols_blocked && (cols > 1 || form_.flat) ? 1 : 0};
  }

  // A value that lies turned in memory, where kernels find it as they need it.
  Value turned_in_memory(int id) const {
    Value value;
    value.cols = info(id).cols;
    value.address = {.base = Address::Base::kMemory, .memory = memory_.reals(id), .row_step = value.cols};
    value.stride = form_.tile_rows;
    return value;
  }

  int64_t tile_floats(int64_t cols) const {
    const int64_t block_cols = form_.cols_blocked ? std::min(cols, form_.block_cols) : cols;
    return form_.turned ? cols * form_.tile_rows : form_.tile_rows * block_cols;
  }

  int64_t tile_stride(int64_t cols) const {
    if (cols == 1 && !form_.flat) return 0;  // one column lies as a vector over the rows
    return form_.turned ? form_.tile_rows : form_.cols_blocked ? form_.block_cols : cols;
  }

  Value new_scratch(int64_t cols) {
    Value value;
    value.cols = cols;
    value.floats = tile_floats(cols);
    value.address = {.base = Address::Base::kScratch, .offset = scratch_.take(value.floats)};
    value.stride = tile_stride(cols);
    return value;
  }

  void release(const Value& value) {
    if (value.floats > 0) scratch_.give_back(value.address.offset, value.floats);
  }

  // Where a node's result goes: to memory if it must and can be written there as computed, else to scratch.
  Value place_result(int id) {
    const int64_t cols = form_.flat ? form_.cols : info(id).cols;
    if (info(id).turned) return turned_in_memory(id);
    if (memory_.in_memory(id) && (!form_.turned || cols == 1)) {
      Value value;
      value.cols = cols;
      value.address = in_memory(id, 0, info(id).cols);
      value.stride = cols == 1 && !form_.flat ? 0 : cols;
      return value;
    }
    return new_scratch(cols);
  }

  enum class Pattern : uint8_t { kFull, kColumn, kRow, kScalar };

  TileOperand pattern(Pattern p, int64_t stride, bool narrow) const {
    TileOperand operand;
    switch (p) {
      case Pattern::kFull:
        operand.stride = narrow ? 0 : stride;
        break;
      case Pattern::kColumn:
        if (!narrow && !form_.turned) operand = {.stride = 1, .inner_scalar = true};
        break;  // narrow or turned: a vector over the rows, repeated
      case Pattern::kRow:
        if (form_.turned) operand = {.stride = 1, .inner_scalar = true};
        break;  // plain: one row, repeated
      case Pattern::kScalar:
        operand.inner_scalar = true;
        break;
    }
    return operand;
  }

  // Operand `slot` of an instruction whose result has `cols` columns.
  TileSource source(int id, size_t slot, int64_t cols, bool narrow) {
    const int input = node(id).inputs[slot];
    const NodeInfo& i = info(id);
    const Shape& shape = node(input).shape;
    RowMap map;
    int64_t operand_columns = info(input).cols;
    if (i.tile == TileKind::kElementwise) {
      map = row_map(shape, node(id).shape, i);
      operand_columns = operand_cols(shape, node(id).shape, i);
    }
    if (inside(input)) {
      Value value = turned_value(root(input));
      const bool one = value.cols == 1 && !form_.flat;
      const Pattern p = one ? (form_.rows == 1 ? Pattern::kScalar : Pattern::kColumn) : Pattern::kFull;
      return {value.address, pattern(p, value.stride, narrow)};
    }
    if (form_.flat) {
      if (shape.elements() == 1 && form_.cols != 1) return scalar(input);
      return {in_memory(input, 0, form_.cols), pattern(Pattern::kFull, form_.cols, narrow)};
    }
    if (map.kind == RowMap::Kind::kMixed) return mixed(id, slot, input, map, operand_columns, narrow);
    if (map.kind == RowMap::Kind::kInvariant) {
      if (operand_columns == 1 || cols == 1) return scalar(input);
      TileSource row;
      row.address = {
          .base = Address::Base::kMemory, .memory = memory_.reals(input), .col_step = form_.cols_blocked ? 1 : 0};
      row.pattern = pattern(Pattern::kRow, 0, narrow);
      return row;
    }
    if (operand_columns == 1) {
      if (form_.rows == 1) return scalar(input);
      return {{.base = Address::Base::kMemory, .memory = memory_.reals(input), .row_step = 1},
              pattern(Pattern::kColumn, 0, narrow)};
    }
    if (form_.turned) {
      const Value value =
          info(root(input)).turned ? turned_in_memory(root(input)) : load_turned(input, operand_columns);
      return {value.address, pattern(Pattern::kFull, value.stride, narrow)};
    }
    return {in_memory(input, 0, operand_columns), pattern(Pattern::kFull, operand_columns, narrow)};
  }

  TileSource scalar(int input) const {
    return {{.base = Address::Base::kMemory, .memory = memory_.reals(input)}, {.stride = 0, .inner_scalar = true}};
  }

  // A tensor from memory as a turned tile, loaded once a tile.
  Value load_turned(int input, int64_t cols) {
    const LoadKey key{memory_.address(input), cols};
    const auto known = loaded_.find(key);
    if (known != loaded_.end()) return known->second;
    TileInstruction load;
    load.kind = TileInstruction::Kind::kLoad;
    load.src[0].address = in_memory(input, 0, cols);
    load.cols = cols;
    const Value value = new_scratch(cols);
    load.dst = {value.address, {.stride = value.stride}};
    kernel_.program.instructions.push_back(load);
    return loaded_[key] = value;
  }

  // A product's result inside a turned kernel is turned once; everything else already is.
  Value turned_value(int id) {
    Value value = values_.at(id);
    if (!form_.turned || info(id).role != Role::kMatmul) return value;
    const auto known = turned_products_.find(id);
    if (known != turned_products_.end()) return known->second;
    TileInstruction load;
    load.kind = TileInstruction::Kind::kLoad;
    load.src[0].address = value.address;
    load.cols = value.cols;
    const Value turned = new_scratch(value.cols);
    load.dst = {turned.address, {.stride = turned.stride == 0 ? form_.tile_rows : turned.stride}};
    kernel_.program.instructions.push_back(load);
    return turned_products_[id] = turned;
  }

  TileSource mixed(int id, size_t slot, int input, const RowMap& map, int64_t cols, bool narrow) {
    TileInstruction pick;
    pick.kind = TileInstruction::Kind::kMixedRows;
    pick.map = map;
    pick.cols = cols;
    pick.narrow = cols == 1;
    pick.src[0].address = {.base = Address::Base::kMemory, .memory = memory_.reals(input), .row_step = cols};
    const Value value = new_scratch(cols);
    pick.dst = {value.address, {.stride = value.stride}};
    kernel_.program.instructions.push_back(pick);
    picked_[{id, slot}] = value;
    return {value.address, pattern(cols == 1 ? Pattern::kColumn : Pattern::kFull, value.stride, narrow)};
  }

  // After an instruction: inputs that nobody reads any more give their scratch back.
  void consume(int id) {
    for (size_t slot = 0; slot < node(id).inputs.size(); ++slot) {
      const auto pick = picked_.find({id, slot});
      if (pick != picked_.end()) release(pick->second);
      const auto key = load_key(id, slot);
      if (key && --load_uses_[*key] == 0) release(loaded_.at(*key));
      const int input = root(node(id).inputs[slot]);
      if (!inside(input) || --uses_[input] > 0 || is_joined_.count(input) != 0) continue;
      if (views_.count(input) != 0) {
        consume(input);  // nor what it is a view of
        continue;
      }
      if (info(input).role == Role::kMatmul) {
        const auto turned = turned_products_.find(input);
        if (turned != turned_products_.end()) release(turned->second);
      } else {
        release(values_.at(input));
      }
    }
  }

  void lower(size_t position) {
    const int id = tiles_[position];
    const NodeInfo& i = info(id);
    if (is_joined_.count(id) != 0) return;
    switch (i.tile) {
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
    }
    if (views_.count(id) != 0) return;  // its inputs are read as long as it is
    if (i.tile != TileKind::kBatchSum) {
      store_turned(id);
      if (uses_[id] == 0) release(values_.at(id));
    }
    consume(id);
    if (const auto joined = joined_.find(id); joined != joined_.end()) consume(joined->second);
  }

  // A turned result that others need goes to memory as soon as it is there.
  void store_turned(int id) {
    const Value& value = values_.at(id);
    if (value.floats == 0 || !memory_.in_memory(id)) return;
    TileInstruction store;
    store.kind = TileInstruction::Kind::kStore;
    store.src[0] = {value.address, {.stride = value.stride}};
    store.dst.address = in_memory(id, 0, value.cols);
    store.cols = value.cols;
    kernel_.program.instructions.push_back(store);
  }

  // The result must not share scratch with an input of another layout, so inputs are released after it is placed.
  void emit(TileInstruction instruction, int id) {
    const Value value = place_result(id);
    instruction.dst = {value.address, {.stride = value.stride}};
    values_[id] = value;
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
    const int64_t row_blocks = (form_.rows + form_.block_rows - 1) / form_.block_rows;
    const int64_t col_blocks = (form_.cols + form_.block_cols - 1) / form_.block_cols;
    const int64_t parts = instruction.total ? row_blocks * (form_.cols_blocked ? col_blocks : 1) : row_blocks;
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

  // Columns of a turned tile are a value wherever they lie.
  bool is_view(int id) const {
    return form_.turned && node(id).op == &kSlice && !memory_.in_memory(id) && uses_.count(id) != 0 &&
           info(node(id).inputs[0]).cols > 1;
  }

  void lower_view(int id) {
    const auto& a = node(id).attributes.integers;
    const TileSource from = source(id, 0, info(node(id).inputs[0]).cols, false);
    Value value;
    value.cols = info(id).cols;
    value.address = from.address;
    const int64_t before = a[1] * from.pattern.stride;
    if (from.address.base == Address::Base::kMemory) value.address.memory += before;
    if (from.address.base != Address::Base::kMemory) value.address.offset += before;
    value.stride = value.cols == 1 ? 0 : a[3] * from.pattern.stride;
    values_[id] = value;
    views_.insert(id);
  }

  void lower_move(int id) {
    const Node& n = node(id);
    const auto& a = n.attributes.integers;
    TileInstruction instruction;
    instruction.kind = TileInstruction::Kind::kMoveCols;
    instruction.cols = info(id).cols;
    if (is_view(id)) return lower_view(id);
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
    const Value value = place_result(id);
    values_[id] = value;
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

  void finish() {
    TileProgram& program = kernel_.program;
    program.turned = form_.turned;
    program.cols_blocked = form_.cols_blocked;
    program.tile_rows = form_.tile_rows;
    program.temp_offset = scratch_.end();
    program.scratch_floats =
        scratch_.end() + 2 * whole_lines(std::max(form_.block_cols, form_.tile_rows) + 1) + kLineFloats;
    kernel_.chunks = chunk_program(program, form_.flat ? 0 : form_.cols);
    if (kernel_.chunks) program.scratch_floats = place_scalars(*kernel_.chunks, program.scratch_floats);
    const int64_t col_block = form_.cols_blocked ? form_.block_cols : form_.cols;
    int64_t row_block = 0;
    for (int64_t row = 0; row < form_.rows; row += form_.block_rows, ++row_block) {
      for (int64_t col = 0; col < form_.cols; col += col_block) {
        kernel_.blocks.push_back({.first_row = row,
                                  .rows = std::min(form_.block_rows, form_.rows - row),
                                  .first_col = col,
                                  .cols = std::min(col_block, form_.cols - col),
                                  .row_block = row_block,
                                  .index = static_cast<int64_t>(kernel_.blocks.size())});
      }
    }
    // About a nanosecond each: 150 multiply-adds of a product, 10 values of an instruction, a quarter of a call.
    const auto rows = static_cast<double>(std::min(form_.block_rows, form_.rows));
    const auto cols = static_cast<double>(std::min(col_block, form_.cols));
    for (const ProductCall& call : kernel_.products) {
      const double blocks = static_cast<double>(call.product.m) / rows *
                            (form_.cols_blocked ? static_cast<double>(call.product.n) / cols : 1);
      kernel_.cost += multiply_adds(call) / blocks / 150;
    }
    for (const TileInstruction& instruction : program.instructions) {
      const double wide =
          form_.cols_blocked ? cols : static_cast<double>(std::max(instruction.cols, instruction.src_cols));
      kernel_.cost += rows * wide / 10 + 10;
    }
  }

  const Graph& graph_;
  const Schedule& schedule_;
  const Component& component_;
  const Memory& memory_;
  std::vector<Array>& partials_;

  Kernel kernel_;
  Form form_;
  Scratch scratch_;
  std::vector<int> tiles_;
  std::vector<int> products_;
  std::vector<int> in_component_;
  std::map<int, Value> values_;
  std::map<int, int> uses_;
  std::set<int> views_;
  std::map<int, int> joined_;  // an addition or a sum -> the product it computes along
  std::set<int> is_joined_;
  std::map<int, Value> turned_products_;
  std::map<std::pair<int, size_t>, Value> picked_;
  std::map<LoadKey, Value> loaded_;
  std::map<LoadKey, int> load_uses_;
};

}  // namespace

Kernel lower_component(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
                       std::vector<Array>& partials) {
  return Lowering(graph, schedule, component, memory, partials).run();
}

}  // namespace elbo::cpu
