#include "lab/responses/endpoint.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "base/text/strings.h"
#include "lab/neutral/ids.h"
#include "lab/openai/moderations.h"
#include "lab/responses/answer.h"
#include "lab/responses/request.h"

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;
using openai::ApiError;
using openai::Problem;

constexpr std::string_view kPath = "/v1/responses";
constexpr std::string_view kCountPath = "/v1/responses/input_tokens";
constexpr std::size_t kIdLength = 48;

ApiError not_found(std::string message) {
  ApiError error = *openai::invalid_request(std::move(message), {});
  error.status = 404;
  return error;
}

ApiError not_allowed(const LabRequest& request) {
  ApiError error = *openai::invalid_request(
      fmt::format("Not allowed to {} on {}.", request.method, request.path), {},
      "method_not_supported");
  error.status = 405;
  return error;
}

std::string_view id_prefix(const Item& item) {
  if (item.kind == ItemKind::message) return "msg";
  if (item.kind == ItemKind::reasoning) return "rs";
  if (item.kind == ItemKind::other) return "item";
  return item.type.starts_with("custom") ? "ctc" : "fc";
}

/// Gives items without an id the one they will be listed by.
void name_items(std::vector<Item>& items, const Completion& completion) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& item = items[i];
    if (item.id.empty()) {
      const auto text = derived_text(completion.id, fmt::format("input{}", i), kIdLength);
      item.id = fmt::format("{}_{}", id_prefix(item), base::to_lower(text));
    }
    item.json["id"] = item.id;
  }
}

std::string moderation_of(const std::string& text, const std::string& model, const Script& script) {
  const auto verdict = openai::moderation_result({text, {}, true}, model, script);
  return fmt::format(R"({{"type":"moderation_result","model":{},{})", base::json_string(model),
                     verdict.substr(1));
}

class ResponsesCall final : public Call {
 public:
  ResponsesCall(ResponsesRequest request, Prompt prompt, ResponseStore& store, const Script& script)
      : Call(std::move(prompt)), request_(std::move(request)), store_(store), script_(script) {}

  void given(const Completion& completion) override {
    completion_ = completion;
    if (!request_.flag("store", true)) return;
    StoredResponse stored;
    const Response response = made(completion);
    stored.id = response.id;
    stored.previous = request_.text_of("previous_response_id");
    stored.body = response_body(request_, response, completion, response.status);
    stored.background = is_background();
    stored.output = output_items(response);
    for (const auto& item : request_.input) {
      const bool refers = item.kind == ItemKind::reference;
      const Item* referred = refers ? store_.item(item.id) : nullptr;
      stored.input.push_back(referred ? *referred : item);
    }
    name_items(stored.input, completion);
    store_.put(std::move(stored));
  }

  std::string body(const Completion& completion) const override {
    const Response response = made(completion);
    return response_body(request_, response, completion,
                         is_background() ? Status::queued : response.status);
  }

  std::vector<StreamEvent> stream(const Completion& completion,
                                  const StreamOptions& options) const override {
    const Response response = made(completion);
    auto events = response_stream(request_, response, completion, options);
    if (is_background()) {
      std::vector<std::string> kept;
      for (const auto& event : events) kept.push_back(event.bytes);
      store_.set_events(response.id, std::move(kept));
    }
    return events;
  }

  std::string error_after(const StreamError& error) const override {
    return failure_events(request_, made(completion_), completion_, error);
  }

  std::optional<std::string> failed_body(int status) const override {
    return responses::failed_body(request_, made(completion_), completion_, status);
  }

 private:
  bool is_background() const { return request_.flag("background", false); }

  Response made(const Completion& completion) const {
    Response response = response_of(request_, completion);
    const auto* moderation = openai::given(request_.body, "moderation");
    if (moderation == nullptr) return response;
    const std::string model(openai::text_of(moderation->get_object(), "model"));
    std::string input;
    for (const auto& item : request_.input) input += item.text + "\n";
    response.moderation =
        fmt::format(R"({{"input":{},"output":{}}})", moderation_of(input, model, script_),
                    moderation_of(joined(completion.choices.front().content), model, script_));
    return response;
  }

  ResponsesRequest request_;
  ResponseStore& store_;
  const Script& script_;
  Completion completion_;
};

/// Only counts; rules that name the endpoint may still delay or spoil it.
class CountCall final : public Call {
 public:
  using Call::Call;

  std::string body(const Completion&) const override {
    return fmt::format(R"({{"object":"response.input_tokens","input_tokens":{}}})",
                       prompt().tokens);
  }
};

// ---- listing

struct Page {
  std::size_t limit = 20;
  bool ascending = false;
  std::string after;
};

Problem read_page(const LabRequest& request, Page& page) {
  constexpr std::size_t kLimitMax = 100;
  const auto limit = query_value(request, "limit");
  if (!limit.empty()) {
    const auto number = base::parse_u64(limit);
    if (!number) return openai::invalid_type("limit", "an integer", json::value("text"));
    const auto most = static_cast<std::int64_t>(std::min<std::uint64_t>(*number, 1'000'000));
    if (auto problem = openai::check_integer(most, "limit", 1, kLimitMax)) return problem;
    page.limit = *number;
  }
  constexpr std::string_view kOrders[] = {"asc", "desc"};
  const auto order = query_value(request, "order");
  if (!order.empty() && !openai::contains(kOrders, order)) {
    return openai::not_one_of("order", order, kOrders);
  }
  page.ascending = order == "asc";
  page.after = query_value(request, "after");
  return std::nullopt;
}

