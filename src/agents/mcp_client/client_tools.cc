#include <algorithm>
#include <charconv>
#include <utility>

#include "agents/mcp/object_view.h"
#include "agents/mcp_client/ask.h"
#include "agents/mcp_client/call_result.h"
#include "agents/tools/said_twice.h"
#include "base/async/loop.h"
#include "base/json/writer.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kPagesMax = 200;
constexpr int kRoundsMax = 10;  // of questions that we answer ourselves
constexpr base::Duration kWatchPause = base::seconds(5);

// The members of an object that are not null.
std::string without_nulls(std::string_view object) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  ObjectView view(object);
  auto& members = view.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& member = members.at(i);
    if (member.kind != base::json::Kind::null) writer.member_raw(member.name, member.raw);
  }
  writer.end_object();
  return out;
}

// Models say null for what they leave out, and servers take it for that.
std::string check(const Tool& tool, std::string_view arguments) {
  std::string wrong = tool.check_arguments(arguments);
  if (wrong.empty() || arguments.find("null") == std::string_view::npos) return wrong;
  if (const auto twice = said_twice(arguments); !twice || *twice) return wrong;
  const std::string said = without_nulls(arguments);
  return tool.check_arguments(said).empty() ? std::string() : wrong;
}

}  // namespace

base::Error error_of(const WireError& error) {
  const bool ours = error.code == static_cast<int>(RpcCode::invalid_params) ||
                    error.code == static_cast<int>(RpcCode::method_not_found) ||
                    error.code == static_cast<int>(RpcCode::missing_capability);
  return fail(ours ? Errc::invalid_request : Errc::upstream_status,
              "the MCP server answers: " + error.message.substr(0, 1000) + " (" +
                  std::to_string(error.code) + ")");
}

Task<std::string> Deaf::asked(base::Context& /*ctx*/, const Message& request) {
  const std::string method = request.method;
  if (method == method::kPing) co_return std::string("{}");
  co_return fail(Errc::not_found, "Method not found: " + method);
}

/// What is told during a call of a tool.
class RemoteServer::CallListener final : public WireListener {
 public:
  CallListener(RemoteServer& server, CallEvents& events) : server_(server), events_(events) {}
  void told(const Message& message) override {
    ObjectView params(message.params);
    if (message.method == method::kToolsChanged) server_.tools_changed();
    if (message.method == method::kLogMessage) {
      const std::string_view data = params.raw("data");
      events_.log(params.string("level").value_or(""), params.string("logger").value_or(""),
                  data.empty() ? "null" : data);
    }
    if (message.method != method::kProgress) return;
    const auto done = number(params.raw("progress"));
    if (done) events_.progress(*done, number(params.raw("total")), words(params));
  }
  Task<std::string> asked(base::Context& ctx, const Message& request) override {
    auto answer = co_await server_.answer_one(ctx, request);
    co_return answer;
  }

 private:
  static std::optional<double> number(std::string_view text) {
    double value = 0;
    const char* end = text.data() + text.size();
    if (text.empty() || std::from_chars(text.data(), end, value).ptr != end) return std::nullopt;
    return value;
  }
  static std::string words(ObjectView& params) {
    constexpr std::size_t kWordsMax = 1024;
    return params.string("message").value_or("").substr(0, kWordsMax);
  }

  RemoteServer& server_;
  CallEvents& events_;
};

/// What is told outside of calls.
class RemoteServer::ChangeListener final : public WireListener {
 public:
  explicit ChangeListener(RemoteServer& server) : server_(server) {}
  void told(const Message& message) override {
    if (message.method == method::kToolsChanged) server_.tools_changed();
    if (message.method == method::kAcknowledged) opened();
  }
  void opened() override { server_.hears_changes_ = true; }
  Task<std::string> asked(base::Context& ctx, const Message& request) override {
    auto answer = co_await server_.answer_one(ctx, request);
    co_return answer;
  }

 private:
  RemoteServer& server_;
};

Task<std::string> RemoteServer::answer_one(base::Context& ctx, const Message& request) {
  if (parts_.questions != nullptr && request.method != method::kPing) {
    auto answer = co_await parts_.questions->answer(ctx, request.method, request.params);
    co_return answer;
  }
  Deaf deaf;
  auto answer = co_await deaf.asked(ctx, request);
  co_return answer;
}

