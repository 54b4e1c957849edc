// Backend: a way to run graphs.  Program: a graph that one has made ready to run.
//
// compile() (compile.h) cleans a graph by passes that know no device, then by those of the back end it was asked for,
// and has that build a program:
//
//   for (const auto& pass : backend.passes()) pass->run(graph);
//   const std::unique_ptr<Program> program = backend.build(std::move(graph), options, report);
//   program->run({.seed = 1, .step = 7});
//
// Those there are: the CPU (cpu/backend.h) and the reference interpreter (reference/backend.h).  A new one implements
// the two classes and is listed in compile.cpp.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "elbo/engine/compile.h"
#include "elbo/engine/passes/pass.h"

namespace elbo {

class Program {
 public:
  virtual ~Program() = default;

  // The graph that runs, after the last rewrite.
  virtual const Graph& graph() const = 0;

  // What the next run reads as input `index` of the graph.  Its values are to be written; dtype, shape and place in
  // memory stay.
  virtual Array& input(size_t index) = 0;
  // The value of output `index` after a run, in the same place every time.
  virtual const Array& output(size_t index) const = 0;

  // One step: outputs, then updates of the variables, which are read and written where they are.  Returns false when
  // the guard was not finite: then the outputs are there, and no variable has changed.
  virtual bool run(const StepContext& context) = 0;

  virtual void set_threads(int threads) = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  // Its own passes, in the order they run, after those of compile().
  virtual std::vector<std::unique_ptr<Pass>> passes() const = 0;
  // What else of it can be left out by name (CompileOptions::without).
  virtual std::vector<std::string_view> switches() const { return {}; }
  // Adds to the report what it made of the graph.
  virtual std::unique_ptr<Program> build(Graph graph, const CompileOptions& options, CompileReport& report) const = 0;
};

// All of them; the first is the one that runs what asks for none.
std::vector<const Backend*> backends();

}  // namespace elbo
