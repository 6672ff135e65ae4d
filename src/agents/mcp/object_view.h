// The members of a JSON object by name, for the small objects that messages are made of: envelope,
// parameters, `_meta`, capabilities. What is no object has no members. Lives on the stack; views
// point into the text, which outlives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/members.h"

namespace headgate::agents::mcp {

class ObjectView {
 public:
  /// `text`: JSON that is valid.
  explicit ObjectView(std::string_view text);

  bool has(std::string_view name);
  /// The value as written; empty when there is none, or null.
  std::string_view raw(std::string_view name);
  /// As raw(), when it is an object; else empty.
  std::string_view object(std::string_view name);
  std::string_view array(std::string_view name);
  /// What a string says; nothing when it is none.
  std::optional<std::string> string(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  /// A name that stands there twice, so that two readers could take different values.
  std::optional<std::string_view> said_twice() const;
  base::json::Members& members() { return members_; }

 private:
  std::string_view of_kind(std::string_view name, base::json::Kind kind);

  base::json::Members members_;
};

}  // namespace headgate::agents::mcp
