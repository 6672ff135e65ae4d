#include "cli/load/driver.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/json/writer.h"
#include "base/text/strings.h"
#include "cli/running/admin_list.h"

namespace headgate::cli {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr base::milliseconds kProgressEvery{500};
constexpr base::milliseconds kLookAgain{50};

base::Error refused(const GatewayReply& reply) {
  return fail(Errc::upstream_status, std::to_string(reply.status) + ": " + error_words(reply.body));
}

// Nothing has been asked yet: what cannot work is said at once.
Result<void> look_at_gateway(const LoadOptions& options) {
  const auto agents = admin_call(options.gateway, http::Method::get, "/v1/agents");
  if (!agents) return agents.error();
  std::string names;
  bool there = false;
  const auto listed = each_of_list(*agents, [&](auto& one) {
    const std::string name = cell(one, "id");
    there = there || name == options.agent;
    names += (names.empty() ? "" : ", ") + name;
  });
  if (!listed) return listed.error();
  if (there) return {};
  return fail(Errc::not_found, options.gateway.url + ": has no agent `" + options.agent +
                                   "`, but: " + (names.empty() ? "none" : names));
}

}  // namespace

Result<std::unique_ptr<LoadDriver>> LoadDriver::make(base::Loop& loop, const LoadOptions& options,
                                                     const std::vector<Ticket>& tickets) {
  if (auto fine = look_at_gateway(options); !fine) return fine.error();
  std::unique_ptr<LoadDriver> out(new LoadDriver(loop, options, tickets));
  auto calls = GatewayCalls::make(loop, options.gateway, options.patience_s);
  if (!calls) return calls.error();
  out->calls_ = std::move(*calls);
  if (!options.approver.empty()) {
    AdminServer gateway = options.gateway;
    gateway.key = options.approver;
    auto approver = GatewayCalls::make(loop, gateway, options.patience_s);
    if (!approver) return approver.error();
    out->approver_ = std::move(*approver);
  }
  out->result_.asked.resize(options.tickets == 0 ? tickets.size() : options.tickets);
  return out;
}

LoadDriver::Named LoadDriver::named(std::size_t index) const {
  const Ticket& ticket = tickets_[index % tickets_.size()];
  const std::size_t round = index / tickets_.size() + 1;
  return {ticket, round == 1 ? ticket.id : ticket.id + "-" + std::to_string(round)};
}

std::string LoadDriver::user_line(const Ticket& ticket) const {
  if (ticket.user.empty()) return {};
  return options_.user_header + ": " + ticket.user + "\r\n";
}

std::string LoadDriver::body_of(const Named& named) const {
  std::string out;
  base::json::Writer to(out);
  to.begin_object();
  const bool titled = named.ticket.titled;
  to.member("input",
            titled ? "Ticket " + named.id + "\n" + named.ticket.input : named.ticket.input);
  to.member("session_id", named.id);
  to.end_object();
  return out;
}

Task<RunView> LoadDriver::begin(std::size_t index) {
  const Named ticket = named(index);
  const std::string path = "/v1/agents/" + base::percent_encode(options_.agent) + "/runs";
  const std::string headers = user_line(ticket.ticket) + "idempotency-key: " +
                              base::percent_encode(options_.name + "-" + ticket.id) + "\r\n";
  const std::string body = body_of(ticket);
  auto reply = co_await calls_->call(http::Method::post, path, headers, body);
  if (!reply) co_return reply.error();
  if (reply->status / 100 != 2) co_return refused(*reply);
  co_return read_run(reply->body);
}

Task<RunView> LoadDriver::view(std::size_t index) {
  const std::string path = "/v1/runs/" + base::percent_encode(result_.asked[index].run);
  const std::string headers = user_line(named(index).ticket);
  const std::string body;
  auto reply = co_await calls_->call(http::Method::get, path, headers, body);
  if (!reply) co_return reply.error();
  if (reply->status / 100 != 2) co_return refused(*reply);
  co_return read_run(reply->body);
}

// What has been decided meanwhile is no error.
Task<void> LoadDriver::decide(const RunView& run) {
  const std::string headers;
  for (const auto& [call, digest] : run.waiting) {
    const std::string path =
        "/v1/runs/" + base::percent_encode(run.id) + "/approvals/" + base::percent_encode(call);
    const std::string body = "{\"decision\":\"approve\",\"digest\":" + base::json_string(digest) +
                             ",\"reason\":\"approved by headgate load\"}";
    auto reply = co_await approver_->call(http::Method::post, path, headers, body);
    if (!reply) co_return reply.error();
    if (reply->status / 100 != 2 && reply->status != 409) co_return refused(*reply);
  }
  co_return Result<void>{};
}

