#include "answers.h"

#include <boost/json.hpp>

#include <array>
#include <utility>

namespace headgate::sim {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 12> kWords{"hello ",
                                                  "the ",
                                                  "\"quoted\" ",
                                                  "line\nend ",
                                                  "back\\slash ",
                                                  "\xC3\xBC"
                                                  "ber ",
                                                  "data: ",
                                                  "[DONE] ",
                                                  "\xE6\x97\xA5\xE6\x9C\xAC ",
                                                  "\xF0\x9F\x98\x80 ",
                                                  "{\"a\":1} ",
                                                  "\t"};

std::string event(std::string_view name, const json::value& data) {
  std::string out;
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  return out + "data: " + json::serialize(data) + "\n\n";
}

json::object openai_usage(const Answer& answer) {
  return {{"prompt_tokens", answer.input},
          {"completion_tokens", answer.output},
          {"total_tokens", answer.input + answer.output}};
}

json::object openai_chunk(const Answer& answer, json::array choices, json::value usage) {
  return {
      {"id", answer.id},       {"object", "chat.completion.chunk"}, {"created", 1},
      {"model", answer.model}, {"choices", std::move(choices)},     {"usage", std::move(usage)}};
}

json::array openai_delta(json::object delta, json::value finish) {
  return {json::object{
      {"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish)}}};
}

StreamEvents openai_stream(const Answer& answer) {
  StreamEvents out;
  const auto add = [&](const json::value& data) { out.events.push_back(event({}, data)); };
  add(openai_chunk(answer, openai_delta({{"role", "assistant"}, {"content", ""}}, nullptr),
                   nullptr));
  out.first_content = out.events.size();
  for (const auto& piece : answer.pieces) {
    add(openai_chunk(answer, openai_delta({{"content", piece}}, nullptr), nullptr));
  }
  out.finish = out.events.size();
  add(openai_chunk(answer, openai_delta({}, json::string(answer.finish)), nullptr));
  out.usage = out.events.size();
  if (answer.has_usage) add(openai_chunk(answer, {}, openai_usage(answer)));
  out.last = out.events.size();
  out.events.emplace_back("data: [DONE]\n\n");
  return out;
}

std::string_view anthropic_stop(const Answer& answer) {
  if (answer.finish == "length") return "max_tokens";
  return answer.finish == "content_filter" ? "refusal" : "end_turn";
}

json::object anthropic_message(const Answer& answer, json::array content, json::value stop,
                               std::int64_t output) {
  json::object usage{{"input_tokens", answer.input}, {"output_tokens", output}};
  return {{"id", answer.id},
          {"type", "message"},
          {"role", "assistant"},
          {"model", answer.model},
          {"content", std::move(content)},
          {"stop_reason", std::move(stop)},
          {"stop_sequence", nullptr},
          {"usage", std::move(usage)}};
}

StreamEvents anthropic_stream(const Answer& answer) {
  StreamEvents out;
  const auto add = [&](std::string_view name, json::object data) {
    data["type"] = name;
    out.events.push_back(event(name, data));
  };
  add("message_start", {{"message", anthropic_message(answer, {}, nullptr, 1)}});
  add("content_block_start", {{"index", 0}, {"content_block", {{"type", "text"}, {"text", ""}}}});
  add("ping", {});
  out.first_content = out.events.size();
  for (const auto& piece : answer.pieces) {
    add("content_block_delta",
        {{"index", 0}, {"delta", {{"type", "text_delta"}, {"text", piece}}}});
  }
  add("content_block_stop", {{"index", 0}});
  out.finish = out.usage = out.events.size();
  add("message_delta",
      {{"delta", {{"stop_reason", anthropic_stop(answer)}, {"stop_sequence", nullptr}}},
       {"usage", {{"output_tokens", answer.output}}}});
  out.last = out.events.size();
  add("message_stop", {});
  return out;
}

}  // namespace

std::string Answer::text() const {
  std::string out;
  for (const auto& piece : pieces) out += piece;
  return out;
}

Answer draw_answer(base::Random& random, std::string model, std::string id) {
  Answer out;
  out.id = std::move(id);
  out.model = std::move(model);
  const std::size_t pieces = 1 + random.below(8);
  for (std::size_t i = 0; i < pieces; ++i) {
    std::string& piece = out.pieces.emplace_back(std::to_string(random.below(1000)) + " ");
    for (std::size_t words = random.below(4); words > 0; --words) {
      piece += kWords.at(random.below(kWords.size()));
    }
  }
  if (random.below(50) == 0) {
    constexpr std::size_t kLongBytesMax = 200'000;
    out.pieces.back().append(1 + random.below(kLongBytesMax), 'x');
  }
  out.input = 1 + static_cast<std::int64_t>(random.below(5000));
  out.output = static_cast<std::int64_t>(pieces);
  return out;
}

std::string whole_body(Dialect dialect, const Answer& answer) {
  if (dialect == Dialect::anthropic) {
    json::array content{json::object{{"type", "text"}, {"text", answer.text()}}};
    return json::serialize(anthropic_message(answer, std::move(content),
                                             json::string(anthropic_stop(answer)), answer.output));
  }
  json::object message{{"role", "assistant"}, {"content", answer.text()}};
  json::object choice{
      {"index", 0}, {"message", std::move(message)}, {"finish_reason", answer.finish}};
  json::object body{{"id", answer.id},
                    {"object", "chat.completion"},
                    {"created", 1},
                    {"model", answer.model},
                    {"choices", json::array{std::move(choice)}}};
  if (answer.has_usage) body["usage"] = openai_usage(answer);
  return json::serialize(body);
}

StreamEvents stream_events(Dialect dialect, const Answer& answer) {
  return dialect == Dialect::anthropic ? anthropic_stream(answer) : openai_stream(answer);
}

std::string error_body(Dialect dialect, std::string_view type, std::string_view message) {
  json::object error{{"type", type}, {"message", message}};
  if (dialect == Dialect::openai) {
    error["param"] = nullptr;
    error["code"] = type;
  }
  json::object body{{"error", std::move(error)}};
  if (dialect == Dialect::anthropic) body["type"] = "error";
  return json::serialize(body);
}

std::string error_event(Dialect dialect, std::string_view type, std::string_view message) {
  const std::string start = dialect == Dialect::anthropic ? "event: error\n" : "";
  return start + "data: " + error_body(dialect, type, message) + "\n\n";
}

}  // namespace headgate::sim
