#include "cli/running/admin_list.h"

namespace headgate::cli {

namespace json = base::json;

std::string cell(json::Members& object, std::string_view name) {
  const json::Member* member = object.take(name);
  if (member == nullptr) return "-";
  const std::string text =
      member->kind == json::Kind::string ? member->text.decode() : std::string(member->raw);
  return text.empty() ? "-" : text;
}

base::Result<void> each_of_list(std::string_view text,
                                const std::function<void(json::Members&)>& visit) {
  const base::Error malformed =
      base::fail(base::Errc::upstream_malformed, "the server's answer is not a list as expected");
  json::Cursor cursor(text);
  json::Members list;
  if (!list.read(cursor, text)) return malformed;
  const json::Member* data = list.take("data");
  if (data == nullptr) return malformed;
  json::Cursor elements(data->raw);
  if (!elements.enter_array()) return malformed;
  while (elements.next_element()) {
    json::Members object;
    if (!object.read(elements, data->raw)) return malformed;
    visit(object);
  }
  return {};
}

}  // namespace headgate::cli
