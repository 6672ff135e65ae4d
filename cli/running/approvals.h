// `headgate approvals ls|show|approve|deny|edit`: calls of tools that wait for a person, by the API
// of a running server. Exit codes, after printing to standard output, or the error to standard
// error.
#pragma once

#include <string>

#include "cli/running/admin_client.h"

namespace headgate::cli {

struct ApprovalOptions {
  AdminServer server;
  std::string run;
  std::string call;
  std::string digest;  // that was seen; empty: that of the call as it waits now
  std::string reason;
  std::string arguments;  // of an edit
  bool json = false;
};

int run_approvals_ls(const ApprovalOptions& options);
int run_approvals_show(const ApprovalOptions& options);
/// `decision`: "approve", "deny", "edit".
int run_approvals_decide(const ApprovalOptions& options, const std::string& decision);

}  // namespace headgate::cli
