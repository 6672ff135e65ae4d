// The operations of an OpenAPI document and how they are named: by operationId, or by method and
// path. Pure; what it returns points into the document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/openapi/document.h"

namespace headgate::agents::openapi {

struct Operation {
  std::string method;  // "GET"
  std::string path;    // "/orders/{id}"
  Spot item;           // of the path, references followed
  Spot spot;           // of the operation

  std::string_view id() const { return spot["operationId"].text(); }
  /// "GET /orders/{id}"
  std::string signature() const { return method + " " + path; }
};

/// In the order of the document. A path that refers out of it is left out; `remarks` says so.
std::vector<Operation> operations_of(const Document& document, Remarks& remarks);

/// All that `name` may mean: one, or none, or several with the same operationId.
std::vector<const Operation*> find_operations(const std::vector<Operation>& all,
                                              std::string_view name);

}  // namespace headgate::agents::openapi
