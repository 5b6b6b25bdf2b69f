// libFuzzer's entry point; METAXY_FUZZ_TARGET is the target's name.
#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const metaxy::fuzz::Target* target = metaxy::fuzz::FindTarget(METAXY_FUZZ_TARGET);
  target->run({data, size});
  return 0;
}
