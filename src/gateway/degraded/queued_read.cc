#include "gateway/degraded/queued_read.h"

#include <utility>

#include "base/async/handoff.h"
#include "base/async/loop.h"
#include "base/owner.h"
#include "base/text/strings.h"
#include "gateway/idempotency/flight_head.h"
#include "gateway/upstream/headers.h"

namespace headgate::gateway {

using base::Errc;
using base::fail;
using base::Task;
using storage::QueuedReply;

namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr base::Duration kComeAgain = base::seconds(2);

}  // namespace

QueuedSight waiting_sight(const base::Context& ctx, const std::string& id, std::int64_t created_s,
                          std::int64_t expires_s) {
  const std::string url = "/v1/degraded/" + id;
  http::ReplyHead head(202);
  head.add("content-type", "application/json");
  add_ids(ctx, head);
  head.add("x-headgate-degraded", "queued");
  head.add("location", url);
  add_retry_after(kComeAgain, head);
  std::string body = R"({"id":)";
  base::append_json_string(body, id);
  body += R"(,"object":"headgate.queued_call","status":"queued","created_at":)";
  body += std::to_string(created_s);
  body += R"(,"expires_at":)";
  body += std::to_string(expires_s);
  body += R"(,"url":)";
  base::append_json_string(body, url);
  body += '}';
  return {std::move(head), std::move(body)};
}

Task<QueuedSight> read_queued(base::Context& ctx, storage::QueuedCallStore& store,
                              const std::string& id) {
  base::Handoff<QueuedReply> handoff(ctx.loop, ctx.cancellation);
  store.find(base::owner_of(*ctx.principal), id, handoff.receiver());
  auto found = co_await handoff;
  if (!found && found.error().code == Errc::not_found) {
    co_return fail(Errc::not_found, "Queued call '" + id + "' not found.", "id");
  }
  if (!found) co_return found.error();
  if (!found->done) {
    co_return waiting_sight(ctx, id, found->created_unix_us / kSecondUs,
                            found->expires_unix_us / kSecondUs);
  }
  http::ReplyHead head(found->status);
  add_kept_lines(found->head, head);
  add_ids(ctx, head);
  head.add("x-headgate-degraded", "queued");
  co_return QueuedSight{std::move(head), std::move(found->body)};
}

}  // namespace headgate::gateway
