#include "elbo/run/summary.h"

#include <fmt/format.h>

#include "elbo/run/memory.h"

namespace elbo::run {
namespace {

io::JsonObject metrics_json(const train::Metrics& metrics) {
  io::JsonObject json;
  for (const auto& [name, value] : metrics) json.set(name, value);
  return json;
}

}  // namespace

io::JsonObject summary_json(const RunOutcome& outcome) {
  const train::TrainingResult& training = outcome.training;
  io::JsonObject json;
  json.set("complete", training.interrupted_by == 0).set("stopped_early", training.stopped_early);
  json.set("parameters", outcome.parameters);
  json.set("epochs", training.last.epoch);
  json.set("steps", training.steps).set("seconds", training.seconds);
  json.set("peak_memory_bytes", memory_use().peak_resident);
  if (training.steps > 0) {
    json.set("ms_per_step", 1000 * training.seconds / static_cast<double>(training.steps));
  } else {
    json.set_json("ms_per_step", "null");  // the run was complete before
  }
  if (training.last.epoch == 0) return json;
  const train::EpochReport& kept = training.kept_epoch();
  json.set("kept_epoch", kept.epoch).set("train", metrics_json(kept.train));
  if (!kept.validation.empty()) json.set("validation", metrics_json(kept.validation));
  return json;
}

std::string metrics_text(const train::Metrics& metrics) {
  const auto find = [&](const char* name) { return metrics.find(name); };
  std::string text;
  if (find("loss") != metrics.end()) text = fmt::format("loss {:.2f}", find("loss")->second);
  if (find("reconstruction") != metrics.end() && find("kl") != metrics.end()) {
    text += fmt::format(" (reconstruction {:.2f}, KL {:.2f})", find("reconstruction")->second, find("kl")->second);
  }
  return text;
}

}  // namespace elbo::run
