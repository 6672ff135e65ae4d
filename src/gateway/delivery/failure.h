// An attempt that gave the caller nothing, as a value: which failure of the table it is
// (resilience/failure.h), what the caller would be told of it, and when to come again. Made from
// what a provider said, or from an error of our own. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "llm/chat/answer.h"
#include "resilience/failure.h"

namespace headgate::gateway {

/// A provider's refusal as the caller will get it, if nothing better comes.
struct RefusalReply {
  http::ReplyHead head;
  std::string body;
};

struct Failure {
  resilience::FailureKind kind = resilience::FailureKind::internal;
  base::Error error;
  std::optional<base::Duration> retry_after;  // as the provider asked
  std::optional<bool> should_retry;           // x-should-retry
  std::optional<RefusalReply> reply;
  bool committed = false;  // the caller has begun to receive the answer
};

/// What the provider's status and words mean. `status` is that of HTTP, or 200 for an error within
/// an answer.
resilience::FailureKind kind_of(int status, const llm::chat::ProviderError& said);
/// The same of an error of our own.
resilience::FailureKind kind_of(base::Errc code);

Failure failure_of(base::Error error);

}  // namespace headgate::gateway
