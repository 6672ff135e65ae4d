// Operations of a document as YAML to paste into a configuration: the document, a tool for each
// operation with its proposed effect, and what cannot be one and why. What stands in the document
// comes out as data or in comments of one line. Pure.
#pragma once

#include <string>
#include <vector>

#include "agents/openapi/document.h"

namespace headgate::agents::openapi {

struct ProposalAsk {
  const Document& document;
  std::string file;                     // as the configuration is to name it
  std::string name;                     // of the document
  std::vector<std::string> operations;  // by operationId or "GET /path", with * and ?; none: all
};

struct Proposal {
  std::string yaml;
  std::size_t tools = 0;
  std::vector<std::string> unknown;  // of ask.operations: they name none
};

Proposal propose_tools(const ProposalAsk& ask);

}  // namespace headgate::agents::openapi
