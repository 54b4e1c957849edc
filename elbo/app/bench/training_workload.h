// A workload that trains: batches of synthetic rows through a compiled step, over and over.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "elbo/app/bench/workload.h"
#include "elbo/engine/graph.h"
#include "elbo/nn/parameters.h"

namespace elbo::app::bench {

struct TrainingParts {
  std::string name;
  nn::Parameters parameters;
  // Adds the inputs for `batch` rows and returns the mean loss, a scalar.
  std::function<Tensor(Graph& graph, int64_t batch)> loss;
  std::map<std::string, Array> rows;  // by input, [count, ...]; the same count for all
  int64_t batch = 128;
  double learning_rate = 1e-3;
};

class TrainingWorkload final : public Workload {
 public:
  TrainingWorkload(TrainingParts parts, const WorkloadOptions& options);

  void step() override;
  void check() override;
  const CompileReport& report() const override { return executable_.report(); }

 private:
  static Executable compiled(const TrainingParts& parts, const WorkloadOptions& options);
  void check_against_interpreter() const;
  void check_that_it_learns();

  TrainingParts parts_;
  Executable executable_;
  std::vector<int64_t> indices_;
  int64_t rows_ = 0;
  int64_t steps_ = 0;
};

}  // namespace elbo::app::bench
