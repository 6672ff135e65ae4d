// Replays tests/golden/anthropic/*.test (the format is in README.md).
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/text/strings.h"
#include "llm/anthropic/answer.h"
#include "llm/anthropic/errors.h"
#include "llm/anthropic/request_decode.h"
#include "llm/anthropic/request_encode.h"
#include "llm/anthropic/request_scan.h"
#include "llm/anthropic/stream_reader.h"
#include "llm/anthropic/stream_writer.h"
#include "transcript.h"

namespace headgate {
namespace {

namespace anthropic = llm::anthropic;
namespace chat = llm::chat;
using base::json_string;
using golden::Golden;

std::string text_of(const base::Usage& usage) {
  std::ostringstream out;
  out << "usage input " << usage.input << " cached " << usage.cached << " cache_write "
      << usage.cache_write << " cache_write_long " << usage.cache_write_long << " output "
      << usage.output << " reasoning " << usage.reasoning << " web_searches " << usage.web_searches
      << " tier " << static_cast<int>(usage.tier);
  return out.str();
}

std::string text_of(const chat::Part& part) {
  std::string out;
  if (const auto* text = part.as<chat::Text>()) {
    out = "text " + json_string(text->text);
    if (!text->annotations.empty()) out += " citing " + text->annotations;
  } else if (const auto* thoughts = part.as<chat::Reasoning>()) {
    out = thoughts->redacted ? "redacted" : "thoughts " + json_string(thoughts->text);
    out += " signed " + std::string(name(thoughts->signature.origin)) + " " +
           json_string(thoughts->signature.value);
  } else if (const auto* call = part.as<chat::ToolCall>()) {
    out = "call " + call->id + " " + call->name + " " + call->arguments;
  } else if (const auto* opaque = part.as<chat::Opaque>()) {
    out = "opaque " + opaque->json;
  }
  for (const chat::Extra& extra : part.extras) out += " " + extra.name + " " + extra.json;
  return out;
}

std::string text_of(const chat::Event& event) {
  if (const auto* begin = std::get_if<chat::Begin>(&event)) {
    return "begin " + begin->id + " " + begin->model;
  }
  if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
    return std::to_string(part->index) + " " + text_of(part->part);
  }
  if (const auto* delta = std::get_if<chat::Delta>(&event)) {
    return std::to_string(delta->index) + " + " + json_string(delta->value);
  }
  if (const auto* end = std::get_if<chat::PartEnd>(&event)) {
    return std::to_string(end->index) + " end";
  }
  if (const auto* stop = std::get_if<chat::Stop>(&event)) {
    return "stop " + std::string(name(stop->reason)) + " " + stop->native +
           (stop->sequence.empty() ? "" : " " + json_string(stop->sequence));
  }
  if (const auto* seen = std::get_if<chat::UsageSeen>(&event)) return text_of(seen->usage);
  if (const auto* failed = std::get_if<chat::Failed>(&event)) {
    const chat::ProviderError& error = failed->error;
    return "failed " + error.type + " " + std::to_string(error.status) + " " +
           json_string(error.message);
  }
  return "end";
}

// Drives parser, reader and grammar as a relay does, the bytes cut in two at `cut`.
class Relay {
 public:
  std::string run(std::string_view bytes, std::size_t cut) {
    const auto ok = drive_.run(bytes, cut);
    if (!ok) facts_ += "error " + ok.error().detail + "\n";
    return drive_.wrong() + facts_;
  }
  const chat::Events& events() const { return drive_.events(); }

