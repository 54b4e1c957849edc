// compile: from a graph to something that runs.
//
//   Executable step = compile(graph);
//   std::copy(pixels.begin(), pixels.end(), step.input("x").values<float>().begin());
//   step.run({.seed = 1, .step = 7});
//   const float loss = step.output("loss").values<float>()[0];
//
// After compiling, a step allocates nothing.  Variables are read and written in place.  For the same seed and
// instruction set the results are the same bits whatever the number of threads.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "elbo/engine/graph.h"
#include "elbo/engine/interpreter.h"

namespace elbo {

struct CompileOptions {
  // Passes to leave out, by name: "simplify", "common-subexpressions", "dead-code"; of the CPU "turn-weights",
  // "split-depth", "recompute", "fusion".
  std::set<std::string> without;
  // An output that must be finite before a step's updates are applied; run() throws NumericalError otherwise and
  // leaves the variables as they were.
  std::string guard;
  // Threads of a run; 0: one for each processor this process may use.
  int threads = 0;
  // What runs it: "cpu", or "reference", every operation's plain loop; empty: the CPU.
  std::string backend = {};
  // Check the graph after every pass.
  bool verify = false;
};

// What compiling did, for `elbo explain` and for tests.
struct CompileReport {
  struct PassReport {
    std::string name;
    size_t nodes = 0;  // after it
    double milliseconds = 0;
  };
  struct KernelReport {
    int stage = 0;
    std::string kind;        // "product", "tile", "product+tile", "general", "copy"
    std::string operations;  // "matmul add relu"
    std::string scope;
    int64_t rows = 0, cols = 0;
    size_t blocks = 0;
    size_t instructions = 0;
    bool turned = false;
  };
  size_t nodes_before = 0;
  std::vector<PassReport> passes;
  std::vector<KernelReport> kernels;
  int stages = 0;
  double flops = 0;          // of the matrix products of one step
  size_t planned_bytes = 0;  // of intermediate values, as planned
  size_t bytes_without_reuse = 0;
  size_t variable_bytes = 0;
  size_t scratch_bytes = 0;  // per thread
  std::vector<std::string> alive_at_peak;
};

class Executable {
 public:
  Executable(Executable&&) noexcept;
  Executable& operator=(Executable&&) noexcept;
  ~Executable();

  // What the next run reads; fill it, or assign another array of the same shape and dtype (run() throws DataError for
  // others).  Throws DataError for an unknown name.
  Array& input(const std::string& name) const;
  // The value of an output after run(), valid until the next one.
  const Array& output(const std::string& name) const;

  // One step: outputs, then updates.  A signal handler that may run meanwhile on this thread needs a stack of its own
  // (sigaltstack, SA_ONSTACK): oneDNN's kernels keep values below the stack pointer.
  void run(const StepContext& context) const;
  void run() const { run(StepContext{}); }
  // The same with inputs and outputs by value.
  std::map<std::string, Array> run(const std::map<std::string, Array>& inputs, const StepContext& context) const;

  void set_threads(int threads) const;
  const Graph& graph() const;  // after the passes
  const CompileReport& report() const;

 private:
  friend Executable compile(const Graph& graph, const CompileOptions& options);
  class Impl;
  explicit Executable(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

Executable compile(const Graph& graph, const CompileOptions& options = {});

}  // namespace elbo
