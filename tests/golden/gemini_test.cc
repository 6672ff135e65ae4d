// Replays tests/golden/gemini/*.test (the format is in README.md).
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/text/strings.h"
#include "llm/codecs.h"
#include "llm/gemini/answer.h"
#include "llm/gemini/errors.h"
#include "llm/gemini/request_decode.h"
#include "llm/gemini/request_encode.h"
#include "llm/gemini/request_scan.h"
#include "llm/gemini/stream_reader.h"
#include "llm/gemini/stream_writer.h"
#include "llm/gemini_wire/array_stream.h"
#include "transcript.h"

namespace headgate {
namespace {

namespace gemini = llm::gemini;
namespace chat = llm::chat;
using base::json_string;
using golden::Golden;

// The dialect that the bytes are in.
chat::Dialect from(const Golden& golden) { return golden.dialect("from", chat::Dialect::gemini); }

std::string text_of(const base::Usage& usage) {
  std::ostringstream out;
  out << "usage input " << usage.input << " cached " << usage.cached << " output " << usage.output
      << " reasoning " << usage.reasoning << " audio " << usage.input_audio << "/"
      << usage.output_audio << " tier " << static_cast<int>(usage.tier);
  return out.str();
}

std::string text_of(const chat::Signature& signature) {
  if (signature.empty()) return {};
  return " signed " + std::string(name(signature.origin)) + " " + signature.value;
}

std::string text_of(const chat::Part& part);

std::string text_of(const chat::ToolResult& result) {
  std::string out = (result.is_error ? "failure of " : "result of ") + result.call_id + " " +
                    (result.name.empty() ? "-" : result.name);
  for (const chat::Part& piece : result.content) out += " (" + text_of(piece) + ")";
  return out;
}

std::string text_of(const chat::Media& media) {
  constexpr const char* kKinds[] = {"image", "audio", "video", "document"};
  std::string out = kKinds[static_cast<std::size_t>(media.kind)];
  out += " " + (media.mime.empty() ? "-" : media.mime);
  if (!media.data.empty()) out += " data " + media.data;
  if (!media.url.empty()) out += " url " + media.url;
  if (!media.file_id.empty()) out += " file " + media.file_id;
  return out;
}

std::string text_of(const chat::Part& part) {
  std::string out;
  if (const auto* text = part.as<chat::Text>()) {
    out = "text " + json_string(text->text);
  } else if (const auto* thoughts = part.as<chat::Reasoning>()) {
    out = "thoughts " + json_string(thoughts->text) + text_of(thoughts->signature);
  } else if (const auto* call = part.as<chat::ToolCall>()) {
    out = "call " + call->id + " " + call->name + " " + call->arguments + text_of(call->signature);
  } else if (const auto* result = part.as<chat::ToolResult>()) {
    out = text_of(*result);
  } else if (const auto* media = part.as<chat::Media>()) {
    out = text_of(*media);
  } else if (const auto* opaque = part.as<chat::Opaque>()) {
    out = "opaque " + opaque->type + " " + opaque->json;
  }
  for (const chat::Extra& extra : part.extras) out += " " + extra.name + " " + extra.json;
  return out;
}

std::string text_of(const chat::ProviderError& error) {
  std::string out =
      error.type + " " + std::to_string(error.status) + " " + json_string(error.message);
  if (!error.code.empty()) out += " code " + error.code;
  if (error.retry_after_ms) out += " again in " + std::to_string(*error.retry_after_ms) + " ms";
  return out;
}

std::string text_of(const chat::Event& event) {
  const auto at = [](std::uint32_t candidate, std::uint32_t index) {
    return std::to_string(candidate) + "." + std::to_string(index);
  };
  if (const auto* begin = std::get_if<chat::Begin>(&event)) {
    return "begin " + begin->id + " " + begin->model;
  }
  if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
    return at(part->candidate, part->index) + " " + text_of(part->part);
  }
  if (const auto* delta = std::get_if<chat::Delta>(&event)) {
    return at(delta->candidate, delta->index) + " + " + json_string(delta->value);
  }
  if (const auto* end = std::get_if<chat::PartEnd>(&event)) {
    return at(end->candidate, end->index) + " end";
  }
  if (const auto* stop = std::get_if<chat::Stop>(&event)) {
    return std::to_string(stop->candidate) + " stop " + std::string(name(stop->reason)) + " " +
           stop->native;
  }
  if (const auto* seen = std::get_if<chat::UsageSeen>(&event)) return text_of(seen->usage);
  if (const auto* failed = std::get_if<chat::Failed>(&event)) {
    return "failed " + text_of(failed->error);
  }
  return "end";
}

// Drives splitter, reader, grammar and writer as a relay does, the bytes cut in two at `cut`.
class Relay {
 public:
  Relay(chat::Dialect from, bool as_array)
      : as_array_(as_array),
        reader_(llm::codec(from).stream_reader({})),
        writer_({}, as_array ? gemini::Framing::array : gemini::Framing::sse) {}

  std::string run(std::string_view bytes, std::size_t cut) {
    if (as_array_) {
      split(bytes.substr(0, cut));
      split(bytes.substr(cut));
    }
    auto ok = as_array_ ? drive_.finish() : drive_.run(bytes, cut);
    if (!split_ok_) ok = split_ok_;
    if (!ok) {
      facts_ +=
          "error " + std::string(base::row(ok.error().code).name) + " " + ok.error().detail + "\n";
      writer_.fail(ok.error(), "req_1", written_);
    }
    return drive_.wrong() + facts_ + "written\n" + written_ + (as_array_ ? "\n" : "");
  }
  const chat::Events& events() const { return drive_.events(); }
  const std::string& written() const { return written_; }

