#include "server/agents/new_run.h"

#include "agents/mcp/object_view.h"
#include "agents/tools/digest.h"
#include "base/config/load.h"
#include "base/json/writer.h"
#include "gateway/idempotency/key.h"
#include "server/agents/run_wait.h"

namespace headgate::server {

namespace json = base::json;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

template <class V>
void NewRunBody::fields(V& v) {
  using C = NewRunBody;
  v.field("input", &C::input,
          {.doc = "A string, or messages of user and assistant.", .required = true});
  v.field("session_id", &C::session_id, {.doc = "Of the caller's choice.", .max = 200});
  v.field("metadata", &C::metadata, {.doc = "An object, shown with the run."});
  v.field("background", &C::background, {.doc = "Answer at once."});
  v.field("stream", &C::stream, {.doc = "Answer with events."});
}

namespace {

base::Error wrong_input(const std::string& what) {
  return fail(Errc::invalid_request, "`input`: " + what, "input");
}

std::string user_message(std::string_view content) {
  std::string out = R"([{"role":"user","content":)";
  out += content;
  return out + "}]";
}

// System and tool messages are the agent's own to write.
Result<void> check_message(std::string_view text) {
  agents::mcp::ObjectView message(text);
  const std::string role = message.string("role").value_or("");
  if (role != "user" && role != "assistant") {
    return wrong_input("a message is an object whose role is user or assistant");
  }
  const bool content = message.string("content").has_value() || !message.array("content").empty();
  if (!content) return wrong_input("a message has a content, a string or an array of parts");
  return {};
}

}  // namespace

Result<std::string> run_messages(const std::string& input) {
  json::Cursor cursor(input);
  if (cursor.kind() == json::Kind::string) return user_message(input);
  if (cursor.kind() != json::Kind::array) return wrong_input("a string or an array of messages");
  bool any = false;
  cursor.enter_array();
  while (cursor.next_element()) {
    cursor.skip();
    if (auto fine = check_message(cursor.value_text()); !fine) return fine.error();
    any = true;
  }
  if (!any) return wrong_input("at least one message");
  return input;
}

Result<void> add_key(const http::Headers& headers, agents::RunAsk& ask) {
  if (!headers.has(gateway::kIdempotencyHeader)) return {};
  auto key = gateway::idempotency_key(headers);
  if (!key) return key.error();
  bind_key(ask, std::move(*key));
  return {};
}

void bind_key(agents::RunAsk& ask, std::string key) {
  ask.idempotency_key = std::move(key);
  // How the run is answered is not part of what it is.
  ask.fingerprint = base::hex(agents::digest({ask.agent, agents::canonical_json(ask.messages),
                                              ask.session, agents::canonical_json(ask.metadata)}));
}

bool repeats_as_another_run(const agents::RunAsk& ask) { return ask.idempotency_key.empty(); }

Result<AskedRun> read_new_run(const AgentCall& call) {
  auto body = base::config::read_json<NewRunBody>(call.body);
  if (!body) return body.error();
  auto messages = run_messages(body->input.text);
  if (!messages) return messages.error();
  AskedRun out;
  out.background = body->background;
  out.stream = body->stream;
  out.ask.agent = call.path.name;
  out.ask.remembers = true;
  out.ask.messages = std::move(*messages);
  out.ask.session = std::move(body->session_id);
  out.ask.metadata = std::move(body->metadata.text);
  if (auto keyed = add_key(call.exchange.request().headers, out.ask); !keyed) return keyed.error();
  return out;
}

Task<AgentReply> answer_new_run(AgentCall& call, const AskedRun& asked) {
  auto created = co_await call.runner.create(call.ctx, asked.ask);
  if (!created) co_return created.error();
  call.run_id = created->id;
  call.ctx.retried = repeats_as_another_run(asked.ask);
  bool goes_on = asked.background;
  if (!asked.background) {
    auto waited = co_await wait_for_run(call.ctx, call.runner, created->id);
    goes_on = !waited && waited.error().code == Errc::draining;  // after the next start
    if (!waited && !goes_on) co_return waited.error();
  }
  auto shown = co_await show_run(call, created->id);
  if (shown && goes_on) shown->status = 202;
  co_return shown;
}

}  // namespace headgate::server
