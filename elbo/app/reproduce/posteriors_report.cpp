#include "elbo/app/reproduce/posteriors_report.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "elbo/app/config/version.h"
#include "elbo/report/html.h"
#include "elbo/report/interval_plot.h"
#include "elbo/report/line_plot.h"
#include "elbo/report/number_format.h"

namespace elbo::app::posteriors {
namespace {

using report::fixed;

template <typename Of>
std::vector<eval::Estimate> estimates(const FinishedPosterior& posterior, Of of) {
  std::vector<eval::Estimate> all;
  for (const RunResult& run : posterior.runs) {
    if (const std::optional<eval::Estimate> estimate = of(run)) all.push_back(*estimate);
  }
  return all;
}

std::vector<eval::Estimate> bounds(const FinishedPosterior& posterior) {
  return estimates(posterior, [](const RunResult& run) { return std::optional(run.negative_elbo); });
}

std::vector<eval::Estimate> nlls(const FinishedPosterior& posterior) {
  return estimates(posterior, [](const RunResult& run) { return run.nll; });
}

std::vector<double> means(const std::vector<eval::Estimate>& estimates) {
  std::vector<double> values;
  for (const eval::Estimate& estimate : estimates) values.push_back(estimate.mean);
  return values;
}

double bound_of(const FinishedPosterior& posterior) {
  return pooled(bounds(posterior)).estimate.mean;
}

// Nothing without an importance-weighted figure.
std::optional<double> nll_of(const FinishedPosterior& posterior) {
  const auto all = nlls(posterior);
  return all.empty() ? std::nullopt : std::optional(pooled(all).estimate.mean);
}

double ms_per_step(const FinishedPosterior& posterior) {
  double total = 0;
  for (const RunResult& run : posterior.runs) total += run.ms_per_step;
  return total / static_cast<double>(posterior.runs.size());
}

const FinishedPosterior& lowest(const std::vector<FinishedPosterior>& finished,
                                double (*of)(const FinishedPosterior&)) {
  return *std::min_element(finished.begin(), finished.end(),
                           [&](const FinishedPosterior& a, const FinishedPosterior& b) { return of(a) < of(b); });
}

std::string versus_first(const FinishedPosterior& best, const FinishedPosterior& first) {
  return fmt::format("{} ({} against {}: {} nats lower)", best.plan.title, fixed(bound_of(best), 2),
                     fixed(bound_of(first), 2), fixed(bound_of(first) - bound_of(best), 2));
}

// What the figures bear out; empty before there are two posteriors.
std::vector<std::string> findings(const std::vector<FinishedPosterior>& finished) {
  if (finished.size() < 2) return {};
  const FinishedPosterior& first = finished.front();
  std::vector<std::string> sentences;
  const FinishedPosterior& best = lowest(finished, bound_of);
  sentences.push_back(&best == &first ? fmt::format("No posterior has a lower −ELBO than the {} ({}).",
                                                    first.plan.title, fixed(bound_of(first), 2))
                                      : fmt::format("The lowest −ELBO: {}.", versus_first(best, first)));
  if (!nll_of(first)) return sentences;
  const FinishedPosterior& evidence =
      lowest(finished, [](const FinishedPosterior& p) { return nll_of(p).value_or(INFINITY); });
  const FinishedPosterior& tightest =
      lowest(finished, [](const FinishedPosterior& p) { return bound_of(p) - nll_of(p).value_or(-INFINITY); });
  const auto gap = [](const FinishedPosterior& p) { return bound_of(p) - *nll_of(p); };
  // "diagonal normal (97.85)", "planar, 8 layers (4.14; 4.40 with the diagonal normal)"
  const auto beside_first = [&](const FinishedPosterior& of, const auto& figure) {
    const std::string own = fmt::format("{} ({}", of.plan.title, fixed(figure(of), 2));
    if (&of == &first) return own + ")";
    return fmt::format("{}; {} with the {})", own, fixed(figure(first), 2), first.plan.title);
  };
  sentences.push_back(fmt::format("The lowest importance-weighted NLL: {}.",
                                  beside_first(evidence, [](const FinishedPosterior& p) { return *nll_of(p); })));
  sentences.push_back(
      fmt::format("The smallest gap between bound and evidence, in nats: {}.", beside_first(tightest, gap)));
  return sentences;
}

std::string epochs_text(const StudyOptions& options) {
  return fmt::format("{} {}", options.epochs, options.epochs == 1 ? "epoch" : "epochs");
}

std::string command_of(const StudyOptions& options) {
  std::string command = fmt::format("elbo reproduce posteriors --data {} --epochs {} --seeds {} --seed {}",
                                    options.data, options.epochs, options.seeds, options.seed);
  if (options.importance_samples != StudyOptions{}.importance_samples) {
    command += fmt::format(" --importance-samples {}", options.importance_samples);
  }
  if (options.limit > 0) command += fmt::format(" --limit {}", options.limit);
  return command;
}

void add_reading(report::HtmlPage& page) {
  page.heading("How to read it");
  page.paragraph(
      "For a posterior q(z|x) and the generator's true posterior p(z|x), −ELBO = −log p(x) + KL(q(z|x) ‖ p(z|x)): the "
      "bound is above the evidence by exactly what q misses. A family of posteriors that holds better approximations "
      "can close that gap, and since generator and posterior are trained together, it also lets the generator use "
      "codes that a simple posterior could not follow.");
  page.list({
      "**−ELBO**: what was trained, on the test images, 10 draws each. An upper bound on −log p(x).",
      "**NLL**: the importance-weighted estimate of −log p(x) (Burda et al. 2016). It too is above the true value, the "
      "less so the more samples; a posterior that misses much of p(z|x) needs more of them.",
      "**gap**: the difference of the two, an estimate from below of KL(q(z|x) ‖ p(z|x)).",
      "**between seeds**: standard deviation of the runs' figures. Differences well above it are of the posterior; "
      "others may be of the seed.",
  });
}

void add_settings(report::HtmlPage& page, const PageInput& input) {
  page.heading("How it was done");
  page.list({
      fmt::format("Recognition network and generator with two hidden layers of 300, ReLU, Bernoulli from logits; {} "
                  "latents, standard normal prior.",
                  kLatentDim),
      "Images are binarised anew at every visit, in training and in testing: a bit is 1 with the pixel's grey value as "
      "its probability.",
      fmt::format("Adam, learning rate 0.001, batches of {}, {}, one latent sample an image; no warm-up of the "
                  "divergence.",
                  kBatch, epochs_text(input.options)),
      "A flow starts from the diagonal normal of the encoder's heads, and has its parameters from the encoder's last "
      "layer; inverse autoregressive and coupling networks read that layer beside z.",
  });
  for (const FinishedPosterior& posterior : input.finished) {
    page.code({.text = posterior.runs.front().config, .title = posterior.plan.title, .folded = true});
  }
}

}  // namespace

Pooled pooled(const std::vector<eval::Estimate>& runs) {
  Pooled result;
  const auto count = static_cast<double>(runs.size());
  for (const eval::Estimate& run : runs) {
    result.estimate.mean += run.mean / count;
    result.estimate.standard_error += run.standard_error / count;
    result.estimate.samples = run.samples;
  }
  if (runs.size() < 2) return result;
  double squares = 0;
  for (const eval::Estimate& run : runs)
    squares += (run.mean - result.estimate.mean) * (run.mean - result.estimate.mean);
  result.spread = std::sqrt(squares / (count - 1));
  return result;
}

report::Table results_table(const std::vector<FinishedPosterior>& finished) {
  report::Table table({{.name = "posterior"},
                       {.name = "−ELBO", .key = "negative_elbo"},
                       {.name = "between seeds", .key = "negative_elbo_spread"},
                       {.name = "NLL", .key = "nll"},
                       {.name = "between seeds", .key = "nll_spread"},
                       {.name = "gap", .key = "gap"},
                       {.name = "parameters", .key = "parameters"},
                       {.name = "ms/step", .key = "ms_per_step"}});
  for (const FinishedPosterior& posterior : finished) {
    const Pooled bound = pooled(bounds(posterior));
    const std::vector<eval::Estimate> all = nlls(posterior);
    const Pooled nll = pooled(all);
    const bool best_bound = &posterior == &lowest(finished, bound_of);
    report::Cell bound_cell = cell(bound.estimate);
    if (best_bound) bound_cell = strong(bound_cell);
    table.add_row({posterior.plan.title, bound_cell, cell(bound.spread),
                   all.empty() ? report::Cell{} : cell(nll.estimate), cell(nll.spread),
                   all.empty() ? report::Cell{} : report::Cell(report::Number{bound.estimate.mean - nll.estimate.mean}),

                   report::Count{posterior.runs.front().parameters}, report::Number{ms_per_step(posterior)}});
  }
  table.add_note(
      "Test images, nats per image, means over the seeds, ± the standard error over the images. Between seeds: "
      "standard deviation of the runs' figures.");
  if (!finished.empty() && !nlls(finished.front()).empty()) {
    table.add_note(fmt::format("NLL: importance-weighted with {} samples an image; gap: −ELBO less NLL.",
                               finished.front().runs.front().importance_samples));
  }
  return table;
}

std::string results_json(const StudyOptions& options, const std::vector<FinishedPosterior>& finished) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const FinishedPosterior& posterior : finished) {
    Json runs = Json::array();
    for (size_t i = 0; i < posterior.runs.size(); ++i) {
      Json run = Json::parse(to_json(posterior.runs[i]));
      run.erase("format");
      run.erase("config");
      Json row{{"seed", options.seed + i}};
      row.update(run);
      runs.push_back(row);
    }
    list.push_back({{"name", posterior.plan.name},
                    {"title", posterior.plan.title},
                    {"paper", posterior.plan.paper},
                    {"runs", runs}});
  }
  const Json json{
      {"study", "posteriors"},  {"data", options.data},   {"epochs", options.epochs},          {"seed", options.seed},
      {"seeds", options.seeds}, {"limit", options.limit}, {"folder", options.folder.string()}, {"posteriors", list}};
  return json.dump();
}

