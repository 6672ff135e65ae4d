#include "security/config.h"

#include <algorithm>
#include <map>

#include "base/config/types.h"

namespace headgate::security {
namespace {

using base::config::Cursor;
using base::config::Problems;

void check_header(const std::string& name, const Cursor& at, Problems& problems) {
  if (name.empty() || base::config::is_header_name(name)) return;  // empty: a bound says so already
  problems.add(at, "not a header name");
}

void check_ids(const AuthConfig& auth, const Cursor& at, Problems& problems) {
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < auth.keys.size(); ++i) {
    const std::string& id = auth.keys[i].id;
    if (id.empty() || first.emplace(id, i).second) continue;
    problems.add(at.child(i)["id"], "the id of keys[" + std::to_string(first[id]) + "] already");
  }
}

}  // namespace

void check(const AuthConfig& auth, const std::vector<std::string_view>& models, const Cursor& at,
           Problems& problems) {
  const Cursor keys = at["keys"];
  check_ids(auth, keys, problems);
  for (std::size_t i = 0; i < auth.keys.size(); ++i) {
    const std::vector<std::string>& allowed = auth.keys[i].models;
    for (std::size_t m = 0; m < allowed.size() && !models.empty(); ++m) {
      const Cursor place = keys.child(i)["models"].child(m);
      const bool misread = allowed[m].empty() && !place.node().quoted;  // said already
      const bool known = std::find(models.begin(), models.end(), allowed[m]) != models.end();
      if (misread || known) continue;
      problems.add_unknown(place, "no such model", allowed[m], models);
    }
  }
  check_header(auth.header_user, at["header_user"], problems);
  check_header(auth.header_session, at["header_session"], problems);
  check_header(auth.header_workflow, at["header_workflow"], problems);
}

}  // namespace headgate::security
