#include "llm/openai/chat_response.h"

#include <algorithm>
#include <array>
#include <utility>

#include "llm/openai/chat_usage.h"

namespace headgate::llm::openai {
namespace {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

constexpr std::array<std::pair<std::string_view, int>, 19> kStatuses{
    {{"invalid_request_error", 400},
     {"content_filter", 400},
     {"context_length_exceeded", 400},
     {"authentication_error", 401},
     {"invalid_api_key", 401},
     {"permission_error", 403},
     {"not_found_error", 404},
     {"model_not_found", 404},
     {"rate_limit_error", 429},
     {"rate_limit_exceeded", 429},
     {"insufficient_quota", 429},
     {"tokens", 429},
     {"requests", 429},
     {"server_error", 500},
     {"internal_error", 500},
     {"internal_server_error", 500},
     {"overloaded_error", 503},
     {"engine_overloaded", 503},
     {"service_unavailable", 503}}};

int as_status(std::optional<std::int64_t> code) {
  return code && *code >= 400 && *code < 600 ? static_cast<int>(*code) : 0;
}

void read_text(Cursor& cursor, std::string& out) {
  Text text;
  if (cursor.maybe_string(text)) out = text.decode();
}

bool read_message(Cursor& cursor, ChatResponse& response) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "content") {
      cursor.maybe_string(response.content);
    } else if (key == "refusal") {
      cursor.maybe_string(response.refusal);
    } else if (key == "reasoning_content" || key == "reasoning") {
      cursor.maybe_string(response.reasoning);
    } else if (key == "tool_calls") {
      const bool is_array = cursor.kind() == Kind::array;
      if (cursor.skip() && is_array) response.tool_calls = cursor.value_text();
    }
  }
  return cursor.ok();
}

bool read_choice(Cursor& cursor, ChatResponse& response) {
  const bool first = response.finish_reasons.empty();
  std::string& finish_reason = response.finish_reasons.emplace_back();
  if (!cursor.enter_object()) return false;
  std::string_view key;
  while (cursor.next_key(key)) {
    if (key == "finish_reason") {
      read_text(cursor, finish_reason);
    } else if (key == "message" && first) {
      read_message(cursor, response);
    }
  }
  return cursor.ok();
}

bool read_choices(Cursor& cursor, ChatResponse& response) {
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) {
    if (!read_choice(cursor, response)) return false;
  }
  return cursor.ok();
}

bool read_response(Cursor& cursor, ChatResponse& response, bool& has_choices) {
  if (!cursor.enter_object()) return false;
  base::ServiceTier tier = base::ServiceTier::standard;
  std::string_view key;
  while (cursor.next_key(key)) {
    if (key == "id") {
      read_text(cursor, response.id);
    } else if (key == "model") {
      read_text(cursor, response.model);
    } else if (key == "choices") {
      has_choices = true;
      response.finish_reasons.clear();
      read_choices(cursor, response);
    } else if (key == "usage") {
      read_usage(cursor, response.usage);
    } else if (key == "service_tier") {
      tier = read_tier(cursor);
    } else if (key == "error") {
      read_error(cursor, response.error);
    }
  }
  if (response.usage) response.usage->tier = tier;
  return cursor.finish();
}

}  // namespace

int status_of_error(std::string_view word) {
  const auto* found = std::find_if(kStatuses.begin(), kStatuses.end(),
                                   [&](const auto& row) { return row.first == word; });
  return found == kStatuses.end() ? 0 : found->second;
}

bool read_error(Cursor& cursor, std::optional<ProviderError>& error) {
  const Kind kind = cursor.kind();
  if (kind == Kind::null) return cursor.skip();
  ProviderError read;
  if (kind != Kind::object) {
    read_text(cursor, read.message);
    error = std::move(read);
    return cursor.ok();
  }
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "message") {
      read_text(cursor, read.message);
    } else if (key == "type") {
      read_text(cursor, read.type);
    } else if (key == "param") {
      read_text(cursor, read.param);
    } else if (key == "code") {
      if (cursor.kind() == Kind::number) {  // some servers send the status here
        read.status = as_status(cursor.maybe_integer());
        read.code = cursor.value_text();
      } else {
        read_text(cursor, read.code);
      }
    }
  }
  if (read.status == 0) read.status = status_of_error(read.code);
  if (read.status == 0) read.status = status_of_error(read.type);
  error = std::move(read);
  return cursor.ok();
}

base::Result<ChatResponse> scan_chat_response(std::string_view body, std::size_t depth_max) {
  Cursor cursor(body, depth_max);
  ChatResponse response;
  bool has_choices = false;
  if (!read_response(cursor, response, has_choices)) {
    base::Error error = cursor.error(Errc::upstream_malformed);
    error.detail = "the provider's answer is no chat completion: " + error.detail;
    return error;
  }
  if (!has_choices && !response.error) {
    return base::fail(Errc::upstream_malformed,
                      "the provider's answer has neither 'choices' nor 'error'");
  }
  return response;
}

std::optional<ProviderError> scan_error_body(std::string_view body) {
  Cursor cursor(body);
  if (cursor.kind() != Kind::object) return std::nullopt;
  std::optional<ProviderError> error;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "error") read_error(cursor, error);
  }
  if (!cursor.finish()) return std::nullopt;
  return error;
}

}  // namespace headgate::llm::openai
