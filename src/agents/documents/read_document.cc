#include "agents/documents/read_document.h"

#include <array>

#include "agents/documents/json_lines.h"
#include "agents/documents/markdown.h"
#include "agents/documents/text.h"
#include "agents/html/html.h"
#include "base/text/strings.h"

namespace headgate::agents::knowledge {
namespace {

struct Extension {
  std::string_view name;
  FileKind kind;
};

constexpr std::array kExtensions{
    Extension{".md", FileKind::markdown},      Extension{".markdown", FileKind::markdown},
    Extension{".txt", FileKind::text},         Extension{".text", FileKind::text},
    Extension{".html", FileKind::html},        Extension{".htm", FileKind::html},
    Extension{".jsonl", FileKind::json_lines}, Extension{".ndjson", FileKind::json_lines}};

Documents plain(std::string_view path, std::string_view text) {
  Document out;
  out.name = path;
  out.title = stem_of(path);
  const std::string_view body = stripped(text);
  if (!body.empty()) out.sections.push_back({{}, std::string(body)});
  Documents documents;
  documents.push_back(std::move(out));
  return documents;
}

}  // namespace

FileKind kind_of(std::string_view path) {
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos) return FileKind::unknown;
  for (const Extension& each : kExtensions) {
    if (base::iequals(path.substr(dot), each.name)) return each.kind;
  }
  return FileKind::unknown;
}

base::Result<Documents> read_document(std::string_view path, std::string_view bytes) {
  const auto text = clean_text(path, bytes);
  if (!text) return text.error();
  switch (kind_of(path)) {
    case FileKind::markdown: return read_markdown(path, *text);
    case FileKind::html: return read_html(path, *text);
    case FileKind::json_lines: return read_json_lines(path, *text);
    default: return plain(path, *text);
  }
}

}  // namespace headgate::agents::knowledge
