#include <algorithm>
#include <map>
#include <set>

#include "elbo/engine/cpu/op_table.h"
#include "elbo/engine/cpu/passes/passes.h"
#include "elbo/engine/cpu/schedule/schedule.h"

namespace elbo::cpu {

namespace {

class Recomputing {
 public:
  explicit Recomputing(const Graph& graph) : graph_(graph), schedule_(make_schedule(graph, {})) {
    const size_t count = graph.nodes().size();
    users_.resize(count);
    wanted_.assign(count, false);
    for (size_t id = 0; id < count; ++id) {
      for (const int input : graph.nodes()[id].inputs) {
        users_[static_cast<size_t>(input)].push_back(static_cast<int>(id));
        if (info(static_cast<int>(id)).role != Role::kView) {
          reads_[info(static_cast<int>(id)).component].insert(info(input).root);
        }
      }
    }
    for (const auto& output : graph.outputs()) wanted_[static_cast<size_t>(output.node)] = true;
    for (const auto& update : graph.updates()) {
      wanted_[static_cast<size_t>(update.value)] = true;
      updated_.insert(update.variable.get());
    }
  }

  // The nodes to compute again, each with the components that get a copy.
  std::map<int, std::set<int>> find() {
    std::map<int, std::set<int>> found;
    std::vector<bool> kept(graph_.nodes().size(), false);  // read by a copy
    for (int id = static_cast<int>(graph_.nodes().size()) - 1; id >= 0; --id) {
      if (kept[static_cast<size_t>(id)] || !can_be_copied(id)) continue;
      const std::set<int> readers = other_readers(id);
      const bool worth =
          std::all_of(readers.begin(), readers.end(), [&](int reader) { return is_worth_it(id, reader); });
      if (readers.empty() || !worth) continue;
      found[id] = readers;
      for (const int input : node(id).inputs) kept[static_cast<size_t>(info(input).root)] = true;
    }
    return found;
  }

  int component_of(int id) const { return info(id).component; }

 private:
  const Node& node(int id) const { return graph_.node(id); }
  const NodeInfo& info(int id) const { return schedule_.nodes[static_cast<size_t>(id)]; }

  bool can_be_copied(int id) const {
    const NodeInfo& i = info(id);
    if (i.role != Role::kTile || !i.materialized || wanted_[static_cast<size_t>(id)] || !on_cpu(*node(id).op).cheap) {
      return false;
    }
    if (node(id).shape.elements() == 1) return false;
    const auto& users = users_[static_cast<size_t>(id)];
    if (!std::all_of(users.begin(), users.end(), [&](int user) { return reads_row_by_row(user, id); })) return false;
    return std::all_of(node(id).inputs.begin(), node(id).inputs.end(), [&](int input) {
      const NodeInfo& root = info(info(input).root);
      const bool overwritten = updated_.count(node(info(input).root).attributes.variable.get()) != 0;
      return (root.role == Role::kSource && !overwritten) || root.materialized;
    });
  }

  // So that a copy is made inside the kernel that reads it.  Not through a view, and not in a product's kernel, which
  // needs it in memory.
  bool reads_row_by_row(int user, int id) const {
    const NodeInfo& reader = info(user);
    if (reader.role != Role::kTile || info(id).rows != reader.space_rows) return false;
    return reader.tile != TileKind::kElementwise ||
           row_map(node(id).shape, node(user).shape, reader).kind == RowMap::Kind::kSame;
  }

  std::set<int> other_readers(int id) const {
    std::set<int> readers;
    for (const int user : users_[static_cast<size_t>(id)]) {
      if (info(user).component != info(id).component) readers.insert(info(user).component);
    }
    return readers;
  }

  // Spared: that the value is written, and read once.  So no more may have to be read for it instead.
  bool is_worth_it(int id, int reader) const {
    int64_t more = 0;
    std::set<int> seen;
    for (const int input : node(id).inputs) {
      const int root = info(input).root;
      if (seen.insert(root).second && reads_.at(reader).count(root) == 0) more += node(root).shape.elements();
    }
    return more <= node(id).shape.elements();
  }

  const Graph& graph_;
  Schedule schedule_;
  std::vector<std::vector<int>> users_;
  std::vector<bool> wanted_;
  std::set<const Variable*> updated_;   // whose readers it would keep from being written in place
  std::map<int, std::set<int>> reads_;  // roots that each component reads
};

class Recompute final : public Pass {
 public:
  std::string_view name() const override { return "recompute"; }

  bool run(Graph& graph) const override {
    Recomputing work(graph);
    const std::map<int, std::set<int>> found = work.find();
    if (found.empty()) return false;
    std::vector<int> new_ids(graph.nodes().size());
    std::map<std::pair<int, int>, int> copies;  // by node and component
    std::vector<Node> nodes;
    for (size_t at = 0; at < graph.nodes().size(); ++at) {
      const int id = static_cast<int>(at);
      Node node = graph.nodes()[at];
      for (int& input : node.inputs) {
        const auto copy = copies.find({input, work.component_of(id)});
        input = copy != copies.end() ? copy->second : new_ids[static_cast<size_t>(input)];
      }
      new_ids[at] = static_cast<int>(nodes.size());
      nodes.push_back(node);
      const auto copied = found.find(id);
      if (copied == found.end()) continue;
      for (const int component : copied->second) {
        copies[{id, component}] = static_cast<int>(nodes.size());
        nodes.push_back(node);
      }
    }
    graph.replace_nodes(std::move(nodes), new_ids);
    return true;
  }
};

}  // namespace

std::unique_ptr<Pass> recompute() {
  return std::make_unique<Recompute>();
}

}  // namespace elbo::cpu
