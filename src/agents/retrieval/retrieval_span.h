// The span that a search leaves: the query, the chunks with their scores and ranks, the version of
// the index, the filter. Ids and scores are always kept; the query and the text of chunks as the
// base's content policy says. Lives in the search's frame.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/knowledge/search.h"
#include "base/context.h"
#include "base/redact/redact.h"
#include "telemetry/config.h"
#include "telemetry/span.h"

namespace headgate::agents::knowledge {

struct RetrievalTools;

class RetrievalSpan {
 public:
  /// All of these outlive it.
  RetrievalSpan(const base::Context& ctx, std::string_view base, const SearchAsk& ask);

  /// The search is over: writes its record.
  void record(const base::Context& ctx, telemetry::ContentCapture capture,
              const base::Result<SearchResult>& found, const RetrievalTools& tools);
  /// The span itself, for a record of somebody else's (an agent's run); views into this.
  telemetry::Span span(const base::Context& ctx, telemetry::ContentCapture capture,
                       const base::Result<SearchResult>& found, base::Redactor& redactor);

 private:
  void fill_attributes(const base::Result<SearchResult>& found, base::Redactor& redactor);
  void add(std::string_view key, std::string value, bool is_json = false);

  std::string_view base_;
  const SearchAsk& ask_;
  base::MonoTime begun_;
  std::int64_t begun_unix_us_;
  std::string input_;
  std::string output_;
  std::string error_;
  std::vector<std::string> values_;  // of attributes
  std::vector<telemetry::Attribute> attributes_;
};

}  // namespace headgate::agents::knowledge
