#include "elbo/app/reproduce/kong_li_page.h"

#include <fmt/format.h>

#include "elbo/app/config/version.h"
#include "elbo/app/reproduce/kong_li_table.h"
#include "elbo/app/reproduce/kong_li_text.h"
#include "elbo/app/reproduce/study_parts.h"
#include "elbo/report/html.h"
#include "elbo/report/line_plot.h"
#include "elbo/report/number_format.h"

namespace elbo::app::kong_li {
namespace {

int64_t epochs_of(const StudyOptions& options) {
  return options.epochs > 0 ? options.epochs : kEpochs;
}

std::string epochs_text(const StudyOptions& options) {
  return fmt::format("{} {}", epochs_of(options), epochs_of(options) == 1 ? "epoch" : "epochs");
}

// The series of a model keeps its color in every drawing.
int color_of(int64_t flow_layers) {
  switch (flow_layers) {
    case 0:
      return 0;
    case 3:
      return 1;
    case 5:
      return 2;
    default:
      return 3;
  }
}

report::Series loss_curve(const FinishedRun& run, const std::string& name) {
  report::Series series{.name = name, .x = {}, .y = {}, .color = color_of(run.plan.flow_layers)};
  for (const EpochPoint& point : run.result.epochs) {
    series.x.push_back(static_cast<double>(point.epoch));
    series.y.push_back(point.loss);
  }
  series.markers = series.x.size() < 2;
  return series;
}

report::Series bound_curve(const FinishedRun& run) {
  report::Series series{.name = run.plan.title + ": true −ELBO",
                        .x = {},
                        .y = {},
                        .dashed = true,
                        .color = color_of(run.plan.flow_layers)};
  for (const EpochPoint& point : run.result.epochs) {
    if (!point.negative_elbo) continue;
    series.x.push_back(static_cast<double>(point.epoch));
    series.y.push_back(*point.negative_elbo);
  }
  return series;
}

std::vector<report::Series> published_series(const std::vector<FinishedRun>& runs) {
  std::vector<report::Series> series;
  for (const FinishedRun& run : runs) {
    if (run.plan.group != Group::kAsPublished) continue;
    const bool flow = run.plan.flow_layers > 0;
    series.push_back(loss_curve(run, run.plan.title + (flow ? ": published loss" : ": published loss = −ELBO")));
    if (flow) {
      if (report::Series bound = bound_curve(run); !bound.x.empty()) series.push_back(std::move(bound));
    }
  }
  return series;
}

std::vector<report::Series> corrected_series(const std::vector<FinishedRun>& runs) {
  std::vector<report::Series> series;
  for (const FinishedRun& run : runs) {
    if (run.plan.group == Group::kAsPublished) continue;
    const bool amortized = run.plan.group == Group::kAmortized;
    series.push_back(loss_curve(run, run.plan.title + (amortized ? ", amortised" : "")));
    series.back().dashed = amortized;
  }
  return series;
}

report::Svg plot(const std::string& title, const std::string& quantity, std::vector<report::Series> series,
                 std::vector<report::Rule> rules) {
  return report::line_plot({.title = title,
                            .x = {.label = "epoch", .integers = true},
                            .y = {.label = quantity, .unit = "nats per image"},
                            .series = std::move(series),
                            .rules = std::move(rules),
                            .width = 760,
                            .height = 460});
}

void add_results(report::HtmlPage& page, const PageInput& input) {
  page.heading("What comes out");
  if (input.runs.size() < input.planned) {
    page.note(fmt::format("{} of {} models are finished; the same command goes on with the others.", input.runs.size(),
                          input.planned));
  }
  if (const auto sentences = findings(input.runs); !sentences.empty()) page.list(sentences);
  page.table(results_table(input.runs));
  page.paragraph(
      "Standard errors are those of each mean over the images. Two models are measured on the same images, so the "
      "error of their difference is smaller than the two errors together. They do not cover what another seed of the "
      "training would change.");
  const bool as_the_study =
      input.options.data == "mnist" && input.options.limit == 0 && epochs_of(input.options) == kEpochs;
  if (const std::string text = against_printed(input.runs); as_the_study && !text.empty()) page.paragraph(text);
  if (input.options.data != "mnist") {
    page.note(
        fmt::format("The printed figures are for MNIST; these models saw {}, so only the relations between "
                    "columns can be compared, not the figures.",
                    data_title(input.options.data)));
  } else if (!as_the_study) {
    page.note(fmt::format(
        "The study trained for {} epochs on all images; these models had {}{}.", kEpochs, epochs_text(input.options),
        input.options.limit > 0 ? fmt::format(" on the first {} images", report::with_thousands(input.options.limit))
                                : ""));
  }
}

void add_mathematics(report::HtmlPage& page, const std::vector<FinishedRun>& runs) {
  page.heading("Why the printed flow figures are no bound");
  page.paragraph(
      "A flow turns a draw z_0 of a normal distribution q0(z_0 | x) into z_K, and log q(z_K | x) = log q0(z_0 | x) − "
      "log |det dz_K/dz_0|. With one draw, three numbers make up the bound (Rezende & Mohamed 2015, eq. 15):");
  page.code({.text = "R = −log p(x | z_K)                      how badly the image is explained\n"
                     "K = log q0(z_0 | x) − log p(z_K)         entropy and prior, each a sum over 20 latents\n"
                     "S = log |det dz_K / dz_0|                what the flow expands\n\n"
                     "−ELBO = E[ R + K − S ]  ≥  −log p(x)\n",
             .title = "the bound"});
  page.paragraph(
      "The public code keeps log q0 and log p as matrices of batch × 20 and never sums them over the latents. Added to "
      "the reconstruction and the log-determinant, which have one number an image, they are broadcast; then one mean "
      "is taken over both axes. A mean over 20 latents is the sum divided by 20. R and S, repeated 20 times by the "
      "broadcast, come out whole:");
  page.code({.text = "L = mean over batch and latents of ( R[b] + k[b, d] − S[b] )  =  R + K/20 − S\n\n"
                     "−ELBO − L = (19/20) K\n",
             .title = "the published loss of the flow models"});
  page.paragraph(
      "So the loss pays one nat for every nat of expansion S, while what the expansion costs, a larger K, is charged "
      "at "
      "a twentieth, and training is free to move codes far from the prior. The authors' own logs of a second figure, R "
      "+ "
      "K, show it: 148.45, 157.57 and 180.60 for 3, 5 and 8 layers. The model without a flow has its divergence summed "
      "as it should be, so its figure is a bound, and the two kinds of figures cannot be compared.");
  const FinishedRun* example = deepest(runs, Group::kAsPublished);
  if (example == nullptr) example = deepest(runs, Group::kCorrected);
  if (example == nullptr) return;
  page.subheading("With the figures of a model");
  page.code({.text = sum_worked_out(*example), .title = "rounded to two digits"});
  page.table(terms_table(runs));
}

void add_curves(report::HtmlPage& page, const PageInput& input) {
  page.heading("Training");
  for (const NamedDrawing& drawing : curves(input.options, input.runs)) {
    page.figure({.drawing = drawing.drawing, .caption = drawing.caption});
  }
}

void add_pictures(report::HtmlPage& page, const std::vector<FinishedRun>& runs) {
  page.heading("Pictures");
  page.paragraph(
      "Left: the first 100 training images, each with the mean of p(x | z) for one draw z of q(z | x) beside it. "
      "Right: the mean of p(x | z) for draws z of the prior. A model whose codes have left the prior reconstructs well "
      "and samples badly.");
  for (const FinishedRun& run : runs) {
    if (!run.pictures) continue;
    page.subheading(fmt::format("{}, {}", name_of(run.plan.group), run.plan.title));
    const auto half = [](const report::Image& image) { return static_cast<double>(image.width()) / 2; };
    page.figures(
        {{.drawing = run.pictures->reconstructions,
          .caption = "Training images and reconstructions",
          .width = half(run.pictures->reconstructions)},
         {.drawing = run.pictures->samples, .caption = "Draws from the prior", .width = half(run.pictures->samples)}});
  }
}

void add_settings(report::HtmlPage& page, const PageInput& input) {
  page.heading("How it was done");
  page.list({
      "Recognition network 784-500-500, ReLU, two linear heads for 20 latents; generator 20-500-500-784, ReLU, "
      "Bernoulli "
      "from logits; grey values are taken as the means of the bits, nothing is binarised.",
      fmt::format("Adam, learning rate 0.001, batches of {}, {}, one latent sample an image.", kBatch,
                  epochs_text(input.options)),
      "**As published**: tanh on both heads; log σ = tanh without a flow, log σ² = tanh with one; the loss of the "
      "public "
      "code.",
      "**Corrected**: no tanh; log σ from the head; the true bound. **Amortised**: the flow's parameters are outputs "
      "of "
      "the encoder, as in Rezende & Mohamed (2015), instead of one set for all images.",
      "Planar layers f(z) = z + u tanh(w·z + b), u kept so that w·u > −1.",
  });
  page.paragraph("Differences from the public code that change no figure, and one that may:");
  page.list({
      "Their log densities carry ½ log 2π with the wrong sign in both terms, where it cancels; ours are right.",
      "They clamp probabilities at 1e-10 before the logarithm; we work from logits.",
      "Their batches come from a loader that sets images aside: 55,000 of 60,000 by its default, 468 batches an epoch, "
      "1.09 passes. Ours draw from all images of the training file, one pass an epoch; those that fill no batch are "
      "others each time.",
  });
  for (const FinishedRun& run : input.runs) {
    page.code({.text = run.result.config, .title = run.plan.folder + "/config.toml", .folded = true});
  }
}

std::string command_of(const StudyOptions& options) {
  std::string command = fmt::format("elbo reproduce kong-li --data {} --epochs {} --variant {} --seed {}", options.data,
                                    epochs_of(options), options.variant, options.seed);
  if (options.importance_samples != StudyOptions{}.importance_samples) {
    command += fmt::format(" --importance-samples {}", options.importance_samples);
  }
  if (options.limit > 0) command += fmt::format(" --limit {}", options.limit);
  return command;
}

}  // namespace

std::vector<NamedDrawing> curves(const StudyOptions& options, const std::vector<FinishedRun>& runs) {
  std::vector<NamedDrawing> drawings;
  std::vector<report::Rule> rules;
  if (options.data == "mnist") rules.push_back({.y = 109.23, .name = "printed, no flow"});
  if (auto series = published_series(runs); !series.empty()) {
    drawings.push_back(
        {.file = "curves-as-published.svg",
         .caption = "As published, on the training images: the loss that was trained (solid) and the true bound "
                    "of the same model (dashed). Without a flow the two are one.",
         .drawing = plot("As published: training loss and true −ELBO", "loss", std::move(series), rules)});
  }
  if (auto series = corrected_series(runs); !series.empty()) {
    drawings.push_back({.file = "curves-corrected.svg",
                        .caption = "Corrected, on the training images: the loss is the true −ELBO. Solid: one set of "
                                   "flow parameters; dashed: amortised.",
                        .drawing = plot("Corrected: −ELBO in training", "−ELBO", std::move(series), {})});
  }
  return drawings;
}

std::string page(const PageInput& input) {
  report::HtmlPage page(
      fmt::format("Kong & Li (2017) on {}, {}", data_title(input.options.data), epochs_text(input.options)));
  page.subtitle(
      fmt::format("“Transforming Variational Autoencoders” run again: a VAE without a flow and with 3, 5 and "
                  "8 planar layers; seed {}",
                  input.options.seed));
  page.paragraph(
      "The study asks whether planar flows make the approximate posterior of a variational autoencoder better, and "
      "prints −ELBO 109.23 without a flow and 111.96, 105.09 and 107.67 for 3, 5 and 8 planar layers on MNIST (the "
      "last "
      "two are swapped: its logs give 105.09 to 8 layers). Its public code shows that the flow figures are not what "
      "they are said to be. Here its models are trained twice: by the loss of that code, and by the bound.");
  add_results(page, input);
  add_mathematics(page, input.runs);
  add_curves(page, input);
  add_pictures(page, input.runs);
  add_settings(page, input);
  page.footer(fmt::format("elbo {} · {}", kVersion, command_of(input.options)));
  return page.str();
}

}  // namespace elbo::app::kong_li
