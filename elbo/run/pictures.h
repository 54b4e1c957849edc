// Pictures of a run: grids of images, curves of losses.
#pragma once

#include <filesystem>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/engine/array.h"
#include "elbo/report/image.h"
#include "elbo/report/svg.h"
#include "elbo/train/trainer.h"

namespace elbo::run {

// rows [count, dim], grey values from 0 to 1, in a grid of so many columns; 0: as many as make it about square.
report::Image grid_of(const Array& rows, const data::ImageGeometry& image, int64_t columns = 0);
// Each input left of its output.
report::Image grid_of_pairs(const Array& inputs, const Array& outputs, const data::ImageGeometry& image);

// The loss of each epoch on training and validation rows.
report::Svg loss_curves(const std::vector<train::EpochReport>& epochs, const std::string& title);

}  // namespace elbo::run
