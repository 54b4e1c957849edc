// After compiling, a step allocates nothing: every operator new of the process is counted, those of the libraries too.
// (oneDNN's product takes a packing buffer from malloc and gives it back; that is not ours to remove.)
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/models/elbo.h"
#include "elbo/train/optimizer.h"
#include "tests/models/built.h"

namespace {
std::atomic<long> allocations{0};

void* counted_or_null(std::size_t bytes, std::size_t alignment) {
  allocations.fetch_add(1);
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment + alignment);
}

void* counted(std::size_t bytes, std::size_t alignment) {
  void* pointer = counted_or_null(bytes, alignment);
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}
}  // namespace

void* operator new(std::size_t bytes) {
  return counted(bytes, 16);
}
void* operator new[](std::size_t bytes) {
  return counted(bytes, 16);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
// The standard library's sorts take their buffers this way.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted_or_null(bytes, 16);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted_or_null(bytes, 16);
}
void operator delete(void* pointer, const std::nothrow_t&) noexcept {
  std::free(pointer);
}
void operator delete[](void* pointer, const std::nothrow_t&) noexcept {
  std::free(pointer);
}
void operator delete(void* pointer) noexcept {
  std::free(pointer);
}
void operator delete[](void* pointer) noexcept {
  std::free(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept {
  std::free(pointer);
}
void operator delete[](void* pointer, std::size_t) noexcept {
  std::free(pointer);
}
void operator delete(void* pointer, std::align_val_t) noexcept {
  std::free(pointer);
}
void operator delete[](void* pointer, std::align_val_t) noexcept {
  std::free(pointer);
}
void operator delete(void* pointer, std::size_t, std::align_val_t) noexcept {
  std::free(pointer);
}
void operator delete[](void* pointer, std::size_t, std::align_val_t) noexcept {
  std::free(pointer);
}

namespace elbo {
namespace {

constexpr int64_t kDim = 50;

long allocations_of_steps(const std::vector<std::string>& settings, int threads) {
  const models::VaeModel model = testing_support::built_vae(kDim, settings, nn::Parameters{{.seed = 1}});
  Graph graph(GraphMode::kTraining);
  const Tensor x = graph.input("x", {64, kDim});
  const Tensor loss = mean(models::negative_elbo(model.vae(), x, {.latent_samples = 2}));
  graph.update(train::Adam{{.learning_rate = 1e-3}}.apply(nn::gradients(loss, model.parameters())));
  graph.output("loss", loss);
  const Executable step = compile(graph, {.guard = "loss", .threads = threads});
  step.run({.seed = 1, .step = 0});  // oneDNN makes its code, threads start
  const long before = allocations.load();
  for (uint64_t i = 1; i <= 20; ++i) step.run({.seed = 1, .step = i});
  return allocations.load() - before;
}

TEST(Step, AllocatesNothing) {
  const std::vector<std::string> plain{"latent.dimension=5", "encoder.hidden=[40]", "decoder.hidden=[40]"};
  std::vector<std::string> planar = plain;
  planar.insert(planar.end(), {"posterior.flow=planar", "posterior.flow.layers=4"});
  std::vector<std::string> amortised = planar;
  amortised.emplace_back("posterior.flow.amortized=true");
  for (const int threads : {1, 2}) {
    EXPECT_EQ(allocations_of_steps(plain, threads), 0);
    EXPECT_EQ(allocations_of_steps(planar, threads), 0);
    EXPECT_EQ(allocations_of_steps(amortised, threads), 0);
  }
}

}  // namespace
}  // namespace elbo
