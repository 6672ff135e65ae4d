// Who is calling: made by security from a verified credential, read by everything after it. A plain
// value, shared immutably by all requests of a key.
#pragma once

#include <string>
#include <vector>

namespace headgate::base {

struct Principal {
  std::string key_id;  // public id of the API key, never the secret
  std::string user;
  std::string tenant;
  std::string tier;
  std::vector<std::string> scopes;
  std::vector<std::string> models;  // allowed model names; empty: all
};

}  // namespace headgate::base
