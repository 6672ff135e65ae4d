#include "agents/mcp_server/call_trace.h"

#include <array>

#include "agents/tools/content.h"
#include "base/async/loop.h"
#include "telemetry/content/keep.h"
#include "telemetry/span.h"

namespace headgate::agents::mcp {

namespace {

constexpr std::size_t kContentBytesMax = 64 * 1024;

}  // namespace

CallTrace::CallTrace(RpcRequest& request, const Tool& tool, std::string_view arguments)
    : request_(request),
      tool_(tool),
      arguments_(arguments),
      begun_(request.ctx.loop.now()),
      begun_unix_us_(request.ctx.loop.clock().unix_us()) {}

CallTrace::~CallTrace() {
  const auto error = base::fail(base::Errc::cancelled, "the call was abandoned");
  record("cancelled", {}, &error);
}

void CallTrace::ended(const ToolResult& result) {
  const std::string text = plain_text(result.content, 2 * kContentBytesMax);
  record(result.is_error ? "error" : "ok", text, nullptr);
}

void CallTrace::failed(const base::Error& error) { record("failed", {}, &error); }

void CallTrace::asked(const InputRequired& required) {
  std::string questions;
  for (const InputRequest& one : required.requests) {
    if (!questions.empty()) questions += ", ";
    questions += one.key + ": " + one.method;
  }
  record("input_required", questions, nullptr);
}

void CallTrace::record(std::string_view outcome, std::string_view output,
                       const base::Error* error) {
  if (std::exchange(recorded_, true)) return;
  const base::Context& ctx = request_.ctx;
  base::Redactor& redactor = request_.loop.redactor;
  const auto capture = request_.server.config.capture;
  const std::array<telemetry::Attribute, 4> attributes{
      {{"mcp.method.name", request_.message.method},
       {"mcp.protocol.version", request_.version},
       {"outcome", outcome},
       {"effect", name(tool_.info().effect)}}};
  telemetry::Span span;
  span.kind = telemetry::SpanKind::tool;
  span.id = ctx.trace.span;
  span.parent = ctx.trace.parent;
  span.name = tool_.info().name;
  span.start_unix_us = begun_unix_us_;
  const auto took = ctx.loop.now() - begun_;
  span.duration_us = std::chrono::duration_cast<base::microseconds>(took).count();
  std::string in;
  std::string out;
  span.input = telemetry::keep_content(arguments_, capture, kContentBytesMax, redactor, in,
                                       span.input_cut_bytes);
  span.output = telemetry::keep_content(output, capture, kContentBytesMax, redactor, out,
                                        span.output_cut_bytes);
  span.attributes = attributes;
  std::string words;
  if (error != nullptr) {
    span.error = error->code;
    words = redactor.redacted(error->detail);
    span.error_message = words;
  }
  telemetry::ExchangeRecord exchange;
  exchange.trace = ctx.trace.trace;
  exchange.request_id = ctx.request_id;
  exchange.user = ctx.user;
  exchange.session = ctx.session;
  exchange.workflow = ctx.workflow;
  exchange.tenant = ctx.principal->tenant;
  exchange.tier = ctx.principal->tier;
  exchange.key_id = ctx.principal->key_id;
  exchange.spans = {&span, 1};
  request_.loop.sink.record(exchange);
  telemetry::ToolSample sample;
  sample.tool = tool_.info().name;
  sample.failed = error != nullptr || outcome == "error";
  sample.duration_us = span.duration_us;
  sample.at = ctx.loop.now();
  request_.loop.metrics.observe(sample);
}

}  // namespace headgate::agents::mcp
