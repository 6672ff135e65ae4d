#include "gateway/idempotency/flight_head.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "gateway/upstream/headers.h"

namespace headgate::gateway {

namespace {

constexpr std::array<std::string_view, 14> kOfTheAnswer{"location",
                                                        "content-type",
                                                        "cache-control",
                                                        "x-accel-buffering",
                                                        "x-upstream-request-id",
                                                        "x-headgate-cost-usd",
                                                        "x-headgate-attempts",
                                                        "x-headgate-model",
                                                        "x-headgate-dropped",
                                                        "retry-after",
                                                        "retry-after-ms",
                                                        "x-should-retry",
                                                        "x-headgate-degraded",
                                                        "age"};
constexpr std::string_view kTrace = "x-headgate-trace-id";
constexpr std::string_view kOriginalTrace = "x-headgate-original-trace-id";
constexpr std::string_view kTrailer = "trailer";
constexpr std::string_view kDegraded = "x-headgate-degraded";
constexpr std::string_view kQueued = "queued";

bool is_of_the_answer(std::string_view name) {
  return base::iequals(name, kOriginalTrace) ||
         std::any_of(kOfTheAnswer.begin(), kOfTheAnswer.end(),
                     [&](std::string_view entry) { return base::iequals(entry, name); });
}

template <class Use>
void each_line(std::string_view lines, const Use& use) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) use(line.substr(0, colon), line.substr(colon + 2));
  }
}

std::string_view degraded(std::string_view lines) {
  std::string_view out;
  each_line(lines, [&](std::string_view name, std::string_view value) {
    if (base::iequals(name, kDegraded)) out = value;
  });
  return out;
}

void add_answer_lines(std::string_view lines, http::ReplyHead& out) {
  each_line(lines, [&](std::string_view name, std::string_view value) {
    if (is_of_the_answer(name)) out.add(name, value);
    if (base::iequals(name, kTrace)) out.add(kOriginalTrace, value);
  });
}

}  // namespace

bool is_degraded(const http::ReplyHead& head) {
  const std::string_view how = degraded(head.bytes());
  return !how.empty() && how != kQueued;
}

bool is_queued(std::string_view lines) { return degraded(lines) == kQueued; }

void add_kept_lines(std::string_view lines, http::ReplyHead& out) { add_answer_lines(lines, out); }

std::string kept_lines(const http::ReplyHead& head, std::string_view trailers) {
  http::ReplyHead out(head.status());
  add_answer_lines(head.bytes(), out);
  add_answer_lines(trailers, out);
  return out.bytes();
}

http::ReplyHead own_head(const FlightHead& head, bool takes_trailers) {
  http::ReplyHead out(head.status);
  each_line(head.lines, [&](std::string_view name, std::string_view value) {
    if (takes_trailers || !base::iequals(name, kTrailer)) out.add(name, value);
  });
  return out;
}

http::ReplyHead copied_head(const FlightHead& head, const base::Context& ctx, bool takes_trailers) {
  http::ReplyHead out(head.status);
  add_answer_lines(head.lines, out);
  add_ids(ctx, out);
  if (head.status < 300) out.add("idempotent-replayed", "true");
  if (head.streamed && !head.kept && takes_trailers) out.add(kTrailer, "x-headgate-cost-usd");
  return out;
}

}  // namespace headgate::gateway