report::Svg gap_drawing(const std::vector<FinishedPosterior>& finished, const std::string& data) {
  report::IntervalPlot plot{.title = "Bound and evidence on the test images of " + data_title(data),
                            .x = "nats per image",
                            .low = "NLL, importance-weighted",
                            .high = "−ELBO",
                            .rows = {}};
  for (const FinishedPosterior& posterior : finished) {
    plot.rows.push_back(
        {.name = posterior.plan.title, .low = means(nlls(posterior)), .high = means(bounds(posterior))});
  }
  return report::interval_plot(plot);
}

report::Svg curves_drawing(const std::vector<FinishedPosterior>& finished) {
  const auto mean_losses = [](const FinishedPosterior& posterior) {
    size_t epochs = posterior.runs.front().losses.size();
    for (const RunResult& run : posterior.runs) epochs = std::min(epochs, run.losses.size());
    std::vector<double> losses(epochs, 0.0);
    for (const RunResult& run : posterior.runs) {
      for (size_t i = 0; i < epochs; ++i) losses[i] += run.losses[i] / static_cast<double>(posterior.runs.size());
    }
    return losses;
  };
  std::vector<report::Series> series;
  const std::vector<double> first = finished.empty() ? std::vector<double>{} : mean_losses(finished.front());
  for (const FinishedPosterior& posterior : finished) {
    const std::vector<double> losses = mean_losses(posterior);
    report::Series one{.name = posterior.plan.title, .x = {}, .y = {}, .markers = losses.size() < 2};
    for (size_t i = 0; i < std::min(losses.size(), first.size()); ++i) {
      one.x.push_back(static_cast<double>(i + 1));
      one.y.push_back(losses[i] - first[i]);
    }
    series.push_back(std::move(one));
  }
  return report::line_plot({.title = "−ELBO in training, less that of the first",
                            .x = {.label = "epoch", .integers = true},
                            .y = {.label = "difference", .unit = "nats per image"},
                            .series = std::move(series),
                            .width = 760,
                            .height = 460});
}

