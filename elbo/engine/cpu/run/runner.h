// Runner: replays a plan with a team of threads.
//
// One job of the team a step.  Within it the threads go from wave to wave: each takes parts of the wave until none is
// left, its own first (shares.h), and goes on when all parts are done.  Which thread computes a part has no influence
// on its value.  A wave too small to share is one part.
#pragma once

#include <memory>

#include "elbo/engine/cpu/lower/plan.h"

namespace elbo::cpu {

class Runner {
 public:
  explicit Runner(const Plan& plan);
  ~Runner();

  // Allocates scratch memory for that many threads; not within a step.
  void set_threads(int threads);

  // Returns false when the guard was not finite: the step stopped before its updates.
  bool run(const DrawContext& draw);

 private:
  struct State;
  const Plan& plan_;
  std::unique_ptr<State> state_;
};

}  // namespace elbo::cpu
