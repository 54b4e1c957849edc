// Machine: what this process computes on.
//
//   const int threads = available_threads();       // 2
//   instruction_set();                             // "AVX3": what the kernels of the CPU are chosen for
#pragma once

#include <string_view>

namespace elbo {

// Threads that can run at the same time on the processors given to this process.  What a run takes when it is told no
// number, and what is reported for it.
int available_threads();

// Name of the instruction set the kernels run on: "AVX3", "AVX2", "SSE4", ...
std::string_view instruction_set();

// The same of the matrix products, which are oneDNN's and follow its own settings (DNNL_MAX_CPU_ISA): "AVX2", "SSE41".
std::string_view product_instruction_set();

// Kernels and matrix products use instruction sets up to this one from now on: "sse4", "avx2" or "avx512"; of one
// instruction set, results have the same bits on every processor.  Throws ConfigError for another name, for one that
// this processor has not, and when a product was computed already.
void limit_instruction_set(std::string_view name);

// Multiply-add floating-point operations a second that one thread reaches, measured by a loop of independent FMAs for
// about `seconds` (the peak that elbo bench compares with).
double measure_fma_flops(double seconds);

}  // namespace elbo