std::string listed(const Item& item) {
  json::object out = item.json;
  out["id"] = item.id;
  return json::serialize(out);
}

std::string list_body(const std::vector<const Item*>& items, bool has_more) {
  std::string data;
  for (const auto* item : items) data += (data.empty() ? "" : ",") + listed(*item);
  const auto id = [](const Item* item) { return base::json_string(item->id); };
  return fmt::format(R"({{"object":"list","data":[{}],"first_id":{},"last_id":{},"has_more":{}}})",
                     data, items.empty() ? "null" : id(items.front()),
                     items.empty() ? "null" : id(items.back()), has_more);
}

}  // namespace

bool ResponsesEndpoint::owns(std::string_view path) {
  return path == kPath || path.starts_with(fmt::format("{}/", kPath));
}

Answer ResponsesEndpoint::serve(const LabRequest& request, const RequestContext& context) {
  const bool posts = request.method == "POST";
  if (request.path == kPath) {
    return posts ? create(request, context) : Answer(not_allowed(request));
  }
  if (request.path == kCountPath) {
    return posts ? count(request, context) : Answer(not_allowed(request));
  }
  const std::string_view rest = std::string_view(request.path).substr(kPath.size() + 1);
  const auto slash = std::min(rest.find('/'), rest.size());
  return stored(request, base::percent_decode(rest.substr(0, slash)), rest.substr(slash));
}

Answer ResponsesEndpoint::create(const LabRequest& request, const RequestContext& context) {
  auto read = read_create_request(request.body);
  if (!read) return read.error();
  std::vector<const Item*> items;
  if (auto problem = place_request(*read, store_, context.script, items)) return *problem;
  Prompt prompt = prompt_of(*read, items);
  return std::make_unique<ResponsesCall>(*std::move(read), std::move(prompt), store_,
                                         context.script);
}

Answer ResponsesEndpoint::count(const LabRequest& request, const RequestContext& context) const {
  const auto read = read_count_request(request.body);
  if (!read) return read.error();
  std::vector<const Item*> items;
  if (auto problem = place_request(*read, store_, context.script, items)) return *problem;
  Prompt prompt = prompt_of(*read, items);
  prompt.endpoint = Endpoint::count_tokens;
  return std::make_unique<CountCall>(std::move(prompt));
}

/// What can be done to a response that was made: `what` is empty, "/input_items" or "/cancel".
Answer ResponsesEndpoint::stored(const LabRequest& request, std::string_view id,
                                 std::string_view what) {
  const bool lists = what == "/input_items";
  const bool cancels = what == "/cancel";
  if (!what.empty() && !lists && !cancels) {
    return not_found(fmt::format("Invalid URL ({} {})", request.method, request.path));
  }
  const bool removes = request.method == "DELETE" && what.empty();
  if (!removes && request.method != (cancels ? "POST" : "GET")) return not_allowed(request);
  if (!id.starts_with("resp")) {
    return *openai::invalid_request(
        fmt::format("Invalid 'response_id': '{}'. Expected an ID that begins with 'resp'.", id),
        "response_id", "invalid_value");
  }
  const auto* response = store_.find(id);
  if (response == nullptr) return not_found(fmt::format("Response with id '{}' not found.", id));
  if (lists) return list_input(request, *response);
  if (cancels) return cancel(*response);
  if (!removes) return retrieve(request, *response);
  store_.remove(id);
  return Document{fmt::format(R"({{"id":{},"object":"response.deleted","deleted":true}})",
                              base::json_string(id))};
}

Answer ResponsesEndpoint::retrieve(const LabRequest& request,
                                   const StoredResponse& response) const {
  if (query_value(request, "stream") != "true") return Document{response.body};
  const std::string_view missing = !response.background      ? "background=true"
                                   : response.events.empty() ? "stream=true"
                                                             : "";
  if (!missing.empty()) {
    return *openai::invalid_request(
        fmt::format("This response cannot be streamed because it was not created with {}.",
                    missing),
        "stream");
  }
  const auto after = query_value(request, "starting_after");
  const auto number = base::parse_u64(after);
  if (!after.empty() && !number) {
    return *openai::invalid_type("starting_after", "an integer", json::value("text"));
  }
  std::string bytes;
  for (std::size_t i = number ? *number + 1 : 0; i < response.events.size(); ++i) {
    bytes += response.events[i];
  }
  return Document{std::move(bytes), "text/event-stream; charset=utf-8"};
}

Answer ResponsesEndpoint::list_input(const LabRequest& request,
                                     const StoredResponse& response) const {
  Page page;
  if (auto problem = read_page(request, page)) return *problem;
  auto items = store_.context(response.id, false).value_or(std::vector<const Item*>());
  if (!page.ascending) std::reverse(items.begin(), items.end());
  auto begin = items.begin();
  if (!page.after.empty()) {
    begin = std::find_if(items.begin(), items.end(),
                         [&](const Item* item) { return item->id == page.after; });
    if (begin == items.end()) {
      return not_found(fmt::format("Item with id '{}' not found.", page.after));
    }
    ++begin;
  }
  const auto left = static_cast<std::size_t>(items.end() - begin);
  const auto count = std::min(left, page.limit);
  return Document{list_body({begin, begin + static_cast<std::ptrdiff_t>(count)}, left > count)};
}

Answer ResponsesEndpoint::cancel(const StoredResponse& response) const {
  if (response.background) return Document{response.body};
  return *openai::invalid_request("Cannot cancel a synchronous response.", {});
}

}  // namespace headgate::lab::responses
