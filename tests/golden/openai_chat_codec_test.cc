// Replays tests/golden/openai_chat_codec/*.test (the format is in README.md).
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/text/strings.h"
#include "llm/openai_chat/answer.h"
#include "llm/openai_chat/request_decode.h"
#include "llm/openai_chat/request_encode.h"
#include "llm/openai_chat/stream_reader.h"
#include "llm/openai_chat/stream_writer.h"
#include "transcript.h"

namespace headgate {
namespace {

namespace codec = llm::openai_chat;
namespace chat = llm::chat;
using base::json_string;
using golden::Golden;

std::string text_of(const base::Usage& usage) {
  std::ostringstream out;
  out << "usage input " << usage.input << " cached " << usage.cached << " cache_write "
      << usage.cache_write << " output " << usage.output << " reasoning " << usage.reasoning
      << " tier " << static_cast<int>(usage.tier);
  return out.str();
}

std::string text_of(const chat::Media& media) {
  std::string out;
  if (!media.mime.empty()) out += " " + media.mime;
  if (!media.data.empty()) out += " data " + media.data;
  if (!media.url.empty()) out += " url " + media.url;
  if (!media.file_id.empty()) out += " id " + media.file_id;
  if (!media.filename.empty()) out += " named " + media.filename;
  if (!media.detail.empty()) out += " detail " + media.detail;
  return out;
}

std::string text_of(const chat::Part& part);

std::string text_of(const chat::ToolResult& result) {
  std::string out = "result of " + result.call_id + " " + result.name;
  for (const chat::Part& piece : result.content) out += " (" + text_of(piece) + ")";
  return out;
}

std::string text_of(const chat::Part& part) {
  std::string out;
  if (const auto* text = part.as<chat::Text>()) {
    out = "text " + json_string(text->text);
    if (!text->annotations.empty()) out += " citing " + text->annotations;
  } else if (const auto* refusal = part.as<chat::Refusal>()) {
    out = "refusal " + json_string(refusal->text);
  } else if (const auto* thoughts = part.as<chat::Reasoning>()) {
    out = "thoughts " + json_string(thoughts->text);
  } else if (const auto* media = part.as<chat::Media>()) {
    constexpr const char* kKinds[] = {"image", "audio", "video", "document"};
    out = kKinds[static_cast<std::size_t>(media->kind)] + text_of(*media);
  } else if (const auto* call = part.as<chat::ToolCall>()) {
    out = (call->custom ? "custom call " : "call ") + call->id + " " + call->name;
    if (!call->arguments.empty()) out += " " + json_string(call->arguments);
    if (!call->signature.empty()) out += " signed " + call->signature.value;
  } else if (const auto* result = part.as<chat::ToolResult>()) {
    out = text_of(*result);
  } else if (const auto* opaque = part.as<chat::Opaque>()) {
    out = "opaque " + opaque->json;
  }
  if (part.cache) out += " cached" + (part.cache->ttl.empty() ? "" : " " + part.cache->ttl);
  for (const chat::Extra& extra : part.extras) out += " " + extra.name + " " + extra.json;
  return out;
}

std::string text_of(const chat::Event& event) {
  if (const auto* begin = std::get_if<chat::Begin>(&event)) {
    return "begin " + begin->id + " " + begin->model;
  }
  const auto at = [](std::uint32_t candidate, std::uint32_t index) {
    return std::to_string(candidate) + "." + std::to_string(index) + " ";
  };
  if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
    return at(part->candidate, part->index) + text_of(part->part);
  }
  if (const auto* delta = std::get_if<chat::Delta>(&event)) {
    constexpr const char* kKinds[] = {"text",     "arguments", "signature", "annotations",
                                      "logprobs", "data",      "opaque"};
    return at(delta->candidate, delta->index) + "+ " +
           kKinds[static_cast<std::size_t>(delta->kind)] + " " + json_string(delta->value);
  }
  if (const auto* end = std::get_if<chat::PartEnd>(&event)) {
    return at(end->candidate, end->index) + "end";
  }
  if (const auto* stop = std::get_if<chat::Stop>(&event)) {
    return "stop " + std::to_string(stop->candidate) + " " + std::string(name(stop->reason)) + " " +
           stop->native + (stop->sequence.empty() ? "" : " " + json_string(stop->sequence));
  }
  if (const auto* seen = std::get_if<chat::UsageSeen>(&event)) return text_of(seen->usage);
  if (const auto* failed = std::get_if<chat::Failed>(&event)) {
    const chat::ProviderError& error = failed->error;
    return "failed " + error.type + " " + std::to_string(error.status) + " " +
           json_string(error.message);
  }
  return "end";
}

// Drives parser, reader, grammar and writer as a relay does, the bytes cut in two at `cut`.
class Relay {
 public:
  explicit Relay(const Golden& golden) : writer_(context_of(golden, request_)) {}

