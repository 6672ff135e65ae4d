#include "agents/mcp_remote/remote_host.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

#include "base/async/loop.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Task;

namespace {

constexpr base::Duration kPause = base::seconds(5);  // after a failed list

/// Where events of a call go while its caller still waits; touched by the caller's loop alone.
struct EventsTarget {
  CallEvents* events;
};

}  // namespace

/// A call on its way: everything of it, since the caller may leave first.
struct RemoteHost::Travel {
  std::string name;
  std::string arguments;
  std::string responses;
  std::string state;
  std::string idempotency_key;
  int nesting;
  CallerFeatures features;
  base::TraceContext trace;
  std::string request_id;
  base::MonoTime deadline;
  base::Loop& caller;
  std::weak_ptr<EventsTarget> target;
  base::Cancellation cancellation;  // of the home loop
};

/// Events at home, sent to where the caller is.
class RemoteHost::EventsHome final : public CallEvents {
 public:
  explicit EventsHome(const Travel& travel) : travel_(travel) {}
  void progress(double progress, std::optional<double> total, std::string_view message) override {
    send([progress, total, text = std::string(message)](CallEvents& to) {
      to.progress(progress, total, text);
    });
  }
  void log(std::string_view level, std::string_view logger, std::string_view data) override {
    send([a = std::string(level), b = std::string(logger), c = std::string(data)](CallEvents& to) {
      to.log(a, b, c);
    });
  }

 private:
  template <class Tell>
  void send(Tell tell) {
    boost::asio::post(travel_.caller.io(), [weak = travel_.target, tell = std::move(tell)] {
      if (const auto target = weak.lock()) tell(*target->events);
    });
  }
  const Travel& travel_;
};

RemoteHost::RemoteHost(base::Loop& home, std::string name, std::vector<std::string> scopes,
                       base::Duration list_time, base::Log& log)
    : home_(home),
      name_(std::move(name)),
      scopes_(std::move(scopes)),
      list_time_(list_time),
      log_(log),
      tasks_(home, [this](std::string_view what) {
        log_.error("mcp_server", {{"server", name_}, {"error", what}});
      }) {}

bool RemoteHost::is_for(const base::Principal& principal) const {
  return std::all_of(scopes_.begin(), scopes_.end(), [&](const std::string& scope) {
    const auto& has = principal.scopes;
    return std::find(has.begin(), has.end(), scope) != has.end();
  });
}

// A server that comes and goes is told of when it does, not every time it is asked.
void RemoteHost::note(const std::optional<base::Error>& error) {
  if (!error) {
    if (down_) log_.info("mcp_server_back", {{"server", name_}});
    down_.reset();
    return;
  }
  ++failures_;
  if (!down_ || down_->detail != error->detail) {
    log_.warn("mcp_server_unavailable", {{"server", name_}, {"error", error->detail}});
  }
  down_ = error;
  pause_until_ = home_.now() + kPause;
}

Async<void> RemoteHost::list_at_home(ToolsTo to) {
  if (!server_ || home_.now() < pause_until_) {
    to(known_);
    co_return;
  }
  if (const auto asked = listeners_.lock()) {
    asked->push_back(std::move(to));
    co_return;
  }
  const auto listeners = std::make_shared<std::vector<ToolsTo>>();
  listeners->push_back(std::move(to));
  listeners_ = listeners;
  base::Cancellation none;
  base::Context ctx{home_, none};
  ctx.deadline = home_.now() + list_time_;
  const std::shared_ptr<RemoteServer> server = server_;
  auto listed = co_await server->list_tools(ctx);
  if (listed) {
    note(std::nullopt);
    known_ = std::move(*listed);
  } else {
    note(listed.error());
  }
  for (const ToolsTo& listener : *listeners) listener(known_);
}

RemoteHost::Listing::Listing(RemoteHost& host, base::Context& ctx)
    : answer_(ctx.loop, ctx.cancellation) {
  boost::asio::post(host.home_.io(), [&host, to = answer_.receiver()]() mutable {
    host.tasks_.spawn(host.list_at_home(std::move(to)));
  });
}

Task<Tools> RemoteHost::Listing::take() {
  auto tools = co_await answer_;
  co_return tools;
}

Async<void> RemoteHost::call_at_home(std::shared_ptr<Travel> travel, OutcomeTo to) {
  base::Context ctx{home_, travel->cancellation};
  ctx.deadline = travel->deadline;
  ctx.trace = travel->trace;
  ctx.request_id = travel->request_id;
  ToolCall call;
  call.name = travel->name;
  call.arguments = travel->arguments;
  call.inputs = {travel->responses, travel->state};
  call.features = travel->features;
  call.idempotency_key = travel->idempotency_key;
  call.nesting = travel->nesting;
  EventsHome events(*travel);
  const std::shared_ptr<RemoteServer> server = server_;
  auto outcome = co_await server->call_tool(ctx, call, events);
  if (!outcome) ++failures_;
  to(std::move(outcome));
}

Task<ToolOutcome> RemoteHost::call(base::Context& ctx, const ToolCall& call, CallEvents& events) {
  const auto target = std::make_shared<EventsTarget>(EventsTarget{&events});
  const std::shared_ptr<Travel> travel(new Travel{std::string(call.name),
                                                  std::string(call.arguments),
                                                  std::string(call.inputs.responses),
                                                  std::string(call.inputs.state),
                                                  std::string(call.idempotency_key),
                                                  call.nesting,
                                                  call.features,
                                                  ctx.trace,
                                                  ctx.request_id,
                                                  ctx.deadline,
                                                  ctx.loop,
                                                  target,
                                                  {}});
  base::Handoff<ToolOutcome> answer(ctx.loop, ctx.cancellation);
  boost::asio::post(home_.io(), [this, travel, to = answer.receiver()]() mutable {
    tasks_.spawn(call_at_home(travel, std::move(to)));
  });
  std::function<void()> stop = [this, weak = std::weak_ptr(travel)] {
    boost::asio::post(home_.io(), [weak] {
      if (const auto alive = weak.lock()) alive->cancellation.cancel();
    });
  };
  const base::Cancellation::Callback gone(
      ctx.cancellation, [](void* fire) { (*static_cast<std::function<void()>*>(fire))(); }, &stop);
  auto outcome = co_await answer;
  co_return outcome;
}

}  // namespace headgate::agents::mcp
