#include "agents/tools/digest.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json/cursor.h"
#include "base/json/members.h"
#include "base/text/sha256.h"
#include "base/text/strings.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

/// Writes what a cursor reads; the cursor bounds the depth.
class Canonical {
 public:
  explicit Canonical(std::string_view text) : text_(text), cursor_(text) {}

  bool write(std::string& out) {
    value(out);
    return cursor_.finish() && !says_twice_;
  }

 private:
  void value(std::string& out) {
    switch (cursor_.kind()) {
      case json::Kind::object: return object(out);
      case json::Kind::array: return array(out);
      case json::Kind::string: return string(out);
      default: break;
    }
    if (cursor_.skip()) out += cursor_.value_text();
  }
  void string(std::string& out) {
    json::Text text;
    if (cursor_.string(text)) base::append_json_string(out, text.decode());
  }
  void array(std::string& out) {
    if (!cursor_.enter_array()) return;
    out += '[';
    for (bool first = true; cursor_.next_element(); first = false) {
      if (!first) out += ',';
      value(out);
    }
    out += ']';
  }
  void object(std::string& out) {
    std::vector<std::pair<std::string, std::string>> members;
    if (!cursor_.enter_object()) return;
    std::string_view key;
    while (cursor_.next_key(key)) {
      auto& member = members.emplace_back(json::member_name(cursor_, text_), "");
      value(member.second);
    }
    std::sort(members.begin(), members.end());
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      if (i > 0 && members[i].first == members[i - 1].first) says_twice_ = true;
      base::append_json_string(out, members[i].first);
      out += ':';
      out += members[i].second;
    }
    out += '}';
  }

  std::string_view text_;
  json::Cursor cursor_;
  bool says_twice_ = false;
};

}  // namespace

std::string canonical_json(std::string_view text) {
  std::string out;
  return Canonical(text).write(out) ? out : std::string(text);
}

std::string digest(std::initializer_list<std::string_view> parts) {
  base::Sha256 hash;
  for (const std::string_view part : parts) {
    hash.add(std::to_string(part.size()) + ":");
    hash.add(part);
  }
  return hash.end();
}

}  // namespace headgate::agents
