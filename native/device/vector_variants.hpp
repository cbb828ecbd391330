#pragma once

// Marks a function with loops that are compiled for the widest vectors of several processors; the one at hand is chosen
// when the library is loaded. Without contraction all variants give the same numbers. A build may define it as nothing.
#ifdef GFLOWNET_VECTOR_VARIANTS
#elif defined(__x86_64__) && defined(__GNUC__) && defined(__linux__)
#define GFLOWNET_VECTOR_VARIANTS __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define GFLOWNET_VECTOR_VARIANTS
#endif
