// What holds of every document that a reader has made, whatever the file was: text is UTF-8 and not
// blank, names are names, bounds are kept, and its chunks are as chunk.h promises. Only fuzzers
// include this; it aborts where something does not hold.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agents/documents/chunk.h"
#include "agents/documents/read_document.h"
#include "base/text/utf8.h"

namespace headgate::agents::knowledge {

inline void must(bool holds) {
  if (!holds) std::abort();
}

inline void check_document(const Document& document) {
  must(!document.name.empty() && !document.title.empty() && base::is_utf8(document.title));
  must(document.tenant.empty() || name_problem("tenant", document.tenant).empty());
  must(document.labels.size() <= kLabelsMax && document.sections.size() <= kSectionsMax + 1);
  for (const auto& [name, value] : document.labels) {
    must(name_problem("label", name).empty() && name_problem("label", value).empty());
  }
  for (const Section& section : document.sections) {
    must(base::is_utf8(section.text) && base::is_utf8(section.heading));
  }
  constexpr ChunkRules kRules{64, 24};
  for (const Chunk& each : chunk(document, kRules)) {
    must(!each.text.empty() && each.text.size() <= kRules.bytes_max && base::is_utf8(each.text));
  }
}

inline void read_and_check(std::string_view path, const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto documents = read_document(path, bytes);
  if (!documents) {
    must(documents.error().detail.starts_with(path));
    must(documents.error().detail[path.size()] == ':');
    return;
  }
  for (const Document& document : *documents) check_document(document);
}

}  // namespace headgate::agents::knowledge
