#include "elbo/app/reproduce/kong_li_text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "elbo/report/number_format.h"

namespace elbo::app::kong_li {
namespace {

using report::fixed;
using report::plus_minus;

std::string text_of(const eval::Estimate& estimate) {
  return plus_minus(estimate.mean, estimate.standard_error, 2);
}

std::vector<const FinishedRun*> flows_of(const std::vector<FinishedRun>& runs, Group group) {
  std::vector<const FinishedRun*> flows;
  for (const FinishedRun& run : runs) {
    if (run.plan.group == group && run.plan.flow_layers > 0) flows.push_back(&run);
  }
  return flows;
}

// "8 planar layers", "3 and 8 planar layers".
std::string layers_text(const std::vector<const FinishedRun*>& runs) {
  std::string text;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (i > 0) text += i + 1 == runs.size() ? " and " : ", ";
    text += std::to_string(runs[i]->plan.flow_layers);
  }
  return text + " planar layers";
}

double best_test(const std::vector<const FinishedRun*>& runs, const FinishedRun*& best) {
  best = *std::min_element(runs.begin(), runs.end(), [](const FinishedRun* a, const FinishedRun* b) {
    return a->result.negative_elbo_test.mean < b->result.negative_elbo_test.mean;
  });
  return best->result.negative_elbo_test.mean;
}

std::string loss_against_bound(const FinishedRun& run) {
  const TrainTerms& terms = run.result.train;
  return fmt::format(
      "With {} the published loss is {} nats on the training images, but the same model's true bound is {}: {} nats "
      "higher.",
      run.plan.title, fixed(terms.study_loss.mean, 2), text_of(terms.negative_elbo),
      fixed(terms.negative_elbo.mean - terms.study_loss.mean, 2));
}

std::string flows_against_none(const std::vector<const FinishedRun*>& flows, const FinishedRun& none) {
  std::vector<const FinishedRun*> better_loss, better_bound;
  for (const FinishedRun* flow : flows) {
    if (flow->result.train.study_loss.mean < none.result.train.study_loss.mean) better_loss.push_back(flow);
    if (flow->result.train.negative_elbo.mean < none.result.train.negative_elbo.mean) better_bound.push_back(flow);
  }
  const std::string by_loss =
      better_loss.empty()
          ? "By the published loss no flow looks better than the model without one"
          : fmt::format("By the published loss the model with {} looks better than the one without a flow",
                        layers_text(better_loss));
  const std::string by_bound = better_bound.empty()
                                   ? "by the bound none is"
                                   : fmt::format("by the bound the model with {} is", layers_text(better_bound));
  return fmt::format("{} ({} nats); {} (−ELBO {} on the training images).", by_loss,
                     fixed(none.result.train.study_loss.mean, 2), by_bound, text_of(none.result.train.negative_elbo));
}

std::string tanh_heads(const FinishedRun& published, const FinishedRun& corrected) {
  const double difference = published.result.negative_elbo_test.mean - corrected.result.negative_elbo_test.mean;
  return fmt::format(
      "The heads matter on their own: without a flow, both losses are the true bound, and taking tanh off the heads "
      "moves −ELBO on the test images from {} to {} ({} by {} nats).",
      text_of(published.result.negative_elbo_test), text_of(corrected.result.negative_elbo_test),
      difference >= 0 ? "better" : "worse", fixed(std::abs(difference), 2));
}

std::string corrected_flows(std::string_view kind, const std::vector<const FinishedRun*>& flows,
                            const FinishedRun& none) {
  const FinishedRun* best = nullptr;
  const double difference = none.result.negative_elbo_test.mean - best_test(flows, best);
  return fmt::format(
      "Trained by the true bound, the best model with {} has {}: −ELBO {} on the test images, against {} without a "
      "flow ({} nats {}).",
      kind, best->plan.title, text_of(best->result.negative_elbo_test), text_of(none.result.negative_elbo_test),
      fixed(std::abs(difference), 2), difference >= 0 ? "better" : "worse");
}

}  // namespace