// Until it has ended, or waits for somebody who is not here. A run that does not move is left after
// a while: what becomes of it is seen when it is read back.
Task<void> LoadDriver::settle(std::size_t index, RunView& run) {
  const base::MonoTime give_up = loop_.now() + base::seconds(options_.patience_s);
  while (!run.is_ended() && loop_.now() < give_up) {
    if (!run.waiting.empty() && !approver_) break;
    auto decided = co_await decide(run);
    if (!decided) co_return decided.error();
    const base::MonoTime at = loop_.now() + kLookAgain;
    co_await base::sleep_until(loop_, at);
    auto seen = co_await view(index);
    if (!seen) co_return seen.error();
    run = std::move(*seen);
  }
  co_return Result<void>{};
}

Async<void> LoadDriver::work_on(std::size_t index) {
  Asked& asked = result_.asked[index];
  const base::MonoTime begun = loop_.now();
  auto run = co_await begin(index);
  if (!run) {
    asked.error = run.error().detail;
    co_return;
  }
  asked.run = run->id;
  if (run->is_ended()) {
    asked.latency_us = std::chrono::duration_cast<base::microseconds>(loop_.now() - begun).count();
    co_return;
  }
  auto settled = co_await settle(index, *run);
  if (!settled) asked.error = settled.error().detail;
}

Async<void> LoadDriver::work() {
  while (next_ < result_.asked.size() && !over_) {
    const std::size_t index = next_++;
    co_await work_on(index);
    ++done_;
  }
  finish_worker();
}

Task<void> LoadDriver::collect(std::size_t index) {
  auto run = co_await view(index);
  if (!run) co_return run.error();
  result_.tally.add(*run);
  if (!run->is_settled()) co_return fail(Errc::internal, "the run is still " + run->status);
  const std::string path = "/v1/runs/" + base::percent_encode(run->id) + "/events";
  const std::string headers = user_line(named(index).ticket);
  const std::string body;
  auto events = co_await calls_->call(http::Method::get, path, headers, body);
  if (!events) co_return events.error();
  if (events->status != 200) co_return refused(*events);
  co_return result_.tally.add_events(events->body, options_.escalation_tool);
}

// Every run that was asked for, as the gateway knows it now.
Async<void> LoadDriver::read_back() {
  while (next_ < result_.asked.size()) {
    const std::size_t index = next_++;
    Asked& asked = result_.asked[index];
    if (asked.run.empty()) {
      ++result_.not_begun;
    } else {
      auto collected = co_await collect(index);
      if (!collected) {
        asked.error = collected.error().detail;
        ++result_.lost;
      }
    }
    ++done_;
  }
  finish_worker();
}

// The last one begins the reading, or ends it.
void LoadDriver::finish_worker() {
  if (--workers_ > 0) return;
  if (std::exchange(reading_, true)) {
    over_ = true;
    loop_.stop();
    return;
  }
  result_.elapsed_us = std::chrono::duration_cast<base::microseconds>(loop_.now() - begun_).count();
  next_ = done_ = 0;
  workers_ = options_.concurrency;
  for (std::size_t i = 0; i < options_.concurrency; ++i) tasks_.spawn(read_back());
}

void LoadDriver::print_progress(bool last) const {
  const double seconds = std::chrono::duration<double>(loop_.now() - begun_).count();
  fmt::print(stderr, "\r\x1b[K{} {} of {} tickets, {:.0f} s{}", reading_ ? "reading back" : "asked",
             done_, result_.asked.size(), seconds, last ? "\n" : "");
  std::fflush(stderr);
}

Async<void> LoadDriver::show_progress() {
  while (!over_) {
    print_progress(false);
    const base::MonoTime at = loop_.now() + kProgressEvery;
    co_await base::sleep_until(loop_, at);
  }
}

LoadResult LoadDriver::run() {
  begun_ = loop_.now();
  workers_ = options_.concurrency;
  const bool watched = isatty(STDERR_FILENO) != 0;
  if (watched) tasks_.spawn(show_progress());
  for (std::size_t i = 0; i < options_.concurrency; ++i) tasks_.spawn(work());
  if (!over_) loop_.run();
  if (watched) print_progress(true);
  result_.repeated = calls_->repeated() + (approver_ ? approver_->repeated() : 0);
  return std::move(result_);
}

}  // namespace headgate::cli
