#include "gateway/prepare.h"

#include <algorithm>
#include <utility>

#include "base/async/loop.h"
#include "gateway/responses/stored_call.h"
#include "gateway/side/side_operation.h"
#include "llm/codecs.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Errc;
using base::Result;

namespace {

// Requests of one tenant on one route share their beginnings; OpenAI keeps them together by key.
std::string cache_key(const Call& call) {
  constexpr std::size_t kBytesMax = 64;
  std::string key = "hg-" + call.route->name + "-" + call.ctx.principal->tenant;
  if (key.size() > kBytesMax) key.resize(kBytesMax);
  return key;
}

std::optional<std::string> edited(const Call& call) {
  chat::Edits edits;
  std::string key;
  if (call.model->upstream_model != call.request.model) edits.model = call.model->upstream_model;
  edits.include_usage = call.request.stream && call.route->inject_usage;
  if (call.route->prompt_caching == PromptCaching::mark) {
    edits.mark_cache = true;
    key = cache_key(call);
    edits.cache_key = key;
  }
  return llm::codec(call.ask.dialect).edit_request(call.ask.body, call.request, edits);
}

bool is_refused(OnLoss on_loss, const chat::Loss& loss) {
  if (on_loss == OnLoss::warn) return false;
  return on_loss == OnLoss::strict || loss.weight == chat::Loss::Weight::meaning;
}

void mark_for_cache(const Call& call, chat::Request& request) {
  if (call.route->prompt_caching != PromptCaching::mark) return;
  if (request.cache_key.empty()) request.cache_key = cache_key(call);
  if (!request.cache && !call.request.has_cache_marks) request.cache = chat::CacheMark{};
}

// What the provider signed before is put back, and the prompt marked for its cache.
void suit(const Call& call, SignatureVault& vault, chat::Request& request) {
  vault.restore(call.ctx.principal->tenant, call.upstream_dialect, request, call.ctx.loop.now());
  mark_for_cache(call, request);
}

Result<std::optional<std::string>> written_anew(Call& call, SignatureVault& vault) {
  auto read =
      llm::codec(call.ask.dialect).decode_request(call.ask.body, call.ask.source, limits_of(call));
  if (!read) return read.error();
  call.decoded = std::move(*read);
  if (auto joined = join_history(call); !joined) return joined.error();
  suit(call, vault, call.outgoing());
  auto body = encode_for_provider(call, call.outgoing());
  if (!body) return body.error();
  return std::optional<std::string>(std::move(*body));
}

}  // namespace

Result<void> judge_losses(const Call& call) {
  const auto refused =
      std::find_if(call.losses.begin(), call.losses.end(),
                   [&](const chat::Loss& loss) { return is_refused(call.route->on_loss, loss); });
  if (refused == call.losses.end()) return {};
  return base::fail(Errc::invalid_request,
                    "'" + refused->field +
                        "' cannot be expressed for the provider of this model (" +
                        std::string(chat::name(call.upstream_dialect)) + "): " + refused->why +
                        ". Leave it out, or set on_loss: warn on the route.",
                    refused->field);
}

Result<void> scan(Call& call) {
  if (call.ask.operation != Operation::chat) return scan_side(call);
  auto head =
      llm::codec(call.ask.dialect).scan_request(call.ask.body, call.ask.source, limits_of(call));
  if (!head) return head.error();
  call.request = std::move(*head);
  if (call.ask.dialect == chat::Dialect::gemini) {
    call.request.model = call.ask.source.model;
    call.request.stream = call.ask.source.stream;
  }
  return {};
}

Result<std::string> encode_for_provider(Call& call, const chat::Request& request) {
  chat::Target target;
  target.model = call.model->upstream_model;
  target.api_version = call.model->provider->api_version;
  if (!call.crosses() && !call.ask.source.api_version.empty()) {
    target.api_version = call.ask.source.api_version;
  }
  target.usage_in_stream = call.route->inject_usage;
  call.losses.clear();
  std::string body = llm::codec(call.upstream_dialect).encode_request(request, target, call.losses);
  if (auto judged = judge_losses(call); !judged) return judged.error();
  return body;
}

Result<std::string> write_for_target(Call& call, SignatureVault& vault, chat::Request request) {
  call.upstream_dialect = call.model->provider->dialect_for(call.ask.dialect);
  if (auto joined = join_history(call, request); !joined) return joined.error();
  suit(call, vault, request);
  return encode_for_provider(call, request);
}

Result<std::string> continued_request(Call& call, SignatureVault& vault, const std::string& text) {
  auto request =
      llm::codec(call.ask.dialect).decode_request(call.ask.body, call.ask.source, limits_of(call));
  if (!request) return request.error();
  request->stream = true;
  if (!text.empty()) {
    constexpr std::string_view kBlanks = " \t\r\n";  // at its end, some providers refuse them
    chat::Message begun;
    begun.role = chat::Role::assistant;
    begun.parts.push_back(chat::text_part(text.substr(0, text.find_last_not_of(kBlanks) + 1)));
    request->messages.push_back(std::move(begun));
  }
  return write_for_target(call, vault, std::move(*request));
}

Result<std::optional<std::string>> prepare(Call& call, SignatureVault& vault) {
  call.upstream_dialect = call.model->provider->dialect_for(call.ask.dialect);
  if (call.ask.operation != Operation::chat) return prepare_side(call);
  if (call.rewrites() || !call.history.empty()) return written_anew(call, vault);
  return edited(call);
}

}  // namespace headgate::gateway
