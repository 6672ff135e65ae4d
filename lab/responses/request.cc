#include "lab/responses/request.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text/strings.h"
#include "lab/formats/media.h"
#include "lab/formats/sealed.h"
#include "lab/neutral/family.h"
#include "lab/neutral/tokens.h"
#include "lab/responses/capabilities.h"
#include "lab/responses/parameters.h"

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;
using openai::ApiError;
using openai::given;
using openai::invalid_request;
using openai::Names;
using openai::Problem;

constexpr std::int64_t kTokensPerItem = 3;
constexpr std::int64_t kTokensOfReply = 3;
constexpr std::size_t kBreakpointsMax = 4;

ApiError not_found(std::string message, std::string_view param = {}) {
  ApiError error = *invalid_request(std::move(message), param);
  error.status = 404;
  return error;
}

// ---- the body alone

/// null is taken for a value of the wrong type here, and only here.
Problem read_required(const json::object& body, std::string_view name, const json::value*& out) {
  out = body.if_contains(name);
  if (out == nullptr) return openai::missing_parameter(name);
  return out->is_null() ? openai::invalid_type(name, "a string", json::object()) : std::nullopt;
}

Problem read_parameter(std::string_view name, ResponsesRequest& out) {
  const auto* value = given(out.body, name);
  if (value == nullptr) return std::nullopt;
  if (name == "input") return read_input(*value, out.input);
  if (name == "tools") return read_tools(*value, out.tools);
  if (name == "tool_choice") return read_tool_choice(*value, out.tools, out.choice);
  if (name == "text") return read_text_format(*value, out.text);
  return check_parameter(name, *value);
}

Problem read_body(ResponsesRequest& out, Names known, bool required) {
  if (required) {
    const json::value* value = nullptr;
    if (auto problem = read_required(out.body, "model", value)) return problem;
    if (auto problem = openai::check_text(*value, "model")) return problem;
    if (auto problem = read_required(out.body, "input", value)) return problem;
  }
  if (auto problem = check_parameter_names(out.body, known)) return problem;
  if (const auto* model = given(out.body, "model")) {
    if (auto problem = openai::check_text(*model, "model")) return problem;
    out.model = model->get_string();
  }
  for (const auto name : known) {
    if (auto problem = read_parameter(name, out)) return problem;
  }
  return std::nullopt;
}

ResponsesRequestResult read_request(std::string_view body, Names known, bool required) {
  auto object = openai::parse_body(body);
  if (!object) return object.error();
  ResponsesRequest request;
  request.body = *std::move(object);
  if (auto problem = read_body(request, known, required)) return *problem;
  return request;
}

// ---- what is stored

std::string_view conversation_id(const json::object& body) {
  const auto* value = given(body, "conversation");
  if (value == nullptr) return {};
  if (value->is_string()) return value->get_string();
  return openai::text_of(value->get_object(), "id");
}

Problem check_state(const ResponsesRequest& request, const ResponseStore& store,
                    std::vector<const Item*>& context) {
  const auto conversation = conversation_id(request.body);
  const auto previous = request.text_of("previous_response_id");
  if (!conversation.empty() && !previous.empty()) {
    return invalid_request(
        "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or "
        "'conversation'.",
        {}, "mutually_exclusive_parameters");
  }
  if (!conversation.empty()) {
    return not_found(fmt::format("Conversation with id '{}' not found.", conversation));
  }
  if (const auto* prompt = given(request.body, "prompt")) {
    const auto id = openai::text_of(prompt->get_object(), "id");
    return not_found(fmt::format("Prompt with id '{}' not found.", id));
  }
  if (previous.empty()) return std::nullopt;
  auto earlier = store.find(previous) ? store.context(previous, true) : std::nullopt;
  if (!earlier) {
    return invalid_request(fmt::format("Previous response with id '{}' not found.", previous),
                           "previous_response_id", "previous_response_not_found");
  }
  context = *std::move(earlier);
  return std::nullopt;
}

Problem check_model(const ResponsesRequest& request, const Script& script) {
  if (!request.body.contains("model") || serves(script, request.model)) return std::nullopt;
  return invalid_request(fmt::format("The requested model '{}' does not exist.", request.model),
                         "model", "model_not_found");
}

// ---- how items belong together

std::string shortened(std::string_view token) {
  if (token.size() <= 8) return std::string(token);
  return fmt::format("{}...{}", token.substr(0, 4), token.substr(token.size() - 4));
}

/// Adds a request's items to the context they continue, one after the other.
class ContextBuilder {
 public:
  ContextBuilder(const ResponsesRequest& request, const ResponseStore& store,
                 std::vector<const Item*>& context)
      : request_(request), store_(store), context_(context) {
    for (const auto* item : context_) ids_.insert(item->id);
  }

