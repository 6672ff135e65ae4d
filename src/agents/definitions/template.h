// Text with arguments of a tool call in it: "/orders/{order_id}", "{principal.user}". An argument
// that is a list is written as JSON, "{tags,}" as its elements with commas between them; "{tags*}"
// is each element by itself, for queries. Braces that are meant as such are doubled. Parsed when
// the configuration is read; filled in for each call. Pure values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::agents {

class Template {
 public:
  /// The JSON value of an argument, as written; nothing: it was not given. `null` is a value to
  /// JSON, and none to text.
  using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;

  /// Errors: config_invalid, saying where the braces are wrong.
  static base::Result<Template> parse(std::string_view text);

  std::vector<std::string_view> names() const;
  /// The name, when the text is one "{name}" and nothing else; else empty.
  std::string_view only_name() const;
  /// The same of one "{name*}".
  std::string_view only_each() const;
  /// Whether there is a "{name*}" in it.
  bool has_each() const;
  /// Strings by what they say, everything else as JSON. Nothing: an argument was not given.
  std::optional<std::string> fill(const Lookup& lookup) const;

 private:
  enum class Form : std::uint8_t { literal, value, joined, each };
  struct Piece {
    std::string text;  // literal, or a name
    Form form = Form::literal;
  };
  std::string_view only(Form form) const;
  std::vector<Piece> pieces_;
};

/// Of the names that stand between braces.
bool is_name_character(char c);

/// What a string says, everything else as it stands.
std::string plain_value(std::string_view json);
/// The same of each element of a list, none of null; of anything else, it alone.
std::vector<std::string> plain_values(std::string_view json);

}  // namespace headgate::agents
