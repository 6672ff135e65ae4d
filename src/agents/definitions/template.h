// Text with arguments of a tool call in it: "/orders/{order_id}", "{principal.user}". Braces that
// are meant as such are doubled. Parsed when the configuration is read; filled in for each call.
// Pure values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::agents {

class Template {
 public:
  /// The JSON value of an argument, as written; nothing: it was not given.
  using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;

  /// Errors: config_invalid, saying where the braces are wrong.
  static base::Result<Template> parse(std::string_view text);

  std::vector<std::string_view> names() const;
  /// The name, when the text is one placeholder and nothing else; else empty.
  std::string_view only_name() const;
  /// Strings by what they say, everything else as JSON. Nothing: an argument was not given.
  std::optional<std::string> fill(const Lookup& lookup) const;

 private:
  struct Piece {
    std::string text;  // literal, or a name
    bool is_name = false;
  };
  std::vector<Piece> pieces_;
};

/// What a string says, everything else as it stands.
std::string plain_value(std::string_view json);

}  // namespace headgate::agents
