#include "agents/tools/said_twice.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json/cursor.h"
#include "base/json/members.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

/// Looks into all of a value; the cursor bounds the depth.
class Look {
 public:
  explicit Look(std::string_view text) : text_(text), cursor_(text) {}

  base::Result<std::optional<std::string>> into_all() {
    value();
    if (!cursor_.finish()) return cursor_.error();
    return std::move(twice_);
  }

 private:
  void value() {
    switch (cursor_.kind()) {
      case json::Kind::object: return object();
      case json::Kind::array: return array();
      default: break;
    }
    cursor_.skip();
  }
  void array() {
    if (!cursor_.enter_array()) return;
    while (cursor_.next_element()) value();
  }
  void object() {
    if (!cursor_.enter_object()) return;
    std::vector<std::string> names;
    std::string_view key;
    while (cursor_.next_key(key)) {
      names.push_back(json::member_name(cursor_, text_));
      value();
    }
    std::sort(names.begin(), names.end());
    const auto same = std::adjacent_find(names.begin(), names.end());
    if (same != names.end()) twice_ = *same;
  }

  std::string_view text_;
  json::Cursor cursor_;
  std::optional<std::string> twice_;
};

}  // namespace

base::Result<std::optional<std::string>> said_twice(std::string_view json) {
  return Look(json).into_all();
}

}  // namespace headgate::agents
