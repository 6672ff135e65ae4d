// Anthropic's API as the lab speaks it: messages, count_tokens and models, in versions 2023-06-01
// and 2026-10-21, with keys by x-api-key or bearer. Remembers which tool uses it gave after
// thinking. Single-threaded.
#pragma once

#include "lab/anthropic/api_error.h"
#include "lab/neutral/family.h"
#include "lab/neutral/recent_set.h"

namespace headgate::lab::anthropic {

class AnthropicFamily final : public Family {
 public:
  bool owns(std::string_view path) const override;
  bool is_meant(const LabRequest& request) const override;
  Reading read(const LabRequest& request, const RequestContext& context) override;
  Reply failure(const Failure& failure, const RequestContext& context) const override;
  HeaderList headers(const CompletionUsage& usage, const RequestContext& context) const override;
  std::pair<std::string, std::string> timing_header(std::int64_t ms) const override;
  void reset() override { thought_calls_.clear(); }

 private:
  Reading messages(const LabRequest& request, const RequestContext& context);
  Reply models(const LabRequest& request, const RequestContext& context) const;
  Reply reply(int status, std::string body, const RequestContext& context) const;
  Reply refuse(const ApiError& error, const RequestContext& context) const;

  RecentSet thought_calls_;  // ids of tool uses given after a thinking block
};

}  // namespace headgate::lab::anthropic
