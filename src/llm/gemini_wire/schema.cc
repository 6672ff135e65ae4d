#include "llm/gemini_wire/schema.h"

#include <algorithm>
#include <array>

#include "base/json/cursor.h"
#include "base/json/members.h"
#include "base/json/writer.h"
#include "base/text/strings.h"
#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using base::json::Writer;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Walks a schema member by member and writes another one. `Self` says what becomes of each member.
template <class Self>
class Walker {
 public:
  Walker(std::string_view schema, std::string& text)
      : schema_(schema), cursor_(schema), text_(text), out_(text) {}

  void schema() {
    if (cursor_.kind() == Kind::object) return self().object();
    copy();
  }

 protected:
  void copy() {
    if (cursor_.skip()) out_.raw(cursor_.value_text());
  }
  void map() {
    if (cursor_.kind() != Kind::object) return copy();
    out_.begin_object();
    std::string_view key;
    cursor_.enter_object();
    while (cursor_.next_key(key)) {
      out_.key(base::json::member_name(cursor_, schema_));
      schema();
    }
    out_.end_object();
  }
  void list() {
    if (cursor_.kind() != Kind::array) return copy();
    out_.begin_array();
    cursor_.enter_array();
    while (cursor_.next_element()) schema();
    out_.end_array();
  }
  Self& self() { return static_cast<Self&>(*this); }

  std::string_view schema_;
  Cursor cursor_;
  std::string& text_;  // what is written so far
  Writer out_;
};

class OpenApi : public Walker<OpenApi> {
 public:
  using Walker::Walker;
  void object();

 private:
  struct Places {  // in the text, of what `nullable` changes
    std::size_t type_begin = 0;
    std::size_t type_end = 0;
    std::size_t any_of_end = 0;
    std::size_t enum_end = 0;
    bool nullable = false;
  };
  void member(std::string_view key, Places& places);
  void type(Places& places);
  void number(std::string_view name);
  void make_nullable(const Places& places);
};

void OpenApi::object() {
  out_.begin_object();
  std::string_view key;
  std::string buffer;
  Places places;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    const bool escaped = key.find('\\') != std::string_view::npos;
    const std::string decoded = escaped ? base::json::member_name(cursor_, schema_) : std::string();
    member(camel(escaped ? decoded : key, buffer), places);
  }
  if (places.nullable) make_nullable(places);
  out_.end_object();
}

void OpenApi::member(std::string_view key, Places& places) {
  constexpr std::array<std::string_view, 6> kCounts = {
      "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"};
  if (key == "type") return type(places);
  if (key == "nullable") {
    if (cursor_.kind() == Kind::boolean) cursor_.boolean(places.nullable);
    return;
  }
  if (contains(kCounts, key)) return number(key);
  if (key == "example") {
    out_.array("examples");
    copy();
    out_.end_array();
    return;
  }
  if (key == "format" && cursor_.kind() == Kind::string) {
    Text format;
    if (!cursor_.string(format) || equals(format, "enum")) return;
    out_.member_raw(key, cursor_.value_text());
    return;
  }
  out_.key(key);
  if (key == "properties") {
    map();
  } else if (key == "anyOf") {
    list();
    if (text_.back() == ']') places.any_of_end = text_.size() - 1;
  } else if (key == "items") {
    schema();
  } else {
    copy();
    if (key == "enum" && text_.back() == ']') places.enum_end = text_.size() - 1;
  }
}

void OpenApi::type(Places& places) {
  Text type;
  if (!cursor_.maybe_string(type)) {
    if (cursor_.ok()) out_.member_raw("type", cursor_.value_text());
    return;
  }
  if (equals(type, "TYPE_UNSPECIFIED")) return;
  out_.key("type");
  places.type_begin = text_.size();
  out_.string(base::to_lower(type.decode()));
  places.type_end = text_.size();
}

// Counts are 64-bit integers, which protobuf writes as strings.
void OpenApi::number(std::string_view name) {
  out_.key(name);
  Text count;
  if (!cursor_.maybe_string(count)) {
    if (cursor_.ok()) out_.raw(cursor_.value_text());
    return;
  }
  const bool digits = base::parse_u64(count.raw).has_value();
  const bool canonical = digits && (count.raw.size() == 1 || count.raw[0] != '0');
  out_.raw(canonical ? count.raw : cursor_.value_text());
}

