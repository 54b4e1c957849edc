#include "elbo/app/bench/show.h"

#include <fmt/format.h>

#include "elbo/io/json.h"

namespace elbo::app::bench {
namespace {

double ms_per_thousand(const WorkloadResult& result) {
  return result.ms_per_step.median * 1000 / static_cast<double>(result.entry->images_per_step);
}

}  // namespace

std::string json_line(const Shown& shown, const Results& results, int repeats) {
  const WorkloadResult& result = shown.result;
  io::JsonObject spread;
  spread.set("median", result.ms_per_step.median)
      .set("min", result.ms_per_step.min)
      .set("max", result.ms_per_step.max)
      .set("repeats", repeats)
      .set("steps_per_repeat", result.steps_per_repeat);
  io::JsonObject line;
  line.set("workload", result.entry->name).set("threads", results.threads).set("ms_per_step", spread);
  if (shown.fresh) line.set("first_step_ms", shown.fresh->first_step_ms);
  line.set("gflop_per_step", result.gflop_per_step)
      .set("gflop_counts", "matrix products")
      .set("share_of_peak", result.share_of_peak)
      .set("peak_gflops", results.peak_gflops);
  if (const auto& hand_off = results.hand_off_ns) {
    line.set("hand_off_ns",
             io::JsonObject{}.set("median", hand_off->median).set("min", hand_off->min).set("max", hand_off->max));
  }
  if (shown.fresh) line.set("peak_rss_mb", shown.fresh->peak_rss_mb);
  if (result.ratio_to_reference) {
    line.set("ratio", *result.ratio_to_reference).set("ratio_to", kReference);
  }
  if (result.entry->images_per_step > 0) {
    line.set("images_per_second", 1e6 / ms_per_thousand(result)).set("ms_per_1000_images", ms_per_thousand(result));
  }
  if (result.bytes_per_step > 0) line.set("mb_per_second", result.mb_per_second());
  return line.text();
}

report::Table results_table(const std::vector<Shown>& all, const Results& results) {
  using report::Number;
  report::Table table({{.name = "workload"},
                       {.name = "ms/step"},
                       {.name = "min"},
                       {.name = "max"},
                       {.name = "to " + std::string(kReference)},
                       {.name = "first step", .unit = "ms"},
                       {.name = "GFLOP/step"},
                       {.name = "of peak", .unit = "%"},
                       {.name = "memory", .unit = "MB"},
                       {.name = "images/s"},
                       {.name = "MB/s"}});
  for (const Shown& shown : all) {
    const WorkloadResult& result = shown.result;
    const Spread& ms = result.ms_per_step;
    const auto optional = [](bool there, double value, int digits) {
      return there ? report::Cell(Number{.value = value, .digits = digits}) : report::Cell{};
    };
    table.add_row({result.entry->name, Number{.value = ms.median, .digits = 3}, Number{.value = ms.min, .digits = 3},
                   Number{.value = ms.max, .digits = 3},
                   optional(result.ratio_to_reference.has_value(), result.ratio_to_reference.value_or(0), 3),
                   optional(shown.fresh.has_value(), shown.fresh ? shown.fresh->first_step_ms : 0, 0),
                   Number{.value = result.gflop_per_step, .digits = 3},
                   Number{.value = 100 * result.share_of_peak, .digits = 0},
                   optional(shown.fresh.has_value(), shown.fresh ? shown.fresh->peak_rss_mb : 0, 0),
                   optional(result.entry->images_per_step > 0,
                            result.entry->images_per_step > 0 ? 1e6 / ms_per_thousand(result) : 0, 0),
                   optional(result.bytes_per_step > 0, result.mb_per_second(), 0)});
  }
  table.add_note(fmt::format("{} {}; peak {:.0f} GFLOP/s, multiply-adds in registers, measured in this run.",
                             results.threads, results.threads == 1 ? "thread" : "threads", results.peak_gflops));
  if (const auto& hand_off = results.hand_off_ns) {
    table.add_note(fmt::format("Hand-off from core to core: {:.0f} ns ({:.0f} to {:.0f}); see elbo bench --help.",
                               hand_off->median, hand_off->min, hand_off->max));
  }
  table.add_note(
      "GFLOP: matrix products alone. First step: from the start of a fresh process; memory: its peak. "
      "MB: 10^6 bytes of the file that is read.");
  return table;
}

}  // namespace elbo::app::bench
