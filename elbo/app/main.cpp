// elbo, the program: its commands, each in a file of its own.
#include <array>

#include "elbo/app/commands/commands.h"

int main(int argc, char** argv) {
  using namespace elbo::app;
  const std::array commands{
      &train_command(),       &evaluate_command(),  &sample_command(),  &reconstruct_command(), &encode_command(),
      &score_command(),       &infer_command(),     &density_command(), &diagnose_command(),    &traverse_command(),
      &interpolate_command(), &attribute_command(), &cluster_command(), &explain_command(),     &list_command(),
      &reproduce_command(),   &bench_command(),
  };
  return run_program(commands, argc, argv);
}
