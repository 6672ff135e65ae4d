// `headgate chaos add|ls|rm|clear`: rules that make calls of a running server fail, by its admin
// API. Exit codes, after printing to standard output, or the error to standard error.
#pragma once

#include <string>

#include "cli/running/admin_client.h"
#include "resilience/chaos/rule.h"

namespace headgate::cli {

int run_chaos_add(const AdminServer& server, const resilience::ChaosRule& rule, bool json);
int run_chaos_ls(const AdminServer& server, bool json);
int run_chaos_rm(const AdminServer& server, const std::string& id);
int run_chaos_clear(const AdminServer& server);

}  // namespace headgate::cli
