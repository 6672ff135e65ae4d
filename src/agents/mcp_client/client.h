// One remote MCP server as a host of tools: connects when it is first needed, in the era that the
// server speaks; again after a lost session; keeps its list of tools until that changes. Belongs to
// one loop. Held by shared_ptr, by whoever made it and by its own tasks; close() ends those.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agents/mcp_client/handshake.h"
#include "agents/mcp_client/remote_tools.h"
#include "agents/mcp_wire/config.h"
#include "agents/mcp_wire/wire.h"
#include "agents/tools/change_feed.h"
#include "agents/tools/host.h"
#include "base/async/task_group.h"
#include "base/text/log.h"

namespace headgate::agents::mcp {

/// Answers what servers ask of us rather than of our caller. Runs on the client's loop.
class Questions {
 public:
  virtual ~Questions() = default;
  /// The result, an object. Errors are told to the server.
  virtual base::Task<std::string> answer(base::Context& ctx, std::string_view method,
                                         std::string_view params) = 0;
};

/// Gets a credential when a server wants one. Runs on the client's loop.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  /// After a 401 or 403: whether the request is worth sending again.
  virtual base::Task<bool> challenged(base::Context& ctx, int status,
                                      std::string_view challenge) = 0;
};

/// What a client may use; null where there is none. All of it outlives the client.
struct ClientParts {
  Questions* questions = nullptr;
  Authorizer* authorizer = nullptr;
  ChangeFeed* changes = nullptr;
  base::Log* log = nullptr;
};

class RemoteServer final : public ToolHost, public std::enable_shared_from_this<RemoteServer> {
 public:
  RemoteServer(base::Loop& loop, std::unique_ptr<Wire> wire, RemoteOptions options,
               const ClientParts& parts);
  ~RemoteServer() override;

  base::Task<Tools> list_tools(base::Context& ctx) override;
  base::Task<ToolOutcome> call_tool(base::Context& ctx, const ToolCall& call,
                                    CallEvents& events) override;

  /// As list_tools() and call_tool() do it by themselves.
  base::Task<void> connect(base::Context& ctx);
  const ServerFacts& facts() const { return facts_; }
  /// Ends the session with the server and its own tasks. Nothing may be called after it.
  base::Task<void> close(base::Context& ctx);

 private:
  struct Ask;
  struct Listing;
  class CallListener;
  class ChangeListener;
  enum class State : std::uint8_t { idle, connecting, connected };

  base::Task<void> handshake(base::Context& ctx);
  base::Task<bool> try_modern(base::Context& ctx);
  base::Task<void> begin_session(base::Context& ctx);
  base::Task<WireAnswer> ask_once(base::Context& ctx, const Ask& ask, WireListener& listener);
  base::Task<WireAnswer> ask(base::Context& ctx, const Ask& ask, WireListener& listener);
  base::Task<std::string> result_of(base::Context& ctx, const Ask& ask, WireListener& listener);
  base::Task<bool> authorise(base::Context& ctx, const WireAnswer& answer);
  std::string compose(const Ask& ask, std::string_view id, const base::TraceContext& trace) const;

  base::Task<void> fetch_tools(base::Context& ctx);
  void take_page(ToolPage page, Listing& listing) const;
  bool is_fresh() const;
  base::Task<RemoteTool> tool_named(base::Context& ctx, std::string_view name);
  base::Task<std::string> answer_one(base::Context& ctx, const Message& request);
  base::Task<std::string> answer_all(base::Context& ctx, const InputRequired& required);
  base::Task<ToolOutcome> call_once(base::Context& ctx, const RemoteTool& tool,
                                    const ToolCall& call, CallEvents& events);

  void watch();
  base::Async<void> watch_changes(std::shared_ptr<RemoteServer> self);
  base::Async<void> tell_cancelled(std::shared_ptr<RemoteServer> self, std::string id);
  void tools_changed();
  base::Context own_context(base::Cancellation& cancellation) const;

  base::Loop& loop_;
  std::unique_ptr<Wire> wire_;
  const RemoteOptions options_;
  const ClientParts parts_;
  ServerFacts facts_;
  State state_ = State::idle;
  std::shared_ptr<base::Cancellation> connected_;  // told when connecting ends
  std::uint64_t next_id_ = 1;
  std::map<std::string, RemoteTool, std::less<>> tools_;
  Tools list_;
  std::optional<base::MonoTime> fresh_until_;
  base::Cancellation life_;
  bool asks_for_changes_ = false;  // watch_changes() runs
  bool hears_changes_ = false;     // and the server has opened the stream
  base::TaskGroup tasks_;
};

}  // namespace headgate::agents::mcp
