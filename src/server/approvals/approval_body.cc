#include "server/approvals/approval_body.h"

#include <array>
#include <utility>

#include "agents/definitions/template.h"
#include "base/config/load.h"

template <>
struct headgate::base::config::EnumNames<headgate::agents::Decision> {
  static constexpr std::array<std::string_view, 3> names{"approve", "deny", "edit"};
};

namespace headgate::server {

using agents::ApprovalDecision;
using agents::Decision;
using base::Errc;
using base::fail;
using base::Result;

namespace {

struct DecisionBody {
  Decision decision = Decision::deny;
  std::string digest;
  std::string reason;
  base::config::Json arguments;

  template <class V>
  static void fields(V& v) {
    v.field("decision", &DecisionBody::decision,
            {.doc = "approve, deny or edit.", .required = true});
    v.field("digest", &DecisionBody::digest,
            {.doc = "Of the call that you saw.", .min = 1, .max = 200, .required = true});
    v.field("reason", &DecisionBody::reason,
            {.doc = "For the journal and the model.", .max = 4096});
    v.field("arguments", &DecisionBody::arguments, {.doc = "Of an edit: in place of the model's."});
  }
};

struct SignedBody : DecisionBody {
  std::string run_id;
  std::string call_id;
  std::string by;

  template <class V>
  static void fields(V& v) {
    DecisionBody::fields(v);
    v.field("run_id", &SignedBody::run_id,
            {.doc = "Of the call.", .min = 1, .max = 200, .required = true});
    v.field("call_id", &SignedBody::call_id,
            {.doc = "Of the call.", .min = 1, .max = 200, .required = true});
    v.field("by", &SignedBody::by,
            {.doc = "The user who has decided.", .min = 1, .max = 200, .required = true});
  }
};

Result<ApprovalDecision> decision_of(DecisionBody& body) {
  const bool edits = body.decision == Decision::edit;
  if (edits == body.arguments.empty()) {
    return fail(Errc::invalid_request,
                edits ? "`arguments`: an edit says what they are to be."
                      : "`arguments`: only an edit changes them; what it makes of the call is "
                        "approved by its own digest.",
                "arguments");
  }
  ApprovalDecision out;
  out.decision = body.decision;
  out.digest = std::move(body.digest);
  out.reason = std::move(body.reason);
  if (edits) out.arguments = agents::plain_value(body.arguments.text);
  return out;
}

}  // namespace

Result<ApprovalDecision> read_decision(std::string_view body) {
  auto read = base::config::read_json<DecisionBody>(body);
  if (!read) return read.error();
  return decision_of(*read);
}

Result<SignedDecision> read_signed_decision(std::string_view body) {
  auto read = base::config::read_json<SignedBody>(body);
  if (!read) return read.error();
  auto decision = decision_of(*read);
  if (!decision) return decision.error();
  return SignedDecision{std::move(read->run_id), std::move(read->call_id), std::move(read->by),
                        std::move(*decision)};
}

}  // namespace headgate::server
