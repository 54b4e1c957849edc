// Pictures of a study by kind: curves of training, intervals between two quantities, images, densities of the plane.
//
//   for (const report::Image& image : kind.take(site, settings)) ...   of each trained model, where the kind needs one
//   const Drawn drawn = kind.draw(results, index, settings);           of all together
//
// A new one is a file in pictures/ that ends in a row, and a line in picture.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbo/report/html.h"
#include "elbo/settings/registry.h"
#include "elbo/studies/result.h"

namespace elbo::studies {

struct Drawn {
  struct Part {
    std::string heading;  // of the figures that stand beside each other; may be empty
    std::vector<report::Figure> figures;
  };
  std::optional<report::Svg> file;  // FILE.svg in the folder
  std::vector<Part> parts;          // what the page shows
};

struct PictureKind {
  std::string_view name, description, paper;
  std::vector<Option> settings;
  // NAME.png in the folder of each run, for each image that is taken of it; none are written without names.
  std::vector<std::string> images{};
  // Of a trained model; null where results are enough.  Empty where it shows nothing.
  std::vector<report::Image> (*take)(const MeasureSite& site, const Settings& settings) = nullptr;
  // `index` is the picture's own in FinishedRun::images.
  Drawn (*draw)(const StudyResults& results, size_t index, const Settings& settings) = nullptr;
};
const Registry<PictureKind>& picture_kinds();

// The key "pictures" of a study; each also has `file`, `title` and `caption`.
Option picture_part();

}  // namespace elbo::studies
