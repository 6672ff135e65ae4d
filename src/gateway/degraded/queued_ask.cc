#include "gateway/degraded/queued_ask.h"

#include <simdjson.h>

#include <utility>

#include "base/text/strings.h"
#include "base/trace_context.h"
#include "gateway/upstream/headers.h"

namespace headgate::gateway {

using base::Errc;
using base::Result;

namespace {

namespace dom = simdjson::dom;

class Writer {
 public:
  void text(std::string_view name, std::string_view value) {
    key(name);
    base::append_json_string(out_, value);
  }
  void number(std::string_view name, int value) {
    key(name);
    out_ += std::to_string(value);
  }
  void headers(const http::Headers& all) {
    key("headers");
    out_ += '[';
    bool first = true;
    for (const auto& header : all) {
      if (!is_for_provider(header.name)) continue;
      if (!std::exchange(first, false)) out_ += ',';
      base::append_json_string(out_, header.name);
      out_ += ',';
      base::append_json_string(out_, header.value);
    }
    out_ += ']';
  }
  std::string take() { return std::move(out_) + "}"; }

 private:
  void key(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    base::append_json_string(out_, name);
    out_ += ':';
  }
  std::string out_ = "{";
};

std::string_view text_at(const dom::object& in, std::string_view name) {
  std::string_view out;
  return in[name].get(out) == simdjson::SUCCESS ? out : std::string_view();
}

std::int64_t number_at(const dom::object& in, std::string_view name) {
  std::int64_t out = 0;
  return in[name].get(out) == simdjson::SUCCESS ? out : 0;
}

void read_headers(const dom::object& in, http::Headers& out) {
  dom::array list;
  if (in["headers"].get(list) != simdjson::SUCCESS) return;
  std::string_view name;
  bool is_name = true;
  for (const dom::element element : list) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) return;
    if (is_name) {
      name = text;
    } else {
      out.add(name, text);
    }
    is_name = !is_name;
  }
}

base::Error unreadable(std::string_view id) {
  return base::fail(Errc::storage_failed,
                    "queued call " + std::string(id) + " cannot be read any more");
}

constexpr auto kDialects = static_cast<std::int64_t>(llm::chat::kDialectCount);

}  // namespace

std::string write_asked(const Call& call) {
  const auto& source = call.ask.source;
  const base::Context& ctx = call.ctx;
  Writer out;
  out.number("dialect", static_cast<int>(call.ask.dialect));
  out.text("asked_model", call.asked_model->name);
  out.text("model", source.model);
  out.text("api_version", source.api_version);
  out.number("stream", source.stream ? 1 : 0);
  out.number("as_array", source.as_array ? 1 : 0);
  out.text("key", ctx.principal->key_id);
  out.text("request_id", ctx.request_id);
  out.text("user", ctx.user);
  out.text("session", ctx.session);
  out.text("workflow", ctx.workflow);
  out.text("trace", base::format_traceparent(ctx.trace, ctx.trace.span));
  out.headers(call.ask.headers);
  return out.take();
}

Result<AskedLater> read_asked(const std::string& text, std::string_view body, std::string_view id) {
  dom::parser parser;
  dom::object in;
  if (parser.parse(text).get(in) != simdjson::SUCCESS) return unreadable(id);
  const std::int64_t dialect = number_at(in, "dialect");
  const auto trace = base::parse_traceparent(text_at(in, "trace"));
  if (dialect < 0 || dialect >= kDialects || !trace) return unreadable(id);
  http::Headers headers;
  read_headers(in, headers);
  llm::chat::Source source;
  source.model = text_at(in, "model");
  source.api_version = text_at(in, "api_version");
  source.stream = number_at(in, "stream") != 0;
  source.as_array = number_at(in, "as_array") != 0;
  AskedLater out;
  out.ask = std::make_unique<OwnedAsk>(
      Ask{static_cast<llm::chat::Dialect>(dialect), Operation::chat, source, headers, body, id});
  out.model = text_at(in, "asked_model");
  out.key_id = text_at(in, "key");
  out.request_id = text_at(in, "request_id");
  out.user = text_at(in, "user");
  out.session = text_at(in, "session");
  out.workflow = text_at(in, "workflow");
  out.trace = *trace;
  return out;
}

}  // namespace headgate::gateway
