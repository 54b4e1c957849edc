// IDX files of unsigned bytes, plain or gzip: the format of MNIST and its kin (Y. LeCun).
//
//   const Array images = read_idx("train-images-idx3-ubyte.gz");   // u8 [60000, 28, 28]
//   const Array labels = read_idx("train-labels-idx1-ubyte.gz");   // u8 [60000]
//
// Layout: two zero bytes, the type (8 = unsigned byte), the rank, one big-endian u32 for each extent, the values.
#pragma once

#include <filesystem>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

namespace elbo::data {

Array read_idx(const std::filesystem::path& path, const ReadLimits& limits = {});

}  // namespace elbo::data
