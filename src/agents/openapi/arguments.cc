#include "agents/openapi/arguments.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "agents/definitions/template.h"
#include "agents/definitions/tool_templates.h"
#include "base/text/strings.h"

namespace headgate::agents::openapi {

namespace json = boost::json;

namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::string_view kJson = "application/json";

// What model APIs take for the name of a parameter and templates for that of an argument.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && !is_context_name(name) &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

// "filter[status]" to "filter_status".
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool joint = !is_name_character(c) || (c == '.' && is_context_name(name));
    if (!joint) {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (out.ends_with('_') && !name.ends_with('_')) out.pop_back();
  return out;
}

std::string_view text_of(Part part) {
  constexpr std::array<std::string_view, 4> kNames = {"path", "query", "header", "request"};
  return kNames[static_cast<std::size_t>(part)];
}

bool has_name(const std::vector<Argument>& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.name == name; });
}

class ArgumentReader {
 public:
  ArgumentReader(const Document& document, SchemaWriter& writer, Remarks& remarks)
      : document_(document), writer_(writer), remarks_(remarks) {}

  void add(const Parameter& parameter) {
    Argument out{{},
                 parameter.name,
                 parameter.part,
                 parameter.required,
                 parameter.suffix,
                 parameter.spot,
                 writer_.write(parameter.schema)};
    describe(parameter.spot, out.schema);
    add(std::move(out), plain(parameter.name));
  }

  void add_body(const Spot& declared) {
    const auto body = document_.follow(declared, remarks_);
    if (!body) return;
    const bool required = (*body)["required"].flag();
    const Spot schema = json_schema(*body, required);
    if (!schema.present()) return;
    json::value written = writer_.write(schema);
    if (may_merge(written, required)) {
      merge(*body, written.get_object());
      return;
    }
    describe(*body, written);
    out_.body_is_one = true;
    add({{}, "body", Part::body, required, {}, *body, std::move(written)}, "body");
  }

  Arguments take() { return std::move(out_); }

 private:
  void add(Argument argument, std::string name) {
    if (has_name(out_.list, name)) name = std::string(text_of(argument.part)) + "_" + name;
    if (!is_plain(name) || has_name(out_.list, name)) {
      remarks_.fail(argument.spot, "`" + argument.wire +
                                       "` cannot be the name of an argument: it is too long, or "
                                       "another one is called so");
      return;
    }
    argument.name = std::move(name);
    out_.list.push_back(std::move(argument));
  }

  // A parameter's words are nearer than those of its schema, which others may use too.
  static void describe(const Spot& spot, json::value& schema) {
    const std::string_view words = spot["description"].text();
    if (schema.is_bool()) schema = json::object();
    if (!words.empty()) schema.get_object()["description"] = words;
  }

  // Not present(): there is none that can be sent.
  Spot json_schema(const Spot& body, bool required) {
    const Spot content = body["content"];
    for (const std::string_view type : content.keys()) {
      const std::string plain_type = base::to_lower(base::trim(type.substr(0, type.find(';'))));
      const bool fits = plain_type == kJson || plain_type == "*/*" || plain_type == "application/*";
      if (fits && content[type]["schema"].present()) return content[type]["schema"];
    }
    std::string what = "the body has no schema as application/json, and tools send no other";
    for (const std::string_view type : content.keys()) what += "; " + std::string(type);
    if (required) {
      remarks_.fail(body, what);
    } else {
      remarks_.warn(body, what + "; it is left out");
    }
    return {};
  }

  // Whether its properties can be arguments of their own: it is nothing but an object of those that
  // it names, and leaving all of them out is the same as leaving it out.
  bool may_merge(const json::value& schema, bool required) const {
    if (!schema.is_object()) return false;
    constexpr std::array<std::string_view, 9> kKeywords = {
        "type",     "properties", "required", "additionalProperties", "description", "title",
        "examples", "deprecated", "default"};
    for (const auto& one : schema.get_object()) {
      const auto end = kKeywords.end();
      if (std::find(kKeywords.begin(), end, std::string_view(one.key())) == end) return false;
    }
    const json::object& object = schema.get_object();
    const json::value* type = object.if_contains("type");
    const json::value* more = object.if_contains("additionalProperties");
    const json::value* properties = object.if_contains("properties");
    const bool closed = more == nullptr || *more == json::value(false);
    if (type != nullptr && *type != json::value("object")) return false;
    if (!closed || properties == nullptr || properties->get_object().empty()) return false;
    if (!required && object.contains("required")) return false;
    return std::all_of(
        properties->get_object().begin(), properties->get_object().end(), [&](const auto& one) {
          return is_plain(one.key()) && !has_name(out_.list, std::string_view(one.key()));
        });
  }

  void merge(const Spot& body, json::object& schema) {
    const json::value* names = schema.if_contains("required");
    for (auto& one : schema.at("properties").get_object()) {
      const std::string name(one.key());
      const auto is_it = [&](const json::value& other) { return other == json::value(name); };
      const bool required =
          names != nullptr && names->is_array() &&
          std::any_of(names->get_array().begin(), names->get_array().end(), is_it);
      add({{}, name, Part::body, required, {}, body, std::move(one.value())}, name);
    }
  }

  const Document& document_;
  SchemaWriter& writer_;
  Remarks& remarks_;
  Arguments out_;
};

}  // namespace

const Argument* Arguments::find(Part part, std::string_view wire) const {
  const auto at = std::find_if(list.begin(), list.end(), [&](const Argument& one) {
    return one.part == part && one.wire == wire;
  });
  return at == list.end() ? nullptr : &*at;
}

Arguments arguments_of(const Document& document, const Operation& operation,
                       const std::vector<std::string>& filled, SchemaWriter& writer,
                       Remarks& remarks) {
  ArgumentReader reader(document, writer, remarks);
  for (const Parameter& parameter : parameters_of(document, operation, remarks)) {
    const bool is_filled = parameter.part == Part::header &&
                           std::any_of(filled.begin(), filled.end(), [&](const auto& one) {
                             return base::iequals(one, parameter.name);
                           });
    if (!is_filled) reader.add(parameter);
  }
  const Spot body = operation.spot["requestBody"];
  if (body.present()) reader.add_body(body);
  return reader.take();
}

}  // namespace headgate::agents::openapi
