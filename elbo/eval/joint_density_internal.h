// log p(x|z) and log p(z) at many pairs of a row and a code, put together into runs of one compiled graph.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "elbo/engine/compile.h"
#include "elbo/models/model.h"

namespace elbo::eval {

class JointDensity {
 public:
  struct Values {
    std::vector<double> log_likelihood, log_prior;  // nats, as the model sees the rows; -∞ where there is no mass
  };

  // `dim` is that of x.
  JointDensity(const models::LatentVariable& model, int64_t dim, int threads,
               std::function<void()> before_each_run = {});

  void add(std::span<const float> x, std::span<const double> z);
  // Of all that were added since the last call, in order.  NumericalError for a density that is no number.
  Values values();

 private:
  void flush();

  std::function<void()> before_each_run_;
  Executable run_;
  size_t waiting_ = 0;
  Values values_;
};

}  // namespace elbo::eval
