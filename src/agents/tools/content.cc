#include "agents/tools/content.h"

#include <optional>

#include "base/json/cursor.h"
#include "base/json/members.h"
#include "base/json/writer.h"
#include "base/text/utf8.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

// "[image/png, 70 bytes]": base64 has 4 characters for 3 bytes.
std::string of_media(json::Members& block, std::string_view type) {
  const json::Member* data = block.take("data");
  const std::size_t bytes = data != nullptr ? data->text.raw.size() / 4 * 3 : 0;
  const std::string kind = block.take_string("mimeType").value_or(std::string(type));
  return "[" + kind + ", " + std::to_string(bytes) + " bytes]";
}

std::string of_resource(std::string_view text) {
  json::Cursor cursor(text);
  json::Members resource;
  if (!resource.read(cursor, text)) return {};
  if (auto words = resource.take_string("text")) return std::move(*words);
  return "[" + resource.take_string("uri").value_or("resource") + "]";
}

std::string of_block(json::Members& block) {
  const std::string type = block.take_string("type").value_or("");
  if (type == "text") return block.take_string("text").value_or("");
  if (type == "resource_link") return "[" + block.take_string("uri").value_or("resource") + "]";
  if (type != "resource") return of_media(block, type);
  const json::Member* resource = block.take("resource");
  return resource != nullptr ? of_resource(resource->raw) : std::string();
}

}  // namespace

ToolResult text_result(std::string_view text, bool is_error) {
  ToolResult out;
  out.is_error = is_error;
  out.content.clear();
  json::Writer writer(out.content);
  writer.begin_array();
  writer.begin_object();
  writer.member("type", "text");
  writer.member("text", text);
  writer.end_object();
  writer.end_array();
  return out;
}

std::string plain_text(std::string_view content, std::size_t bytes_max) {
  std::string out;
  json::Cursor cursor(content);
  if (!cursor.enter_array()) return out;
  while (out.size() < bytes_max && cursor.next_element()) {
    json::Members block;
    if (cursor.kind() != json::Kind::object || !block.read(cursor, content)) break;
    if (!out.empty()) out += "\n\n";
    out += of_block(block);
  }
  out.resize(base::utf8_prefix(out, bytes_max).size());
  return out;
}

}  // namespace headgate::agents
