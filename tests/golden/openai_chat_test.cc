// Replays tests/golden/openai_chat/*.test (the format is in README.md).
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/text/strings.h"
#include "http/sse.h"
#include "llm/openai/chat_request.h"
#include "llm/openai/chat_response.h"
#include "llm/openai/chat_stream.h"
#include "transcript.h"

namespace headgate {
namespace {

using base::json_string;
using golden::Golden;

std::string text_of(const std::optional<base::Usage>& usage) {
  if (!usage) return "none";
  std::ostringstream out;
  out << "input " << usage->input << " cached " << usage->cached << " cache_write "
      << usage->cache_write << " output " << usage->output << " reasoning " << usage->reasoning;
  return out.str();
}

std::string text_of(const std::optional<llm::openai::ProviderError>& error) {
  if (!error) return "none";
  return json_string(error->message) + " " + json_string(error->type) + " " +
         json_string(error->code);
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& text : list) out += " " + or_dash(text);
  return out;
}

std::string text_of(const llm::openai::ChunkFacts& facts) {
  std::string out = "event";
  if (facts.content) out += " content";
  if (facts.usage_only) out += " usage_only";
  if (facts.strip) out += " strip";
  if (facts.error) out += " error";
  if (facts.done) out += " done";
  return out + "\n";
}

// Drives the parser and the grammar as a relay does, the bytes cut in two at `cut`.
class Relay {
 public:
  explicit Relay(const Golden& golden)
      : stream_({.usage_is_ours = golden.options.count("usage_is_ours") > 0}) {}

  std::string run(std::string_view bytes, std::size_t cut) {
    feed(bytes.substr(0, cut));
    feed(bytes.substr(cut));
    parser_.end();
    drain();
    return facts_ + summary();
  }
  const std::string& forwarded() const { return forwarded_; }

 private:
  void feed(std::string_view bytes) {
    const std::string copy(bytes);
    parser_.feed(copy);
    drain();
  }

  void drain() {
    http::SseBlock block;
    for (auto more = parser_.next(block); more && *more; more = parser_.next(block)) {
      if (!block.has_data) {
        facts_ += "comment\n";
        forwarded_ += block.raw;
        continue;
      }
      const auto facts = stream_.on_data(block.data);
      facts_ += facts ? text_of(*facts) : "failed: " + facts.error().detail + "\n";
      if (facts && !facts->strip) forwarded_ += block.raw;
    }
  }

  std::string summary() const {
    std::string out = stream_.complete()    ? "complete"
                      : stream_.truncated() ? "truncated"
                                            : "failed";
    out += "\nid " + or_dash(stream_.id()) + "\nmodel " + or_dash(stream_.model());
    out += "\nfinish" + joined(stream_.finish_reasons()) + "\nusage " + text_of(stream_.usage());
    out += "\ntext " + json_string(stream_.text());
    if (!stream_.refusal().empty()) out += "\nrefusal " + json_string(stream_.refusal());
    if (!stream_.tool_calls().empty()) out += "\ntool_calls " + stream_.tool_calls_json();
    if (stream_.error()) out += "\nerror " + text_of(stream_.error());
    if (parser_.pending() > 0) out += "\npending " + std::to_string(parser_.pending());
    return out + "\n";
  }

  http::SseParser parser_;
  llm::openai::ChatStream stream_;
  std::string facts_;
  std::string forwarded_;
};

std::string response_facts(const std::string& body) {
  const auto response = llm::openai::scan_chat_response(body);
  if (!response) return "failed: " + response.error().detail + "\n";
  std::string out = "id " + or_dash(response->id) + "\nmodel " + or_dash(response->model);
  out += "\nfinish" + joined(response->finish_reasons) + "\nusage " + text_of(response->usage);
  out += "\ntext " + json_string(response->content.decode());
  if (!response->refusal.empty()) out += "\nrefusal " + json_string(response->refusal.decode());
  if (!response->tool_calls.empty()) out += "\ntool_calls " + std::string(response->tool_calls);
  if (response->error) out += "\nerror " + text_of(response->error);
  return out + "\n";
}

std::string request_facts(const std::string& body) {
  const auto request = llm::openai::scan_chat_request(body);
  if (!request) {
    return "failed " + request.error().param + ": " + request.error().detail + "\n";
  }
  std::ostringstream out;
  out << "model " << request->model << "\nstream " << request->stream << "\nmessages "
      << request->messages_count << "\nn " << request->candidates << "\ntools "
      << request->has_tools << "\nuser " << or_dash(request->user) << "\nmax_tokens ";
  request->output_tokens_max ? out << *request->output_tokens_max : out << "none";
  out << "\nusage_asked " << request->usage_asked() << "\nsent\n";
  out << llm::openai::edit_chat_request(body, *request, {.model = "up", .include_usage = true})
             .value_or(body);
  return out.str();
}

class GoldenChat : public testing::TestWithParam<Golden> {};

TEST_P(GoldenChat, replays) {
  Golden golden = GetParam();
  const std::string kind = golden.options["kind"];
  if (kind == "response") {
    EXPECT_EQ(response_facts(golden.bytes), golden.facts);
  } else if (kind == "request") {
    EXPECT_EQ(request_facts(golden.bytes), golden.facts);
  } else {
    ASSERT_EQ(kind, "stream");
    Relay whole(golden);
    EXPECT_EQ(whole.run(golden.bytes, 0), golden.facts);
    for (std::size_t cut = 1; cut < golden.bytes.size(); ++cut) {
      Relay relay(golden);
      ASSERT_EQ(relay.run(golden.bytes, cut), golden.facts) << "cut at " << cut;
      ASSERT_EQ(relay.forwarded(), whole.forwarded()) << "cut at " << cut;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(openai_chat, GoldenChat, testing::ValuesIn(golden::all("openai_chat")),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace headgate
