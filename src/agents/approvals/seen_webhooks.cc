#include "agents/approvals/seen_webhooks.h"

#include "agents/approvals/webhook_signature.h"

namespace headgate::agents {

using base::Errc;
using base::fail;

namespace {

constexpr std::size_t kIdsMax = 100'000;
constexpr std::int64_t kKeptS = 2 * kWebhookToleranceS + 1;  // early by 5 minutes, late by 5

std::string key_of(const std::string& policy, const std::string& id) { return policy + "\n" + id; }

}  // namespace

base::Result<void> SeenWebhooks::claim(const std::string& policy, const std::string& id,
                                       std::int64_t now_s) {
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= kIdsMax) {
    std::erase_if(seen_, [&](const auto& one) { return one.second + kKeptS < now_s; });
  }
  if (seen_.size() >= kIdsMax) return fail(Errc::overloaded, "Too many webhooks at once.");
  const auto [at, is_new] = seen_.try_emplace(key_of(policy, id), now_s);
  if (!is_new && at->second + kKeptS >= now_s) {
    return fail(Errc::conflict, "This webhook-id has been used before.");
  }
  at->second = now_s;
  return {};
}

void SeenWebhooks::release(const std::string& policy, const std::string& id) {
  const std::lock_guard lock(mutex_);
  seen_.erase(key_of(policy, id));
}

}  // namespace headgate::agents
