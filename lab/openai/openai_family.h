// OpenAI's API as the lab speaks it: chat completions, responses, embeddings, moderations and
// models, with bearer keys, OpenAI's errors and headers. Takes what no other family claims.
// Single-threaded.
#pragma once

#include "lab/neutral/family.h"
#include "lab/openai/api_error.h"
#include "lab/responses/endpoint.h"

namespace headgate::lab::openai {

class OpenAiFamily final : public Family {
 public:
  bool owns(std::string_view path) const override;
  bool is_meant(const LabRequest&) const override { return true; }
  Reading read(const LabRequest& request, const RequestContext& context) override;
  Reply failure(const Failure& failure, const RequestContext& context) const override;
  HeaderList headers(const CompletionUsage& usage, const RequestContext& context) const override;
  std::pair<std::string, std::string> timing_header(std::int64_t ms) const override;

  void reset() override { responses_.reset(); }

 private:
  Reading chat(const LabRequest& request, const RequestContext& context);
  Reading respond(const LabRequest& request, const RequestContext& context);
  Reading embed(const LabRequest& request, const RequestContext& context) const;
  Reading moderate(const LabRequest& request, const RequestContext& context) const;
  Reply models(const LabRequest& request, const RequestContext& context) const;
  Reply reply(int status, std::string body, const RequestContext& context) const;
  Reply refuse(const ApiError& error, const RequestContext& context) const;

  responses::ResponsesEndpoint responses_;
};

}  // namespace headgate::lab::openai
