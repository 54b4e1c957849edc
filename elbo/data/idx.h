// IDX files, plain or gzip: the format of MNIST and its kin (Y. LeCun).
//
//   const Array images = read_idx("train-images-idx3-ubyte.gz");   // u8 [60000, 28, 28]
//   const Array labels = read_idx("train-labels-idx1-ubyte.gz");   // u8 [60000]
//
// Layout: two zero bytes, the type, the rank, one big-endian u32 for each extent, the values, big-endian.  Types: 8 =
// unsigned byte, kept as u8; 9, 11, 12 = signed integer of 1, 2, 4 bytes, kept as i32; 13 and 14 = f32 and f64.
#pragma once

#include <filesystem>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

namespace elbo::data {

Array read_idx(const std::filesystem::path& path, const ReadLimits& limits = {});

}  // namespace elbo::data
