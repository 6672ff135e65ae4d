// A provider's "no" as an error of ours: which code of the table its status and its words are, for
// callers of another dialect and for traces. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "llm/chat/answer.h"

namespace headgate::gateway {

/// The code for an HTTP status of a provider; `other` where no code says it better.
base::Errc errc_of_status(int status, base::Errc other);

/// The error that a provider's words within a 200 answer are; `other` where they name no status.
base::Error provider_failure(const llm::chat::ProviderError& said, base::Errc other);

}  // namespace headgate::gateway
