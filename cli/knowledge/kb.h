// `headgate kb build`, `kb search` and `kb ls`: knowledge bases of a configuration, on this
// machine. Each returns an exit code: 0, or 1 after it has said on standard error what went wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agents/knowledge/search.h"
#include "cli/knowledge/gateway_embeddings.h"

namespace headgate::cli {

/// What all of them start from.
struct KbOptions {
  std::string config = "headgate.yaml";
  std::string storage;  // instead of the configuration's; empty: that
  std::string name;
  GatewayOptions gateway;
  bool json = false;
};

struct KbBuildOptions : KbOptions {
  bool skip_bad = false;
};

struct KbSearchOptions : KbOptions {
  std::string query;
  std::string tenant;
  std::vector<std::string> labels;  // "name=value"
  std::size_t count = 5;
  std::string mode = "hybrid";
  std::int64_t version = 0;  // 0: the newest
  bool full = false;         // the whole text of chunks
};

int run_kb_build(const KbBuildOptions& options);
int run_kb_search(const KbSearchOptions& options);
int run_kb_ls(const KbOptions& options);

/// The configuration, without a look at what it refers to. Nothing: what is wrong was printed.
std::optional<server::Config> kb_config(const KbOptions& options);
/// One of its bases. Null: there is none of that name, and that was printed.
const agents::knowledge::KnowledgeConfig* kb_named(const server::Config& config,
                                                   const std::string& name);
std::string kb_storage(const KbOptions& options, const server::Config& config);

}  // namespace headgate::cli
