// Replays tests/golden/responses/*.test (the format is in README.md).
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/text/strings.h"
#include "llm/responses/answer.h"
#include "llm/responses/errors.h"
#include "llm/responses/request_decode.h"
#include "llm/responses/request_encode.h"
#include "llm/responses/request_scan.h"
#include "llm/responses/stored.h"
#include "llm/responses/stream_reader.h"
#include "llm/responses/stream_writer.h"
#include "transcript.h"

namespace headgate {
namespace {

namespace responses = llm::responses;
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

std::string text_of(const chat::Reasoning& thought) {
  std::string out = thought.is_summary ? "summary " : "thoughts ";
  out += thought.id + " " + json_string(thought.text);
  if (thought.redacted) out += " redacted";
  if (!thought.signature.empty()) {
    out += " signed " + std::string(name(thought.signature.origin)) + " " +
           json_string(thought.signature.value);
  }
  return out;
}

std::string text_of(const chat::ToolCall& call) {
  std::string out = call.custom ? "custom call " : "call ";
  out += call.id + " " + call.name + " " + json_string(call.arguments);
  if (!call.signature.empty()) out += " signed " + json_string(call.signature.value);
  return out;
}

std::string text_of(const chat::Part& part);

std::string text_of(const chat::ToolResult& result) {
  std::string out = result.custom ? "custom result " : "result ";
  out += result.call_id + " " + result.name;
  for (const chat::Part& part : result.content) out += " (" + text_of(part) + ")";
  return out;
}

std::string text_of(const chat::Part& part) {
  std::string out;
  if (const auto* text = part.as<chat::Text>()) {
    out = "text " + json_string(text->text);
    if (!text->annotations.empty()) out += " citing " + text->annotations;
  } else if (const auto* refusal = part.as<chat::Refusal>()) {
    out = "refusal " + json_string(refusal->text);
  } else if (const auto* thought = part.as<chat::Reasoning>()) {
    out = text_of(*thought);
  } else if (const auto* call = part.as<chat::ToolCall>()) {
    out = text_of(*call);
  } else if (const auto* result = part.as<chat::ToolResult>()) {
    out = text_of(*result);
  } else if (const auto* media = part.as<chat::Media>()) {
    out = "media " + media->mime + " " + media->data + media->url + media->file_id;
  } else if (const auto* opaque = part.as<chat::Opaque>()) {
    out = "opaque " + opaque->json;
  }
  for (const chat::Extra& extra : part.extras) out += " " + extra.name + " " + extra.json;
  if (!part.item_id.empty()) out += " of " + part.item_id;
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
    return "failed " + error.type + " " + error.code + " " + json_string(error.message);
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
  responses::StreamReader reader_;
  std::string facts_;
  golden::Drive drive_{reader_,
                       [this](const chat::Event& event) { facts_ += text_of(event) + "\n"; }};
};

// What our writer makes of the events; it reads as the same answer.
std::string rewritten(const chat::Events& events) {
  responses::StreamWriter writer(chat::AnswerContext{});
  std::string bytes;
  for (const chat::Event& event : events) writer.write(event, bytes);
  if (!std::holds_alternative<chat::End>(events.back())) return bytes;
  Relay again;
  const std::string facts = again.run(bytes, bytes.size() / 2);
  EXPECT_EQ(facts.find("error "), std::string::npos) << facts;
  EXPECT_EQ(golden::assembled(again.events()), golden::assembled(events)) << bytes;
  return bytes;
}

void check_stream(const Golden& golden) {
  Relay whole;
  const std::string facts = whole.run(golden.bytes, 0);
  const bool over = !whole.events().empty();
  EXPECT_EQ(facts + (over ? "written\n" + rewritten(whole.events()) : ""), golden.facts);
  for (std::size_t cut = 1; cut < golden.bytes.size(); ++cut) {
    Relay relay;
    ASSERT_EQ(relay.run(golden.bytes, cut), facts) << "cut at " << cut;
  }
}

std::string answer_facts(const std::string& body) {
  const auto answer = responses::decode_answer(body);
  if (!answer) return "error " + answer.error().detail + "\n";
  std::string out = "begin " + answer->id + " " + answer->model + "\n";
  const chat::Candidate& candidate = answer->candidates.at(0);
  for (const chat::Part& part : candidate.parts) out += text_of(part) + "\n";
  out += "stop " + std::string(name(candidate.stop)) + " " + candidate.stop_native + "\n";
  if (answer->usage) out += text_of(*answer->usage) + "\n";
  return out + "again " + responses::encode_answer(*answer, {}) + "\n";
}

std::string error_facts(const std::string& body) {
  const auto error = responses::read_error_body(body);
  if (!error) return "none\n";
  return "type " + error->type + "\ncode " + error->code + "\nstatus " +
         std::to_string(error->status) + "\nmessage " + json_string(error->message) + "\n";
}

std::string request_facts(const std::string& bytes) {
  const std::string body = bytes.substr(0, bytes.size() - 1);
  const auto head = responses::scan_request(body);
  if (!head) return "refused " + head.error().param + ": " + head.error().detail + "\n";
  std::ostringstream out;
  out << "model " << head->model << "\nstream " << head->stream << "\nmessages "
      << head->messages_count << "\ntools " << head->has_tools << "\nuser " << head->user
      << "\nmarked " << head->has_cache_marks << "\nstore " << head->store << "\nprevious "
      << head->previous_response_id << "\n";
  chat::Edits edits;
  edits.model = "up";
  edits.cache_key = "key";
  out << "sent " << responses::edit_request(body, *head, edits).value_or(body) << "\n";
  out << "joined " << responses::replace_previous(body, *head, "[{\"earlier\":1}]") << "\n";
  const auto request = responses::decode_request(body, {});
  if (!request) {
    out << "refused " << request.error().param << ": " << request.error().detail << "\n";
    return out.str();
  }
  for (const chat::Message& message : request->messages) {
    out << name(message.role) << "\n";
    for (const chat::Part& part : message.parts) out << "  " << text_of(part) << "\n";
  }
  chat::Losses losses;
  out << "anew " << responses::encode_request(*request, {.model = "up"}, losses) << "\n";
  for (const chat::Loss& loss : losses) {
    out << (loss.weight == chat::Loss::Weight::hint ? "hint " : "loss ") << loss.field << ": "
        << loss.why << "\n";
  }
  return out.str();
}

// The bytes are a request and, on the next line, the response to it.
std::string stored_facts(const std::string& bytes) {
  const std::size_t line = bytes.find('\n');
  const std::string response = bytes.substr(line + 1, bytes.size() - line - 2);
  const auto entry = responses::stored_entry(bytes.substr(0, line), response);
  if (!entry) return "error " + entry.error().detail + "\n";
  const std::string_view chain[] = {*entry};
  const auto items = responses::stored_items(chain);
  const auto list = responses::input_items_body(chain, {.ascending = true, .limit = 2});
  if (!items || !list) return "broken\n";
  return "entry " + *entry + "\nitems " + *items + "\nlist " + *list + "\n";
}

class GoldenResponses : public testing::TestWithParam<Golden> {};

TEST_P(GoldenResponses, replays) {
  Golden golden = GetParam();
  const std::string kind = golden.options["kind"];
  if (kind == "stream") {
    check_stream(golden);
  } else if (kind == "response") {
    EXPECT_EQ(answer_facts(golden.bytes), golden.facts);
  } else if (kind == "error") {
    EXPECT_EQ(error_facts(golden.bytes), golden.facts);
  } else if (kind == "stored") {
    EXPECT_EQ(stored_facts(golden.bytes), golden.facts);
  } else {
    ASSERT_EQ(kind, "request");
    EXPECT_EQ(request_facts(golden.bytes), golden.facts);
  }
}

INSTANTIATE_TEST_SUITE_P(responses, GoldenResponses, testing::ValuesIn(golden::all("responses")),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace headgate
