// .amat text of zeros and ones, plain or gzip: H. Larochelle's statically binarized MNIST.
//
//   const Array images = read_amat("binarized_mnist_train.amat.gz");    // u8 [50000, 784] of 0 and 1
//
// One row a line, values separated by blanks.  Any other value, or a line of another length, is refused.
#pragma once

#include <filesystem>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

namespace elbo::data {

Array read_amat(const std::filesystem::path& path, const ReadLimits& limits = {});

}  // namespace elbo::data