  Problem build() {
    for (const auto& item : request_.input) {
      const Item* taken = &item;
      if (auto problem = find(item, taken)) return problem;
      if (!taken->id.empty() && !ids_.insert(taken->id).second) {
        return invalid_request(fmt::format("Duplicate item found with id {}. Remove duplicate "
                                           "items from your input and try again.",
                                           taken->id),
                               "input");
      }
      context_.push_back(taken);
    }
    return check_calls();
  }

 private:
  Problem find(const Item& item, const Item*& taken) const {
    if (item.kind == ItemKind::reasoning) return check_thoughts(item);
    const Item* stored = item.id.empty() ? nullptr : store_.item(item.id);
    if (item.kind == ItemKind::reference) {
      if (stored == nullptr) return item_not_found(item.id);
      taken = stored;
    }
    if (stored == nullptr || stored->needs.empty() || ids_.contains(stored->needs)) {
      return std::nullopt;
    }
    return invalid_request(fmt::format("Item '{}' of type '{}' was provided without its required "
                                       "'reasoning' item: '{}'.",
                                       item.id, stored->type, stored->needs),
                           "input");
  }

  /// Thoughts come back sealed, as the lab gave them, or by the id of what it stored.
  Problem check_thoughts(const Item& item) const {
    if (item.encrypted.empty()) {
      return store_.item(item.id) ? std::nullopt : item_not_found(item.id);
    }
    const auto content = unsealed(item.encrypted);
    if (!content) {
      return invalid_request(
          fmt::format("The encrypted content {} could not be verified. Reason: Encrypted content "
                      "could not be decrypted or parsed.",
                      shortened(item.encrypted)),
          {}, "invalid_encrypted_content");
    }
    if (item.id.empty() || content->owner == item.id) return std::nullopt;
    return invalid_request(
        fmt::format("The encrypted content for item {} could not be verified. Reason: Encrypted "
                    "content item_id did not match the target item id.",
                    item.id),
        {}, "invalid_encrypted_content");
  }

  Problem item_not_found(std::string_view id) const {
    std::string message = fmt::format("Item with id '{}' not found.", id);
    if (!request_.flag("store", true)) {
      message +=
          " Items are not persisted when `store` is set to false. Try again with `store` set to "
          "true, or remove this item from your input.";
    }
    return not_found(std::move(message), "input");
  }

  static std::string_view kind_of(const Item& item) {
    return item.type.starts_with("custom") ? "custom tool call" : "function call";
  }

  Problem check_calls() const {
    std::map<std::pair<std::string_view, std::string_view>, bool> answered;  // by kind and call id
    std::vector<const Item*> calls;
    for (const auto* item : context_) {
      const std::pair<std::string_view, std::string_view> key{kind_of(*item), item->call_id};
      if (item->kind == ItemKind::call && answered.try_emplace(key, false).second) {
        calls.push_back(item);
      }
      if (item->kind != ItemKind::call_output) continue;
      const auto found = answered.find(key);
      if (found == answered.end()) {
        return invalid_request(
            fmt::format("No tool call found for {} output with call_id {}.", key.first, key.second),
            "input");
      }
      found->second = true;
    }
    for (const auto* call : calls) {
      if (answered[{kind_of(*call), call->call_id}]) continue;
      return invalid_request(
          fmt::format("No tool output found for {} {}.", kind_of(*call), call->call_id), "input");
    }
    return std::nullopt;
  }

  const ResponsesRequest& request_;
  const ResponseStore& store_;
  std::vector<const Item*>& context_;
  std::set<std::string, std::less<>> ids_;
};

Problem check_json_word(const ResponsesRequest& request, const std::vector<const Item*>& context) {
  if (request.text.format != ReplyFormat::json_object) return std::nullopt;
  const bool mentioned = std::any_of(context.begin(), context.end(), [](const Item* item) {
    return base::to_lower(item->text).find("json") != std::string::npos;
  });
  if (mentioned) return std::nullopt;
  return invalid_request(
      "Response input messages must contain the word 'json' in some form to use 'text.format' of "
      "type 'json_object'.",
      "input");
}

// ---- the prompt

std::int64_t tokens_of(const Item& item) {
  if (item.kind == ItemKind::reasoning) return 0;  // thoughts of earlier turns are not read again
  return kTokensPerItem + count_tokens(item.text) + count_tokens(item.name) +
         kMediaTokens * item.media;
}

Role role_of(const Item& item) {
  if (item.kind == ItemKind::message) return item.role;
  const bool result = item.kind == ItemKind::call_output || item.type.ends_with("_output");
  return result ? Role::tool : Role::assistant;
}

/// One turn of the model is one message, whatever items it has.
void add_message(Prompt& prompt, const Item& item) {
  const Role role = role_of(item);
  const bool speaks = item.kind == ItemKind::message || role == Role::tool;
  if (role != Role::assistant || prompt.messages.empty() ||
      prompt.messages.back().role != Role::assistant) {
    prompt.messages.push_back({role, {}});
  }
  auto& text = prompt.messages.back().text;
  if (speaks && !text.empty()) text += '\n';
  if (speaks) text += item.text;
}

