// Pooled memory for what is made and freed thousands of times a second: frames,
// audio payloads, coroutines. Free lists by 64-byte classes, one set a thread, so
// neither locks nor system calls; what a thread keeps is bounded (1 MiB a class).
//
// Thread: any; memory may be freed on another thread than it came from, it then
// joins that thread's lists. Under the address sanitizer every block is the
// system's own, so that use after free is found.
#pragma once

#include <cstddef>

namespace repartee {

// At least `size` bytes, aligned to 64. Never null: out of memory ends the process, as operator new does.
void* PoolAllocate(std::size_t size);
// `size` as it was asked for.
void PoolFree(void* memory, std::size_t size);

}  // namespace repartee