/// A list while it is read, page by page.
struct RemoteServer::Listing {
  std::map<std::string, RemoteTool, std::less<>> by_name;
  Tools list;
  std::int64_t ttl_ms;
};

bool RemoteServer::is_fresh() const { return fresh_until_ && loop_.now() < *fresh_until_; }

void RemoteServer::tools_changed() {
  fresh_until_.reset();
  if (parts_.changes != nullptr) parts_.changes->tell({ChangeKind::tools, {}});
}

void RemoteServer::take_page(ToolPage page, Listing& listing) const {
  listing.ttl_ms = std::min(listing.ttl_ms, page.ttl_ms);
  for (RemoteTool& tool : page.tools) {
    const std::string& name = tool.tool->info().name;
    if (listing.by_name.count(name) > 0) {
      page.refused.push_back({name, "the server lists it twice"});
      continue;
    }
    listing.list.push_back(tool.tool);
    listing.by_name.emplace(name, std::move(tool));
  }
  if (parts_.log == nullptr) return;
  for (const RefusedTool& tool : page.refused) {
    parts_.log->warn("mcp_tool_refused",
                     {{"server", options_.name}, {"tool", tool.name}, {"why", tool.why}});
  }
}

Task<void> RemoteServer::fetch_tools(base::Context& ctx) {
  Deaf deaf;
  std::string cursor;
  Listing listing{{}, {}, options_.limits.list_ttl_max_ms};
  const auto tools_max = static_cast<std::size_t>(options_.limits.tools_max);
  for (std::size_t pages = 0; pages < kPagesMax; ++pages) {
    Ask ask;
    ask.method = method::kToolsList;
    ask.features = options_.features;
    if (!cursor.empty()) ask.members = "\"cursor\":" + base::json_string(cursor);
    auto result = co_await result_of(ctx, ask, deaf);
    if (!result) co_return result.error();
    const bool mirrored = facts_.era == Era::modern && wire_->has_headers();
    auto page = read_tool_page(*result, options_.limits, mirrored, options_.naming);
    if (!page) co_return page.error();
    cursor = page->next_cursor;
    take_page(std::move(*page), listing);
    if (listing.list.size() > tools_max) break;
    if (!cursor.empty()) continue;
    // A server that tells of changes, to us too, is believed; another one is asked again after a
    // while.
    const bool told = facts_.tools_change && hears_changes_;
    const auto keep = base::milliseconds(told ? options_.limits.list_ttl_max_ms : listing.ttl_ms);
    tools_ = std::move(listing.by_name);
    list_ = std::move(listing.list);
    fresh_until_ = loop_.now() + keep;
    co_return Result<void>{};
  }
  co_return fail(Errc::upstream_too_large,
                 "the MCP server lists more tools than tools_max, or more than 200 pages");
}

Task<Tools> RemoteServer::list_tools(base::Context& ctx) {
  auto connected = co_await connect(ctx);
  if (!connected) co_return connected.error();
  if (!facts_.tools) co_return Tools{};
  if (!is_fresh()) {
    auto fetched = co_await fetch_tools(ctx);
    if (!fetched) co_return fetched.error();
  }
  co_return list_;
}

// A tool that is not known may be new.
Task<RemoteTool> RemoteServer::tool_named(base::Context& ctx, std::string_view name) {
  const auto known = tools_.find(name);
  if (known != tools_.end()) co_return known->second;
  auto listed = co_await list_tools(ctx);
  if (!listed) co_return listed.error();
  const auto found = tools_.find(name);
  if (found != tools_.end()) co_return found->second;
  co_return fail(Errc::not_found, "Unknown tool: " + std::string(name));
}

