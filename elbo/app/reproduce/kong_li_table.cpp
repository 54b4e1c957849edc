#include "elbo/app/reproduce/kong_li_table.h"

#include <nlohmann/json.hpp>

#include "elbo/app/reproduce/study_parts.h"

namespace elbo::app::kong_li {
namespace {

std::string importance_note(const std::vector<FinishedRun>& runs) {
  for (const FinishedRun& run : runs) {
    if (!run.result.nll_test) continue;
    return "NLL: importance-weighted estimate of −log p(x) with " + std::to_string(run.result.importance_samples) +
           " samples an image (Burda et al. 2016).";
  }
  return "";
}

}  // namespace

report::Table results_table(const std::vector<FinishedRun>& runs) {
  report::Table table({
      {.name = "variant", .key = "variant"},
      {.name = "model", .key = "model"},
      {.name = "printed", .key = "printed"},
      {.name = "their logs", .key = "their_logs"},
      {.name = "study's loss, train", .key = "study_loss_train"},
      {.name = "−ELBO, train", .key = "negative_elbo_train"},
      {.name = "−ELBO, test", .key = "negative_elbo_test"},
      {.name = "NLL, test", .key = "nll_test"},
      {.name = "parameters", .key = "parameters"},
      {.name = "ms/step", .key = "ms_per_step"},
  });
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto& [plan, result, pictures] = runs[i];
    if (i > 0 && plan.group != runs[i - 1].plan.group) table.add_rule();
    table.add_row({name_of(plan.group), plan.title, cell(plan.printed), cell(plan.logged),
                   cell(result.train.study_loss), cell(result.train.negative_elbo), cell(result.negative_elbo_test),
                   cell(result.nll_test), report::Count{result.parameters},
                   report::Number{.value = result.ms_per_step}});
  }
  table.add_note("Nats per image, ± one standard error over the images; lower is better.");
  table.add_note(
      "printed: section 4.3 of the paper, which has the figures for 5 and 8 layers swapped; their logs: the same "
      "models "
      "in the authors' logs.");
  table.add_note(
      "study's loss: R + K/20 − S with a flow, R + K without, averaged over 10 latent samples of each training image. "
      "With a flow it is no bound; compare models by −ELBO.");
  if (const std::string note = importance_note(runs); !note.empty()) table.add_note(note);
  return table;
}

report::Table terms_table(const std::vector<FinishedRun>& runs) {
  report::Table table({
      {.name = "variant", .key = "variant"},
      {.name = "model", .key = "model"},
      {.name = "R", .key = "reconstruction"},
      {.name = "K", .key = "kl"},
      {.name = "S", .key = "log_abs_det"},
      {.name = "R + K/20 − S", .key = "study_loss"},
      {.name = "R + K", .key = "marginal"},
      {.name = "R + K, their logs", .key = "their_marginal"},
      {.name = "R + K − S", .key = "negative_elbo"},
  });
  const FinishedRun* before = nullptr;
  for (const FinishedRun& run : runs) {
    if (run.plan.flow_layers == 0) continue;
    if (before != nullptr && before->plan.group != run.plan.group) table.add_rule();
    const TrainTerms& terms = run.result.train;
    table.add_row({name_of(run.plan.group), run.plan.title, cell(terms.reconstruction), cell(terms.kl),
                   cell(terms.log_abs_det), cell(terms.study_loss), cell(terms.marginal),
                   cell(run.plan.logged_marginal), cell(terms.negative_elbo)});
    before = &run;
  }
  table.add_note(
      "Training data, nats per image, 10 latent samples each. Only the last column is a bound on −log p(x).");
  return table;
}

std::string results_json(const StudyOptions& options, const std::vector<FinishedRun>& runs) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const auto& [plan, result, pictures] : runs) {
    Json run = Json::parse(to_json(result));
    run.erase("format");
    run.erase("config");
    run.erase("epochs");
    Json row{{"folder", plan.folder}, {"variant", name_of(plan.group)}, {"flow_layers", plan.flow_layers}};
    row["printed"] = plan.printed ? Json(*plan.printed) : Json(nullptr);
    row["their_logs"] = plan.logged ? Json(*plan.logged) : Json(nullptr);
    row.update(run);
    list.push_back(row);
  }
  const Json json{{"study", "kong-li"},   {"data", options.data},   {"epochs", options.epochs},
                  {"seed", options.seed}, {"limit", options.limit}, {"folder", options.folder.string()},
                  {"runs", list}};
  return json.dump();
}

}  // namespace elbo::app::kong_li
