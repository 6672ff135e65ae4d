// `x-mcp-header` in a tool's input schema: arguments that a client mirrors in `Mcp-Param-…` headers
// so that whoever stands between can route by them. What is annotated, whether rightly, which
// headers a call must carry, and whether those it carries agree with its body. Pure; a plan is
// immutable once made.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::agents::mcp {

/// One argument that is mirrored.
struct ParamHeader {
  std::string header;             // "Mcp-Param-Region"
  std::vector<std::string> path;  // of names of properties, from the root
};

struct HeaderLine {
  std::string name;
  std::string value;  // as it stands in the header
};

class ParamHeaders {
 public:
  /// Errors: invalid_request, where an annotation breaks the rules.
  static base::Result<ParamHeaders> read(std::string_view input_schema);

  const std::vector<ParamHeader>& all() const { return all_; }
  /// The headers of a call. What is absent or null in `arguments` has none.
  /// Errors: invalid_request, for a value that no header can say.
  base::Result<std::vector<HeaderLine>> of_call(std::string_view arguments) const;
  /// What is wrong with a call's headers, in words; empty: nothing. `value_of(name)` is the
  /// header's value, nothing where there is none.
  template <class ValueOf>
  std::string mismatch(std::string_view arguments, ValueOf value_of) const {
    for (const ParamHeader& one : all_) {
      std::string wrong = compare(one, arguments, value_of(one.header));
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

 private:
  static std::string compare(const ParamHeader& one, std::string_view arguments,
                             const std::optional<std::string_view>& header);
  std::vector<ParamHeader> all_;
};

}  // namespace headgate::agents::mcp
