#include "server/sessions/sessions_api.h"

#include <utility>

#include "base/async/handoff.h"
#include "base/json/writer.h"
#include "base/owner.h"
#include "base/text/strings.h"
#include "base/text/utc.h"
#include "server/api/query.h"

namespace headgate::server {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using storage::SessionKey;

namespace {

// Whose sessions are meant, and which.
Result<SessionKey> key_of(const AgentCall& call) {
  const std::string asked =
      base::percent_decode(query_value(call.exchange.request().query, "user"));
  SessionKey out{base::owner_of(*call.ctx.principal), call.ctx.user, call.path.name};
  if (asked.empty() || asked == out.user) return out;
  if (auto may = must_be_operator(*call.ctx.principal); !may) return may.error();
  out.user = asked;
  return out;
}

void write_row(base::json::Writer& writer, const storage::SessionRow& row) {
  writer.begin_object();
  writer.member("id", row.session);
  writer.member("object", "session");
  if (!row.user.empty()) writer.member("user", row.user);
  writer.member("runs", row.runs);
  writer.member("begun_at", base::utc_text(row.begun_unix_us));
  writer.member("updated_at", base::utc_text(row.updated_unix_us));
  writer.end_object();
}

Task<AgentReply> list(AgentCall& call, const SessionKey& key) {
  const auto limit = static_cast<std::int64_t>(list_limit(call.exchange.request().query));
  const bool everybodys = key.user.empty() && is_operator(*call.ctx.principal);
  base::Handoff<std::vector<storage::SessionRow>> found(call.ctx.loop, call.ctx.cancellation);
  call.runner.store().sessions(key.owner, key.user, limit, found.receiver());
  auto rows = co_await found;
  if (!rows) co_return rows.error();
  AgentReply out;
  base::json::Writer writer(out.body);
  writer.begin_object();
  writer.member("object", "list");
  writer.array("data");
  for (const storage::SessionRow& row : *rows) {
    if (everybodys || row.user == key.user) write_row(writer, row);
  }
  writer.end_array();
  writer.end_object();
  co_return out;
}

// Its runs; what was said in them is theirs to tell.
Task<AgentReply> show(AgentCall& call, const SessionKey& key) {
  storage::RunFilter filter;
  filter.owner = key.owner;
  filter.user = key.user;
  filter.session = key.session;
  filter.rows_max = static_cast<std::int64_t>(kListRowsMax);
  base::Handoff<std::vector<storage::RunRow>> found(call.ctx.loop, call.ctx.cancellation);
  call.runner.store().list(std::move(filter), found.receiver());
  auto rows = co_await found;
  if (!rows) co_return rows.error();
  std::erase_if(*rows, [&](const storage::RunRow& row) { return row.user != key.user; });
  if (rows->empty()) {
    co_return fail(Errc::not_found, "There is no session `" + key.session + "`.", "id");
  }
  AgentReply out;
  base::json::Writer writer(out.body);
  writer.begin_object();
  writer.member("id", key.session);
  writer.member("object", "session");
  writer.array("runs");
  for (const storage::RunRow& row : *rows) writer.string(row.id);
  writer.end_array();
  writer.end_object();
  co_return out;
}

Task<void> note(AgentCall& call, const SessionKey& key) {
  storage::AuditAction what;
  const base::Principal& who = *call.ctx.principal;
  what.actor = {who.key_id, call.ctx.user, who.tenant};
  what.action = "session.erase";
  what.subject = key.session.empty() ? "all sessions" : key.session;
  base::json::Writer writer(what.detail);
  writer.begin_object();
  writer.member("user", key.user);
  writer.end_object();
  base::Cancellation never;
  base::Handoff<storage::AuditEntry> written(call.ctx.loop, never);
  call.runner.audit().record(std::move(what), written.receiver());
  auto entry = co_await written;
  if (entry) co_return Result<void>{};
  co_return fail(
      Errc::storage_failed,
      "nothing was erased, because the audit trail could not be written: " + entry.error().detail);
}

Task<AgentReply> erase(AgentCall& call, const SessionKey& key) {
  auto noted = co_await note(call, key);
  if (!noted) co_return noted.error();
  base::Handoff<std::int64_t> done(call.ctx.loop, call.ctx.cancellation);
  call.runner.store().erase(key, done.receiver());
  auto erased = co_await done;
  if (!erased) co_return erased.error();
  AgentReply out;
  base::json::Writer writer(out.body);
  writer.begin_object();
  writer.member("object", "session.erased");
  writer.member("runs", *erased);
  writer.end_object();
  co_return out;
}

}  // namespace

Task<AgentReply> sessions_api(AgentCall& call) {
  const auto key = key_of(call);
  if (!key) co_return key.error();
  if (call.exchange.request().method_text == "DELETE") {
    auto erased = co_await erase(call, *key);
    co_return erased;
  }
  if (call.path.resource == AgentResource::session) {
    auto shown = co_await show(call, *key);
    co_return shown;
  }
  auto listed = co_await list(call, *key);
  co_return listed;
}

}  // namespace headgate::server
