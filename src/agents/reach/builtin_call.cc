#include "agents/reach/builtin_call.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agents/builtins/calculator.h"
#include "agents/mcp/object_view.h"
#include "agents/tools/content.h"
#include "base/async/loop.h"
#include "base/json/writer.h"
#include "base/text/utc.h"

namespace headgate::agents {

using base::Async;

namespace {

ToolResult structured(std::string json) {
  ToolResult out = text_result(json);
  out.structured = std::move(json);
  return out;
}

ToolResult reckon(std::string_view arguments) {
  mcp::ObjectView body(arguments);
  const auto result = calculate(body.string("expression").value_or(""));
  if (!result) return text_result("It cannot be reckoned: " + result.error().detail, true);
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member_raw("value", result->value);
  if (result->rounded) writer.member("rounded", true);
  writer.end_object();
  return structured(std::move(out));
}

// Only what a model has use for: ids to cite by, where it stands, the text.
std::string passages(const knowledge::SearchResult& found) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.array("passages");
  for (const knowledge::FoundChunk& chunk : found.chunks) {
    writer.begin_object();
    writer.member("id", chunk.id);
    writer.member("title", chunk.title);
    if (!chunk.heading.empty()) writer.member("heading", chunk.heading);
    writer.member("text", chunk.text);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out;
}

Async<ToolResult> search(base::Context& ctx, const RunCall& call, knowledge::Retriever& retriever) {
  mcp::ObjectView body(call.arguments);
  knowledge::SearchAsk ask;
  ask.query = body.string("query").value_or("");
  ask.count = static_cast<std::size_t>(
      body.integer("limit").value_or(static_cast<std::int64_t>(ask.count)));
  base::Context inner = ctx;
  inner.trace.parent = ctx.trace.span;
  inner.trace.span = base::SpanId::random(ctx.loop.random());
  inner.deadline =
      std::min(ctx.deadline, ctx.loop.now() + base::milliseconds(call.tool.config.timeout_ms));
  auto found = co_await retriever.search(inner, call.tool.config.knowledge, std::move(ask));
  if (!found) co_return text_result("Nothing could be searched: " + found.error().detail, true);
  co_return structured(passages(*found));
}

ToolResult answer_of(std::string_view said) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("answer", said.empty() ? "Yes." : said);
  writer.end_object();
  return structured(std::move(out));
}

}  // namespace

Async<ToolResult> call_builtin(base::Context& ctx, const RunCall& call,
                               knowledge::Retriever& retriever) {
  switch (call.tool.config.builtin) {
    case Builtin::none: break;
    case Builtin::current_time: co_return text_result(base::utc_text(ctx.loop.clock().unix_us()));
    case Builtin::calculator: co_return reckon(call.arguments);
    case Builtin::search_knowledge: {
      ToolResult found = co_await search(ctx, call, retriever);
      co_return found;
    }
    case Builtin::human_handoff: co_return answer_of(call.said);
  }
  co_return text_result("There is no such tool.", true);
}

}  // namespace headgate::agents
