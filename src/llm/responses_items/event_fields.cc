#include "llm/responses_items/event_fields.h"

#include <algorithm>

namespace headgate::llm::responses {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

bool raw(Cursor& cursor, Kind kind, std::string_view& out) {
  const bool right = cursor.kind() == kind;
  if (!cursor.skip()) return false;
  if (right) out = cursor.value_text();
  return true;
}

bool index(Cursor& cursor, std::int64_t& out) {
  out = std::max<std::int64_t>(cursor.maybe_integer().value_or(0), 0);
  return cursor.ok();
}

bool text(Cursor& cursor, Text& out) {
  cursor.maybe_string(out);
  return cursor.ok();
}

}  // namespace

bool EventFields::member(Cursor& cursor, std::string_view key) {
  if (key == "type") return text(cursor, type);
  if (key == "output_index") return index(cursor, output_index);
  if (key == "content_index") return index(cursor, content_index);
  if (key == "summary_index") return index(cursor, summary_index);
  if (key == "item_id") return text(cursor, item_id);
  if (key == "delta") return text(cursor, delta);
  if (key == "text" || key == "refusal" || key == "arguments" || key == "input") {
    return text(cursor, whole);
  }
  if (key == "logprobs") return raw(cursor, Kind::array, logprobs);
  if (key == "item") return raw(cursor, Kind::object, item);
  if (key == "part") return raw(cursor, Kind::object, part);
  if (key == "response") return raw(cursor, Kind::object, response);
  if (key == "annotation") return raw(cursor, Kind::object, annotation);
  if (key == "error") has_error = cursor.kind() == Kind::object || cursor.kind() == Kind::string;
  return cursor.skip();
}

bool EventFields::read(Cursor& cursor) {
  if (!cursor.enter_object()) return false;
  std::string_view key;
  while (cursor.next_key(key)) {
    if (!member(cursor, key)) return false;
  }
  return cursor.finish();
}

}  // namespace headgate::llm::responses
