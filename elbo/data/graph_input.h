// From the rows of a data set to the values a model reads, inside the graph, so that bytes stay bytes until there.
#pragma once

#include "elbo/data/dataset.h"
#include "elbo/engine/graph.h"

namespace elbo::data {

// Declares the input "x" [batch, dim] with the dtype of the data set's rows, and returns its values as f32
// [batch, dim]: divided by value_scale, and drawn as bits where the binarization is dynamic (anew in every step).
Tensor graph_input(Graph& graph, const Dataset& dataset, int64_t batch);

}  // namespace elbo::data
