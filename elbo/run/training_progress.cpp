#include "elbo/run/training_progress.h"

#include <fmt/format.h>
#include <memory>

#include "elbo/run/summary.h"

namespace elbo::run {

train::TrainingCallbacks training_callbacks(report::Progress& progress, const ProgressLabel& label) {
  // An epoch's report does not say of how many it is; the report of its last step, which comes before it, does.
  const auto epochs = std::make_shared<int64_t>(1);
  const auto fraction = [epochs, label](double epochs_done) {
    return label.first + (label.last - label.first) * epochs_done / static_cast<double>(*epochs);
  };
  train::TrainingCallbacks callbacks;
  callbacks.on_step = [&progress, epochs, fraction, label](const train::StepReport& report) {
    *epochs = report.epochs;
    const double part = static_cast<double>(report.step) / static_cast<double>(report.steps);
    progress.update(fraction(static_cast<double>(report.epoch - 1) + part),
                    fmt::format("{}epoch {}/{}  step {}/{}  loss {:.2f}  {:.0f} steps/s", label.text, report.epoch,
                                report.epochs, report.step, report.steps, report.loss, report.steps_per_second));
  };
  callbacks.on_epoch = [&progress, epochs, fraction, label](const train::EpochReport& report) {
    std::string text = fmt::format("{}epoch {}/{}  {}", label.text, report.epoch, *epochs, metrics_text(report.train));
    if (!report.validation.empty()) text += "  validation " + metrics_text(report.validation);
    progress.milestone(fraction(static_cast<double>(report.epoch)), text);
  };
  callbacks.on_message = [&progress, label](const std::string& message) { progress.note(label.text + message); };
  callbacks.on_warning = [&progress, label](const std::string& message) { progress.warning(label.text + message); };
  return callbacks;
}

}  // namespace elbo::run
