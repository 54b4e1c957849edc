// The header of a .npy file: a Python dictionary literal of exactly three keys, in any order.
//
//   {'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }
//
// A parser for this grammar and nothing more: no expressions, no nesting beyond the shape's tuple.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace elbo::data {

struct NpyHeader {
  bool is_structured = false;  // 'descr' is a list of named columns; nothing after it has been read
  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// On failure returns false and says in `complaint` what is wrong ("has no key 'shape'").
bool parse_npy_header(std::string_view text, NpyHeader& header, std::string& complaint);

}  // namespace elbo::data
