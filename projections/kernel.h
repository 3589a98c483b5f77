#pragma once
// Marks a short loop over plain arrays that is worth vectorising for the machine it runs on.

// The machine of today beside any other, where the loader can choose between them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define DEALOG_KERNEL __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define DEALOG_KERNEL
#endif
