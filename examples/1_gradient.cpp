// A function, its gradient, and the gradient of that: all three are graphs.
#include <cstdio>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"

using namespace elbo;

int main() {
  Graph graph;
  const Tensor x = graph.input("x", {3});
  const Tensor y = sum(log1p(square(x)));
  const Tensor slope = gradients(y, {x})[0];               // 2x / (1 + x^2)
  const Tensor curvature = gradients(sum(slope), {x})[0];  // 2 (1 - x^2) / (1 + x^2)^2
  graph.output("slope", slope);
  graph.output("curvature", curvature);

  const Executable f = compile(graph);
  f.input("x") = Array::of<float>({3}, {0.0f, 1.0f, 2.0f});
  f.run();
  for (const char* name : {"slope", "curvature"}) {
    std::printf("%-10s", name);
    for (const float value : f.output(name).values<float>()) std::printf("%7.2f", static_cast<double>(value));
    std::printf("\n");
  }
}
