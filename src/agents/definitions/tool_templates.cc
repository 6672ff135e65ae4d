#include "agents/definitions/tool_templates.h"

#include <algorithm>
#include <array>

#include "base/json/cursor.h"
#include "base/json/members.h"
#include "base/text/strings.h"

namespace headgate::agents {

namespace json = base::json;
using base::Result;

namespace {

/// Copies a JSON value and fills in its strings; bounded by the cursor's depth.
class BodyWriter {
 public:
  BodyWriter(std::string_view text, const Template::Lookup& lookup)
      : text_(text), cursor_(text), lookup_(lookup) {}

  std::string write() {
    value();
    return std::move(out_);
  }

 private:
  // False: nothing was written, because its argument was not given.
  bool value() {
    switch (cursor_.kind()) {
      case json::Kind::object: return object();
      case json::Kind::array: return array();
      case json::Kind::string: return string();
      default: break;
    }
    if (cursor_.skip()) out_ += cursor_.value_text();
    return true;
  }
  bool string() {
    json::Text text;
    if (!cursor_.string(text)) return false;
    const auto parsed = Template::parse(text.decode());
    if (!parsed) return false;  // refused when the configuration was read
    if (const std::string_view name = parsed->only_name(); !name.empty()) {
      const auto argument = lookup_(name);
      if (argument) out_ += *argument;
      return argument.has_value();
    }
    const auto filled = parsed->fill(lookup_);
    if (filled) base::append_json_string(out_, *filled);
    return filled.has_value();
  }
  bool array() {
    if (!cursor_.enter_array()) return false;
    out_ += '[';
    bool first = true;
    while (cursor_.next_element()) entry(first, {});
    out_ += ']';
    return true;
  }
  bool object() {
    if (!cursor_.enter_object()) return false;
    out_ += '{';
    bool first = true;
    std::string_view key;
    while (cursor_.next_key(key)) entry(first, json::member_name(cursor_, text_));
    out_ += '}';
    return true;
  }
  void entry(bool& first, const std::optional<std::string>& key) {
    const std::size_t before = out_.size();
    if (!first) out_ += ',';
    if (key) {
      base::append_json_string(out_, *key);
      out_ += ':';
    }
    if (value()) {
      first = false;
    } else {
      out_.resize(before);
    }
  }

