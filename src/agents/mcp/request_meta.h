// What a request says of itself in `params._meta`: its revision and the client's capabilities (in
// the modern era, every time), trace context, progress token, log level. Pure; views point into the
// request's text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agents/mcp/message.h"
#include "agents/tools/tool.h"

namespace headgate::agents::mcp {

struct RequestMeta {
  bool present = false;  // there is a `_meta`, and it is an object
  bool has_capabilities = false;
  std::string version;  // empty: none was said
  std::string client_name;
  std::string client_version;
  std::string log_level;      // empty: none wanted
  std::string_view progress;  // the token as written; empty: none wanted
  std::string traceparent;
  std::string tracestate;
  std::string idempotency_key;  // empty: none
  bool is_bad_key = false;      // there is one that cannot be used
  int nesting = 0;
  CallerFeatures features;
  bool tasks = false;  // the client knows the tasks extension
};

/// `params` may be empty.
RequestMeta read_meta(std::string_view params);

/// Of a ClientCapabilities object. An elicitation capability without modes means forms.
CallerFeatures read_features(std::string_view capabilities);

/// The capability that a question by this method needs, as a ClientCapabilities object; empty when
/// the client has it. `params` of the question decide on modes.
std::string missing_capability(const CallerFeatures& features, std::string_view method,
                               std::string_view params);

/// How severe a level of syslog is: 0 for "emergency" to 7 for "debug"; nothing for another word.
std::optional<int> severity(std::string_view level);

}  // namespace headgate::agents::mcp
