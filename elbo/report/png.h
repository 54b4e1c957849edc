// PNG: an Image as the bytes of a PNG file, and as a file.  The same pixels give the same bytes.
//
//   const std::vector<std::byte> bytes = encode_png(picture);
//   write_png("grid.png", picture);      // appears whole or not at all
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "elbo/report/image.h"

namespace elbo::report {

// Throws IoError when libpng refuses (in practice: no memory), ShapeError for an image without pixels.
std::vector<std::byte> encode_png(const Image& image);

void write_png(const std::filesystem::path& path, const Image& image);

}  // namespace elbo::report
