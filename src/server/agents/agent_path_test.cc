#include "server/agents/agent_path.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::server {
namespace {

TEST(AgentPath, names_what_there_is) {
  struct Row {
    const char* path;
    AgentResource resource;
    const char* name;
    const char* call;
    const char* allow;
  };
  using R = AgentResource;
  for (const Row& row : {
           Row{"/v1/agents", R::agents, "", "", "GET, HEAD"},
           Row{"/v1/agents/triage/runs", R::agent_runs, "triage", "", "POST"},
           Row{"/v1/agents/a%2Fb/runs", R::agent_runs, "a/b", "", "POST"},
           Row{"/v1/agents/triage/ag-ui", R::agent_ag_ui, "triage", "", "POST"},
           Row{"/v1/runs", R::runs, "", "", "GET, HEAD"},
           Row{"/v1/runs/run_1", R::run, "run_1", "", "GET, HEAD"},
           Row{"/v1/runs/run_1/events", R::run_events, "run_1", "", "GET, HEAD"},
           Row{"/v1/runs/run_1/cancel", R::run_cancel, "run_1", "", "POST"},
           Row{"/v1/runs/run_1/resume", R::run_resume, "run_1", "", "POST"},
           Row{"/v1/runs/run_1/fork", R::run_fork, "run_1", "", "POST"},
           Row{"/v1/runs/run_1/approvals/c1_1", R::run_approval, "run_1", "c1_1", "POST"},
           Row{"/v1/agents/", R::unknown, "", "", ""},
           Row{"/v1/agents/triage", R::unknown, "", "", ""},
           Row{"/v1/agents//runs", R::unknown, "", "", ""},
           Row{"/v1/runs/", R::unknown, "", "", ""},
           Row{"/v1/runs/run_1/other", R::unknown, "", "", ""},
           Row{"/v1/runs/run_1/approvals/", R::unknown, "", "", ""},
       }) {
    EXPECT_TRUE(is_agent_path(row.path)) << row.path;
    const AgentPath path = agent_path(row.path);
    EXPECT_EQ(path.resource, row.resource) << row.path;
    EXPECT_EQ(path.name, row.name) << row.path;
    EXPECT_EQ(path.call, row.call) << row.path;
    EXPECT_EQ(path.allow, row.allow) << row.path;
  }
  EXPECT_FALSE(is_agent_path("/v1/agentsx"));
  EXPECT_FALSE(is_agent_path("/v1/chat/completions"));
}

RC_GTEST_PROP(AgentPath, takes_anything, (const std::string& rest)) {
  for (const char* const root : {"/v1/agents/", "/v1/runs/", ""}) {
    const AgentPath path = agent_path(root + rest);
    RC_ASSERT(!route_of(path.resource).empty());
  }
}

}  // namespace
}  // namespace headgate::server
