#include "agents/mcp_client/handshake.h"

#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/trace_context.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;
using base::json::Writer;

namespace {

constexpr std::string_view kClientInfo =
    R"({"name":"headgate","title":"Headgate","version":")" HEADGATE_VERSION R"("})";
constexpr std::size_t kTextBytesMax = 16 * 1024;

void add(Writer& writer, const Travelling& with) {
  if (!with.progress.empty()) writer.member_raw("progressToken", with.progress);
  if (!with.idempotency_key.empty()) writer.member(key::kIdempotency, with.idempotency_key);
  if (with.nesting > 0) writer.member(key::kNesting, with.nesting);
  const base::TraceContext& trace = with.trace;
  if (trace.trace.empty()) return;
  writer.member("traceparent", base::format_traceparent(trace, trace.span));
  if (!trace.state.empty()) writer.member("tracestate", trace.state);
}

bool lists(std::string_view array, std::string_view word) {
  base::json::Cursor cursor(array);
  if (array.empty() || !cursor.enter_array()) return false;
  bool found = false;
  while (cursor.next_element()) {
    base::json::Text text;
    if (cursor.maybe_string(text)) found = found || base::json::equals(text, word);
  }
  return found;
}

std::string cut(std::optional<std::string> text) {
  if (!text || text->size() > kTextBytesMax) return {};
  return std::move(*text);
}

void read_capabilities(std::string_view text, ServerFacts& facts) {
  ObjectView view(text);
  const std::string_view tools = view.object("tools");
  facts.tools = !tools.empty();
  facts.tools_change = ObjectView(tools).boolean("listChanged").value_or(false);
}

}  // namespace

std::string capabilities_of(const CallerFeatures& features) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  if (features.elicit_form || features.elicit_url) {
    writer.object("elicitation");
    if (features.elicit_form) writer.member_raw("form", "{}");
    if (features.elicit_url) writer.member_raw("url", "{}");
    writer.end_object();
  }
  if (features.sample) {
    writer.object("sampling");
    if (features.sample_with_tools) writer.member_raw("tools", "{}");
    writer.end_object();
  }
  if (features.roots) writer.member_raw("roots", "{}");
  writer.end_object();
  return out;
}

std::string modern_meta(const CallerFeatures& features, const Travelling& with) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.member(key::kVersion, kModern);
  writer.member_raw(key::kClientInfo, kClientInfo);
  writer.member_raw(key::kCapabilities, capabilities_of(features));
  add(writer, with);
  writer.end_object();
  return out;
}

std::string legacy_meta(const Travelling& with) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  add(writer, with);
  writer.end_object();
  return out == "{}" ? std::string() : out;
}

std::string initialize_params(const CallerFeatures& features) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.member("protocolVersion", kLegacy.front());
  writer.member_raw("capabilities", capabilities_of(features));
  writer.member_raw("clientInfo", kClientInfo);
  writer.end_object();
  return out;
}

Discovery discovered(const WireAnswer& answer, ServerFacts& facts) {
  if (answer.error) {
    const bool unsupported = answer.error->code == static_cast<int>(RpcCode::unsupported_version);
    ObjectView data(answer.error->data);
    return unsupported && lists(data.array("supported"), kModern) ? Discovery::again
                                                                  : Discovery::legacy;
  }
  ObjectView result(answer.result);
  if (!lists(result.array("supportedVersions"), kModern)) return Discovery::legacy;
  facts.era = Era::modern;
  facts.version = kModern;
  facts.instructions = cut(result.string("instructions"));
  read_capabilities(result.object("capabilities"), facts);
  ObjectView meta(result.object("_meta"));
  facts.name = cut(ObjectView(meta.object(key::kServerInfo)).string("name"));
  return Discovery::modern;
}

Result<ServerFacts> initialized(const WireAnswer& answer) {
  if (answer.error) {
    return fail(Errc::upstream_status, "the MCP server refused to begin: " + answer.error->message);
  }
  if (answer.result.empty()) {
    return fail(Errc::upstream_status,
                "the MCP server refused to begin: status " + std::to_string(answer.http_status));
  }
  ObjectView result(answer.result);
  ServerFacts out;
  out.era = Era::legacy;
  out.version = cut(result.string("protocolVersion"));
  if (!is_legacy(out.version)) {
    return fail(Errc::upstream_status, "the MCP server speaks no revision that this client does");
  }
  out.instructions = cut(result.string("instructions"));
  read_capabilities(result.object("capabilities"), out);
  out.name = cut(ObjectView(result.object("serverInfo")).string("name"));
  return out;
}

}  // namespace headgate::agents::mcp
