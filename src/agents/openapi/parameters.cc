#include "agents/openapi/parameters.h"

#include <algorithm>
#include <array>
#include <optional>

#include "agents/definitions/tool_templates.h"
#include "base/config/types.h"
#include "base/text/strings.h"

namespace headgate::agents::openapi {

namespace {

enum class Shape : std::uint8_t { scalar, list, object };

// `type` is one name or, since 3.1, several.
bool has_type(const Spot& schema, std::string_view type) {
  const Spot types = schema["type"];
  if (types.text() == type) return true;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types.at(i).text() == type) return true;
  }
  return false;
}

Shape shape_of(const Spot& schema) {
  if (has_type(schema, "array") || schema["items"].present()) return Shape::list;
  if (has_type(schema, "object") || schema["properties"].present()) return Shape::object;
  return Shape::scalar;
}

// About the request rather than part of it: the specification says that they are no parameters.
bool is_about_request(std::string_view header) {
  constexpr std::array<std::string_view, 3> kHeaders = {"accept", "content-type", "authorization"};
  return std::any_of(kHeaders.begin(), kHeaders.end(),
                     [&](std::string_view one) { return base::iequals(one, header); });
}

std::optional<Part> part_of(std::string_view in) {
  if (in == "path") return Part::path;
  if (in == "query") return Part::query;
  if (in == "header") return Part::header;
  return std::nullopt;
}

/// One parameter as it is read: either it can be filled in, or `why` says why not.
class ParameterReader {
 public:
  ParameterReader(const Document& document, Remarks& remarks)
      : document_(document), remarks_(remarks) {}

  std::optional<Parameter> read(const Spot& spot) {
    Parameter out;
    out.spot = spot;
    out.name = spot["name"].text();
    const auto part = part_of(spot["in"].text());
    if (part == Part::header && is_about_request(out.name)) return std::nullopt;
    out.part = part.value_or(Part::query);
    out.required = spot["required"].flag() || out.part == Part::path;
    const std::string why =
        part ? form(out) : "is in the " + where(spot) + ", which tools cannot send";
    if (why.empty()) return out;
    refuse(out, why);
    return std::nullopt;
  }

 private:
  static std::string where(const Spot& spot) { return std::string(spot["in"].text()); }

  // Why it cannot be filled in; empty: it can, and has its schema and suffix.
  std::string form(Parameter& out) {
    if (out.name.empty()) return "has no name";
    if (out.part == Part::header) {
      if (!base::config::is_header_name(out.name)) return "is no name of a header";
      if (is_own_header(out.name)) return "is a header that Headgate sets itself";
    }
    if (!out.spot["schema"].present()) return "has no schema, which tools need";
    const auto schema = document_.follow(out.spot["schema"], remarks_);
    if (!schema) return "has a schema that cannot be read";
    out.schema = out.spot["schema"];
    const bool in_query = out.part == Part::query;
    const std::string_view usual = in_query ? "form" : "simple";
    const std::string_view style = out.spot["style"].present() ? out.spot["style"].text() : usual;
    if (style != usual) return "has the style " + std::string(style) + ", which tools cannot send";
    switch (shape_of(*schema)) {
      case Shape::scalar: return {};
      case Shape::object: return "is an object, which tools can send in bodies only";
      case Shape::list: break;
    }
    const bool explode = out.spot["explode"].present() ? out.spot["explode"].flag() : in_query;
    out.suffix = in_query && explode ? "*" : ",";
    return {};
  }

  void refuse(const Parameter& parameter, const std::string& why) {
    const std::string what = "the parameter `" + parameter.name + "` " + why;
    if (parameter.required) {
      remarks_.fail(parameter.spot, what);
    } else {
      remarks_.warn(parameter.spot, what + "; it is left out");
    }
  }

  const Document& document_;
  Remarks& remarks_;
};

bool is_same(const Spot& one, const Spot& other) {
  return one["name"].text() == other["name"].text() && one["in"].text() == other["in"].text();
}

// An operation's own take the place of those of its path.
std::vector<Spot> declared(const Document& document, const Operation& operation, Remarks& remarks) {
  std::vector<Spot> out;
  for (const Spot& list : {operation.item["parameters"], operation.spot["parameters"]}) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto spot = document.follow(list.at(i), remarks);
      if (!spot) continue;
      const auto known = std::find_if(out.begin(), out.end(),
                                      [&](const Spot& one) { return is_same(one, *spot); });
      if (known != out.end()) {
        *known = *spot;
      } else {
        out.push_back(*spot);
      }
    }
  }
  return out;
}

}  // namespace

std::vector<Parameter> parameters_of(const Document& document, const Operation& operation,
                                     Remarks& remarks) {
  std::vector<Parameter> out;
  ParameterReader reader(document, remarks);
  for (const Spot& spot : declared(document, operation, remarks)) {
    if (auto parameter = reader.read(spot)) out.push_back(std::move(*parameter));
  }
  return out;
}

}  // namespace headgate::agents::openapi
