#include "elbo/run/explain.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <vector>

#include "elbo/engine/machine.h"
#include "elbo/report/number_format.h"
#include "elbo/report/table.h"
#include "elbo/run/memory.h"
#include "elbo/settings/text_layout.h"

namespace elbo::run {
namespace {

constexpr size_t kOperationsWidth = 60;

// Parameters of one layer: those that share the path before their last name.
struct Layer {
  std::string path;
  std::string tensors;  // "weight [500, 784], bias [500]"
  int64_t count = 0;
};

std::vector<Layer> layers_of(const nn::Parameters& parameters) {
  std::vector<Layer> layers;
  for (const VariablePtr& variable : parameters.all()) {
    const size_t dot = variable->name.rfind('.');
    const std::string path = dot == std::string::npos ? "" : variable->name.substr(0, dot);
    const std::string name = variable->name.substr(dot == std::string::npos ? 0 : dot + 1);
    if (layers.empty() || layers.back().path != path) layers.push_back({.path = path, .tensors = ""});
    Layer& layer = layers.back();
    layer.tensors += (layer.tensors.empty() ? "" : ", ") + name + " " + to_string(variable->value.shape());
    layer.count += variable->value.elements();
  }
  return layers;
}

std::string data_line(const data::Dataset& dataset) {
  const data::ImageGeometry& image = dataset.image;
  std::string row = fmt::format("{} values", dataset.dim());
  if (image.is_image()) {
    const std::string kind = image.channels == 1 ? "grey" : fmt::format("{}-channel", image.channels);
    row = fmt::format("{} images of {} x {}", kind, image.height, image.width);
  }
  return fmt::format("{}: {}; {} training, {} validation, {} test rows", dataset.name, row,
                     report::with_thousands(dataset.train.count()), report::with_thousands(dataset.validation.count()),
                     report::with_thousands(dataset.test.count()));
}

// What the numbers of the files are to the model.
std::string encoding_line(const data::Dataset& dataset) {
  const data::Encoding& encoding = dataset.encoding;
  std::string line(name_of(dataset.column("x").values));
  if (encoding.standardization) {
    line += ", centred and scaled by the training rows";
  } else if (encoding.whole) {
    line += ", the whole numbers of the files";
  } else if (encoding.scale != 1) {
    line += fmt::format(", the numbers of the files divided by {}", encoding.scale);
  }
  if (encoding.dequantized) line += ", with the uniform noise of dequantization";
  if (const auto names = dataset.layout.x_names(); !names.empty()) {
    line += fmt::format("; {}", fmt::join(names.begin(), names.begin() + std::min<size_t>(names.size(), 8), ", "));
    if (names.size() > 8) line += fmt::format(" and {} more", names.size() - 8);
  }
  return line;
}

std::string cut(const std::string& text) {
  return text.size() <= kOperationsWidth ? text : text.substr(0, kOperationsWidth - 3) + "...";
}

report::Table pass_table(const CompileReport& report) {
  report::Table table({{.name = "pass"}, {.name = "nodes after it"}, {.name = "ms"}});
  table.add_row({"(as built)", report::Count{static_cast<int64_t>(report.nodes_before)}, report::Cell()});
  for (const auto& pass : report.passes) {
    table.add_row({pass.name, report::Count{static_cast<int64_t>(pass.nodes)}, report::Number{pass.milliseconds}});
  }
  return table;
}

report::Table kernel_table(const CompileReport& report) {
  report::Table table({{.name = "stage"},
                       {.name = "kernel"},
                       {.name = "rows x columns", .align = report::Align::kRight},
                       {.name = "parts"},
                       {.name = "at", .align = report::Align::kLeft},
                       {.name = "operations", .align = report::Align::kLeft}});
  for (const auto& kernel : report.kernels) {
    const std::string extent = kernel.rows > 0 ? fmt::format("{} x {}", kernel.rows, kernel.cols) : "";
    table.add_row({report::Count{kernel.stage}, kernel.kind, extent, report::Count{static_cast<int64_t>(kernel.blocks)},
                   kernel.scope, cut(kernel.operations)});
  }
  return table;
}

report::Table parameter_table(const nn::Parameters& parameters) {
  report::Table table({{.name = "layer"}, {.name = "tensors"}, {.name = "parameters"}});
  for (const Layer& layer : layers_of(parameters)) {
    table.add_row({layer.path, layer.tensors, report::Count{layer.count}});
  }
  table.add_rule();
  table.add_row({"all", "", report::Count{parameters.count()}});
  return table;
}

}  // namespace

std::string explain_model(const Settings& settings, const RunModel& run) {
  std::vector<std::pair<std::string, std::string>> lines{{"data", data_line(run.dataset)},
                                                         {"x", encoding_line(run.dataset)}};
  for (const auto& [what, words] : run.model->describe()) lines.emplace_back(what, words);
  const Settings& optimizer = settings.part("optimizer");
  lines.emplace_back("optimizer",
                     fmt::format("{}, learning rate {}", optimizer.name(), optimizer.number("learning_rate")));
  lines.emplace_back("batch", fmt::format("{} rows", settings.integer("train.batch_size")));
  return columns(lines, {.width = 100, .indent = 0}) + "\n" + parameter_table(run.model->parameters()).to_text();
}

std::string explain_step(const Graph& step, const CompileReport& report) {
  std::map<std::string, int> kinds;
  for (const auto& kernel : report.kernels) ++kinds[kernel.kind];
  std::string counted;
  for (const auto& [kind, count] : kinds) counted += fmt::format("{}{} {}", counted.empty() ? "" : ", ", count, kind);
  const auto bytes = [](size_t count) { return report::byte_size(static_cast<double>(count)); };

  std::string text = "One training step: forward, backward and update in one graph\n\n";
  text += pass_table(report).to_text();
  text += fmt::format("\n{} kernels in {} stages ({}), {:.3f} GFLOP in matrix products\n\n", report.kernels.size(),
                      report.stages, counted, report.flops / 1e9);
  text += kernel_table(report).to_text();
  text += "\nMemory\n";
  text +=
      columns({{"variables", fmt::format("{} in {} tensors, the optimizer's among them", bytes(report.variable_bytes),
                                         step.variables().size())},
               {"intermediate values", fmt::format("{} as planned, {} if none were used again",
                                                   bytes(report.planned_bytes), bytes(report.bytes_without_reuse))},
               {"scratch", fmt::format("{} a thread", bytes(report.scratch_bytes))},
               {"in all", fmt::format("about {} with the program and its data, on {} threads",
                                      bytes(static_cast<size_t>(training_memory(report, {}))), available_threads())}},
              {.width = 100});
  text += fmt::format("  alive at the peak ({})\n", report.alive_at_peak.size());
  for (const std::string& who : report.alive_at_peak) text += "    " + who + "\n";
  return text;
}

}  // namespace elbo::run
