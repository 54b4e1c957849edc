// What a model of images makes: reconstructions of training images beside them, and draws from the prior.
#include "elbo/eval/apply.h"
#include "elbo/report/image_grid.h"
#include "elbo/studies/picture.h"

namespace elbo::studies {
namespace {

// Nothing where the rows of the data set are no images.
std::vector<report::Image> take_images(const MeasureSite& site, const Settings& settings) {
  const data::ImageGeometry& image = site.run.dataset.image;
  if (!image.is_image() || (image.channels != 1 && image.channels != 3)) return {};
  const models::Model& model = *site.run.model;
  const eval::ApplyOptions options{
      .rows = settings.integer("count"), .draw = true, .seed = site.seed, .threads = site.threads};
  const report::ImageShape shape{.height = static_cast<int>(image.height),
                                 .width = static_cast<int>(image.width),
                                 .channels = static_cast<int>(image.channels)};
  std::vector<report::Image> images;
  const auto reconstructed = eval::reconstruct(model, site.run.dataset, data::Split::kTrain, options);
  images.push_back(report::paired_grid(reconstructed.inputs, reconstructed.outputs, shape, {.scale = 2}));
  eval::ApplyOptions means = options;
  means.draw = false;
  images.push_back(report::image_grid(eval::draw_samples(model, means), shape, {.scale = 2}));
  return images;
}

Drawn draw_images(const StudyResults& results, size_t index, const Settings& /*settings*/) {
  Drawn drawn;
  const auto figure = [](const report::Image& image, const char* caption) {
    return report::Figure{.drawing = image, .caption = caption, .width = static_cast<double>(image.width()) / 2};
  };
  for (const FinishedRun& run : results.runs) {
    const std::vector<report::Image>& images = run.images[index];
    if (images.empty()) continue;
    const ModelGroup& group = results.study.groups[run.plan->model->group];
    drawn.parts.push_back({.heading = (group.title.empty() ? "" : group.title + ", ") + run.plan->model->title,
                           .figures = {figure(images[0], "Training images and reconstructions"),
                                       figure(images[1], "Draws from the prior")}});
  }
  return drawn;
}

}  // namespace

extern const PictureKind kImagesPicture;
const PictureKind kImagesPicture{
    .name = "images",
    .description = "of each run the first training images with a reconstruction of each, and samples",
    .paper = "",
    .settings = {Integer{
        .key = "count", .value = 100, .meaning = "images of each kind", .limits = {.at_least = 1, .at_most = 10'000}}},
    .images = {"reconstructions", "prior-samples"},
    .take = take_images,
    .draw = draw_images};

}  // namespace elbo::studies
