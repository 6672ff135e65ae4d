// Lines of an audit file that somebody has edited: whatever is read as an entry is what was
// written.
#include <cstdlib>
#include <string_view>

#include "storage/audit/audit_chain.h"

using namespace headgate::storage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  AuditChain chain;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    auto entry = chain.take(line);
    if (entry && parse_audit_line(audit_line(*entry))->hash != entry->hash) std::abort();
  }
  return 0;
}