const FinishedRun* find_run(const std::vector<FinishedRun>& runs, Group group, int64_t flow_layers) {
  for (const FinishedRun& run : runs) {
    if (run.plan.group == group && run.plan.flow_layers == flow_layers) return &run;
  }
  return nullptr;
}

const FinishedRun* deepest(const std::vector<FinishedRun>& runs, Group group) {
  const FinishedRun* found = nullptr;
  for (const FinishedRun* run : flows_of(runs, group)) {
    if (found == nullptr || run->plan.flow_layers > found->plan.flow_layers) found = run;
  }
  return found;
}

std::string sum_worked_out(const FinishedRun& run) {
  const TrainTerms& terms = run.result.train;
  const double r = terms.reconstruction.mean, k = terms.kl.mean, s = terms.log_abs_det.mean;
  const auto latents = static_cast<double>(kLatentDim);
  const auto signed_s = [&](double value) { return value < 0 ? "+ " + fixed(-value, 2) : "− " + fixed(value, 2); };
  std::string text =
      fmt::format("{}, {}, training images, nats per image\n\n", run.plan.title, name_of(run.plan.group));
  text += fmt::format("R = {:>8}    −log p(x | z_K)\n", fixed(r, 2));
  text +=
      fmt::format("K = {:>8}    log q0(z_0 | x) − log p(z_K), summed over the {} latents\n", fixed(k, 2), kLatentDim);
  text += fmt::format("S = {:>8}    log |det dz_K / dz_0|\n\n", fixed(s, 2));
  text += fmt::format("published loss   R + K/{} − S = {} + {} {} = {}\n", kLatentDim, fixed(r, 2),
                      fixed(k / latents, 2), signed_s(s), fixed(terms.study_loss.mean, 2));
  text += fmt::format("bound            R + K − S    = {} + {} {} = {}\n", fixed(r, 2), fixed(k, 2), signed_s(s),
                      fixed(terms.negative_elbo.mean, 2));
  text += fmt::format("difference       {}/{} K      = {}\n", kLatentDim - 1, kLatentDim,
                      fixed(k * (latents - 1) / latents, 2));
  return text;
}

std::string against_printed(const std::vector<FinishedRun>& runs) {
  std::string list;
  for (const FinishedRun& run : runs) {
    if (!run.plan.logged) continue;
    list += fmt::format("{}{}: {} (theirs {})", list.empty() ? "" : "; ", run.plan.title,
                        text_of(run.result.train.study_loss), fixed(*run.plan.logged, 2));
    if (run.plan.flow_layers == 0) continue;
    list +=
        fmt::format(", with R + K {} ({})", text_of(run.result.train.marginal), fixed(*run.plan.logged_marginal, 2));
  }
  return list.empty() ? "" : "The study's own quantity, ours against that of the authors' logs: " + list + ".";
}

std::vector<std::string> findings(const std::vector<FinishedRun>& runs) {
  std::vector<std::string> sentences;
  const FinishedRun* published_none = find_run(runs, Group::kAsPublished, 0);
  const FinishedRun* corrected_none = find_run(runs, Group::kCorrected, 0);
  const auto published = flows_of(runs, Group::kAsPublished);
  const auto corrected = flows_of(runs, Group::kCorrected);
  const auto amortized = flows_of(runs, Group::kAmortized);
  for (const FinishedRun* flow : published) sentences.push_back(loss_against_bound(*flow));
  if (published_none && !published.empty()) sentences.push_back(flows_against_none(published, *published_none));
  if (published_none && corrected_none) sentences.push_back(tanh_heads(*published_none, *corrected_none));
  if (corrected_none && !corrected.empty()) {
    sentences.push_back(corrected_flows("one set of flow parameters for all images", corrected, *corrected_none));
  }
  if (corrected_none && !amortized.empty()) {
    sentences.push_back(corrected_flows("flow parameters from the encoder", amortized, *corrected_none));
  }
  return sentences;
}

}  // namespace elbo::app::kong_li
