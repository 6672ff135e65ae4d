#include "agents/openapi_tools/import.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

#include "agents/definitions/tool_templates.h"
#include "agents/openapi/arguments.h"
#include "agents/openapi/response.h"
#include "agents/openapi/security.h"
#include "agents/openapi/servers.h"
#include "base/json/writer.h"
#include "base/text/strings.h"

namespace headgate::agents::openapi {

namespace json = boost::json;
using base::config::EnumNames;

namespace {

std::optional<ToolMethod> method_of(std::string_view method) {
  const auto& names = EnumNames<ToolMethod>::names;
  const auto at = std::find(names.begin(), names.end(), method);
  if (at == names.end()) return std::nullopt;
  return static_cast<ToolMethod>(at - names.begin());
}

// What HTTP says of methods (RFC 9110, 9.2); a key makes of any of them one that may be repeated.
Effect effect_of(ToolMethod method, bool has_key) {
  if (method == ToolMethod::get) return Effect::pure;
  const bool repeats = method == ToolMethod::put || method == ToolMethod::del;
  return repeats || has_key ? Effect::idempotent : Effect::at_most_once;
}

std::string description_of(const Operation& operation) {
  const std::string_view summary = operation.spot["summary"].text();
  const std::string_view words = operation.spot["description"].text();
  std::string out(summary);
  if (!words.empty() && words != summary) out.append(out.empty() ? "" : "\n\n").append(words);
  return out.empty() ? operation.signature() : out;
}

// As a template has characters that stand for themselves.
std::string literal(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '{' || c == '}' ? 2 : 1, c);
  return out;
}

/// One import: what its steps share.
class Import {
 public:
  Import(const ImportAsk& ask, Remarks& remarks) : ask_(ask), remarks_(remarks) {}

  std::optional<Imported> make() {
    const auto method = method_of(ask_.operation.method);
    if (!method) {
      fail("the method " + ask_.operation.method + " is none that tools have");
      return std::nullopt;
    }
    Remarks ignored;  // of schemas that are not used
    SchemaWriter writer(ask_.document, Side::request, ask_.input.empty() ? remarks_ : ignored);
    arguments_ = arguments_of(ask_.document, ask_.operation, filled_headers(), writer, remarks_);
    read_own_input();
    out_.http.method = *method;
    decide_effect();
    describe();
    for (const Argument& one : arguments_.list) out_.arguments.push_back(one.name);
    out_.http.headers = ask_.service.headers;
    out_.http.idempotency_header = ask_.service.idempotency_header;
    out_.http.ca_file = ask_.service.ca_file;
    check_fixed();
    out_.http.url = url();
    fill_query_and_headers();
    fill_body();
    write_input(writer.definitions());
    if (ask_.tool.check_output) {
      out_.output = response_schema(ask_.document, ask_.operation, remarks_);
    }
    check();
    if (!remarks_.wrong.empty()) return std::nullopt;
    return std::move(out_);
  }

 private:
  void fail(std::string what) { remarks_.fail(ask_.operation.spot, std::move(what)); }

  std::vector<std::string> filled_headers() const {
    std::vector<std::string> out{ask_.service.idempotency_header};
    for (const auto& [name, secret] : ask_.service.headers) out.push_back(name);
    return out;
  }

  bool is_key(const Parameter& parameter) const {
    return parameter.part == Part::header &&
           base::iequals(parameter.name, ask_.service.idempotency_header);
  }

  void decide_effect() {
    Remarks ignored;  // said where parameters become arguments
    const auto all = parameters_of(ask_.document, ask_.operation, ignored);
    const auto key =
        std::find_if(all.begin(), all.end(), [&](const Parameter& one) { return is_key(one); });
    out_.effect = effect_of(out_.http.method, key != all.end());
    out_.needs_key = key != all.end() && key->required;
  }

  void describe() {
    constexpr std::size_t kBytesMax = 16'384;
    out_.description = description_of(ask_.operation);
    if (ask_.needs_description && out_.description.size() > kBytesMax) {
      fail("its description is longer than 16 KiB; give the tool a `description`");
    }
    if (ask_.operation.spot["deprecated"].flag()) {
      remarks_.warn(ask_.operation.spot, "is deprecated");
    }
    const auto credentials = credentials_of(ask_.document, ask_.operation);
    if (has_credentials(credentials, ask_.service)) return;
    remarks_.warn(ask_.operation.spot,
                  "the service wants " + openapi::describe(credentials) +
                      ", which the document's `headers` in the configuration do not give");
  }

  const base::config::Json* fixed(const Argument& argument) const {
    return ask_.tool.fixed.find(argument.name);
  }

  void read_own_input() {
    if (!ask_.input.empty()) own_ = property_names(ask_.input);
  }

