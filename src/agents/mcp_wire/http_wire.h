// Streamable HTTP to one server: every message a POST, answers as JSON or as events. A legacy
// server's session and its interrupted streams are taken up again. Belongs to one loop.
#pragma once

#include <memory>
#include <string>

#include "agents/mcp_wire/config.h"
#include "agents/mcp_wire/wire.h"
#include "http/client/client.h"

namespace headgate::agents::mcp {

class EventReader;

/// Who knows the credential of the server. Called on the wire's loop.
class Credentials {
 public:
  virtual ~Credentials() = default;
  /// "name: value\r\n"… of every message; empty: none.
  virtual std::string headers() const = 0;
};

class HttpWire final : public Wire {
 public:
  /// `options` of the connections; both outlive the wire. `credentials` may be null.
  HttpWire(std::shared_ptr<http::Client> client, const RemoteLimits& limits,
           const Credentials* credentials)
      : client_(std::move(client)), limits_(limits), credentials_(credentials) {}

  base::Task<WireAnswer> request(base::Context& ctx, const WireRequest& request,
                                 WireListener& listener) override;
  base::Task<void> send(base::Context& ctx, const std::string& message) override;
  base::Task<void> listen(base::Context& ctx, WireListener& listener) override;
  void set_version(std::string_view version) override { version_ = version; }
  bool has_session() const override { return !session_.empty(); }
  void forget_session() override { session_.clear(); }
  base::Task<void> close(base::Context& ctx) override;
  bool has_headers() const override { return true; }
  bool alive() const override { return true; }

 private:
  struct Stream;
  std::string headers(const base::Context& ctx, http::Method method) const;
  std::string_view path() const;
  /// Nothing: the stream ended without it, and may be resumed.
  using MaybeAnswer = std::optional<WireAnswer>;
  base::Task<void> start(base::Context& ctx, http::ClientCall& call, const WireRequest& request);
  base::Task<void> start_again(base::Context& ctx, http::ClientCall& call, Stream& stream);
  base::Task<MaybeAnswer> read_answer(base::Context& ctx, http::ClientCall& call, Stream& stream);
  base::Task<MaybeAnswer> read_on(base::Context& ctx, http::ClientCall& call, Stream& stream);
  base::Task<WireAnswer> read_json(http::ClientCall& call, Stream& stream);
  base::Task<MaybeAnswer> read_events(base::Context& ctx, http::ClientCall& call, Stream& stream);
  base::Async<void> answer_question(base::Context& ctx, const Message& question, Stream& stream);
  void bound(http::ClientCall& call, const base::Context& ctx) const;
  /// `ctx.deadline`, or so long from now, whichever is sooner.
  static base::MonoTime within(const base::Context& ctx, std::int64_t ms);

  std::shared_ptr<http::Client> client_;
  const RemoteLimits& limits_;
  const Credentials* credentials_;
  std::string version_;
  std::string session_;
};

}  // namespace headgate::agents::mcp
