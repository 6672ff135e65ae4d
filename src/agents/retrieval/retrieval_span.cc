#include "agents/retrieval/retrieval_span.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "agents/retrieval/result_json.h"
#include "agents/retrieval/retriever.h"
#include "base/async/loop.h"
#include "base/json/writer.h"
#include "telemetry/content/keep.h"
#include "telemetry/exchange_of.h"

namespace headgate::agents::knowledge {
namespace {

constexpr std::size_t kContentBytesMax = 256 * 1024;  // of the text of all chunks
constexpr std::size_t kAttributesMax = 8;

std::string labels_json(const Labels& labels) {
  std::string out;
  base::json::Writer to(out);
  to.begin_array();
  for (const auto& [name, value] : labels) to.string(name + "=" + value);
  to.end_array();
  return out;
}

}  // namespace

RetrievalSpan::RetrievalSpan(const base::Context& ctx, std::string_view base, const SearchAsk& ask)
    : base_(base), ask_(ask), begun_(ctx.loop.now()), begun_unix_us_(ctx.loop.clock().unix_us()) {
  values_.reserve(kAttributesMax);  // views of them are given out
}

void RetrievalSpan::add(std::string_view key, std::string value, bool is_json) {
  values_.push_back(std::move(value));
  attributes_.push_back({key, values_.back(), is_json});
}

void RetrievalSpan::fill_attributes(const base::Result<SearchResult>& found,
                                    base::Redactor& redactor) {
  add("gen_ai.data_source.id", std::string(base_));
  add("gen_ai.request.top_k", std::to_string(ask_.count), true);
  add("headgate.knowledge.mode", std::string(name(ask_.mode)));
  if (!ask_.filter.labels.empty()) {
    add("headgate.knowledge.labels", redactor.redacted(labels_json(ask_.filter.labels)), true);
  }
  if (!found) return;
  add("headgate.knowledge.index_version", found->version.text());
  add("headgate.knowledge.results", std::to_string(found->chunks.size()), true);
  if (!found->version.model.empty()) {
    add("headgate.knowledge.embedding_model", found->version.model);
  }
  if (found->notice.empty()) return;
  add("headgate.knowledge.without_vectors", redactor.redacted(found->notice));
}

telemetry::Span RetrievalSpan::span(const base::Context& ctx, telemetry::ContentCapture capture,
                                    const base::Result<SearchResult>& found,
                                    base::Redactor& redactor) {
  telemetry::Span out;
  out.kind = telemetry::SpanKind::retrieval;
  out.id = ctx.trace.span;
  out.parent = ctx.trace.parent;
  out.name = base_;
  out.start_unix_us = begun_unix_us_;
  out.duration_us = std::chrono::duration_cast<base::microseconds>(ctx.loop.now() - begun_).count();
  out.input = telemetry::keep_content(ask_.query, capture, kContentBytesMax, redactor, input_,
                                      out.input_cut_bytes);
  fill_attributes(found, redactor);
  out.attributes = attributes_;
  if (!found) {
    out.error = found.error().code;
    error_ = redactor.redacted(found.error().detail);
    out.error_message = error_;
    return out;
  }
  std::size_t left = kContentBytesMax;
  const auto kept = [&](const std::string& text, std::string& storage) {
    const std::string_view some =
        telemetry::keep_content(text, capture, left, redactor, storage, out.output_cut_bytes);
    left -= std::min(left, some.size());
    return some;
  };
  output_.clear();
  base::json::Writer to(output_);
  to.begin_array();
  for (const FoundChunk& chunk : found->chunks) {
    std::string storage;
    to.begin_object();
    write_ranks(to, chunk);
    const std::string_view text = kept(chunk.text, storage);
    if (!text.empty()) to.member("content", text);
    to.end_object();
  }
  to.end_array();
  out.output = output_;
  return out;
}

void RetrievalSpan::record(const base::Context& ctx, telemetry::ContentCapture capture,
                           const base::Result<SearchResult>& found, const RetrievalTools& tools) {
  const std::array<telemetry::Span, 1> spans{span(ctx, capture, found, tools.redactor)};
  telemetry::ExchangeRecord out = telemetry::exchange_of(ctx);
  out.spans = spans;
  tools.sink.record(out);
}

}  // namespace headgate::agents::knowledge