Task<ToolOutcome> RemoteServer::call_once(base::Context& ctx, const RemoteTool& tool,
                                          const ToolCall& call, CallEvents& events) {
  Ask ask;
  ask.method = method::kToolsCall;
  ask.name = tool.remote_name;
  ask.features = parts_.questions != nullptr ? options_.features : call.features;
  ask.wants_progress = true;
  ask.idempotency_key = call.idempotency_key;
  ask.nesting = call.nesting;
  ask.once = tool.tool->info().effect == Effect::at_most_once;
  auto headers = tool.headers.of_call(call.arguments);
  if (!headers) co_return headers.error();
  ask.headers = std::move(*headers);
  ask.members = "\"name\":" + base::json_string(tool.remote_name) + ",\"arguments\":";
  ask.members += call.arguments;
  if (!call.inputs.responses.empty()) {
    ask.members.append(",\"inputResponses\":").append(call.inputs.responses);
  }
  if (const auto state = kept_state(call.inputs.state)) {
    ask.members += ",\"requestState\":" + base::json_string(*state);
  }
  CallListener listener(*this, events);
  auto result = co_await result_of(ctx, ask, listener);
  if (!result) co_return result.error();
  co_return read_call_result(*result, *tool.tool);
}

// The questions of a result, where they are ours to answer.
Task<std::string> RemoteServer::answer_all(base::Context& ctx, const InputRequired& required) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  for (const InputRequest& one : required.requests) {
    auto answer = co_await parts_.questions->answer(ctx, one.method, one.params);
    if (!answer) co_return answer.error();
    writer.member_raw(one.key, *answer);
  }
  writer.end_object();
  co_return out;
}

Task<ToolOutcome> RemoteServer::call_tool(base::Context& from, const ToolCall& first,
                                          CallEvents& events) {
  base::Context ctx = from;
  const auto timeout = base::milliseconds(options_.limits.call_timeout_ms);
  ctx.deadline = std::min(from.deadline, loop_.now() + timeout);
  auto tool = co_await tool_named(ctx, first.name);
  if (!tool) co_return tool.error();
  const std::string wrong = check(*tool->tool, first.arguments);
  if (!wrong.empty()) {
    co_return fail(Errc::invalid_request, "the arguments are not what the tool takes: " + wrong);
  }
  ToolCall call = first;
  std::string responses;
  std::string state;
  for (int round = 0; round < kRoundsMax; ++round) {
    auto outcome = co_await call_once(ctx, *tool, call, events);
    if (!outcome || parts_.questions == nullptr) co_return outcome;
    auto* required = std::get_if<InputRequired>(&*outcome);
    if (required == nullptr) co_return outcome;
    auto answers = co_await answer_all(ctx, *required);
    if (!answers) co_return answers.error();
    responses = std::move(*answers);
    state = std::move(required->state);
    call.inputs = {responses, state};
  }
  co_return fail(Errc::upstream_status, "the MCP server asks more than 10 times in one call");
}

void RemoteServer::watch() {
  // A legacy server may ask there what belongs to a call.
  const bool asks = facts_.era == Era::legacy && parts_.questions != nullptr;
  if (asks_for_changes_ || !options_.watch || (!facts_.tools_change && !asks)) return;
  asks_for_changes_ = true;
  tasks_.spawn(watch_changes(shared_from_this()));
}

// Asks again and again: a stream may end at any time, and what changed meanwhile is not known.
Async<void> RemoteServer::watch_changes(std::shared_ptr<RemoteServer> self) {
  base::Context ctx = self->own_context(life_);
  ChangeListener listener(*this);
  while (!life_.cancelled() && state_ == State::connected) {
    base::MonoTime begun = loop_.now();
    if (facts_.era == Era::modern) {
      Ask ask;
      ask.method = method::kListen;
      ask.features = options_.features;
      ask.members = R"("notifications":{"toolsListChanged":true})";
      auto ended = co_await ask_once(ctx, ask, listener);
      if (ended && ended->error) break;  // it does not know how
    } else {
      auto ended = co_await wire_->listen(ctx, listener);
      if (ended && loop_.now() - begun < kWatchPause) break;  // it has no such stream
    }
    if (std::exchange(hears_changes_, false)) fresh_until_.reset();
    const base::MonoTime at = loop_.now() + kWatchPause;
    co_await base::sleep_until(loop_, at, life_);
  }
  asks_for_changes_ = hears_changes_ = false;
}

Task<void> RemoteServer::close(base::Context& ctx) {
  life_.cancel();
  auto closed = co_await wire_->close(ctx);
  state_ = State::idle;
  co_return closed;
}

}  // namespace headgate::agents::mcp