std::string page(const PageInput& input) {
  const StudyOptions& options = input.options;
  report::HtmlPage page(
      fmt::format("One VAE, every posterior: {}, {}", data_title(options.data), epochs_text(options)));
  page.subtitle(
      fmt::format("The same variational autoencoder trained with {} kinds of q(z|x), {} {} each, from seed {} on",
                  planned_posteriors().size(), options.seeds, options.seeds == 1 ? "seed" : "seeds", options.seed));
  page.heading("What comes out");
  if (input.done < input.planned) {
    page.note(fmt::format("{} of {} runs are finished; the same command goes on with the others.", input.done,
                          input.planned));
  }
  if (const auto sentences = findings(input.finished); !sentences.empty()) page.list(sentences);
  page.table(results_table(input.finished));
  if (!input.finished.empty()) {
    page.figure({.drawing = gap_drawing(input.finished, options.data),
                 .caption = "Each dot is a run; the bar between the means is the gap between bound and evidence."});
    page.figure({.drawing = curves_drawing(input.finished),
                 .caption = "Training images, means over the seeds, against the diagonal normal at the same epoch."});
  }
  add_reading(page);
  add_settings(page, input);
  page.footer(fmt::format("elbo {} · {}", kVersion, command_of(options)));
  return page.str();
}

}  // namespace elbo::app::posteriors
