#include "gateway/carry/stream_path.h"

#include <utility>
#include <variant>

#include "gateway/carry/read_path.h"
#include "llm/codecs.h"
#include "llm/openai/bodies.h"
#include "llm/openai/chat_stream.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Error;
using base::Result;

namespace {

// Tells the writer what the caller has got already, as it came from the provider.
void teach(const UnfinishedAnswer& so_far) {
  std::string sent_already;
  so_far.replay([&](const chat::Event& event) { so_far.writer->write(event, sent_already); });
}

// Chat completions from an OpenAI provider to an OpenAI client: the hot path. Byte for byte, but
// for what only our own asking for usage has put there.
class ChatPass final : public StreamPath {
 public:
  explicit ChatPass(const Attempt& attempt)
      : stream_(options_of(attempt.call)), context_(answer_context(attempt)) {}

  Result<void> take(const http::SseBlock& block, std::string& out) override {
    const auto facts = stream_.on_data(block.data);
    if (!facts) return facts.error();
    if (facts->error || facts->done) ended_ = true;
    if (facts->done && !stream_.finished() && !stream_.error()) return truncated();
    if (facts->strip || facts->done) return {};  // [DONE] is the farewell
    const auto& cut = facts->usage_null;
    const auto at = cut.empty() ? std::string_view::npos : block.raw.find(block.data);
    if (at == std::string_view::npos) {
      out += block.raw;
    } else {
      out += block.raw.substr(0, at + cut.begin);
      out += block.raw.substr(at + cut.end);
    }
    return {};
  }
  // Servers that never send [DONE] are whole when they said why they ended.
  Result<void> close(std::string&) override {
    if (!stream_.finished() && !stream_.error()) return truncated();
    ended_ = true;
    return {};
  }
  bool ended() const override { return ended_; }
  bool has_content() const override { return stream_.has_content(); }
  std::optional<chat::ProviderError> error() const override { return stream_.error(); }
  std::string_view farewell() const override { return "data: [DONE]\n\n"; }
  void fail(const Error& error, std::string& out) override {
    out += llm::openai::stream_error_event(error);
  }
  void keep_alive(std::string& out) override { out += ": keep-alive\n\n"; }
  void note(Attempt& attempt) const override {
    attempt.usage = stream_.usage();
    attempt.model_served = stream_.model();
    attempt.response_id = stream_.id();
    if (!stream_.finish_reasons().empty()) attempt.finish_reason = stream_.finish_reasons().front();
    attempt.output = stream_.text().empty() ? stream_.refusal() : stream_.text();
    attempt.reasoning = stream_.reasoning();
    const std::string tools = stream_.tool_calls_json();
    if (!attempt.output.empty() && !tools.empty()) attempt.output += '\n';
    attempt.output += tools;
  }

  std::optional<UnfinishedAnswer> release() override {
    if (stream_.error() || stream_.gathered_cut() || !stream_.tool_calls().empty() ||
        !stream_.refusal().empty() || stream_.finished()) {
      return std::nullopt;
    }
    UnfinishedAnswer out;
    out.answer.id = stream_.id();
    out.answer.model = stream_.model();
    if (!stream_.text().empty()) {
      chat::Text text;
      text.text = stream_.text();
      out.answer.candidates.emplace_back().parts.emplace_back().value = std::move(text);
      out.part_open = true;
    }
    out.writer = llm::codec(chat::Dialect::openai_chat).stream_writer(context_);
    teach(out);
    return out;
  }

  static Error truncated() {
    return base::fail(base::Errc::upstream_truncated,
                      "the provider's stream ended before its answer was whole");
  }

 private:
  static llm::openai::ChatStreamOptions options_of(const Call& call) {
    llm::openai::ChatStreamOptions options;
    options.usage_is_ours = call.route->inject_usage && !call.request.usage_asked();
    options.gathered_bytes_max = call.catalog->content_bytes_max;
    options.depth_max = call.catalog->json_depth_max;
    return options;
  }

  llm::openai::ChatStream stream_;
  chat::AnswerContext context_;
  bool ended_ = false;
};

// Any other stream: read as events, and either passed on as it came or written anew.
class EventPath final : public ReadPath {
 public:
  explicit EventPath(const Attempt& attempt)
      : ReadPath(attempt, writer_of(attempt)),
        passes_(!attempt.rewrites() && !attempt.call.ask.source.as_array) {}

  Result<void> take(const http::SseBlock& block, std::string& out) override {
    const auto taken = ReadPath::take(block, out);
    if (taken && passes_) out += block.raw;
    return taken;
  }
  void fail(const Error& error, std::string& out) override {
    if (passes_) {  // the writer knows nothing of what was passed on
      const auto& answer = assembler_.answer();
      std::string ignored;
      writer_->write(chat::Begin{answer.id, answer.model, answer.created_s}, ignored);
    }
    ReadPath::fail(error, out);
  }
  std::optional<UnfinishedAnswer> release() override {
    auto released = ReadPath::release();
    if (released && passes_) teach(*released);
    return released;
  }

 private:
  static std::unique_ptr<chat::StreamWriter> writer_of(const Attempt& attempt) {
    return llm::codec(attempt.call.ask.dialect).stream_writer(answer_context(attempt));
  }
  void place(chat::Event& event, std::string& out) override {
    if (std::holds_alternative<chat::PartBegin>(event)) part_open_ = true;
    if (std::holds_alternative<chat::PartEnd>(event)) part_open_ = false;
    assembler_.add(event);
    if (!passes_ && !is_held(event)) writer_->write(event, out);
  }

  bool passes_;
};

}  // namespace

Result<void> StreamPath::take_whole(std::string_view, std::string&) {
  return base::fail(base::Errc::upstream_malformed, "no stream, where one was asked for");
}

std::unique_ptr<StreamPath> make_stream_path(const Attempt& attempt) {
  const bool hot = !attempt.crosses() && attempt.call.ask.dialect == chat::Dialect::openai_chat;
  if (hot) return std::make_unique<ChatPass>(attempt);
  return std::make_unique<EventPath>(attempt);
}

}  // namespace headgate::gateway
