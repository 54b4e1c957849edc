// ChunkProgram: a fused kernel of cheap element-wise operations, run over kChunkFloats values at a time.
//
// An optimizer's update is a dozen operations on a value and reads weights and moments of megabytes.  By tiles of 2048
// values each operation walks through the tile anew, and what they hand on fills the first cache; by short chunks
// nothing but the weights and moments themselves moves.
//
//   if (std::optional<ChunkProgram> chunks = chunk_program(program, cols)) run_chunks(*chunks, block, scratch);
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "elbo/engine/cpu/kernels/tile_program.h"

namespace elbo::cpu {

struct ChunkProgram {
  struct Operand {
    Address address;
    int scalar = -1;  // index into `scalars`; -1: values of its own for every element
  };
  struct Step {
    ChunkKernel kernel;
    TileKernel rest;  // for what is left behind the last whole chunk
    Operand dst;
    Operand src[3];
    int sources;
    float alpha;
  };
  std::vector<Step> steps;
  std::vector<Address> scalars;  // one value in all: spread over a chunk when a block begins
  int64_t scalars_offset = 0;    // floats into the thread's scratch
};

// The program in chunks, or nothing where an instruction is not one of them: each must be element-wise, with operands
// as wide as the kernel or of one value.  `cols`: of the kernel's rows in memory; 0 where it runs over flat values.
std::optional<ChunkProgram> chunk_program(const TileProgram& program, int64_t cols);

// Puts the spread scalars at the end of the scratch that is used so far; returns its new end, in floats.
int64_t place_scalars(ChunkProgram& program, int64_t end);

// `scratch`: the thread's, with the block's matrix products where the addresses say.
void run_chunks(const ChunkProgram& program, const TileBlock& block, float* scratch);

}  // namespace elbo::cpu
