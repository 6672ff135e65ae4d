// Tells the webhooks of approval policies that a call waits: a signed POST in the form of Standard
// Webhooks, sent again with growing pauses until it is heard or the call does not wait any more.
// Every time with the same webhook-id, also after a restart. One a loop.
#pragma once

#include <memory>
#include <string>

#include "agents/approvals/waiting.h"
#include "base/async/task_group.h"
#include "base/text/log.h"
#include "http/client/client.h"
#include "http/client/proxy_environment.h"

namespace headgate::agents {

struct WebhookCounters {
  std::atomic<std::uint64_t> delivered{0};
  std::atomic<std::uint64_t> failed{0};  // times that one was sent in vain
  std::atomic<std::uint64_t> given_up{0};
};

class WebhookSender {
 public:
  /// All outlive it.
  WebhookSender(base::Loop& loop, const http::ProxyEnvironment& proxies, const Waiting& waiting,
                WebhookCounters& counters, base::Log& log);

  /// Begins to, where its policy has a webhook. On the loop's thread.
  void tell(const WaitingCall& call);

 private:
  base::Async<void> deliver(WaitingCall call);
  base::Task<void> send(const WaitingCall& call, const std::string& id, const std::string& body);
  base::Result<std::shared_ptr<http::Client>> client_of(const base::config::Url& url) const;
  bool still_waits(const WaitingCall& call) const;

  base::Loop& loop_;
  const http::ProxyEnvironment& proxies_;
  const Waiting& waiting_;
  WebhookCounters& counters_;
  base::Log& log_;
  base::Cancellation never_;
  base::TaskGroup tasks_;
};

/// What is sent.
std::string webhook_body(const WaitingCall& call);

}  // namespace headgate::agents