 private:
  anthropic::StreamReader reader_;
  std::string facts_;
  golden::Drive drive_{reader_,
                       [this](const chat::Event& event) { facts_ += text_of(event) + "\n"; }};
};

// What our writer makes of the events reads as the same answer.
void expect_rewritable(const chat::Events& events) {
  anthropic::StreamWriter writer(chat::AnswerContext{});
  std::string bytes;
  for (const chat::Event& event : events) writer.write(event, bytes);
  Relay again;
  const std::string facts = again.run(bytes, bytes.size() / 2);
  EXPECT_EQ(facts.find("error "), std::string::npos) << facts;
  EXPECT_EQ(golden::assembled(again.events()), golden::assembled(events)) << bytes;
}

void check_stream(const Golden& golden) {
  Relay whole;
  EXPECT_EQ(whole.run(golden.bytes, 0), golden.facts);
  for (std::size_t cut = 1; cut < golden.bytes.size(); ++cut) {
    Relay relay;
    ASSERT_EQ(relay.run(golden.bytes, cut), golden.facts) << "cut at " << cut;
  }
  if (!whole.events().empty() && std::holds_alternative<chat::End>(whole.events().back())) {
    expect_rewritable(whole.events());
  }
}

std::string answer_facts(const std::string& body) {
  const auto answer = anthropic::decode_answer(body);
  if (!answer) return "error " + answer.error().detail + "\n";
  std::string out = "begin " + answer->id + " " + answer->model + "\n";
  const chat::Candidate& candidate = answer->candidates.at(0);
  for (const chat::Part& part : candidate.parts) out += text_of(part) + "\n";
  out += "stop " + std::string(name(candidate.stop)) + " " + candidate.stop_native + "\n";
  if (answer->usage) out += text_of(*answer->usage) + "\n";
  return out + "again " + anthropic::encode_answer(*answer, {}) + "\n";
}

std::string error_facts(const std::string& body) {
  const auto error = anthropic::read_error_body(body);
  if (!error) return "none\n";
  return "type " + error->type + "\ncode " + error->code + "\nstatus " +
         std::to_string(error->status) + "\nmessage " + json_string(error->message) + "\n";
}

std::string request_facts(const Golden& golden) {
  const std::string version = golden.options.at("version");
  const auto target = golden.options.find("target");
  const std::string body = golden.bytes.substr(0, golden.bytes.size() - 1);
  const auto head = anthropic::scan_request(body);
  if (!head) return "refused " + head.error().param + ": " + head.error().detail + "\n";
  std::ostringstream out;
  out << "model " << head->model << "\nstream " << head->stream << "\nmessages "
      << head->messages_count << "\ntools " << head->has_tools << "\nuser " << head->user
      << "\nmarked " << head->has_cache_marks << "\n";
  chat::Edits edits;
  edits.model = "up";
  edits.mark_cache = true;
  out << "sent " << anthropic::edit_request(body, *head, edits).value_or(body) << "\n";
  const auto request = anthropic::decode_request(body, {.api_version = version});
  if (!request) {
    out << "refused " << request.error().param << ": " << request.error().detail << "\n";
    return out.str();
  }
  chat::Losses losses;
  const std::string_view to = target == golden.options.end() ? version : target->second;
  out << "anew " << anthropic::encode_request(*request, {.model = "up", .api_version = to}, losses)
      << "\n";
  for (const chat::Loss& loss : losses) {
    out << (loss.weight == chat::Loss::Weight::hint ? "hint " : "loss ") << loss.field << ": "
        << loss.why << "\n";
  }
  return out.str();
}

class GoldenAnthropic : public testing::TestWithParam<Golden> {};

TEST_P(GoldenAnthropic, replays) {
  Golden golden = GetParam();
  const std::string kind = golden.options["kind"];
  if (kind == "stream") {
    check_stream(golden);
  } else if (kind == "response") {
    EXPECT_EQ(answer_facts(golden.bytes), golden.facts);
  } else if (kind == "error") {
    EXPECT_EQ(error_facts(golden.bytes), golden.facts);
  } else {
    ASSERT_EQ(kind, "request");
    EXPECT_EQ(request_facts(golden), golden.facts);
  }
}

INSTANTIATE_TEST_SUITE_P(anthropic, GoldenAnthropic, testing::ValuesIn(golden::all("anthropic")),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace headgate
