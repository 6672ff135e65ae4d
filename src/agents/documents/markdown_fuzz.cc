// Any file is read or refused with its place; what is read keeps the promises of documents_fuzz.h.
#include "agents/documents/markdown.h"

#include "agents/documents/documents_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  headgate::agents::knowledge::read_and_check("x.md", data, size);
  return 0;
}