  std::string_view text_;
  json::Cursor cursor_;
  const Template::Lookup& lookup_;
  std::string out_;
};

constexpr std::string_view kEachIsForQueries =
    "{name*} is for the value of a parameter of the query, which it makes several of";

// What a parameter of the query is given: nothing, once, or once for each element of a list.
std::vector<std::string> values_of(const Template& value, const Template::Lookup& lookup) {
  const std::string_view each = value.only_each();
  const auto argument = each.empty() ? std::nullopt : lookup(each);
  if (argument) return plain_values(*argument);
  auto filled = value.fill(lookup);
  if (!filled) return {};
  return {std::move(*filled)};
}

// Every string of a JSON text.
void each_string(json::Cursor& cursor, const std::function<void(const std::string&)>& tell) {
  json::Text text;
  std::string_view key;
  switch (cursor.kind()) {
    case json::Kind::string:
      if (cursor.string(text)) tell(text.decode());
      return;
    case json::Kind::object:
      if (!cursor.enter_object()) return;
      while (cursor.next_key(key)) each_string(cursor, tell);
      return;
    case json::Kind::array:
      if (!cursor.enter_array()) return;
      while (cursor.next_element()) each_string(cursor, tell);
      return;
    default: cursor.skip();
  }
}

}  // namespace

ToolTemplates ToolTemplates::parse(const HttpToolConfig& config, Wrongs& wrongs) {
  ToolTemplates out;
  if (auto url = UrlTemplate::parse(config.url)) {
    out.url_ = std::move(*url);
  } else {
    wrongs.push_back({"url", {}, url.error().detail});
  }
  if (out.url_.has_each()) wrongs.push_back({"url", {}, std::string(kEachIsForQueries)});
  out.query_ = parse_named("query", config.query, wrongs);
  out.headers_ = parse_named("header_templates", config.header_templates, wrongs);
  out.body_ = config.body.text;
  std::vector<std::string> body_wrongs;
  out.body_names_ = json_template_names(out.body_, body_wrongs);
  for (std::string& wrong : body_wrongs) wrongs.push_back({"body", {}, std::move(wrong)});
  return out;
}

ToolTemplates::Named ToolTemplates::parse_named(std::string_view section,
                                                const base::config::OrderedMap<std::string>& texts,
                                                Wrongs& wrongs) {
  Named out;
  for (const auto& [name, text] : texts) {
    auto value = Template::parse(text);
    if (!value) {
      wrongs.push_back({section, name, value.error().detail});
    } else if (value->has_each() && (section != "query" || value->only_each().empty())) {
      wrongs.push_back({section, name, std::string(kEachIsForQueries)});
    } else {
      out.emplace_back(name, std::move(*value));
    }
  }
  return out;
}

std::vector<ToolTemplates::Use> ToolTemplates::uses() const {
  std::vector<Use> out;
  for (const auto name : url_.names()) out.push_back({"url", {}, std::string(name)});
  for (const auto& [key, value] : query_) {
    for (const auto name : value.names()) out.push_back({"query", key, std::string(name)});
  }
  for (const auto& [key, value] : headers_) {
    for (const auto name : value.names()) {
      out.push_back({"header_templates", key, std::string(name)});
    }
  }
  for (const auto& name : body_names_) out.push_back({"body", {}, name});
  return out;
}

Result<std::string> ToolTemplates::target(const Template::Lookup& lookup) const {
  auto path = url_.path(lookup);
  if (!path) return path.error();
  std::string out = std::move(*path);
  char joint = '?';
  for (const auto& [key, value] : query_) {
    for (const std::string& one : values_of(value, lookup)) {
      out += joint;
      out += base::percent_encode(key) + "=" + base::percent_encode(one);
      joint = '&';
    }
  }
  return out;
}

Result<ToolTemplates::Headers> ToolTemplates::headers(const Template::Lookup& lookup) const {
  Headers out;
  for (const auto& [name, value] : headers_) {
    auto filled = value.fill(lookup);
    if (!filled) continue;
    if (base::has_control(*filled)) {
      return base::fail(base::Errc::invalid_request, "an argument cannot be part of the header " +
                                                         name +
                                                         ": it is not one line "
                                                         "of text");
    }
    out.emplace_back(name, std::move(*filled));
  }
  return out;
}

std::string ToolTemplates::body(const Template::Lookup& lookup) const {
  return fill_json(body_, lookup);
}

std::string fill_json(std::string_view text, const Template::Lookup& lookup) {
  return BodyWriter(text, lookup).write();
}

std::vector<std::string> json_template_names(std::string_view text,
                                             std::vector<std::string>& wrongs) {
  std::vector<std::string> out;
  json::Cursor cursor(text);
  const auto note = [&](const std::string& one) {
    const auto parsed = Template::parse(one);
    if (!parsed) {
      wrongs.push_back(parsed.error().detail);
      return;
    }
    if (parsed->has_each()) wrongs.emplace_back(kEachIsForQueries);
    for (const std::string_view name : parsed->names()) out.emplace_back(name);
  };
  if (!text.empty()) each_string(cursor, note);
  return out;
}

std::vector<std::string> property_names(std::string_view schema) {
  std::vector<std::string> out;
  json::Cursor cursor(schema);
  json::Members members;
  if (cursor.kind() != json::Kind::object || !members.read(cursor, schema)) return out;
  const json::Member* properties = members.take("properties");
  if (properties == nullptr || properties->kind != json::Kind::object) return out;
  json::Cursor inner(properties->raw);
  std::string_view key;
  if (!inner.enter_object()) return out;
  while (inner.next_key(key)) out.push_back(json::member_name(inner, properties->raw));
  return out;
}

bool is_own_header(std::string_view name) {
  constexpr std::array<std::string_view, 13> kNames = {
      "accept", "baggage", "connection",  "content-length", "content-type",      "expect", "host",
      "te",     "trailer", "traceparent", "tracestate",     "transfer-encoding", "upgrade"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view own) { return base::iequals(own, name); });
}

bool is_context_name(std::string_view name) {
  constexpr std::array<std::string_view, 3> kNames{"principal.user", "principal.tenant", "run.id"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace headgate::agents
