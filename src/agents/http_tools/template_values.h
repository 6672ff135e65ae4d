// The values that templates name: the arguments of a call, and who calls from where. Lives on the
// stack of whoever fills templates; what it was made of outlives it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/json/members.h"

namespace headgate::agents {

class TemplateValues {
 public:
  /// `arguments`: a JSON object.
  TemplateValues(const base::Context& ctx, std::string_view arguments, std::string_view run_id);

  std::optional<std::string_view> find(std::string_view name);
  /// The arguments that nobody has named, as an object.
  std::string others(const std::set<std::string>& named) const;

 private:
  base::json::Members members_;
  std::string user_;
  std::string tenant_;
  std::string run_;
};

}  // namespace headgate::agents
