#include "elbo/engine/cpu/schedule/form.h"

#include <algorithm>

#include "elbo/engine/cpu/kernels/partial_products.h"
#include "elbo/engine/cpu/kernels/product_of.h"
#include "elbo/engine/cpu/kernels/scratch.h"
#include "elbo/engine/cpu/schedule/zeros.h"

namespace elbo::cpu {

namespace {

constexpr int64_t kTileFloats = 2048;  // of one value of a plain tile: 8 KiB, a handful of them stay in L1
constexpr int64_t kFlatBlock = 4096;   // columns of a block when everything is one long row
constexpr int64_t kTurnedFloats = 8192;
constexpr int64_t kTurnedCols = 64;  // the widest rows that are turned

// Rows of equal parts of a block, of at most `most` rows and whole lines, where there are such.
int64_t even_part(int64_t rows, int64_t most) {
  const int64_t fewest = (rows + most - 1) / most;
  for (int64_t parts = fewest; parts <= 2 * fewest; ++parts) {
    if (rows % (parts * kLineFloats) == 0) return rows / parts;
  }
  return std::min(most, whole_lines(rows));
}

// The parts of a product that the instructions add up, or -1.  Their kernel is cut like the product.
int parts_read(const Graph& graph, const Schedule& schedule, const std::vector<int>& tiles, int64_t cols) {
  for (const int id : tiles) {
    for (const int input : graph.node(id).inputs) {
      const int root = schedule.nodes[static_cast<size_t>(input)].root;
      if (graph.node(root).op == &kPartialProducts && graph.node(root).shape.last(0) == cols) return root;
    }
  }
  return -1;
}

// Blocks of columns of a product of which a mask makes some cheaper than others: of equal work, so that no thread waits
// for the one with the longer half.
std::vector<Cut> cuts_of_pieces(const Graph& graph, const Schedule& schedule, int product, int64_t parts) {
  if (parts < 2) return {};
  const std::vector<ProductBlock> pieces = product_pieces(graph, schedule, product, -1);
  if (pieces.empty()) return {};
  return cuts_of_equal_work(graph.node(product).shape.last(0), parts, kProductColGrain, [&](int64_t cols) {
    double work = 0;
    for (const ProductBlock& piece : pieces) {
      work += static_cast<double>(std::clamp<int64_t>(cols - piece.col, 0, piece.cols) * piece.depth);
    }
    return work;
  });
}

}  // namespace

int64_t Form::row_parts() const {
  return parts_of(rows, block_rows);
}

int64_t Form::col_parts() const {
  if (!col_cuts.empty()) return static_cast<int64_t>(col_cuts.size());
  return cols_blocked ? parts_of(cols, block_cols) : 1;
}

Cut Form::rows_of(int64_t part) const {
  return even ? even_cut(rows, row_parts(), kProductRowGrain, part) : cut_of_size(rows, block_rows, part);
}

Cut Form::cols_of(int64_t part) const {
  if (!col_cuts.empty()) return col_cuts[static_cast<size_t>(part)];
  if (!cols_blocked) return {0, cols};
  return even ? even_cut(cols, col_parts(), kProductColGrain, part) : cut_of_size(cols, block_cols, part);
}

Form choose_form(const Graph& graph, const Schedule& schedule, const Component& component) {
  const auto node = [&](int id) -> const Node& { return graph.node(id); };
  const auto info = [&](int id) -> const NodeInfo& { return schedule.nodes[static_cast<size_t>(id)]; };
  // Columns a node's instruction works on: those of its input for reductions.
  const auto working_cols = [&](int id) {
    const NodeInfo& i = info(id);
    const bool reduces = i.tile == TileKind::kRowReduce || i.tile == TileKind::kBatchSum;
    return reduces ? info(node(id).inputs[0]).cols : i.cols;
  };
  std::vector<int> tiles, products;
  for (const int id : component.nodes) (info(id).role == Role::kMatmul ? products : tiles).push_back(id);
  const NodeInfo& first = info(component.nodes[0]);
  Form form;
  form.rows = first.role == Role::kMatmul ? first.rows : first.space_rows;

  int64_t widest = 1;
  bool simple = true, full_only = products.empty(), converts = false;
  for (const int id : tiles) {
    const NodeInfo& i = info(id);
    widest = std::max({widest, i.cols, working_cols(id)});
    if (i.tile == TileKind::kMoveCols || i.tile == TileKind::kRows) {
      for (const int input : node(id).inputs) widest = std::max(widest, info(input).cols);
    }
    converts = converts || i.tile == TileKind::kConvert;
  }
  for (const int id : products) widest = std::max(widest, info(id).cols);
  form.cols = widest;
  for (const int id : tiles) {
    const NodeInfo& i = info(id);
    const bool sums = i.tile == TileKind::kBatchSum;
    simple = simple && (i.tile == TileKind::kElementwise || sums) && working_cols(id) == widest;
    full_only = full_only && (!sums || is_total(node(id)));
    if (i.tile != TileKind::kElementwise) continue;
    for (const int input : node(id).inputs) {
      const RowMap map = row_map(node(input).shape, node(id).shape, i);
      simple = simple && map.kind != RowMap::Kind::kMixed;
      full_only = full_only && (node(input).shape.elements() == 1 || node(input).shape == node(id).shape);
    }
  }
  const int parted = simple && products.empty() ? parts_read(graph, schedule, tiles, widest) : -1;
  const bool blocks_of_product = parted >= 0 || (products.size() == 1 && simple && info(products[0]).cols == widest);
  const bool free = component.block_rows == 0;
  if (free && products.empty() && parted < 0 && simple && full_only) {
    form.flat = true;
    form.cols = form.rows * form.cols;
    form.rows = 1;
  }
  form.cols_blocked = form.flat || blocks_of_product || (free && products.empty() && simple && form.rows < kLineFloats);
  form.turned = !form.cols_blocked && widest <= kTurnedCols && widest > 1 && form.rows >= 8 && !converts;

  if (blocks_of_product) {
    const BlockSizes blocks = product_blocks(product_of(graph, parted >= 0 ? parted : products[0]));
    form.block_rows = free ? blocks.rows : component.block_rows;
    form.block_cols = blocks.cols;
    form.even = free;
    if (free && parted < 0 && form.row_parts() == 1) {
      form.col_cuts = cuts_of_pieces(graph, schedule, products[0], form.col_parts());
      for (const Cut& cut : form.col_cuts) form.block_cols = std::max(form.block_cols, cut.size);
    }
    form.tile_rows = std::clamp<int64_t>(kTileFloats / form.block_cols, 1, form.block_rows);
    return form;
  }
  form.block_cols = form.flat           ? std::min(form.cols, kFlatBlock)
                    : form.cols_blocked ? std::min(form.cols, kTileFloats)
                                        : form.cols;
  if (form.turned || !products.empty()) {
    // At least two blocks where there are rows for them, and few enough that a call's overhead stays small.
    const int64_t half = (form.rows + 1) / 2;
    form.tile_rows = std::clamp<int64_t>(whole_lines(half), kLineFloats, 64);
    form.block_rows = free ? form.tile_rows : component.block_rows;
    if (form.turned && !free) {
      const int64_t most = std::max(kTurnedFloats / widest / kLineFloats * kLineFloats, form.tile_rows);
      form.tile_rows = even_part(form.block_rows, most);
    }
    if (!form.turned) form.tile_rows = std::clamp<int64_t>(kTileFloats / form.cols, 1, form.block_rows);
  } else if (widest == 1) {
    form.tile_rows = form.block_rows = 1024;
  } else {
    form.tile_rows = std::max<int64_t>(1, kTileFloats / form.block_cols);
    const int64_t tiles_of_block = std::max<int64_t>(1, 8 * kTileFloats / (form.tile_rows * form.block_cols));
    form.block_rows = std::min(form.tile_rows * tiles_of_block, std::max(form.tile_rows, (form.rows + 7) / 8));
  }
  if (!free) {
    form.block_rows = component.block_rows;
    form.tile_rows = std::min(form.tile_rows, form.block_rows);
  }
  return form;
}

}  // namespace elbo::cpu
