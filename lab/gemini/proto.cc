#include "lab/gemini/proto.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "lab/formats/media.h"

namespace headgate::lab::gemini {
namespace {

namespace json = boost::json;

constexpr std::size_t kViolationsMax = 20;
constexpr std::string_view kPackage = "type.googleapis.com/google.ai.generativelanguage.v1beta.";

std::string camel(std::string_view snake) {
  std::string out;
  bool up = false;
  for (const char c : snake) {
    if (c == '_') {
      up = true;
      continue;
    }
    out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    up = false;
  }
  return out;
}

std::optional<std::int64_t> whole(const json::value& value) {
  if (const auto* number = value.if_int64()) return *number;
  if (value.is_double()) {
    const double number = value.get_double();
    if (number == std::floor(number) && std::abs(number) < 9e15) {
      return static_cast<std::int64_t>(number);
    }
  }
  const auto* text = value.if_string();
  std::int64_t number = 0;
  if (text == nullptr) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

class Checker {
 public:
  std::vector<Violation> check(const json::value& value, const Message& message) {
    check_message(value, message, {});
    return std::move(violations_);
  }

 private:
  void note(const std::string& path, std::string description) {
    if (violations_.size() < kViolationsMax) violations_.push_back({path, std::move(description)});
  }

  void note_value(const std::string& path, std::string_view type, const json::value& value) {
    note(path, fmt::format("Invalid value at '{}' ({}), {}", path, type, json::serialize(value)));
  }

  static std::string joined(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
  }

  void check_message(const json::value& value, const Message& message, const std::string& path) {
    const auto* object = value.if_object();
    if (object == nullptr) {
      return note_value(path, fmt::format("{}{}", kPackage, message.type), value);
    }
    std::string_view set;
    for (const auto& member : *object) {
      const std::string_view key = member.key();
      const auto found =
          std::find_if(message.fields.begin(), message.fields.end(),
                       [&](const Field& f) { return f.name == key || camel(f.name) == key; });
      if (found == message.fields.end()) {
        const std::string where = path.empty() ? "" : fmt::format(" at '{}'", path);
        note(path, fmt::format("Invalid JSON payload received. Unknown name \"{}\"{}: Cannot find "
                               "field.",
                               key, where));
        continue;
      }
      if (member.value().is_null()) continue;
      if (found->one_of && !set.empty()) {
        note(path, fmt::format("Invalid value at '{}' (oneof), oneof field '{}' is already set. "
                               "Cannot set '{}'",
                               path, message.one_of, camel(found->name)));
      }
      if (found->one_of) set = found->name;
      check_field(member.value(), *found, joined(path, found->name));
    }
  }

  void check_field(const json::value& value, const Field& field, const std::string& path) {
    if (field.map) return check_map(value, field, path);
    const auto* list = value.if_array();
    if (!field.repeated) {
      if (list != nullptr && field.kind != Kind::any) {
        return note(path, fmt::format("Invalid JSON payload received. Unknown name \"{}\" at '{}': "
                                      "Proto field is not repeating, cannot start list.",
                                      camel(field.name), path));
      }
      return check_value(value, field, path);
    }
    if (list == nullptr) return check_value(value, field, path);  // one stands for a list
    for (std::size_t i = 0; i < list->size(); ++i) {
      check_value((*list)[i], field, fmt::format("{}[{}]", path, i));
    }
  }

  void check_map(const json::value& value, const Field& field, const std::string& path) {
    const auto* object = value.if_object();
    if (object == nullptr) return note_value(path, "Map", value);
    std::size_t index = 0;
    for (const auto& member : *object) {
      check_value(member.value(), field, fmt::format("{}[{}].value", path, index++));
    }
  }

  void check_value(const json::value& value, const Field& field, const std::string& path) {
    switch (field.kind) {
      case Kind::message: return check_message(value, *field.message, path);
      case Kind::any: return;
      case Kind::text:
        if (!value.is_string()) note_value(path, "TYPE_STRING", value);
        return;
      case Kind::boolean:
        if (!value.is_bool()) note_value(path, "TYPE_BOOL", value);
        return;
      case Kind::integer:
        if (!whole(value)) note_value(path, "TYPE_INT32", value);
        return;
      case Kind::number:
        if (!value.is_number()) note_value(path, "TYPE_FLOAT", value);
        return;
      case Kind::bytes: return check_bytes(value, path);
      case Kind::choice: return check_choice(value, field, path);
    }
  }

  void check_bytes(const json::value& value, const std::string& path) {
    if (!value.is_string()) return note_value(path, "TYPE_BYTES", value);
    const auto& text = value.get_string();
    if (is_lax_base64(text)) return;
    constexpr std::size_t kShown = 60;
    note(path, fmt::format("Invalid value at '{}' (TYPE_BYTES), Base64 decoding failed for {}",
                           path, json::serialize(json::value(text.subview(0, kShown)))));
  }

  void check_choice(const json::value& value, const Field& field, const std::string& path) {
    const auto* text = value.if_string();
    const bool known = text && std::find(field.values.begin(), field.values.end(),
                                         std::string_view(*text)) != field.values.end();
    if (!known) note_value(path, fmt::format("{}{}", kPackage, field.type), value);
  }

  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> violations_of(const json::value& value, const Message& message) {
  return Checker().check(value, message);
}

const json::value* field(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) value = object.if_contains(camel(name));
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::object* object_in(const json::object& object, std::string_view name) {
  const auto* value = field(object, name);
  return value ? value->if_object() : nullptr;
}

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = field(object, name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

bool flag_in(const json::object& object, std::string_view name) {
  const auto* value = field(object, name);
  const auto* flag = value ? value->if_bool() : nullptr;
  return flag != nullptr && *flag;
}

std::int64_t integer_in(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const auto* value = field(object, name);
  return value ? whole(*value).value_or(otherwise) : otherwise;
}

double number_in(const json::object& object, std::string_view name, double otherwise) {
  const auto* value = field(object, name);
  return value && value->is_number() ? value->to_number<double>() : otherwise;
}

std::vector<const json::value*> items_in(const json::object& object, std::string_view name) {
  std::vector<const json::value*> items;
  const auto* value = field(object, name);
  if (value == nullptr) return items;
  const auto* list = value->if_array();
  if (list == nullptr) {
    items.push_back(value);
    return items;
  }
  for (const auto& item : *list) items.push_back(&item);
  return items;
}

}  // namespace headgate::lab::gemini