bool is_long_lived(const json::object& body) {
  const auto* options = given(body, "prompt_cache_options");
  return options != nullptr && openai::text_of(options->get_object(), "ttl") == "12h";
}

/// Breakpoints where the request has them and one at the end, unless it says that it sets them all.
void set_breakpoints(const ResponsesRequest& request, std::vector<CacheBlock>& blocks) {
  const auto* options = given(request.body, "prompt_cache_options");
  const bool implicit =
      options == nullptr || openai::text_of(options->get_object(), "mode") != "explicit";
  if (implicit && !blocks.back().breakpoint) {
    blocks.back().breakpoint = true;
    blocks.back().long_lived = is_long_lived(request.body);
  }
  std::size_t count = 0;
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    if (block->breakpoint && ++count > kBreakpointsMax) block->breakpoint = false;
  }
}

void add_cache(const ResponsesRequest& request, const std::vector<const Item*>& context,
               const std::string& head, Prompt& prompt) {
  std::vector<CacheBlock> blocks{{head, count_tokens(head), false, false}};
  bool explicit_cache = given(request.body, "prompt_cache_options") != nullptr ||
                        capabilities_of(request.model).bills_cache_writes;
  for (const auto* item : context) {
    CacheBlock block{fmt::format("\n<{}>{}{}", item->type, item->name, item->text),
                     tokens_of(*item), item->breakpoint,
                     item->long_lived.value_or(is_long_lived(request.body))};
    explicit_cache = explicit_cache || item->breakpoint;
    blocks.push_back(std::move(block));
  }
  if (explicit_cache) {
    set_breakpoints(request, blocks);
    prompt.cache_blocks = std::move(blocks);
    return;
  }
  for (const auto& block : blocks) prompt.cache_text += block.text;
}

Thoughts thoughts_of(const json::object& body) {
  const auto* reasoning = given(body, "reasoning");
  if (reasoning == nullptr) return Thoughts::hidden;
  if (openai::text_of(reasoning->get_object(), "effort") == "none") return Thoughts::off;
  return given(reasoning->get_object(), "summary") ? Thoughts::shown : Thoughts::hidden;
}

}  // namespace

bool ResponsesRequest::flag(std::string_view key, bool otherwise) const {
  const auto* value = given(body, key);
  return value == nullptr ? otherwise : value->get_bool();
}

ResponsesRequestResult read_create_request(std::string_view body) {
  return read_request(body, create_parameters(), true);
}

ResponsesRequestResult read_count_request(std::string_view body) {
  return read_request(body, count_parameters(), false);
}

Problem place_request(const ResponsesRequest& request, const ResponseStore& store,
                      const Script& script, std::vector<const Item*>& context) {
  if (auto problem = check_state(request, store, context)) return problem;
  if (request.body.contains("input") && request.input.empty() && context.empty()) {
    return invalid_request(
        "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be "
        "provided.",
        {}, "missing_required_parameter");
  }
  if (auto problem = check_model(request, script)) return problem;
  if (auto problem = check_capabilities(request.model, request.body)) return problem;
  if (auto problem = ContextBuilder(request, store, context).build()) return problem;
  return check_json_word(request, context);
}

Prompt prompt_of(const ResponsesRequest& request, const std::vector<const Item*>& context) {
  Prompt prompt;
  prompt.dialect = Dialect::responses;
  prompt.model = request.model;
  const auto instructions = request.text_of("instructions");
  std::string head;
  if (!request.tools.echo.empty()) head += json::serialize(request.tools.echo);
  if (!request.text.schema.is_null()) head += json::serialize(request.text.schema);
  prompt.tokens = kTokensOfReply + count_tokens(head);
  if (!instructions.empty()) {
    prompt.messages.push_back({Role::system, std::string(instructions)});
    prompt.tokens += kTokensPerItem + count_tokens(instructions);
    head += instructions;
  }
  for (const auto* item : context) {
    add_message(prompt, *item);
    prompt.tokens += tokens_of(*item);
  }
  if (prompt.messages.empty()) prompt.messages.emplace_back();
  add_cache(request, context, head, prompt);
  prompt.tools = request.tools.offered;
  prompt.tool_choice = request.choice.mode;
  prompt.tools_allowed = request.choice.allowed;
  prompt.parallel_tool_calls = request.flag("parallel_tool_calls", true);
  prompt.stream = request.flag("stream", false);
  prompt.thoughts = thoughts_of(request.body);
  if (const auto* most = given(request.body, "max_output_tokens")) {
    prompt.tokens_max = openai::integer_of(*most);
  }
  prompt.format = request.text.format;
  prompt.schema = request.text.schema;
  return prompt;
}

}  // namespace headgate::lab::responses
