#include "elbo/app/reproduce/energies.h"

#include <cmath>
#include <fmt/format.h>
#include <vector>

#include "elbo/app/reproduce/plane_study.h"
#include "elbo/app/run/density_pictures.h"
#include "elbo/data/energies.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/eval/normalizer.h"
#include "elbo/report/heat_map.h"

namespace elbo::app::energies {
namespace {

constexpr int64_t kDrawsOfRow = 50;  // draws from a flow for each test row: 100,000 without --limit
constexpr int64_t kCells = 96;       // a side of a picture
constexpr PlaneView kView{.x = {.low = -5, .high = 5}, .y = {.low = -5, .high = 5}};

PlaneModel model(const std::string& name, int layers, const std::vector<std::string>& more = {}) {
  PlaneModel model{.title = fmt::format("{} ×{}", name, layers), .folder = fmt::format("{}-{}", name, layers)};
  model.settings = {"flow.name=" + name, fmt::format("flow.layers={}", layers)};
  model.settings.insert(model.settings.end(), more.begin(), more.end());
  return model;
}

std::vector<PlaneModel> models() {
  std::vector<PlaneModel> all{
      {.title = "normal, no flow", .folder = "normal", .settings = {"flow.name=affine", "base.name=standard-normal"}}};
  for (const int layers : {2, 8, 32}) all.push_back(model("planar", layers));
  for (const int layers : {2, 8, 32}) all.push_back(model("radial", layers));
  all.push_back(model("sylvester-orthogonal", 16));
  const std::string slower = "optimizer.learning_rate=0.002";  // networks lose modes at the rate of the others
  const std::string wider = "flow.bound=8";  // what a light weight spreads must lie within the splines
  for (const char* name : {"iaf", "iaf-affine", "real-nvp"}) all.push_back(model(name, 4, {slower}));
  all.push_back(model("nsf-coupling", 4, {slower, wider}));
  // The other way round, so that drawing is its fast direction.
  all.push_back(model("nsf-autoregressive", 4, {slower, wider, "flow.inverted=true"}));
  return all;
}

const data::Energy& energy_of(const FlowRun& run) {
  return data::energy_named(run.dataset.name);
}

// exp of log-densities on the grid of kView: what the paper's figure 3 shows.
Array exp_of(const Array& field) {
  Array result(DType::kF32, field.shape());
  const auto src = field.values<float>();
  for (size_t i = 0; i < src.size(); ++i) result.values<float>()[i] = std::exp(src[i]);
  return result;
}

Array true_density(const data::Energy& energy) {
  const Array points = plane_grid(kView, {.columns = kCells, .rows = kCells});
  Graph graph;
  graph.output("log_p", energy.log_density(graph.input("z", points.shape())) - energy.log_normalizer);
  return exp_of(compile(graph).run({{"z", points}}, {}).at("log_p").reshaped({kCells, kCells}));
}

report::Panel panel_of(const data::Energy& energy, const Array& density) {
  const double highest = report::heat_map_range(true_density(energy)).high;
  return {.caption = std::string(energy.name),
          .image = report::heat_map(density, {.range = report::Range{0, highest}})};
}

report::Panel truth(const FlowRun& run) {
  return panel_of(energy_of(run), true_density(energy_of(run)));
}

void measure(const FlowRun& run, const StudyOptions& options, PlaneFit& fit) {
  const data::Energy& energy = energy_of(run);
  const eval::NormalizerEstimate drawn = eval::estimate_normalizer(
      [&](Graph& graph, int64_t rows) { return run.density.sample_and_log_prob(graph, rows); }, energy.log_density,
      {.samples = kDrawsOfRow * run.dataset.test.count(), .seed = options.seed, .threads = options.threads});
  fit.figures["reverse_kl"] = drawn.free_energy;
  fit.figures["reverse_kl"].mean += energy.log_normalizer;
  fit.figures["log_normalizer_error"] = drawn.log_normalizer;
  fit.figures["log_normalizer_error"].mean -= energy.log_normalizer;
  fit.figures["effective_share"] = {.mean = drawn.effective_samples / static_cast<double>(drawn.samples)};
  // The training rows are exact draws from p that this fit has never seen.
  const auto forward = eval::evaluate_rows(
      [&](Tensor x, int64_t /*samples*/) {
        return std::map<std::string, Tensor>{
            {"kl", energy.log_density(x) - energy.log_normalizer - run.density.log_prob(x)}};
      },
      run.dataset, data::Split::kTrain, {.latent_samples = 1, .seed = options.seed, .threads = options.threads});
  fit.figures["forward_kl"] = forward.at("kl");
  const Array field =
      log_density_grid(run.density, kView, {.columns = kCells, .rows = kCells, .threads = options.threads});
  fit.panel = panel_of(energy, exp_of(field));
}

report::Cell cell(const PlaneFit& fit, const char* name) {
  const eval::Estimate& figure = fit.figures.at(name);
  return report::Estimate{.mean = figure.mean, .standard_error = figure.standard_error};
}

const PlaneFit& best_on(const std::string& data, const std::vector<PlaneFit>& fits) {
  const PlaneFit* best = nullptr;
  for (const PlaneFit& fit : fits) {
    if (fit.data != data) continue;
    const auto kl = [](const PlaneFit& one) { return one.figures.at("reverse_kl").mean; };
    if (best == nullptr || kl(fit) < kl(*best)) best = &fit;
  }
  return *best;
}

report::Table table(const std::vector<PlaneFit>& fits) {
  report::Table table({{.name = "energy"},
                       {.name = "flow"},
                       {.name = "parameters"},
                       {.name = "KL(q‖p)", .key = "reverse_kl"},
                       {.name = "log Ẑ − log Z", .key = "log_normalizer_error"},
                       {.name = "effective", .unit = "%", .key = "effective_percent"},
                       {.name = "KL(p‖q)", .key = "forward_kl"},
                       {.name = "ms/step", .key = "ms_per_step"}});
  for (size_t i = 0; i < fits.size(); ++i) {
    const PlaneFit& fit = fits[i];
    if (i > 0 && fits[i - 1].data != fit.data) table.add_rule();
    const report::Cell reverse = cell(fit, "reverse_kl");
    table.add_row({fit.data, fit.model.title, report::Count{fit.parameters},
                   &best_on(fit.data, fits) == &fit ? strong(reverse) : reverse, cell(fit, "log_normalizer_error"),
                   report::Number{.value = 100 * fit.figures.at("effective_share").mean, .digits = 1},
                   cell(fit, "forward_kl"), report::Number{.value = fit.ms_per_step}});
  }
  table.add_note("Nats, ± one standard error. q is the flow, p the density of the energy; ×8: 8 layers.");
  table.add_note(
      "KL(q‖p): what was made small, mean of log q − log p~ over draws of q, plus the true log Z. log Ẑ: the mean of "
      "w = p~/q over the same draws, an unbiased estimate of Z. effective: (Σw)²/Σw² of these draws.");
  table.add_note(
      "KL(p‖q): mean of log p − log q over exact draws of p, which the fit has not seen: large where q left out some "
      "of "
      "p. Where q draws nothing of a mode and fits the rest, KL(q‖p) is −log of the share that is left, log Ẑ is too "
      "small by as much, and the effective share may still be near 100 %.");
  return table;
}

std::vector<std::string> energy_names() {
  std::vector<std::string> names;
  for (const data::Energy* energy : data::energies()) names.emplace_back(energy->name);
  return names;
}

ExitCode run(const StudyOptions& options) {
  return run_plane_study(
      {.name = "energies",
       .title = "Flows fitted to four energies by reverse KL",
       .introduction =
           {"Rezende & Mohamed (2015) show planar flows on four densities of the plane that are known up to a constant "
            "(their table 1 and figure 3). A flow q is fitted without any data: it draws, and KL(q‖p) = "
            "E_q[log q − log p~] + log Z is made small by gradients through the draws.",
            "As printed, energies 2 to 4 do not grow along their wave and have no finite Z; here a wall "
            "½((|z₁| − 4)/0.4)² stands beyond |z₁| = 4. The weight of the energy rises from 0.01 to 1 over the first "
            "quarter of the training; the paper does so over 10,000 updates."},
       .drawing =
           "Densities, not their logs: the true one first. The plane from −5 to 5, one scale of color an energy.",
       .settings = {"flow.fit=reverse-kl", "base.name=normal", "flow.annealing=0.25", "optimizer.learning_rate=0.005",
                    "optimizer.schedule=cosine", "train.epochs=250", "train.batch_size=250"},
       .data = plane_data(options, energy_names()),
       .models = models(),
       .truth = truth,
       .measure = measure,
       .overview = table,
       .details = table},
      options);
}

}  // namespace

const Study& study() {
  static const Study study{
      .name = "energies",
      .summary = "flows fitted by reverse KL to four energy functions, no data: planar and radial ×2, 8, 32 and others",
      .paper = "Rezende & Mohamed 2015, Variational Inference with Normalizing Flows, table 1",
      .duration = "52 short runs; about five minutes on 2 cores",
      .in_the_plane = true,
      .options =
          "--data names one of the energies; an epoch has 40 steps, with --limit n only n/250; what is drawn from a "
          "flow "
          "to measure it are 100,000 rows, or 50 n.",
      .run = run};
  return study;
}

}  // namespace elbo::app::energies
