// A request of the admin API that may be answered: who asks, for what, with which body. Lives in
// the endpoint's frame; every resource is a function of it that returns the reply's JSON, or an
// error for the caller, and runs on the loop of the exchange.
#pragma once

#include <string_view>

#include "base/context.h"
#include "gateway/catalog.h"
#include "http/message.h"
#include "server/admin/admin.h"
#include "server/admin/admin_path.h"

namespace headgate::server {

struct AdminCall {
  base::Context& ctx;
  AdminTools& tools;
  const gateway::Catalog& catalog;
  const AdminPath& path;
  http::Method method;
  std::string_view body;
};

base::Task<std::string> change_breaker(AdminCall& call);
/// GET, POST and DELETE of the rules, DELETE of one.
base::Task<std::string> answer_chaos(AdminCall& call);

}  // namespace headgate::server
