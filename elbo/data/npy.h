// NumPy's .npy files, versions 1 to 3, either byte order, C or Fortran order.
//
//   const Array faces = read_npy("freyfaces.npy");        // u8 [1965, 560]
//   write_npy("z.npy", Array::of<float>({2, 2}, {1, 2, 3, 4}));
//
// Read: bool and u1 as u8; i1, i2, u2 and i4 as i32; u4, i8 and u8 as i32 where all values fit, else as f64, and
// refused beyond 2^53; f2 and f4 as f32; f8 as f64.  Object arrays carry code and are refused, as are structured ones.
// Written: f4, f8, u1, i4, version 1.0, C order.
#pragma once

#include <filesystem>
#include <string>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

namespace elbo::data {

Array read_npy(const std::filesystem::path& path, const ReadLimits& limits = {});
// The array that a source holds from its first byte to its last.
Array read_npy(ByteSource& bytes);

// The whole file's bytes.
std::string npy_bytes(const Array& array);
// The file appears whole or not at all; one of that name is replaced.  IoError when the system refuses.
void write_npy(const std::filesystem::path& path, const Array& array);

}  // namespace elbo::data