  std::string run(std::string_view bytes, std::size_t cut) {
    const auto ok = drive_.run(bytes, cut);
    if (!ok) {
      facts_ += "error " + ok.error().detail + "\n";
      writer_.fail(ok.error(), "req_1", written_);
    }
    return drive_.wrong() + facts_ + "written\n" + written_;
  }

 private:
  static chat::AnswerContext context_of(const Golden& golden, chat::Request& request) {
    request.model = "asked-for";
    request.usage_in_stream = golden.has("usage_asked");
    return {.request = &request, .created_s = 1'700'000'001};
  }

  chat::Request request_;
  codec::StreamReader reader_{chat::Limits{}};
  codec::StreamWriter writer_;
  std::string facts_;
  std::string written_;
  golden::Drive drive_{reader_, [this](const chat::Event& event) {
                         facts_ += text_of(event) + "\n";
                         writer_.write(event, written_);
                       }};
};

std::string answer_facts(const Golden& golden) {
  auto answer = codec::decode_answer(golden.bytes, {});
  if (!answer) return "error " + answer.error().detail + "\n";
  std::string out = "begin " + answer->id + " " + answer->model + "\n";
  for (const chat::Candidate& candidate : answer->candidates) {
    for (const chat::Part& part : candidate.parts) out += text_of(part) + "\n";
    if (!candidate.logprobs.empty()) out += "logprobs " + candidate.logprobs + "\n";
    out += "stop " + std::string(name(candidate.stop)) + " " + candidate.stop_native + "\n";
    for (const chat::Extra& extra : candidate.extras) {
      out += "extra " + extra.name + " " + extra.json + "\n";
    }
  }
  if (answer->usage) out += text_of(*answer->usage) + "\n";
  for (const chat::Extra& extra : answer->extras) {
    out += "extra " + extra.name + " " + extra.json + "\n";
  }
  answer->origin = golden.dialect("as", chat::Dialect::openai_chat);
  return out + "written\n" + codec::encode_answer(*answer, {}) + "\n";
}

std::string settings_of(const chat::Request& request) {
  std::ostringstream out;
  out << "model " << request.model << (request.stream ? " streamed" : "")
      << (request.usage_in_stream ? " with usage" : "");
  if (request.output_tokens_max) out << " at most " << *request.output_tokens_max;
  if (!request.temperature.empty()) out << " temperature " << request.temperature;
  if (request.reasoning) out << " effort " << request.reasoning->effort;
  if (request.format) out << " format " << request.format->schema;
  if (request.cache) out << " cached";
  if (!request.user.empty()) out << " user " << request.user;
  out << "\n";
  for (const chat::Tool& tool : request.tools) {
    out << "tool " << tool.name << " " << tool.schema << tool.format
        << (tool.cache ? " cached" : "") << "\n";
  }
  if (request.tool_choice) out << "choice " << static_cast<int>(request.tool_choice->mode) << "\n";
  for (const chat::Extra& extra : request.extras) {
    out << "extra " << extra.name << " " << extra.json << "\n";
  }
  return out.str();
}

std::string request_facts(const Golden& golden) {
  auto request = codec::decode_request(golden.bytes, {}, {});
  if (!request) return "refused " + request.error().param + ": " + request.error().detail + "\n";
  std::string out = settings_of(*request);
  for (const chat::Message& message : request->messages) {
    out += std::string(name(message.role)) + "\n";
    for (const chat::Part& part : message.parts) out += "  " + text_of(part) + "\n";
    for (const chat::Extra& extra : message.extras) {
      out += "  extra " + extra.name + " " + extra.json + "\n";
    }
  }
  request->origin = golden.dialect("as", chat::Dialect::openai_chat);
  chat::Losses losses;
  const chat::Target target{.model = "up",
                            .old_words = golden.has("old_words"),
                            .thoughts_back = golden.has("thoughts_back")};
  out += "written\n" + codec::encode_request(*request, target, losses) + "\n";
  for (const chat::Loss& loss : losses) {
    const bool hint = loss.weight == chat::Loss::Weight::hint;
    out += (hint ? "hint " : "meaning ") + loss.field + ": " + loss.why + "\n";
  }
  return out;
}

std::string facts_of(const Golden& golden) {
  const std::string& kind = golden.options.at("kind");
  if (kind == "response") return answer_facts(golden);
  return kind == "request" ? request_facts(golden) : Relay(golden).run(golden.bytes, 0);
}

class GoldenChatCodec : public testing::TestWithParam<Golden> {};

TEST_P(GoldenChatCodec, replays) {
  const Golden& golden = GetParam();
  EXPECT_EQ(facts_of(golden), golden.facts);
  if (golden.options.at("kind") != "stream") return;
  for (std::size_t cut = 1; cut < golden.bytes.size(); ++cut) {
    ASSERT_EQ(Relay(golden).run(golden.bytes, cut), golden.facts) << "cut at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(openai_chat_codec, GoldenChatCodec,
                         testing::ValuesIn(golden::all("openai_chat_codec")),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace headgate