 private:
  void split(std::string_view bytes) {
    const std::string copy(bytes);
    splitter_.feed(copy);
    std::string_view object;
    while (split_ok_) {
      const auto more = splitter_.next(object);
      if (!more) split_ok_ = more.error();
      if (!more || !*more) return;
      if (!drive_.read({}, object)) return;
    }
  }

  bool as_array_;
  gemini::ArraySplitter splitter_;
  base::Result<void> split_ok_;
  std::unique_ptr<chat::StreamReader> reader_;
  gemini::StreamWriter writer_;
  std::string facts_;
  std::string written_;
  golden::Drive drive_{*reader_, [this](const chat::Event& event) {
                         facts_ += text_of(event) + "\n";
                         writer_.write(event, written_);
                       }};
};

std::string stream_facts(const Golden& golden, std::size_t cut) {
  Relay relay(from(golden), golden.options.at("kind") == "array");
  return relay.run(golden.bytes, cut);
}

// What our writer made of a stream of our own reads as the same answer.
void expect_rewritable(const Golden& golden) {
  const bool as_array = golden.options.at("kind") == "array";
  Relay whole(from(golden), as_array);
  whole.run(golden.bytes, 0);
  if (from(golden) != chat::Dialect::gemini || whole.events().empty() ||
      !std::holds_alternative<chat::End>(whole.events().back())) {
    return;
  }
  Relay again(chat::Dialect::gemini, as_array);
  again.run(whole.written(), whole.written().size() / 2);
  EXPECT_EQ(golden::assembled(again.events()), golden::assembled(whole.events()))
      << whole.written();
}

std::string answer_facts(const Golden& golden) {
  const auto answer = llm::codec(from(golden)).decode_answer(golden.bytes, {});
  if (!answer) {
    return "error " + std::string(base::row(answer.error().code).name) + " " +
           answer.error().detail + "\n";
  }
  std::string out = "begin " + answer->id + " " + answer->model + "\n";
  for (const chat::Candidate& candidate : answer->candidates) {
    for (const chat::Part& part : candidate.parts) out += text_of(part) + "\n";
    if (!candidate.logprobs.empty()) out += "logprobs " + candidate.logprobs + "\n";
    for (const chat::Extra& extra : candidate.extras) {
      out += "extra " + extra.name + " " + extra.json + "\n";
    }
    out += "stop " + std::string(name(candidate.stop)) + " " + candidate.stop_native + "\n";
  }
  if (answer->usage) out += text_of(*answer->usage) + "\n";
  for (const chat::Extra& extra : answer->extras) {
    out += "extra " + extra.name + " " + extra.json + "\n";
  }
  return out + "written\n" + gemini::encode_answer(*answer, {}) + "\n";
}

std::string error_facts(const Golden& golden) {
  const auto error = gemini::read_error_body(golden.bytes);
  if (!error) return "none\n";
  return text_of(*error) + "\nwritten\n" + gemini::error_body(*error) + "\n";
}

std::string scan_facts(const std::string& body, const chat::Source& source) {
  const auto head = gemini::scan_request(body, source, {});
  if (!head) return "refused " + head.error().param + ": " + head.error().detail + "\n";
  std::ostringstream out;
  out << "model " << head->model << " contents " << head->messages_count << " tools "
      << head->has_tools << " cached " << head->has_cache_marks << " candidates "
      << head->candidates << " at most ";
  head->output_tokens_max ? out << *head->output_tokens_max : out << "-";
  return out.str() + "\n";
}

std::string request_facts(const Golden& golden) {
  const std::string model = golden.option("model", "gemini-3-flash");
  const std::string target = golden.option("target", model);
  const std::string body = golden.bytes.substr(0, golden.bytes.size() - 1);
  const std::string version = golden.option("version", "");
  const chat::Source source{.model = model, .api_version = version};
  std::string out;
  if (from(golden) == chat::Dialect::gemini) out += scan_facts(body, source);
  const auto request = llm::codec(from(golden)).decode_request(body, source, {});
  if (!request) {
    return out + "refused " + request.error().param + ": " + request.error().detail + "\n";
  }
  for (const chat::Message& message : request->messages) {
    out += std::string(name(message.role)) + "\n";
    for (const chat::Part& part : message.parts) out += "  " + text_of(part) + "\n";
  }
  chat::Losses losses;
  out += "written\n" + gemini::encode_request(*request, {.model = target}, losses) + "\n";
  for (const chat::Loss& loss : losses) {
    const bool hint = loss.weight == chat::Loss::Weight::hint;
    out += (hint ? "hint " : "meaning ") + loss.field + ": " + loss.why + "\n";
  }
  return out;
}

std::string facts_of(const Golden& golden) {
  const std::string& kind = golden.options.at("kind");
  if (kind == "response") return answer_facts(golden);
  if (kind == "error") return error_facts(golden);
  return kind == "request" ? request_facts(golden) : stream_facts(golden, 0);
}

class GoldenGemini : public testing::TestWithParam<Golden> {};

TEST_P(GoldenGemini, replays) {
  const Golden& golden = GetParam();
  EXPECT_EQ(facts_of(golden), golden.facts);
  const std::string& kind = golden.options.at("kind");
  if (kind != "stream" && kind != "array") return;
  for (std::size_t cut = 1; cut < golden.bytes.size(); ++cut) {
    ASSERT_EQ(stream_facts(golden, cut), golden.facts) << "cut at " << cut;
  }
  expect_rewritable(golden);
}

INSTANTIATE_TEST_SUITE_P(gemini, GoldenGemini, testing::ValuesIn(golden::all("gemini")),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace headgate
