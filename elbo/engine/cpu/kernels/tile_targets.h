// Which instruction sets the tile kernels are built for.  Included before Highway by every file that compiles its
// kernels once per target, and only there.
//
// Left out, because they cost compile time and gain nothing here: SSSE3 (between the portable fall-back and SSE4) and
// AVX3_DL (AVX-512 with integer extensions that no kernel uses).  SVE's vectors cannot be members or array elements,
// which the loops rely on.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
