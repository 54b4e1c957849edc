// Graphs from the text that to_text prints, for tests and for looking at a graph by hand.
//
//   const Graph graph = graph_of_text(
//       "%0 = input() \"x\" [2, 4]\n"
//       "%1 = variable() \"w\" [4, 1]  // encoder.0\n"
//       "%2 = matmul(%0, %1) {0, 0} [2, 1]  // encoder.0\n"
//       "output \"y\" = %2\n"
//       "update \"w\" = %1\n");
//
// A line is a node: its number, operation and inputs, then as far as it has them its integers in braces, its numbers,
// its name in quotes, shape, dtype (f32 where none stands) and scope.  Constants of more than 64 numbers are printed as
// "..." and cannot be read.
#pragma once

#include <string_view>
#include <vector>

#include "elbo/engine/graph.h"

namespace elbo {

// Variables are those given, by name, and new ones of zeros for other names.  Throws DataError, which names the line,
// for what to_text does not print, and ShapeError as the functions of ops.h do.  That a node has the integers and
// numbers that its operation reads is taken on trust.
Graph graph_of_text(std::string_view text, const std::vector<VariablePtr>& variables = {});

}  // namespace elbo