// From the back to the front, so that places stay where they are.
void OpenApi::make_nullable(const Places& places) {
  struct Insertion {
    std::size_t at;
    std::string_view what;
    bool first;  // needs no comma
  };
  std::array<Insertion, 3> list{};
  std::size_t size = 0;
  if (places.type_end > 0) list[size++] = {places.type_end, ",\"null\"]", true};
  if (places.any_of_end > 0 && places.type_end == 0) {
    list[size++] = {places.any_of_end, "{\"type\":\"null\"}", false};
  }
  if (places.enum_end > 0) list[size++] = {places.enum_end, "null", false};
  std::sort(list.begin(), list.begin() + size,
            [](const Insertion& a, const Insertion& b) { return a.at > b.at; });
  for (std::size_t i = 0; i < size; ++i) {
    const bool comma = !list[i].first && text_[list[i].at - 1] != '[';
    text_.insert(list[i].at, (comma ? "," : "") + std::string(list[i].what));
    if (list[i].first) text_.insert(places.type_begin, "[");
  }
}

class Supported : public Walker<Supported> {
 public:
  Supported(std::string_view schema, std::string& text, std::vector<std::string>& dropped)
      : Walker(schema, text), dropped_(dropped) {}
  void object();

 private:
  struct Members {
    std::size_t begin = 0;  // of the object, in the text
    std::string dollar;     // those that may stand beside $ref, as written
    bool has_ref = false;
    std::vector<std::string> others;
  };
  void member(std::string_view key, Members& members);
  void constant();
  void reference();
  bool drop(std::string_view key);
  void keep_reference_only(const Members& members);

  std::vector<std::string>& dropped_;
};

constexpr std::array<std::string_view, 13> kCopied = {
    "$id",      "$anchor",  "type",    "format",  "title",    "description",     "enum",
    "minItems", "maxItems", "minimum", "maximum", "required", "propertyOrdering"};

void Supported::object() {
  out_.begin_object();
  Members members;
  members.begin = text_.size() - 1;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) member(key, members);
  if (members.has_ref && !members.others.empty()) return keep_reference_only(members);
  out_.end_object();
}

void Supported::member(std::string_view key, Members& members) {
  const std::size_t before = text_.size();
  const std::string name(key);
  if (contains(kCopied, name)) {
    out_.key(name);
    copy();
  } else if (name == "$ref") {
    members.has_ref = true;
    reference();
  } else if (name == "properties") {
    out_.key(name);
    map();
  } else if (name == "$defs" || name == "definitions") {
    out_.key("$defs");
    map();
  } else if (name == "anyOf" || name == "oneOf" || name == "prefixItems") {
    out_.key(name);
    list();
  } else if (name == "items") {
    const bool tuple = cursor_.kind() == Kind::array;  // as before 2020-12
    out_.key(tuple ? "prefixItems" : "items");
    tuple ? list() : schema();
  } else if (name == "additionalProperties") {
    out_.key(name);
    schema();
  } else if (name == "const") {
    constant();
  } else {
    drop(name);
  }
  if (text_.size() == before) return;
  if (name[0] == '$' || name == "definitions") {
    const std::string_view written = std::string_view(text_).substr(before);
    const bool comma = written.starts_with(',');
    if (!members.dollar.empty()) members.dollar += ',';
    members.dollar += written.substr(comma ? 1 : 0);
  } else {
    members.others.push_back(name);
  }
}

// Gemini has enum for strings and numbers.
void Supported::constant() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::string && kind != Kind::number) {
    drop("const");
    return;
  }
  out_.array("enum");
  copy();
  out_.end_array();
}

void Supported::reference() {
  constexpr std::string_view kOld = "#/definitions/";
  Text ref;
  out_.key("$ref");
  if (cursor_.maybe_string(ref) && ref.raw.starts_with(kOld)) {
    out_.raw("\"#/$defs/" + std::string(ref.raw.substr(kOld.size())) + "\"");
  } else if (cursor_.ok()) {
    out_.raw(cursor_.value_text());
  }
}

bool Supported::drop(std::string_view key) {
  if (key == "$schema" || key == "$comment") return true;  // they say nothing about a value
  if (std::find(dropped_.begin(), dropped_.end(), key) == dropped_.end()) {
    dropped_.emplace_back(key);
  }
  return true;
}

void Supported::keep_reference_only(const Members& members) {
  text_.resize(members.begin);
  text_ += '{';
  text_ += members.dollar;
  text_ += '}';
  for (const std::string& name : members.others) drop(name);
}

}  // namespace

std::string json_schema_of(std::string_view openapi) {
  std::string text;
  text.reserve(openapi.size());
  OpenApi(openapi, text).schema();
  return text;
}

std::string supported_schema(std::string_view schema, std::vector<std::string>& dropped) {
  std::string text;
  text.reserve(schema.size());
  Supported(schema, text, dropped).schema();
  return text;
}

}  // namespace headgate::llm::gemini