  // Whether the request has it: the model is asked for it, or it is fixed.
  bool is_used(const Argument& argument) const {
    if (!own_ || fixed(argument) != nullptr) return true;
    return std::find(own_->begin(), own_->end(), argument.name) != own_->end();
  }

  // In the URL, the query or a header.
  std::string text_of(const Argument& argument) const {
    const base::config::Json* value = fixed(argument);
    if (value == nullptr) return "{" + argument.name + argument.suffix + "}";
    if (value->text.starts_with('"')) return plain_value(value->text);
    std::string out;
    for (const std::string& one : plain_values(value->text)) {
      out += (out.empty() ? "" : ",") + literal(one);
    }
    return out;
  }

  void check_fixed() {
    for (const Argument& one : arguments_.list) {
      const base::config::Json* value = fixed(one);
      const bool repeats = value != nullptr && one.suffix == "*";
      if (!repeats || plain_values(value->text).size() <= 1) continue;
      remarks_.fail(one.spot, "`" + one.name +
                                  "` is sent once for each element, and only one "
                                  "element can be fixed");
    }
  }

  std::string url() {
    std::string out = literal(server_url(ask_.document, ask_.operation, ask_.service, remarks_));
    std::string_view rest = ask_.operation.path;
    while (!rest.empty()) {
      const std::size_t open = std::min(rest.find('{'), rest.size());
      out += literal(base::percent_decode(rest.substr(0, open)));
      rest.remove_prefix(open);
      const std::size_t close = rest.find('}');
      if (rest.empty()) break;
      const std::string_view name =
          close == std::string_view::npos ? rest : rest.substr(1, close - 1);
      out += path_part(name);
      rest.remove_prefix(close == std::string_view::npos ? rest.size() : close + 1);
    }
    return out;
  }

  std::string path_part(std::string_view name) {
    const Argument* argument = arguments_.find(Part::path, name);
    if (argument == nullptr) {
      fail("the path has {" + std::string(name) + "}, which is none of its parameters");
      return {};
    }
    if (!is_used(*argument)) {
      fail("the path needs the argument `" + argument->name + "`, which the tool's input has not");
    }
    return text_of(*argument);
  }

  void fill_query_and_headers() {
    for (const Argument& one : arguments_.list) {
      if (!is_used(one)) continue;
      if (one.part == Part::query) out_.http.query.add(one.wire) = text_of(one);
      if (one.part == Part::header) out_.http.header_templates.add(one.wire) = text_of(one);
    }
  }

  std::string body_value(const Argument& argument) const {
    const base::config::Json* value = fixed(argument);
    return value != nullptr ? value->text : base::json_string("{" + argument.name + "}");
  }

  void fill_body() {
    std::string object;
    base::json::Writer writer(object);
    writer.begin_object();
    bool has_any = false;
    for (const Argument& one : arguments_.list) {
      if (one.part != Part::body || !is_used(one)) continue;
      has_any = true;
      if (arguments_.body_is_one) {
        out_.http.body.text = body_value(one);
      } else {
        writer.member_raw(one.wire, body_value(one));
      }
    }
    writer.end_object();
    if (has_any && !arguments_.body_is_one) out_.http.body.text = std::move(object);
    if (has_any && out_.http.method == ToolMethod::get) {
      fail("a GET has no body, and the document gives it one");
    }
  }

  void write_input(json::object definitions) {
    if (!ask_.input.empty()) {
      out_.input = ask_.input;
      return;
    }
    json::object properties;
    json::array required;
    for (Argument& one : arguments_.list) {
      if (fixed(one) != nullptr) continue;
      if (one.required) required.emplace_back(one.name);
      properties[one.name] = std::move(one.schema);
    }
    json::object out{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) out["required"] = std::move(required);
    out["additionalProperties"] = false;
    if (!definitions.empty()) out["$defs"] = std::move(definitions);
    out_.input = json::serialize(out);
  }

  // What neither the document nor we have said yet; said at the operation, since it is about all.
  void check() {
    if (!remarks_.wrong.empty()) return;
    const auto compiled = guardrails::JsonSchema::compile(out_.input);
    if (!compiled) fail("its arguments: " + compiled.error().detail);
    ToolTemplates::Wrongs wrongs;
    const auto templates = ToolTemplates::parse(out_.http, wrongs);
    for (const auto& wrong : wrongs) {
      fail(std::string(wrong.section) + (wrong.key.empty() ? "" : " " + wrong.key) + ": " +
           wrong.what);
    }
  }

  const ImportAsk& ask_;
  Remarks& remarks_;
  Arguments arguments_;
  std::optional<std::vector<std::string>> own_;
  Imported out_;
};

}  // namespace

std::optional<Imported> import_operation(const ImportAsk& ask, Remarks& remarks) {
  return Import(ask, remarks).make();
}

}  // namespace headgate::agents::openapi
