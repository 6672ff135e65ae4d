// /v1/responses and what is under it: makes, reads, lists, counts and deletes responses. Owns what
// is stored of them. Single-threaded; the calls it gives out live no longer than it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "lab/neutral/family.h"
#include "lab/openai/api_error.h"
#include "lab/request.h"
#include "lab/responses/store.h"

namespace headgate::lab::responses {

/// A finished 200.
struct Document {
  std::string body;
  std::string type = "application/json";
};

using Answer = std::variant<openai::ApiError, Document, std::unique_ptr<Call>>;

class ResponsesEndpoint {
 public:
  /// Whether the path is one of its own.
  static bool owns(std::string_view path);

  Answer serve(const LabRequest& request, const RequestContext& context);
  void reset() { store_.clear(); }

 private:
  Answer create(const LabRequest& request, const RequestContext& context);
  Answer count(const LabRequest& request, const RequestContext& context) const;
  Answer stored(const LabRequest& request, std::string_view id, std::string_view what);
  Answer retrieve(const LabRequest& request, const StoredResponse& response) const;
  Answer list_input(const LabRequest& request, const StoredResponse& response) const;
  Answer cancel(const StoredResponse& response) const;

  ResponseStore store_;
};

}  // namespace headgate::lab::responses
