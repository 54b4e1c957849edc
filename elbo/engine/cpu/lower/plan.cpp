#include "elbo/engine/cpu/lower/plan.h"

#include <algorithm>

#include "elbo/engine/cpu/lower/lowering.h"
#include "elbo/engine/cpu/op_table.h"

namespace elbo::cpu {

namespace {

Kernel general_kernel(const Graph& graph, const Memory& memory, int id, int stage) {
  Kernel kernel;
  kernel.kind = Kernel::Kind::kGeneral;
  kernel.stage = stage;
  kernel.general.routine = on_cpu(*graph.node(id).op).general;
  kernel.general.node = graph.node(id);
  for (const int input : graph.node(id).inputs) {
    kernel.general.src.push_back(memory.address(input));
    kernel.general.shapes.push_back(graph.node(input).shape);
  }
  kernel.general.dst = memory.address(id);
  const double products = general_multiply_adds(kernel.general);
  kernel.cost = 20 + (products > 0 ? products / 150 : static_cast<double>(graph.node(id).shape.elements())) /
                         static_cast<double>(std::max<int64_t>(1, general_parts(kernel.general)));
  return kernel;
}

Kernel copy_kernel(const void* src, void* dst, size_t bytes, int stage) {
  Kernel kernel;
  kernel.kind = Kernel::Kind::kCopy;
  kernel.stage = stage;
  kernel.copy_src = src;
  kernel.copy_dst = dst;
  kernel.copy_bytes = bytes;
  kernel.cost = 20 + static_cast<double>(bytes) / 20;
  return kernel;
}

CompileReport::KernelReport describe(const Graph& graph, const Component& component, const Kernel& kernel) {
  CompileReport::KernelReport row;
  row.stage = kernel.stage;
  row.blocks = static_cast<size_t>(kernel.parts());
  row.instructions = kernel.program.instructions.size();
  row.turned = kernel.program.turned;
  const bool product_alone = kernel.kind == Kernel::Kind::kGeneral && kernel.general.node.op->kind == OpKind::kMatmul;
  row.kind = product_alone                           ? "product"
             : kernel.kind == Kernel::Kind::kGeneral ? "general"
             : kernel.products.empty()               ? "tile"
             : row.instructions == 0                 ? "product"
                                                     : "product+tile";
  for (const int id : component.nodes) {
    const Node& node = graph.node(id);
    if (!row.operations.empty()) row.operations += ' ';
    row.operations += node.op->name;
    if (row.scope.empty()) row.scope = node.scope;
  }
  if (product_alone) {
    row.rows = kernel.general.node.shape.last(1);
    row.cols = kernel.general.node.shape.last(0);
  }
  if (!kernel.blocks.empty()) {
    const TileBlock& last = kernel.blocks.back();
    row.rows = last.first_row + last.rows;
    row.cols = last.first_col + last.cols;
  }
  return row;
}

// Stages in which the work is worth less than waking another thread for.
constexpr double kSerialCost = 12000;

// Successive serial stages are one: nobody else could do anything in between.  Updates stay behind the guard.
void join_serial_waves(Plan& plan) {
  std::vector<Plan::Wave> joined;
  int guard = -1;
  for (size_t w = 0; w < plan.waves.size(); ++w) {
    Plan::Wave& wave = plan.waves[w];
    const bool after_guard = plan.guard_wave >= 0 && static_cast<int>(w) == plan.guard_wave + 1;
    if (!joined.empty() && joined.back().serial && wave.serial && !after_guard) {
      auto& items = joined.back().items;
      items.insert(items.end(), wave.items.begin(), wave.items.end());
    } else {
      joined.push_back(std::move(wave));
    }
    if (static_cast<int>(w) == plan.guard_wave) guard = static_cast<int>(joined.size()) - 1;
  }
  plan.waves = std::move(joined);
  plan.guard_wave = guard;
}

void make_waves(Plan& plan) {
  int stages = 0;
  for (const Kernel& kernel : plan.kernels) stages = std::max(stages, kernel.stage + 1);
  plan.waves.resize(static_cast<size_t>(stages));
  const auto wave_of = [&](int kernel) -> Plan::Wave& {
    return plan.waves[static_cast<size_t>(plan.kernels[static_cast<size_t>(kernel)].stage)];
  };
  for (size_t k = 0; k < plan.kernels.size(); ++k) {
    const Kernel& kernel = plan.kernels[k];
    if (kernel.chain >= 0) continue;
    for (int64_t part = 0; part < kernel.parts(); ++part) {
      wave_of(static_cast<int>(k))
          .items.push_back(
              {.kernel = static_cast<int>(k), .part = part, .cost = kernel.cost, .awaited = kernel.awaited});
    }
  }
  for (size_t c = 0; c < plan.chains.size(); ++c) {
    const Plan::Chain& chain = plan.chains[c];
    double cost = 0;
    bool awaited = false;
    for (const int k : chain.kernels) {
      const Kernel& kernel = plan.kernels[static_cast<size_t>(k)];
      awaited = awaited || kernel.awaited;
      cost += kernel.cost * static_cast<double>(kernel.parts() / chain.blocks);
    }
    for (int64_t block = 0; block < chain.blocks; ++block) {
      wave_of(chain.kernels.front())
          .items.push_back({.chain = static_cast<int>(c), .part = block, .cost = cost, .awaited = awaited});
    }
  }
  for (Plan::Wave& wave : plan.waves) {
    std::stable_sort(wave.items.begin(), wave.items.end(), [](const Plan::Item& a, const Plan::Item& b) {
      return a.awaited != b.awaited ? a.awaited : a.cost > b.cost;
    });
    double cost = 0;
    for (const Plan::Item& item : wave.items) cost += item.cost;
    wave.serial = wave.items.size() < 2 || cost < kSerialCost;
  }
  join_serial_waves(plan);
}

// For each component, whether one of a later stage reads what it makes.
std::vector<bool> awaited_components(const Graph& graph, const Schedule& schedule) {
  std::vector<bool> awaited(schedule.components.size(), false);
  for (size_t id = 0; id < graph.nodes().size(); ++id) {
    const NodeInfo& reader = schedule.nodes[id];
    for (const int input : graph.nodes()[id].inputs) {
      const NodeInfo& made = schedule.nodes[static_cast<size_t>(schedule.nodes[static_cast<size_t>(input)].root)];
      if (made.component >= 0 && reader.stage > made.stage) awaited[static_cast<size_t>(made.component)] = true;
    }
  }
  return awaited;
}

// Notes the last kernel as the next of its chain.
void add_to_chain(Plan& plan, const Component& component) {
  if (component.chain < 0) return;
  const auto index = static_cast<size_t>(component.chain);
  if (plan.chains.size() <= index) plan.chains.resize(index + 1);
  Kernel& kernel = plan.kernels.back();
  kernel.chain = component.chain;
  plan.chains[index].kernels.push_back(static_cast<int>(plan.kernels.size()) - 1);
  plan.chains[index].blocks = kernel.blocks.back().row_block + 1;
}

}  // namespace

Plan make_plan(const Graph& graph, const CompileOptions& options, std::vector<Array>& inputs, CompileReport& report) {
  Plan plan;
  ScheduleOptions schedule_options;
  schedule_options.fuse = options.without.count("fusion") == 0;
  for (const auto& output : graph.outputs()) {
    if (output.name == options.guard && !options.guard.empty()) schedule_options.guard = output.node;
  }
  const Schedule schedule = make_schedule(graph, schedule_options);
  const Memory memory(graph, schedule, inputs, plan, report);

  const std::vector<bool> awaited = awaited_components(graph, schedule);
  for (const Component& component : schedule.components) {
    const NodeInfo& first = schedule.nodes[static_cast<size_t>(component.nodes[0])];
    if (first.role == Role::kGeneral) {
      plan.kernels.push_back(general_kernel(graph, memory, component.nodes[0], component.stage));
    } else {
      plan.kernels.push_back(Lowering(graph, schedule, component, memory, plan.constants).run());
    }
    plan.kernels.back().awaited = awaited[plan.kernels.size() - 1];
    add_to_chain(plan, component);
    const Kernel& kernel = plan.kernels.back();
    const bool general = kernel.kind == Kernel::Kind::kGeneral;
    plan.scratch_floats =
        std::max(plan.scratch_floats, general ? general_scratch(kernel.general) : kernel.program.scratch_floats);
    if (general) report.flops += 2.0 * general_multiply_adds(kernel.general);
    for (const ProductCall& call : kernel.products) {
      report.flops += 2.0 * multiply_adds(call);
    }
    report.kernels.push_back(describe(graph, component, kernel));
  }
  for (size_t u = 0; u < graph.updates().size(); ++u) {
    if (!memory.copied_updates()[u]) continue;
    const Graph::Update& update = graph.updates()[u];
    plan.kernels.push_back(copy_kernel(memory.address(update.value), update.variable->value.data(),
                                       update.variable->value.bytes(), schedule.stages));
    report.kernels.push_back({.stage = schedule.stages,
                              .kind = "copy",
                              .operations = "update",
                              .scope = update.variable->name,
                              .blocks = 1});
  }
  for (const auto& output : graph.outputs()) plan.output_memory.push_back(memory.address(output.node));
  if (schedule_options.guard >= 0) {
    const NodeInfo& guard = schedule.nodes[static_cast<size_t>(schedule_options.guard)];
    plan.guard_wave = schedule.nodes[static_cast<size_t>(guard.root)].stage;
    plan.guard = memory.reals(schedule_options.guard);
  }
  make_waves(plan);
  for (const Kernel& kernel : plan.kernels) report.stages = std::max(report.stages, kernel.stage + 1);
  report.scratch_bytes = static_cast<size_t>(plan.scratch_floats) * sizeof(float);
  return plan;
}

double multiply_adds(const ProductCall& call) {
  if (call.pieces.empty())
    return static_cast<double>(call.product.m * call.product.n) * static_cast<double>(call.product.k);
  double sum = 0;
  for (const ProductBlock& piece : call.pieces) sum += static_cast<double>(piece.rows * piece.cols * piece.depth);
  return sum;
}

}  // namespace elbo::cpu
