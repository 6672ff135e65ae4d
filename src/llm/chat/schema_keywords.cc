#include "llm/chat/schema_keywords.h"

#include <algorithm>
#include <array>

#include "base/json/cursor.h"
#include "base/json/writer.h"

namespace headgate::llm::chat {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Writer;

constexpr std::array<std::string_view, 9> kBounds = {
    "minimum",   "maximum",   "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "maxItems",         "uniqueItems"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

class Walk {
 public:
  Walk(std::string_view schema, std::vector<std::string>& dropped, std::string& out)
      : cursor_(schema, Cursor::kDepthMax), dropped_(dropped), out_(out) {}

  void schema() {
    if (cursor_.kind() == Kind::object) return object(true);
    if (cursor_.kind() == Kind::array) return list();
    copy();
  }

 private:
  /// The members of a schema are keywords, those of "properties" and its like are names.
  void object(bool is_schema);
  void member(const std::string& key, bool is_schema);
  bool drops(const std::string& key);
  void list() {
    out_.begin_array();
    cursor_.enter_array();
    while (cursor_.next_element()) schema();
    out_.end_array();
  }
  void copy() {
    if (cursor_.skip()) out_.raw(cursor_.value_text());
  }

  Cursor cursor_;
  std::vector<std::string>& dropped_;
  Writer out_;
};

void Walk::object(bool is_schema) {
  out_.begin_object();
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) member(cursor_.key_decoded(), is_schema);
  out_.end_object();
}

void Walk::member(const std::string& key, bool is_schema) {
  constexpr std::array<std::string_view, 5> kMaps = {"properties", "patternProperties", "$defs",
                                                     "definitions", "dependentSchemas"};
  constexpr std::array<std::string_view, 4> kValues = {"enum", "const", "default", "examples"};
  if (is_schema && drops(key)) return;
  out_.key(key);
  if (is_schema && is_among(kValues, key)) return copy();
  const bool is_map = is_schema && is_among(kMaps, key) && cursor_.kind() == Kind::object;
  is_map ? object(false) : schema();
}

bool Walk::drops(const std::string& key) {
  if (!is_among(kBounds, key)) return false;
  if (std::find(dropped_.begin(), dropped_.end(), key) == dropped_.end()) dropped_.push_back(key);
  return true;
}

}  // namespace

std::string without_bounds(std::string_view schema, std::vector<std::string>& dropped) {
  std::string out;
  out.reserve(schema.size());
  Walk(schema, dropped, out).schema();
  return out;
}

}  // namespace headgate::llm::chat
