#include "elbo/engine/cpu/schedule/layout.h"

#include "elbo/engine/cpu/schedule/form.h"

namespace elbo::cpu {

namespace {

class Layouts {
 public:
  Layouts(const Graph& graph, Schedule& schedule) : graph_(graph), schedule_(schedule) {
    for (const Component& component : schedule.components) {
      const bool general = info(component.nodes[0]).role == Role::kGeneral;
      forms_.push_back(general ? Form{} : choose_form(graph, schedule, component));
    }
  }

  void run() {
    for (NodeInfo& i : schedule_.nodes) i.turned = can_be_made_turned(i);
    for (size_t id = 0; id < graph_.nodes().size(); ++id) {
      for (size_t slot = 0; slot < graph_.nodes()[id].inputs.size(); ++slot) read(static_cast<int>(id), slot);
    }
    for (const auto& output : graph_.outputs()) root_of(output.node).turned = false;
    for (const auto& update : graph_.updates()) root_of(update.value).turned = false;
  }

 private:
  NodeInfo& info(int id) { return schedule_.nodes[static_cast<size_t>(id)]; }
  NodeInfo& root_of(int id) { return info(info(id).root); }
  const Form& form_of(const NodeInfo& i) const { return forms_[static_cast<size_t>(i.component)]; }

  static bool has_whole_turned_tiles(const Form& form) {
    return form.turned && form.rows % form.tile_rows == 0 && form.block_rows % form.tile_rows == 0;
  }

  bool can_be_made_turned(const NodeInfo& i) const {
    if (!i.materialized || i.role != Role::kTile || i.tile == TileKind::kBatchSum || i.cols == 1) return false;
    const Form& form = form_of(i);
    return form.rows == i.rows && has_whole_turned_tiles(form);
  }

  // A reader that needs rows as such, or cuts them into other tiles, keeps its input as it is.
  void read(int id, size_t slot) {
    const NodeInfo& reader = info(id);
    if (reader.role == Role::kSource || reader.role == Role::kView) return;
    const int input = graph_.node(id).inputs[slot];
    const NodeInfo& view = info(input);
    NodeInfo& value = root_of(input);
    if (!value.turned) return;
    bool same = reader.role == Role::kTile && reader.tile != TileKind::kConvert && view.offset == 0 &&
                view.rows == value.rows && view.cols == value.cols;
    if (same && reader.tile == TileKind::kElementwise) {
      const Shape &operand = graph_.node(input).shape, &result = graph_.node(id).shape;
      same = row_map(operand, result, reader).kind == RowMap::Kind::kSame &&
             operand_cols(operand, result, reader) == value.cols;
    }
    const Form& made = form_of(value);
    const Form& read = form_of(reader);
    value.turned = same && has_whole_turned_tiles(read) && read.rows == made.rows && read.tile_rows == made.tile_rows;
  }

  const Graph& graph_;
  Schedule& schedule_;
  std::vector<Form> forms_;  // of each component
};

}  // namespace

void choose_layouts(const Graph& graph, Schedule& schedule) {
  Layouts(graph, schedule).run();
}

}  // namespace elbo::cpu
