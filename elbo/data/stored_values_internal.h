// Numbers as binary files store them, and as what they are kept.
//
//   stored      u1 bool   i1 i2 u2 i4   i8 u4 u8                      f2 f4   f8
//   kept as     u8        i32           i32 where all fit, else f64   f32     f64
#pragma once

#include <string_view>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

namespace elbo::data {

// NumPy's names: the kind and the bytes of a value.
inline constexpr std::string_view kStoredTypes = "bool, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 and f8";

struct StoredType {
  char kind = 'u';  // 'i', 'u', 'f' or 'b'
  int bytes = 1;
  bool big_endian = false;

  bool is_known() const;
};

// The values of a header's extents, which are checked before anything is allocated.  DataError for a 64-bit integer
// beyond 2^53, which a double does not hold exactly.
Array read_stored(ByteSource& bytes, StoredType type, const std::vector<int64_t>& extents);

}  // namespace elbo::data
