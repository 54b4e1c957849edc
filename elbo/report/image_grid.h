// Image grids: rows of a data set or of a decoder's output as one picture.
//
//   const ImageShape digit{.height = 28, .width = 28};
//   write_png("samples.png", image_grid(samples, digit, {.columns = 16}));
//   write_png("reconstructions.png",                       // 10 pairs a row: each input left of its reconstruction
//             paired_grid(inputs, reconstructions, digit, {.columns = 10}));
#pragma once

#include "elbo/engine/array.h"
#include "elbo/report/image.h"

namespace elbo::report {

enum class ChannelOrder {
  kLast,   // [height, width, channels], as image files have it
  kFirst,  // [channels, height, width], as convolutions have it
};

// How one row of an array becomes one image.
struct ImageShape {
  int height = 0;
  int width = 0;
  int channels = 1;  // 1 grey, 3 RGB
  ChannelOrder order = ChannelOrder::kLast;
};

enum class Pairing { kBeside, kAbove };

struct GridOptions {
  int columns = 10;          // images (or pairs) in a row; fewer when there are fewer
  int padding = 2;           // pixels between images and around the grid, before enlarging
  int scale = 1;             // each pixel becomes a square of this side
  uint8_t background = 128;  // mid-grey, so that black and white images both stand out
};

struct PairedGridOptions {
  int columns = 10;
  int padding = 4;  // between pairs
  int gap = 1;      // between the two images of a pair
  int scale = 1;
  uint8_t background = 128;
  Pairing pairing = Pairing::kBeside;
};

// rows [count, height * width * channels] (or any shape with as many values a row), f32 or f64 in [0, 1], or u8.
// Values outside are clamped; NaN is drawn as background.  Throws ShapeError when the sizes do not fit.
Image image_grid(const Array& rows, const ImageShape& shape, const GridOptions& options = {});

// Image i of `first` together with image i of `second`: beside it, or above it.
Image paired_grid(const Array& first, const Array& second, const ImageShape& shape,
                  const PairedGridOptions& options = {});

}  // namespace elbo::report
