// Feedback: what the loop of a training knows from its last evaluation, told to the steps that follow.
//
//   const Feedback told = feedback(graph);                      // in a step: two numbers that the loop writes
//   tell(step.variables(), validation_loss);                    // in the loop, after each evaluation
//
// What is told, and what a step keeps of it, are variables like moments: part of the graph's variables() and so of
// every checkpoint.  Their names begin with "training.", which no parameter's does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elbo/engine/graph.h"
#include "elbo/engine/variable.h"

namespace elbo::nn {

inline constexpr std::string_view kTrainingVariables = "training.";

// The f32 number of that name, {}, that a step keeps: the one that the graph has, or a new one.
VariablePtr training_variable(Graph& graph, const std::string& name, double first_value = 0);

struct Feedback {
  Tensor loss;         // {}: of the last evaluation on the validation rows; before the first, 0
  Tensor evaluations;  // {}: how many there were
};
Feedback feedback(Graph& graph);

// Writes the loss and counts, where these variables are of a step that asks.  One that is not finite is told as the
// largest number.
void tell(const std::vector<VariablePtr>& variables, double validation_loss);

}  // namespace elbo::nn
