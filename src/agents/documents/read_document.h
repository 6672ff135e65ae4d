// The documents in a file, by the kind that its name says it is: .md and .markdown, .txt and .text,
// .html and .htm, .jsonl and .ndjson. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "agents/documents/document.h"

namespace headgate::agents::knowledge {

enum class FileKind : std::uint8_t { unknown, markdown, text, html, json_lines };

FileKind kind_of(std::string_view path);

/// `path`: in the knowledge base. Errors are located in it. REQUIRES: kind_of(path) is known.
base::Result<Documents> read_document(std::string_view path, std::string_view bytes);

}  // namespace headgate::agents::knowledge
