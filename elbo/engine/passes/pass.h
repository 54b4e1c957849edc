// Pass: a small rewrite of a graph that keeps what it computes.  Those declared here know no device: they come first,
// in the order that compile.cpp shows.  A back end's own follow (backend.h).  Each can be switched off by name.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "elbo/engine/graph.h"

namespace elbo {

class Pass {
 public:
  virtual ~Pass() = default;
  virtual std::string_view name() const = 0;
  // Returns whether anything changed.
  virtual bool run(Graph& graph) const = 0;
};

// Removes nodes that no output and no update needs.  Declared inputs stay.
std::unique_ptr<Pass> dead_code();
// Computes a node once that is written several times with the same operation, inputs and attributes.
std::unique_ptr<Pass> common_subexpressions();
// Algebra: x * 1, x + 0, reshape of reshape, broadcasts that an element-wise operation does anyway, transposes that
// a matrix product can read through, sums of padded pieces that are a concatenation, constants folded.
std::unique_ptr<Pass> simplify();
// Throws std::logic_error with a reason when a graph is malformed: an input after its user, a shape that does not
// follow from the operation's rule, an output that does not exist.  Runs after each pass where CompileOptions::verify
// asks for it.
void verify(const Graph& graph);

}  // namespace elbo
