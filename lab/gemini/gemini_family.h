// The Gemini API as the lab speaks it: generating, streaming, counting, embedding and models, under
// /v1 and /v1beta, with keys by header or query. Remembers which calls it signed. Single-threaded.
#pragma once

#include "lab/gemini/api_error.h"
#include "lab/neutral/family.h"
#include "lab/neutral/recent_set.h"

namespace headgate::lab::gemini {

/// What a path asks for.
struct Target {
  std::string model;   // empty: the list of models
  std::string method;  // "generateContent" and so on; empty: the model itself
};

class GeminiFamily final : public Family {
 public:
  bool owns(std::string_view path) const override;
  bool is_meant(const LabRequest& request) const override;
  Reading read(const LabRequest& request, const RequestContext& context) override;
  Reply failure(const Failure& failure, const RequestContext& context) const override;
  HeaderList headers(const CompletionUsage& usage, const RequestContext& context) const override;
  std::string_view json_type() const override { return "application/json; charset=UTF-8"; }
  std::pair<std::string, std::string> timing_header(std::int64_t ms) const override;
  void reset() override { signed_calls_.clear(); }

 private:
  Reading call(const LabRequest& request, const Target& target, const RequestContext& context);
  Reading generate(const LabRequest& request, const Target& target, const RequestContext& context);
  Reading embed(const LabRequest& request, const Target& target, const RequestContext& context);
  Reply models(const LabRequest& request, const Target& target,
               const RequestContext& context) const;
  Reply reply(int status, std::string body, const RequestContext& context) const;
  Reply refuse(const ApiError& error, const RequestContext& context) const;

  RecentSet signed_calls_;  // as call_signature.h writes them
};

}  // namespace headgate::lab::gemini
