#include "agents/openapi/operation.h"

#include <array>

#include "base/text/strings.h"

namespace headgate::agents::openapi {

namespace {

struct Verb {
  std::string_view key;
  std::string_view method;
};
constexpr std::array kVerbs = {Verb{"get", "GET"},         Verb{"put", "PUT"},
                               Verb{"post", "POST"},       Verb{"patch", "PATCH"},
                               Verb{"delete", "DELETE"},   Verb{"head", "HEAD"},
                               Verb{"options", "OPTIONS"}, Verb{"trace", "TRACE"}};

void add_operations(const std::string& path, const Spot& item, std::vector<Operation>& out) {
  for (const Verb& verb : kVerbs) {
    const Spot spot = item[verb.key];
    if (spot.is_object()) out.push_back({std::string(verb.method), path, item, spot});
  }
}

// "get  /orders" too.
bool has_signature(const Operation& operation, std::string_view name) {
  const std::size_t blank = name.find(' ');
  if (blank == std::string_view::npos) return false;
  return base::iequals(name.substr(0, blank), operation.method) &&
         base::trim(name.substr(blank)) == operation.path;
}

}  // namespace

std::vector<Operation> operations_of(const Document& document, Remarks& remarks) {
  std::vector<Operation> out;
  const Spot paths = document.root()["paths"];
  for (const std::string_view path : paths.keys()) {
    if (!path.starts_with('/')) continue;  // an extension
    const auto item = document.follow(paths[path], remarks);
    if (item) add_operations(std::string(path), *item, out);
  }
  return out;
}

std::vector<const Operation*> find_operations(const std::vector<Operation>& all,
                                              std::string_view name) {
  std::vector<const Operation*> out;
  for (const Operation& one : all) {
    const bool is_id = !name.empty() && one.id() == name;
    if (is_id || has_signature(one, name)) out.push_back(&one);
  }
  return out;
}

}  // namespace headgate::agents::openapi
