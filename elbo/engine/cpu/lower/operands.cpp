#include "elbo/engine/cpu/lower/operands.h"

#include <algorithm>

#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

Operands::Operands(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
                   std::vector<TileInstruction>& instructions)
    : graph_(graph),
      schedule_(schedule),
      component_(component),
      memory_(memory),
      instructions_(instructions),
      form_(choose_form(graph, schedule, component)),
      inside_(graph.nodes().size(), false) {
  for (const int id : component.nodes) inside_[static_cast<size_t>(id)] = true;
  count_uses();
}

void Operands::count_uses() {
  for (const int id : component_.nodes) {
    if (info(id).role == Role::kMatmul) continue;
    for (size_t slot = 0; slot < node(id).inputs.size(); ++slot) {
      const int input = node(id).inputs[slot];
      if (inside(input)) ++uses_[root(input)];
      if (const auto key = load_key(id, slot)) ++load_uses_[*key];
    }
  }
}

int Operands::uses(int id) const {
  const auto found = uses_.find(id);
  return found == uses_.end() ? 0 : found->second;
}

std::optional<Operands::LoadKey> Operands::load_key(int id, size_t slot) const {
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
Address Operands::in_memory(int id, int64_t cols) const {
  return {.base = Address::Base::kMemory,
          .memory = memory_.reals(id),
          .row_step = form_.flat ? 0 : cols,
          .col_step = form_.cols_blocked && (cols > 1 || form_.flat) ? 1 : 0};
}

// A value that lies turned in memory, where kernels find it as they need it.
Operands::Value Operands::turned_in_memory(int id) const {
  Value value;
  value.cols = info(id).cols;
  value.address = {.base = Address::Base::kMemory, .memory = memory_.reals(id), .row_step = value.cols};
  value.stride = form_.tile_rows;
  return value;
}

int64_t Operands::tile_floats(int64_t cols) const {
  const int64_t block_cols = form_.cols_blocked ? std::min(cols, form_.block_cols) : cols;
  return form_.turned ? cols * form_.tile_rows : form_.tile_rows * block_cols;
}

int64_t Operands::tile_stride(int64_t cols) const {
  if (cols == 1 && !form_.flat) return 0;  // one column lies as a vector over the rows
  return form_.turned ? form_.tile_rows : form_.cols_blocked ? form_.block_cols : cols;
}

Operands::Value Operands::new_scratch(int64_t cols) {
  Value value;
  value.cols = cols;
  value.floats = tile_floats(cols);
  value.address = {.base = Address::Base::kScratch, .offset = scratch_.take(value.floats)};
  value.stride = tile_stride(cols);
  return value;
}

void Operands::release(const Value& value) {
  if (value.floats > 0) scratch_.give_back(value.address.offset, value.floats);
}

// The last instruction of the kernel that names a value.
int Operands::last_reader(int id) const {
  int last = -1;
  for (const int reader : component_.nodes) {
    for (const int input : node(reader).inputs) {
      if (inside(input) && root(input) == id) last = std::max(last, reader);
    }
  }
  return last;
}

// The last instruction before which a product must not be written over: what is multiplied by it may be computed by
// the addition or sum that reads that.
int Operands::last_use(int product) const {
  int last = last_reader(product);
  for (const int reader : component_.nodes) {
    if (node(reader).op != &kMul) continue;
    for (const int input : node(reader).inputs) {
      if (inside(input) && root(input) == product) last = std::max(last, last_reader(reader));
    }
  }
  return last;
}

// A result of the kernel that goes to memory when nobody reads the product any more, or -1.
int Operands::result_over(int product) const {
  if (form_.turned || form_.flat) return -1;
  const int last = last_use(product);
  for (const int id : component_.nodes) {
    const NodeInfo& i = info(id);
    const bool same_place = i.role == Role::kTile && i.tile == TileKind::kElementwise && i.rows == info(product).rows &&
                            i.cols == info(product).cols && i.cols > 1;
    if (!same_place || id < last || !memory_.in_memory(id) || memory_.overwrites(id) != nullptr) continue;
    if (written_over_.count(id) == 0) return id;
  }
  return -1;
}

Operands::Value Operands::place_product(int id) {
  Value value;
  value.cols = info(id).cols;
  const int over = memory_.in_memory(id) ? id : result_over(id);
  if (over >= 0) {
    written_over_.insert(over);
    value.address = in_memory(over, value.cols);
  } else {
    const int64_t stride = form_.cols_blocked ? form_.block_cols : value.cols;
    value.address = {
        .base = Address::Base::kProduct, .offset = scratch_.take(form_.block_rows * stride), .row_step = stride};
  }
  value.stride = value.address.row_step;
  return values_[id] = value;
}

Operands::Value Operands::place_result(int id) {
  const int64_t cols = form_.flat ? form_.cols : info(id).cols;
  Value value;
  if (info(id).turned) {
    value = turned_in_memory(id);
  } else if (memory_.in_memory(id) && (!form_.turned || cols == 1)) {
    value.cols = cols;
    value.address = in_memory(id, info(id).cols);
    value.stride = cols == 1 && !form_.flat ? 0 : cols;
  } else {
    value = new_scratch(cols);
  }
  return values_[id] = value;
}

bool Operands::is_view(int id) const {
  return form_.turned && node(id).op == &kSlice && !memory_.in_memory(id) && uses(id) > 0 &&
         info(node(id).inputs[0]).cols > 1;
}

bool Operands::is_stored_view(int id) const {
  return form_.turned && node(id).op == &kSlice && memory_.in_memory(id) && !info(id).turned && uses(id) == 0 &&
         info(id).cols > 1;
}

void Operands::store_view(int id) {
  store(id, columns_of(id));
  values_[id] = {.cols = info(id).cols};
}

void Operands::make_view(int id) {
  values_[id] = columns_of(id);
  views_.insert(id);
}

// What a slice reads, where it lies turned.
Operands::Value Operands::columns_of(int id) {
  const auto& a = node(id).attributes.integers;
  const TileSource from = source(id, 0, info(node(id).inputs[0]).cols, false);
  Value value;
  value.cols = info(id).cols;
  value.address = from.address;
  const int64_t before = a[1] * from.pattern.stride;
  if (from.address.base == Address::Base::kMemory) value.address.memory += before;
  if (from.address.base != Address::Base::kMemory) value.address.offset += before;
  value.stride = value.cols == 1 ? 0 : a[3] * from.pattern.stride;
  return value;
}

TileOperand Operands::pattern(Pattern p, int64_t stride, bool narrow) const {
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

TileSource Operands::source(int id, size_t slot, int64_t cols, bool narrow) {
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
    const Value value = turned_value(root(input));
    const bool one = value.cols == 1 && !form_.flat;
    const Pattern p = one ? (form_.rows == 1 ? Pattern::kScalar : Pattern::kColumn) : Pattern::kFull;
    return {value.address, pattern(p, value.stride, narrow)};
  }
  if (form_.flat) {
    if (shape.elements() == 1 && form_.cols != 1) return scalar(input);
    return {in_memory(input, form_.cols), pattern(Pattern::kFull, form_.cols, narrow)};
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
    const Value value = info(root(input)).turned ? turned_in_memory(root(input)) : load_turned(input, operand_columns);
    return {value.address, pattern(Pattern::kFull, value.stride, narrow)};
  }
  return {in_memory(input, operand_columns), pattern(Pattern::kFull, operand_columns, narrow)};
}

TileSource Operands::scalar(int input) const {
  return {{.base = Address::Base::kMemory, .memory = memory_.reals(input)}, {.stride = 0, .inner_scalar = true}};
}

// A tensor from memory as a turned tile, loaded once a tile.
Operands::Value Operands::load_turned(int input, int64_t cols) {
  const LoadKey key{memory_.address(input), cols};
  const auto known = loaded_.find(key);
  if (known != loaded_.end()) return known->second;
  TileInstruction load;
  load.kind = TileInstruction::Kind::kLoad;
  load.src[0].address = in_memory(input, cols);
  load.cols = cols;
  const Value value = new_scratch(cols);
  load.dst = {value.address, {.stride = value.stride}};
  instructions_.push_back(load);
  return loaded_[key] = value;
}

// A product's result inside a turned kernel is turned once; everything else already is.
Operands::Value Operands::turned_value(int id) {
  const Value value = values_.at(id);
  if (!form_.turned || info(id).role != Role::kMatmul) return value;
  const auto known = turned_products_.find(id);
  if (known != turned_products_.end()) return known->second;
  TileInstruction load;
  load.kind = TileInstruction::Kind::kLoad;
  load.src[0].address = value.address;
  load.cols = value.cols;
  const Value turned = new_scratch(value.cols);
  load.dst = {turned.address, {.stride = turned.stride == 0 ? form_.tile_rows : turned.stride}};
  instructions_.push_back(load);
  return turned_products_[id] = turned;
}

TileSource Operands::mixed(int id, size_t slot, int input, const RowMap& map, int64_t cols, bool narrow) {
  TileInstruction pick;
  pick.kind = TileInstruction::Kind::kMixedRows;
  pick.map = map;
  pick.cols = cols;
  pick.narrow = cols == 1;
  pick.src[0].address = {.base = Address::Base::kMemory, .memory = memory_.reals(input), .row_step = cols};
  const Value value = new_scratch(cols);
  pick.dst = {value.address, {.stride = value.stride}};
  instructions_.push_back(pick);
  picked_[{id, slot}] = value;
  return {value.address, pattern(cols == 1 ? Pattern::kColumn : Pattern::kFull, value.stride, narrow)};
}

void Operands::done(int id) {
  if (views_.count(id) != 0) return;  // its inputs are read as long as it is
  if (info(id).tile != TileKind::kBatchSum) {
    store_turned(id);
    if (uses(id) == 0) release(values_.at(id));
  }
  consume(id);
}

void Operands::consume(int id) {
  for (size_t slot = 0; slot < node(id).inputs.size(); ++slot) {
    const auto pick = picked_.find({id, slot});
    if (pick != picked_.end()) release(pick->second);
    const auto key = load_key(id, slot);
    if (key && --load_uses_[*key] == 0) release(loaded_.at(*key));
    const int input = root(node(id).inputs[slot]);
    if (!inside(input) || --uses_[input] > 0 || is_joined(input)) continue;
    if (views_.count(input) != 0) {
      consume(input);  // nor what it is a view of
    } else if (info(input).role != Role::kMatmul) {
      release(values_.at(input));
    } else if (const auto turned = turned_products_.find(input); turned != turned_products_.end()) {
      release(turned->second);
    }
  }
}

// A turned result that others need goes to memory as soon as it is there.
void Operands::store_turned(int id) {
  const Value& value = values_.at(id);
  if (value.floats > 0 && memory_.in_memory(id)) store(id, value);
}

void Operands::store(int id, const Value& value) {
  TileInstruction store;
  store.kind = TileInstruction::Kind::kStore;
  store.src[0] = {value.address, {.stride = value.stride}};
  store.dst.address = in_memory(id, value.cols);
  store.cols = value.cols;
  instructions_.push_back(store);
}

}  // namespace elbo::cpu
