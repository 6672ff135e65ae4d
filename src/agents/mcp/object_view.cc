#include "agents/mcp/object_view.h"

#include <algorithm>
#include <vector>

#include "base/json/cursor.h"

namespace headgate::agents::mcp {

namespace json = base::json;

ObjectView::ObjectView(std::string_view text) {
  json::Cursor cursor(text, json::Cursor::kDepthMax);
  if (cursor.kind() == json::Kind::object) members_.read(cursor, text);
}

bool ObjectView::has(std::string_view name) { return members_.take(name) != nullptr; }

std::string_view ObjectView::raw(std::string_view name) {
  const json::Member* member = members_.take(name);
  return member != nullptr ? member->raw : std::string_view();
}

std::string_view ObjectView::of_kind(std::string_view name, json::Kind kind) {
  const json::Member* member = members_.take(name);
  return member != nullptr && member->kind == kind ? member->raw : std::string_view();
}

std::string_view ObjectView::object(std::string_view name) {
  return of_kind(name, json::Kind::object);
}

std::string_view ObjectView::array(std::string_view name) {
  return of_kind(name, json::Kind::array);
}

std::optional<std::string> ObjectView::string(std::string_view name) {
  return members_.take_string(name);
}

std::optional<std::int64_t> ObjectView::integer(std::string_view name) {
  const std::string_view text = of_kind(name, json::Kind::number);
  json::Cursor cursor(text);
  std::int64_t value = 0;
  if (text.empty() || !cursor.integer(value)) return std::nullopt;
  return value;
}

std::optional<bool> ObjectView::boolean(std::string_view name) {
  const std::string_view text = of_kind(name, json::Kind::boolean);
  if (text.empty()) return std::nullopt;
  return text == "true";
}

std::optional<std::string_view> ObjectView::said_twice() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < members_.size(); ++i) names.push_back(members_.at(i).name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return std::nullopt;
  return *twice;
}

}  // namespace headgate::agents::mcp
