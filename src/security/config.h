// The `auth` section: the API keys that the file declares and the headers that say on whose behalf
// a call is made. Plain values; keys made with `headgate key create` live in the store and are
// valid too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config/problem.h"
#include "base/text/secret.h"

namespace headgate::security {

struct KeyConfig {
  std::string id;
  base::SecretRef secret;
  std::string user;
  std::string tenant;
  std::string tier;
  std::vector<std::string> scopes;
  std::vector<std::string> models;

  template <class V>
  static void fields(V& v);
};

struct AuthConfig {
  bool required = true;
  std::vector<KeyConfig> keys;
  std::string header_user = "x-user-id";
  std::string header_session = "x-session-id";
  std::string header_workflow = "x-workflow-id";

  template <class V>
  static void fields(V& v);
};

/// What fields() cannot say: ids are unique, models exist, header names are header names.
void check(const AuthConfig& auth, const std::vector<std::string_view>& models,
           const base::config::Cursor& at, base::config::Problems& problems);

template <class V>
void KeyConfig::fields(V& v) {
  using C = KeyConfig;
  v.field("id", &C::id,
          {.doc = "Public name of the key, in traces and logs. Unique.",
           .example = "support-bot",
           .min = 1,
           .max = 100,
           .required = true});
  v.field("secret", &C::secret,
          {.doc = "The key itself, as clients send it in `Authorization: Bearer …`.",
           .example = "env:SUPPORT_BOT_KEY",
           .required = true});
  v.field("user", &C::user,
          {.doc = "The user that every call with this key is made for. Without it, the caller "
                  "names one by header."});
  v.field("tenant", &C::tenant, {.doc = "The tenant that this key belongs to."});
  v.field("tier", &C::tier, {.doc = "The plan of that tenant.", .example = "gold"});
  v.field("scopes", &C::scopes, {.doc = "What the key may do.", .example = "[chat]", .max = 100});
  v.field("models", &C::models,
          {.doc = "Public model names that the key may call.", .default_note = "all", .max = 1000});
}

template <class V>
void AuthConfig::fields(V& v) {
  using C = AuthConfig;
  v.field("required", &C::required,
          {.doc = "Whether a call without a valid API key is refused (401)."});
  v.field("keys", &C::keys,
          {.doc = "Keys declared here; more are made with `headgate key create`.", .max = 10'000});
  v.field("header_user", &C::header_user,
          {.doc = "Request header that names the end user.",
           .min = 1,
           .max = 100,
           .needs_restart = true});
  v.field("header_session", &C::header_session,
          {.doc = "Request header that names the conversation.",
           .min = 1,
           .max = 100,
           .needs_restart = true});
  v.field("header_workflow", &C::header_workflow,
          {.doc = "Request header that names the agent or workflow.",
           .min = 1,
           .max = 100,
           .needs_restart = true});
}

}  // namespace headgate::security
