// Signals in the middle of matrix products: oneDNN's kernels keep values where a handler on the thread's own stack
// would write its frame.
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <thread>

#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/train/interrupt.h"
#include "tests/support/arrays.h"

namespace elbo::train {
namespace {

using namespace testing_support;

TEST(Signals, LeaveProductsAsTheyAre) {
  Graph graph;
  const Tensor x = graph.input("x", {1024, 300});
  Tensor h = x;
  for (int layer = 0; layer < 3; ++layer) {
    h = tanh(matmul(h, graph.variable(make_variable("w" + std::to_string(layer), waves({300, 300}))),
                    {.transpose_b = true}));
  }
  graph.output("h", h);
  const std::map<std::string, Array> inputs = {{"x", waves({1024, 300})}};
  const Executable step = compile(graph, {.threads = 2});
  const Array undisturbed = step.run(inputs, {}).at("h");

  const InterruptGuard guard;
  std::atomic<bool> done{false};
  std::thread storm([&, main = pthread_self()] {
    while (!done.load()) {
      pthread_kill(main, SIGTERM);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  });
  for (int i = 0; i < 40; ++i) {
    const Array again = step.run(inputs, {}).at("h");
    EXPECT_EQ(std::memcmp(again.data(), undisturbed.data(), again.bytes()), 0) << "run " << i;
  }
  done.store(true);
  storm.join();
  EXPECT_EQ(InterruptGuard::signal(), SIGTERM);
}

}  // namespace
}  // namespace elbo::train
