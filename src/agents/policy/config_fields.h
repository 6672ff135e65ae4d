// The keys of rules, facts and approval policies: included by config.h alone, behind the types that
// it describes. A reload takes all of it for runs that begin after it; only a webhook's secret is
// read again whenever it is used.
#pragma once

#include "agents/policy/config.h"

namespace headgate::agents {

template <class V>
void AuthoriseConfig::fields(V& v) {
  using C = AuthoriseConfig;
  v.field("name", &C::name,
          {.doc = "For journals, metrics and traces.",
           .example = "own_orders",
           .default_note = "its place in the list",
           .max = 64});
  v.field("when", &C::when,
          {.doc = "For which calls the rule is; one that cannot be decided is one of them.",
           .example = "principal.tier != \"staff\"",
           .default_note = "all",
           .max = 4096});
  v.field("require", &C::require,
          {.doc = "What must be so. What cannot be decided is not so.",
           .example = "fact.order.user_id == principal.user",
           .min = 1,
           .max = 4096,
           .required = true});
  v.field("reason", &C::reason,
          {.doc = "What the model is told when it is not so.",
           .example = "the order belongs to somebody else",
           .default_note = "a sentence that says nothing",
           .max = 1024});
}

template <class V>
void FactConfig::fields(V& v) {
  using C = FactConfig;
  v.field("tool", &C::tool,
          {.doc = "A pure tool that tells it. Its own rules are not asked; its scopes are.",
           .example = "get_order",
           .required = true});
  v.field("arguments", &C::arguments,
          {.doc = "Its arguments, filled in from those of the call as bodies of tools are.",
           .example = "{order_id: '{order_id}'}",
           .default_note = "none"});
  v.field("timeout_ms", &C::timeout_ms,
          {.doc = "Beyond which the fact is not known, so that the call is denied.",
           .min = 10,
           .max = 60'000});
}

template <class V>
void ApproversConfig::fields(V& v) {
  using C = ApproversConfig;
  v.field("scopes", &C::scopes,
          {.doc = "A key with any of these, of the run's tenant.",
           .example = "[refund_approver]",
           .default_note = "[operator], where no keys are given either",
           .max = 100});
  v.field(
      "keys", &C::keys,
      {.doc = "Keys by their public ids, of whichever tenant.", .example = "[ops]", .max = 100});
  v.field("count", &C::count,
          {.doc = "How many different people must approve. One who denies is enough.",
           .min = 1,
           .max = 10});
  v.field("not_requester", &C::not_requester,
          {.doc = "Whether whoever the run is for is refused as an approver."});
}

template <class V>
void EscalationConfig::fields(V& v) {
  using C = EscalationConfig;
  v.field("approvers", &C::approvers, {.doc = "Who may decide from then on, instead."});
  v.field("timeout_s", &C::timeout_s,
          {.doc = "For them; then the call is denied.", .min = 1, .max = 86'400 * 30});
}

template <class V>
void ApprovalWebhookConfig::fields(V& v) {
  using C = ApprovalWebhookConfig;
  v.field("url", &C::url,
          {.doc = "Is told of every call that waits, by signed POST requests.",
           .example = "https://chat.example.com/hooks/approvals",
           .required = true});
  v.field("secret", &C::secret,
          {.doc = "Signs both ways, as Standard Webhooks do: whsec_ and Base64, or any text.",
           .example = "env:APPROVALS_WEBHOOK_SECRET",
           .required = true});
}

template <class V>
void ApprovalPolicyConfig::fields(V& v) {
  using C = ApprovalPolicyConfig;
  v.field("when", &C::when,
          {.doc = "Which calls a person must agree to; one that cannot be decided is one of them.",
           .example = "tool.name == \"create_refund\" and args.amount > 100.00",
           .min = 1,
           .max = 4096,
           .required = true});
  v.field("reason", &C::reason,
          {.doc = "For whoever decides.", .default_note = "the policy's name", .max = 1024});
  v.field("approvers", &C::approvers, {.doc = "Who may decide."});
  v.field("timeout_s", &C::timeout_s,
          {.doc = "How long they have.",
           .example = "3600",
           .default_note = "for ever",
           .min = 1,
           .max = 86'400 * 30});
  v.field("on_timeout", &C::on_timeout,
          {.doc = "What becomes of the call then.", .example = "escalate"});
  v.field("escalate_to", &C::escalate_to, {.doc = "For on_timeout: escalate."});
  v.field("grants", &C::grants,
          {.doc = "Scopes that the call has once it is approved, and no other call.",
           .example = "[refunds]",
           .max = 100});
  v.field("webhook", &C::webhook,
          {.doc = "Where approvals are asked for and given, beside the API."});
}

}  // namespace headgate::agents
