// From the columns of a data set to the values a model reads, inside the graph, so that bytes stay bytes until there.
//
//   Graph step(GraphMode::kTraining);
//   const auto in = data::inputs(step, dataset, 128, {"x", "label"});
//   in.at("x");      // f32 [128, 784]: divided by value_scale, with the noise of dequantization, and drawn as bits
//                    // where the binarization is dynamic
//   in.at("label");  // i32 [128], for one_hot or gather
//
// The graph's inputs have the columns' names, their dtypes and the shape of as many rows: what fills them by name
// (feed.h, train/trainer.h) takes a split as it is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/engine/graph.h"

namespace elbo::data {

using Inputs = std::map<std::string, Tensor, std::less<>>;

// Declares an input for each column that is wanted, and returns their values: real numbers, but whole ones (i32) as
// they are.  DataError for a column that the data set lacks.  Bits are drawn anew in every step.
Inputs inputs(Graph& graph, const Dataset& dataset, int64_t batch, const std::vector<std::string>& wanted);
// x, and the context where there is one.
Inputs inputs(Graph& graph, const Dataset& dataset, int64_t batch);

// Rows [n, dim] as a model sees them, in the units of the data (Encoding::decode), inside a graph.
Tensor in_units(Tensor y, const Dataset& dataset);

}  // namespace elbo::data
