// The messages that one request brings forth, on their way back: its reply alone as JSON, or a
// stream of events as soon as there is more to tell. The work runs beside, in a task of its own, so
// that what it tells leaves at once and a silent stream gets comments. Lives in the exchange's
// frame until the work has ended.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agents/mcp_http/reply.h"
#include "agents/mcp_server/rpc.h"
#include "base/async/mailbox.h"
#include "http/server/exchange.h"

namespace headgate::agents::mcp {

struct CallStreamOptions {
  std::string id;  // of the request, as written
  Era era = Era::modern;
  Accepts accepts;
  std::string progress;     // the token as written; empty: none wanted
  int log_severity = -1;    // the least severe level that is told; -1: none
  base::MonoTime deadline;  // the work is cancelled then
};

class CallStream final : public Outlet {
 public:
  static constexpr std::size_t kMessagesMax = 256;

  /// `work`: what the request's own work is cancelled by.
  CallStream(http::Exchange& exchange, base::Context& ctx, ServerState& server,
             std::shared_ptr<base::Cancellation> work, std::shared_ptr<Session> session,
             CallStreamOptions options);

  void progress(double progress, std::optional<double> total, std::string_view message) override;
  void log(std::string_view level, std::string_view logger, std::string_view data) override;
  base::Task<std::string> ask(std::string_view method, std::string_view params) override;
  bool is_withdrawn() const override { return session_ && session_->is_cancelled(options_.id); }

  /// Runs the work to its end and sends what comes of it.
  base::Async<void> carry(base::Async<RpcReply> work);

 private:
  base::Async<void> run(base::Async<RpcReply> work);
  void put(std::string message);
  void look_at_clock();
  base::Async<void> flush();
  base::Async<void> keep_alive();
  base::Async<void> send_events(std::string bytes);
  base::Async<void> end();
  base::MonoTime next_look() const;

  http::Exchange& exchange_;
  base::Context& ctx_;
  ServerState& server_;
  std::shared_ptr<base::Cancellation> work_;
  std::shared_ptr<Session> session_;
  const CallStreamOptions options_;
  base::Mailbox<std::string> outbox_;
  std::optional<RpcReply> reply_;
  double last_progress_ = -1;
  base::MonoTime last_write_;
  bool late_ = false;
  bool gone_ = false;  // the client
};

}  // namespace headgate::agents::mcp
