// `headgate audit verify` and `headgate audit ls`: the audit trail of a storage folder, also while
// a server writes it. Exit codes, after printing to standard output, or the error to standard
// error.
#pragma once

#include <cstddef>
#include <string>

namespace headgate::cli {

struct AuditVerifyOptions {
  std::string folder;  // storage.path
  std::string head;    // a hash that was kept elsewhere; empty: none
  bool json = false;
};

struct AuditLsOptions {
  std::string folder;
  std::string actor;   // key id, user or tenant; empty: any
  std::string action;  // "chaos.add", or "chaos" for all of them; empty: any
  double since_minutes = 0;
  std::size_t limit = 100;  // the newest
  bool json = false;
};

/// 0: whole. 1: broken, or not there.
int run_audit_verify(const AuditVerifyOptions& options);
int run_audit_ls(const AuditLsOptions& options);

}  // namespace headgate::cli
