// Any bytes as an OpenAPI document: operations that can be imported are tools whose schema compiles
// and whose requests go to the service that was configured, and what is proposed for them is YAML.
#include <algorithm>
#include <cstdlib>

#include "agents/definitions/tool_templates.h"
#include "agents/openapi_tools/import.h"
#include "agents/openapi_tools/tool_yaml.h"
#include "base/config/load.h"

using namespace headgate;
using namespace headgate::agents;

namespace {

constexpr std::size_t kOperationsMax = 8;

void check(const openapi::Imported& tool) {
  if (!guardrails::JsonSchema::compile(tool.input)) std::abort();
  if (!tool.output.empty() && !guardrails::JsonSchema::compile(tool.output)) std::abort();
  ToolTemplates::Wrongs wrongs;
  const auto templates = ToolTemplates::parse(tool.http, wrongs);
  if (!wrongs.empty() || templates.origin().text() != "http://127.0.0.1:9") std::abort();
  const auto known = property_names(tool.input);
  for (const auto& use : templates.uses()) {
    if (std::find(known.begin(), known.end(), use.name) == known.end()) std::abort();
  }
}

void check_proposal(const openapi::Document& document) {
  const auto proposal = openapi::propose_tools({document, "a b.yaml", "doc", {}});
  base::config::Problems problems;
  const auto root = base::config::parse_yaml(proposal.yaml, problems);
  const bool is_large = proposal.yaml.size() > base::config::kFileBytesMax;
  if (is_large || proposal.tools > 1000) return;
  if (!problems.empty() || root.children.size() != 2) std::abort();
  if (root.children[1].children.size() != proposal.tools) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = openapi::Document::read(text);
  if (!document) return 0;
  openapi::Remarks remarks;
  const auto all = openapi::operations_of(*document, remarks);
  OpenApiConfig service;
  service.url = *base::config::Url::parse("http://127.0.0.1:9");
  OpenApiToolConfig config;
  for (std::size_t i = 0; i < std::min(all.size(), kOperationsMax); ++i) {
    config.check_output = i % 2 == 1;
    openapi::Remarks its;
    const auto imported = openapi::import_operation({*document, all[i], service, config}, its);
    if (imported.has_value() != its.wrong.empty()) std::abort();
    if (imported) check(*imported);
    for (const auto& one : its.wrong) document->place(one.pointer);
  }
  check_proposal(*document);
  return 0;
}
