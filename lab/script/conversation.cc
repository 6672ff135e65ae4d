#include "lab/script/conversation.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::lab {
namespace {

/// True when there is nothing to fit, or one entry does.
template <class List, class Fits>
bool any_or_empty(const List& list, Fits fits) {
  return list.empty() || std::any_of(list.begin(), list.end(), fits);
}

}  // namespace

Conversation::Conversation(const Prompt& request, const HeaderList& headers,
                           const std::vector<Capture>& captures)
    : request_(request), headers_(headers) {
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const auto& message = request.messages[i];
    if (message.role == Role::assistant) ++turn_;
    if (message.role != Role::user) continue;
    last_user_ = message.text;
    last_user_index_ = i;
  }
  for (const auto& capture : captures) {
    auto found = find_pattern(capture.pattern, last_user_);
    // Then from the newest message back, so that a later order number wins over an earlier one.
    for (auto m = request.messages.rbegin(); !found && m != request.messages.rend(); ++m) {
      found = find_pattern(capture.pattern, m->text);
    }
    if (found) captured_.emplace_back(capture.name, *found);
  }
}

bool Conversation::offers(const std::string& tool) const {
  return std::any_of(request_.tools.begin(), request_.tools.end(),
                     [&](const OfferedTool& offered) { return offered.name == tool; });
}

bool Conversation::texts_fit(const Match& match) const {
  const auto some_message = [&](const std::vector<std::string>& parts, auto counts) {
    return any_or_empty(parts, [&](const std::string& part) {
      for (std::size_t i = 0; i < request_.messages.size(); ++i) {
        const auto& message = request_.messages[i];
        if (counts(message.role, i) && contains_nocase(message.text, part)) return true;
      }
      return false;
    });
  };
  const auto is_system = [](Role r, std::size_t) {
    return r == Role::system || r == Role::developer;
  };
  const auto is_result = [&](Role r, std::size_t i) {
    return r == Role::tool && i > last_user_index_;
  };
  const auto is_any = [](Role, std::size_t) { return true; };
  return any_or_empty(match.user_contains,
                      [&](const std::string& part) { return contains_nocase(last_user_, part); }) &&
         some_message(match.system_contains, is_system) &&
         some_message(match.tool_result_contains, is_result) &&
         some_message(match.any_contains, is_any);
}

/// A rule that names no endpoint is about answers.
bool Conversation::endpoint_fits(const Match& match) const {
  if (match.endpoint.empty()) return request_.endpoint == Endpoint::generate;
  return std::find(match.endpoint.begin(), match.endpoint.end(),
                   endpoint_name(request_.endpoint)) != match.endpoint.end();
}

bool Conversation::headers_fit(const Match& match) const {
  return std::all_of(match.header.begin(), match.header.end(), [&](const auto& wanted) {
    return std::any_of(headers_.begin(), headers_.end(), [&](const auto& sent) {
      return base::iequals(sent.first, wanted.first) && sent.second == wanted.second;
    });
  });
}

bool Conversation::fits(const Match& match) const {
  if (match.stream && *match.stream != request_.stream) return false;
  if (!endpoint_fits(match)) return false;
  const auto last_role =
      request_.messages.empty() ? std::string_view() : role_name(request_.messages.back().role);
  return any_or_empty(match.model,
                      [&](const std::string& glob) { return glob_match(glob, request_.model); }) &&
         any_or_empty(
             match.dialect,
             [&](const std::string& name) { return name == dialect_name(request_.dialect); }) &&
         any_or_empty(match.last_role,
                      [&](const std::string& role) { return role == last_role; }) &&
         any_or_empty(match.turn, [&](std::int64_t turn) { return turn == turn_; }) &&
         any_or_empty(match.has_tool, [&](const std::string& tool) { return offers(tool); }) &&
         any_or_empty(match.captured,
                      [&](const std::string& name) { return !value_of(name).empty(); }) &&
         headers_fit(match) && texts_fit(match);
}

bool Conversation::allows(const Answer& answer) const {
  if (answer.tool_calls.empty()) {
    return request_.tool_choice != ToolChoice::required || !answer.refusal.empty();
  }
  return request_.tool_choice != ToolChoice::none &&
         std::all_of(answer.tool_calls.begin(), answer.tool_calls.end(),
                     [&](const ScriptedCall& call) { return may_call(request_, call.name); });
}

std::string Conversation::value_of(std::string_view name) const {
  for (const auto& [captured, value] : captured_) {
    if (captured == name) return value;
  }
  if (name == "last_user") return std::string(last_user_);
  if (name == "model") return request_.model;
  if (name == "turn") return std::to_string(turn_);
  return {};
}

}  // namespace headgate::lab
