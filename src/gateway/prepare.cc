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

std::optional<std::string> edited(const Attempt& attempt) {
  const Call& call = attempt.call;
  chat::Edits edits;
  std::string key;
  const std::string& model = attempt.model.upstream_model;
  if (model != call.request.model) edits.model = model;
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
void suit(const Attempt& attempt, SignatureVault& vault, chat::Request& request) {
  const Call& call = attempt.call;
  vault.restore(call.ctx.principal->tenant, attempt.upstream_dialect, request, call.ctx.loop.now());
  mark_for_cache(call, request);
}

Result<void> encode_for_provider(Attempt& attempt, const chat::Request& request) {
  const Call& call = attempt.call;
  chat::Target target;
  target.model = attempt.model.upstream_model;
  target.api_version = attempt.model.provider->api_version;
  if (!attempt.crosses() && !call.ask.source.api_version.empty()) {
    target.api_version = call.ask.source.api_version;
  }
  target.usage_in_stream = call.route->inject_usage;
  attempt.losses.clear();
  attempt.body =
      llm::codec(attempt.upstream_dialect).encode_request(request, target, attempt.losses);
  return judge_losses(attempt);
}

// The first who reads the caller's request leaves it in call.decoded. From then on it is only
// looked at: another attempt may be under way.
Result<void> write_anew(Attempt& attempt, SignatureVault& vault) {
  Call& call = attempt.call;
  auto read =
      llm::codec(call.ask.dialect).decode_request(call.ask.body, call.ask.source, limits_of(call));
  if (!read) return read.error();
  const bool is_first = !call.decoded;
  if (is_first && goes_as_asked(attempt, *read)) {
    call.decoded = std::move(*read);
    suit(attempt, vault, *call.decoded);
    return encode_for_provider(attempt, *call.decoded);
  }
  if (is_first) call.decoded = *read;
  return write_for_target(attempt, vault, std::move(*read));
}

}  // namespace

Result<void> judge_losses(const Attempt& attempt) {
  const OnLoss on_loss = attempt.call.route->on_loss;
  const auto refused =
      std::find_if(attempt.losses.begin(), attempt.losses.end(),
                   [&](const chat::Loss& loss) { return is_refused(on_loss, loss); });
  if (refused == attempt.losses.end()) return {};
  return base::fail(Errc::invalid_request,
                    "'" + refused->field +
                        "' cannot be expressed for the provider of this model (" +
                        std::string(chat::name(attempt.upstream_dialect)) + "): " + refused->why +
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

Result<void> write_for_target(Attempt& attempt, SignatureVault& vault, chat::Request request) {
  if (auto joined = join_history(attempt, request); !joined) return joined.error();
  suit(attempt, vault, request);
  return encode_for_provider(attempt, request);
}

Result<void> prepare_continued(Attempt& attempt, SignatureVault& vault, const std::string& text) {
  const Call& call = attempt.call;
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
  return write_for_target(attempt, vault, std::move(*request));
}

Result<void> prepare(Attempt& attempt, SignatureVault& vault) {
  if (attempt.call.ask.operation != Operation::chat) return prepare_side(attempt);
  if (attempt.rewrites() || !attempt.call.history.empty()) return write_anew(attempt, vault);
  attempt.body = edited(attempt);
  return {};
}

}  // namespace headgate::gateway
