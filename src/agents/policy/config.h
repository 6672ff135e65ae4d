// What the configuration says of authority over calls: rules and facts of a tool, and the policies
// by which people approve calls. Plain values; a run keeps those that it began with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/fields.h"
#include "base/config/types.h"
#include "base/text/secret.h"

namespace headgate::agents {

/// One entry of `tools.NAME.authorise`.
struct AuthoriseConfig {
  std::string name;
  std::string when;
  std::string require;
  std::string reason;

  template <class V>
  static void fields(V& v);
};

/// One entry of `tools.NAME.facts`.
struct FactConfig {
  std::string tool;
  base::config::Json arguments;
  std::int64_t timeout_ms = 5'000;

  template <class V>
  static void fields(V& v);
};

enum class OnApprovalTimeout : std::uint8_t { deny, escalate };

struct ApproversConfig {
  std::vector<std::string> scopes;
  std::vector<std::string> keys;
  std::int64_t count = 1;
  bool not_requester = true;

  template <class V>
  static void fields(V& v);
};

struct EscalationConfig {
  ApproversConfig approvers;
  std::int64_t timeout_s = 3'600;

  template <class V>
  static void fields(V& v);
};

struct ApprovalWebhookConfig {
  base::config::Url url;
  base::SecretRef secret;

  template <class V>
  static void fields(V& v);
};

/// One of `approvals`.
struct ApprovalPolicyConfig {
  std::string when;
  std::string reason;
  ApproversConfig approvers;
  std::optional<std::int64_t> timeout_s;
  OnApprovalTimeout on_timeout = OnApprovalTimeout::deny;
  std::optional<EscalationConfig> escalate_to;
  std::vector<std::string> grants;
  std::optional<ApprovalWebhookConfig> webhook;

  template <class V>
  static void fields(V& v);
};

using FactConfigs = base::config::OrderedMap<FactConfig>;
using ApprovalPolicyConfigs = base::config::OrderedMap<ApprovalPolicyConfig>;

}  // namespace headgate::agents

template <>
struct headgate::base::config::EnumNames<headgate::agents::OnApprovalTimeout> {
  static constexpr std::array<std::string_view, 2> names{"deny", "escalate"};
};

#include "agents/policy/config_fields.h"
