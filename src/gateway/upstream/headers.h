// Which headers cross the gateway, in both directions. What is not named here does not: a caller's
// credentials never reach a provider, nor a provider's account details a caller. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/context.h"
#include "gateway/call.h"
#include "http/message.h"

namespace headgate::gateway {

/// "name: value\r\n"… for the provider: its own headers, the caller's that pass, and our trace
/// context with the attempt's span as the parent.
std::string upstream_headers(const Attempt& attempt);

/// Whether a caller's header may be meant for a provider.
bool is_for_provider(std::string_view name);

/// Copies what of the provider's headers is for the caller; the content type too, unless the
/// gateway writes a body of its own.
void pass_reply_headers(const http::Headers& provider, http::ReplyHead& reply,
                        bool with_content_type = true);

/// Whether the caller takes trailers at the end of a chunked reply (TE: trailers).
bool takes_trailers(const http::Headers& caller);

/// Ids that every reply carries.
void add_ids(const base::Context& ctx, http::ReplyHead& reply);

/// x-headgate-attempts, where there was more than one; x-headgate-model, where another model than
/// the one asked for has answered; x-headgate-degraded, where the answer is less than was asked
/// for.
void add_delivery(const Call& call, http::ReplyHead& reply);

/// retry-after and retry-after-ms.
void add_retry_after(base::Duration wait, http::ReplyHead& reply);

/// x-headgate-dropped: what of the request the provider's dialect could not say.
void add_losses(const Attempt& attempt, http::ReplyHead& reply);

}  // namespace headgate::gateway
