// Plan: everything a step does, with every address fixed: kernels, the order they run in, and the memory they use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elbo/engine/compile.h"
#include "elbo/engine/cpu/kernels/chunk_program.h"
#include "elbo/engine/cpu/kernels/general_kernels.h"
#include "elbo/engine/cpu/kernels/matmul.h"
#include "elbo/engine/cpu/kernels/tile_program.h"
#include "elbo/engine/cpu/lower/memory_plan.h"
#include "elbo/engine/cpu/schedule/schedule.h"

namespace elbo::cpu {

// A product whose blocks are computed inside a kernel's blocks.
struct ProductCall {
  Product product;
  std::vector<ProductBlock> pieces;  // what of it is not zero (zeros.h); empty: all
  const float* a = nullptr;
  const float* b = nullptr;
  float* dst = nullptr;  // the whole result, or nullptr: the thread's scratch at `scratch_offset`
  int64_t scratch_offset = 0;
  int64_t dst_stride = 0;
  int64_t workspace_offset = 0;  // in the thread's scratch
};

double multiply_adds(const ProductCall& call);

// Partial sums of the blocks, added up in the order of the blocks by the thread that finishes the last one.
struct PartialSum {
  const float* partials = nullptr;  // [parts, count]
  int64_t parts = 0;
  int64_t count = 0;
  float* dst = nullptr;
};

struct Kernel {
  enum class Kind : uint8_t { kTiles, kGeneral, kCopy };
  Kind kind = Kind::kTiles;
  int stage = 0;
  int chain = -1;        // of the plan; -1: none
  double cost = 0;       // of one block, in units of about a nanosecond
  bool awaited = false;  // a later stage reads what it makes

  std::vector<TileBlock> blocks;  // kTiles
  std::vector<ProductCall> products;
  TileProgram program;
  std::optional<ChunkProgram> chunks;  // the same as `program`, where it can run that way
  std::vector<PartialSum> sums;

  GeneralKernel general;           // kGeneral
  const void* copy_src = nullptr;  // kCopy
  void* copy_dst = nullptr;
  size_t copy_bytes = 0;

  int64_t parts() const {
    return kind == Kind::kTiles     ? static_cast<int64_t>(blocks.size())
           : kind == Kind::kGeneral ? general_parts(general)
                                    : 1;
  }
};

struct Plan {
  std::vector<Kernel> kernels;
  // Kernels that each block of rows goes through one after the other, see chains.h.
  struct Chain {
    std::vector<int> kernels;
    int64_t blocks = 0;
  };
  std::vector<Chain> chains;
  // A part of a kernel, or a block of a chain.
  struct Item {
    int kernel = -1;
    int chain = -1;
    int64_t part = 0;
    double cost = 0;
    bool awaited = false;
  };
  // The items of a stage, dearest first, but those before all others that a later stage waits for: what is last may be
  // done by another thread than the one that goes on with it.  Stages too small to share are serial: items in their
  // order, by one thread.
  struct Wave {
    std::vector<Item> items;
    bool serial = false;
  };
  std::vector<Wave> waves;
  int64_t scratch_floats = 0;  // per thread
  int guard_wave = -1;         // after which the guard is known
  const float* guard = nullptr;

  std::vector<const std::byte*> output_memory;  // of each output of the graph
  Array block;                                  // u8, the memory plan's
  std::vector<Array> constants;
  // Numbers that follow from the step, written before it runs.
  struct StepNumber {
    int64_t period;
    float* dst;
  };
  std::vector<StepNumber> step_numbers;
};

// `inputs`: memory of each input of the graph, in its order.
Plan make_plan(const Graph& graph, const CompileOptions& options, std::vector<Array>& inputs, CompileReport& report);

}  // namespace elbo::cpu
