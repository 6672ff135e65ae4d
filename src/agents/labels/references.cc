#include "agents/labels/references.h"

#include "base/json/cursor.h"
#include "base/text/strings.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

struct Place {
  json::Range range;
  const WithheldText* text;
};

/// Finds references among the strings of a value; the cursor bounds the depth.
class Finder {
 public:
  Finder(std::string_view text, const std::vector<WithheldText>& withheld)
      : cursor_(text), withheld_(withheld) {}

  std::vector<Place> find() {
    value();
    if (!cursor_.finish()) places_.clear();
    return std::move(places_);
  }

 private:
  void value() {
    switch (cursor_.kind()) {
      case json::Kind::object: return object();
      case json::Kind::array: return array();
      case json::Kind::string: return string();
      default: cursor_.skip();
    }
  }
  void object() {
    std::string_view key;
    if (!cursor_.enter_object()) return;
    while (cursor_.next_key(key)) value();
  }
  void array() {
    if (!cursor_.enter_array()) return;
    while (cursor_.next_element()) value();
  }
  void string() {
    json::Text text;
    if (!cursor_.string(text)) return;
    for (const WithheldText& one : withheld_) {
      if (!json::equals(text, reference_to(one.call))) continue;
      places_.push_back({cursor_.value_range(), &one});
      return;
    }
  }

  json::Cursor cursor_;
  const std::vector<WithheldText>& withheld_;
  std::vector<Place> places_;
};

}  // namespace

std::string expand_references(std::string_view arguments,
                              const std::vector<WithheldText>& withheld) {
  if (withheld.empty()) return std::string(arguments);
  std::string out;
  std::size_t done = 0;
  for (const Place& place : Finder(arguments, withheld).find()) {
    if (out.size() + place.text->text.size() > kExpandedBytesMax) break;
    out += arguments.substr(done, place.range.begin - done);
    base::append_json_string(out, place.text->text);
    done = place.range.end;
  }
  return out.append(arguments.substr(done));
}

}  // namespace headgate::agents
