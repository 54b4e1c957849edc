// NumPy's .npy files, versions 1 to 3, little-endian, C or Fortran order.
//
//   const Array faces = read_npy("freyfaces.npy");        // u8 [1965, 560]
//   write_npy("z.npy", Array::of<float>({2, 2}, {1, 2, 3, 4}));
//
// Read: f4, f8, u1, bool (as u8), i4, i8 (as i32; a value outside is refused).  Object arrays carry code and are
// refused, as are big-endian and structured ones.  Written: f4, f8, u1, i4, version 1.0, C order.
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
