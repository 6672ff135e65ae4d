#include "resilience/failure.h"

#include <array>

namespace headgate::resilience {
namespace {

using enum FailureKind;

constexpr bool kSame = true;
constexpr bool kElsewhere = false;
constexpr bool kSpends = true;
constexpr bool kFree = false;
constexpr bool kPass = true;
constexpr bool kOwn = false;

// kind, name, retry_same, next, breaker, spends_budget, pass_on, why
constexpr std::array<FailureRow, kFailureKinds> kRows{{
    {rate_limited, "rate_limited", kSame, Next::any, BreakerEffect::rate, kSpends, kOwn,
     "the target works and asks for less; Retry-After says when"},
    {overloaded, "overloaded", kSame, Next::any, BreakerEffect::failure, kSpends, kOwn,
     "the target cannot serve; often over within seconds"},
    {transient, "transient", kSame, Next::any, BreakerEffect::failure, kSpends, kOwn,
     "a fault of the moment; the same call can succeed"},
    {connect, "connect", kSame, Next::any, BreakerEffect::failure, kSpends, kOwn,
     "nothing was sent, so nothing can happen twice"},
    {timeout_first_token, "timeout_first_token", kElsewhere, Next::any, BreakerEffect::slow,
     kSpends, kOwn, "who was silent that long is likely to be silent again"},
    {timeout_idle, "timeout_idle", kElsewhere, Next::any, BreakerEffect::slow, kSpends, kOwn,
     "the stream stalled; the target is in trouble"},
    {timeout_total, "timeout_total", kElsewhere, Next::any, BreakerEffect::slow, kSpends, kOwn,
     "the same target would take as long again"},
    {deadline, "deadline", kElsewhere, Next::any, BreakerEffect::none, kSpends, kOwn,
     "its caller waits no longer, which says nothing of the target"},
    {context_length, "context_length", kElsewhere, Next::larger_context, BreakerEffect::none,
     kSpends, kPass, "only a model with more room can take the prompt"},
    {content_filter, "content_filter", kElsewhere, Next::none, BreakerEffect::none, kFree, kPass,
     "a refusal by policy is an answer; shopping around would evade it"},
    {quota, "quota", kElsewhere, Next::any, BreakerEffect::open, kSpends, kOwn,
     "no allowance is left; it does not come back within a call"},
    {credential, "credential", kElsewhere, Next::any, BreakerEffect::open, kSpends, kOwn,
     "our key is refused; every call would be, until somebody changes it"},
    {forbidden, "forbidden", kElsewhere, Next::any, BreakerEffect::none, kSpends, kPass,
     "of what this request names, as far as is said; others may be served all the same"},
    {model_gone, "model_gone", kElsewhere, Next::any, BreakerEffect::none, kSpends, kOwn,
     "the target does not serve this model; that says nothing about its health"},
    {caller_fault, "caller_fault", kElsewhere, Next::none, BreakerEffect::none, kFree, kPass,
     "the request is wrong everywhere; its sender has to read why"},
    {malformed, "malformed", kSame, Next::any, BreakerEffect::failure, kSpends, kOwn,
     "an answer that cannot be read; the next one may be whole"},
    {truncated, "truncated", kSame, Next::any, BreakerEffect::failure, kSpends, kOwn,
     "an answer without its end; the next one may be whole"},
    {too_large, "too_large", kElsewhere, Next::any, BreakerEffect::none, kSpends, kOwn,
     "our limit, not the target's fault; it would answer at such length again"},
    {output_invalid, "output_invalid", kElsewhere, Next::none, BreakerEffect::none, kFree, kOwn,
     "repairing an answer is for structured output to decide, not for retries"},
    {cancelled, "cancelled", kElsewhere, Next::none, BreakerEffect::none, kFree, kOwn,
     "nobody waits for an answer any more"},
    {refused_by_us, "refused_by_us", kElsewhere, Next::any, BreakerEffect::none, kFree, kOwn,
     "nothing was sent: going elsewhere adds no load"},
    {internal, "internal", kElsewhere, Next::none, BreakerEffect::none, kFree, kOwn,
     "a fault of our own is not mended by sending more"},
}};

}  // namespace

const FailureRow& row(FailureKind kind) { return kRows[static_cast<std::size_t>(kind)]; }

std::span<const FailureRow> rows() { return kRows; }

}  // namespace headgate::resilience
