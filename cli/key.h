// `headgate key create|list|revoke`: API keys in the store. A running server takes notice within a
// second. Exit codes; the secret of a new key goes to standard output once and nowhere else.
#pragma once

#include <string>
#include <vector>

namespace headgate::cli {

struct KeyCreateOptions {
  std::string folder;  // storage.path
  std::string user;
  std::string tenant;
  std::string tier;
  std::vector<std::string> scopes;
  std::vector<std::string> models;
  bool json = false;
};

int run_key_create(const KeyCreateOptions& options);
int run_key_list(const std::string& folder, bool json);
int run_key_revoke(const std::string& folder, const std::string& id);

}  // namespace headgate::cli
