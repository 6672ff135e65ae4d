// Any file is read or refused with its place; what is read keeps the promises of documents_fuzz.h.
#include "agents/documents/json_lines.h"

#include "agents/documents/documents_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  headgate::agents::knowledge::read_and_check("x.jsonl", data, size);
  return 0;
}
