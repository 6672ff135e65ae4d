#include "lab/gemini/gemini_family.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "lab/talk_test.h"

namespace headgate::lab {
namespace {

namespace json = boost::json;

const std::string kGenerate = "/v1beta/models/gemini-x:generateContent";
const std::string kStream = "/v1beta/models/gemini-x:streamGenerateContent";

const char kShop[] = R"(
models: [gemini-x, gemini-embedding-1, "hidden-*"]
captures: {order: "ORD-{digits}"}
rules:
  - match: {last_role: tool, tool_result_contains: delivered}
    answer: {text: "Your order {{order}} was delivered.", reasoning: "It is there."}
  - match: {user_contains: return}
    answer:
      text: "I will look."
      reasoning: "They want to return {{order}}."
      tool_calls:
        - {name: get_order, arguments: {order_id: "{{order}}"}}
        - {name: create_return, arguments: {order_id: "{{order}}"}}
  - match: {user_contains: broken}
    answer: {tool_calls: [{name: get_order, arguments: '{"broken": '}]}
  - match: {user_contains: weapon}
    answer: {refusal: "I cannot help with that."}
  - match: {user_contains: blocked}
    answer: {text: never, finish_reason: prompt_blocked}
  - match: {user_contains: costly}
    answer: {text: "three words here", reasoning_tokens: 30, usage: {cached_tokens: 2}}
)";

json::object request_of(std::string_view text) {
  return {{"contents", json::array{{{"role", "user"}, {"parts", json::array{{{"text", text}}}}}}}};
}

json::object with_tools(json::object request) {
  request["tools"] =
      json::parse(R"([{"functionDeclarations":[{"name":"get_order"},{"name":"create_return"}]}])");
  return request;
}

json::object configured(json::object request, std::string_view config) {
  request["generationConfig"] = json::parse(config);
  return request;
}

json::object thinking(json::object request) {
  return configured(std::move(request), R"({"thinkingConfig":{"includeThoughts":true}})");
}

/// The responses of a stream, of either framing.
std::vector<json::value> responses_of(const Plan& plan, bool events) {
  std::vector<json::value> out;
  if (!events) {
    const json::value list = json::parse(written(plan));
    out.assign(list.as_array().begin(), list.as_array().end());
    return out;
  }
  for (const auto& [name, data] : events_of(plan)) out.push_back(json::parse(data));
  return out;
}

/// What a client makes of a stream: texts and thoughts joined, the newest usage.
json::value accumulate(const std::vector<json::value>& responses) {
  json::object sum;
  json::array candidates;
  for (const auto& response : responses) {
    for (const auto& [key, value] : response.as_object()) {
      if (key != "candidates") sum[key] = value;
    }
    const auto* list = response.as_object().if_contains("candidates");
    if (list == nullptr) continue;
    const auto& piece = list->as_array().front().as_object();
    const auto index = piece.at("index").to_number<std::size_t>();
    if (candidates.size() <= index) {
      candidates.push_back({{"index", index}, {"parts", json::array()}});
    }
    auto& candidate = candidates[index].as_object();
    for (const auto& [key, value] : piece) {
      if (key != "content") candidate[key] = value;
    }
    auto& parts = candidate.at("parts").as_array();
    const auto* content = piece.if_contains("content");
    if (content == nullptr) continue;
    for (const auto& part : content->at("parts").as_array()) {
      const bool joins =
          part.as_object().contains("text") && !parts.empty() &&
          parts.back().as_object().contains("text") &&
          parts.back().as_object().contains("thought") == part.as_object().contains("thought");
      if (!joins) {
        parts.push_back(part);
        continue;
      }
      parts.back().as_object()["text"].as_string() += part.at("text").as_string();
      if (part.as_object().contains("thoughtSignature")) {
        parts.back().as_object()["thoughtSignature"] = part.at("thoughtSignature");
      }
    }
  }
  if (!candidates.empty()) sum["candidates"] = candidates;
  return sum;
}

/// A whole response in the same form; without what is drawn anew, and without empty texts.
json::value normal(json::value response) {
  auto& object = response.as_object();
  object.erase("responseId");
  if (!object.contains("candidates")) return response;
  for (auto& item : object["candidates"].as_array()) {
    auto& candidate = item.as_object();
    if (candidate.contains("content")) {
      candidate["parts"] = candidate["content"].at("parts");
      candidate.erase("content");
    }
    json::array parts;
    if (candidate.contains("parts")) {
      for (auto& part : candidate["parts"].as_array()) {
        if (text_at(part, "/text").empty() && !part.as_object().contains("functionCall") &&
            !part.as_object().contains("thoughtSignature")) {
          continue;
        }
        if (part.as_object().contains("thoughtSignature")) {
          part.as_object()["thoughtSignature"] = "signed";
        }
        if (part.as_object().contains("functionCall")) {
          part.at("functionCall").as_object().erase("id");
        }
        parts.push_back(part);
      }
    }
    candidate["parts"] = parts;
  }
  return response;
}

TEST(Gemini, AnswersByTheScript) {
  Talk lab(kShop);
  for (const std::string base : {"/v1", "/v1beta"}) {
    const auto plan = lab.post(base + "/models/gemini-x:generateContent",
                               thinking(with_tools(request_of("return ORD-7"))));
    const auto body = body_of(plan);
    EXPECT_EQ(header(reply_of(plan).headers, "content-type"), "application/json; charset=UTF-8");
    const std::string parts = "/candidates/0/content/parts";
    EXPECT_EQ(text_at(body, parts + "/0/text"), "They want to return ORD-7.");
    EXPECT_EQ(text_at(body, parts + "/0/thought"), "true");
    EXPECT_EQ(text_at(body, parts + "/1/text"), "I will look.");
    EXPECT_EQ(text_at(body, parts + "/2/functionCall/args"), R"({"order_id":"ORD-7"})");
    EXPECT_EQ(text_at(body, parts + "/2/thoughtSignature").size(), 96U);
    EXPECT_EQ(text_at(body, parts + "/3/functionCall/name"), "create_return");
    EXPECT_EQ(text_at(body, parts + "/3/thoughtSignature"), "");  // only the first
    EXPECT_EQ(text_at(body, "/candidates/0/finishReason"), "STOP");
    EXPECT_EQ(text_at(body, "/modelVersion"), "gemini-x");
  }
}

TEST(Gemini, ShowsThoughtsWhereAskedFor) {
  Talk lab(kShop);
  const auto hidden = body_of(lab.post(kGenerate, with_tools(request_of("return ORD-7"))));
  EXPECT_EQ(text_at(hidden, "/candidates/0/content/parts/0/text"), "I will look.");
  EXPECT_EQ(text_at(hidden, "/candidates/0/content/parts/1/thoughtSignature").size(), 96U);
  EXPECT_GT(count_at(hidden, "/usageMetadata/thoughtsTokenCount"), 0);
  const auto off =
      body_of(lab.post(kGenerate, configured(with_tools(request_of("return ORD-7")),
                                             R"({"thinkingConfig":{"thinkingBudget":0}})")));
  EXPECT_EQ(text_at(off, "/candidates/0/content/parts/1/thoughtSignature"), "");
  EXPECT_EQ(count_at(off, "/usageMetadata/thoughtsTokenCount"), -1);
}

TEST(Gemini, TakesItsSignaturesBackUnchanged) {
  Talk lab(kShop);
  auto request = with_tools(request_of("return ORD-7"));
  const auto first = body_of(lab.post(kGenerate, request));
  auto& contents = request["contents"].as_array();
  contents.push_back(first.at_pointer("/candidates/0/content"));
  contents.push_back(json::parse(R"({"role":"user","parts":[
      {"functionResponse":{"name":"get_order","response":{"status":"delivered"}}},
      {"functionResponse":{"name":"create_return","response":{}}}]})"));
  const auto second = body_of(lab.post(kGenerate, request));
  EXPECT_EQ(text_at(second, "/candidates/0/content/parts/0/text"),
            "Your order ORD-7 was delivered.");
  EXPECT_EQ(text_at(second, "/candidates/0/content/parts/0/thoughtSignature").size(), 96U);

  auto& part = contents.at(1).at("parts").as_array().at(1).as_object();
  part["thoughtSignature"] = std::string(96, 'A');
  EXPECT_EQ(text_at(body_of(lab.post(kGenerate, request)), "/error/message"),
            "Corrupted thought signature.");
  part.erase("thoughtSignature");
  const std::string dropped = text_at(body_of(lab.post(kGenerate, request)), "/error/message");
  EXPECT_NE(dropped.find("Function call is missing a thought_signature"), std::string::npos);
  lab.engine.reset();
  EXPECT_EQ(reply_of(lab.post(kGenerate, request)).status, 200);
}

TEST(Gemini, AsksForItsKeys) {
  EngineOptions options;
  options.keys = {"right"};
  Talk lab(kShop, options);
  const auto none = lab.post(kGenerate, request_of("hi"));
  EXPECT_EQ(reply_of(none).status, 403);
  EXPECT_EQ(text_at(body_of(none), "/error/status"), "PERMISSION_DENIED");
  const auto wrong = lab.post(kGenerate, request_of("hi"), {{"x-goog-api-key", "wrong"}});
  EXPECT_EQ(reply_of(wrong).status, 400);
  EXPECT_EQ(text_at(body_of(wrong), "/error/details/0/reason"), "API_KEY_INVALID");
  EXPECT_EQ(reply_of(lab.post(kGenerate, request_of("hi"), {{"x-goog-api-key", "right"}})).status,
            200);
  EXPECT_EQ(reply_of(lab.post(kGenerate + "?key=right", request_of("hi"))).status, 200);
  EXPECT_EQ(reply_of(lab.post(kGenerate + "?key=wrong", request_of("hi"))).status, 400);
  const std::string journal = reply_of(lab.get("/lab/requests")).body;
  for (const auto* key : {"\"right\"", "key=right", "wrong"}) {
    EXPECT_EQ(journal.find(key), std::string::npos) << key;
  }
}

TEST(Gemini, ServesItsModels) {
  Talk lab(kShop);
  const HeaderList google{{"x-goog-api-key", "k"}};
  const auto list = body_of(lab.get("/v1/models", google));
  EXPECT_EQ(list.at("models").as_array().size(), 2U);
  EXPECT_EQ(text_at(list, "/models/0/name"), "models/gemini-x");
  EXPECT_EQ(text_at(list, "/models/1/supportedGenerationMethods/0"), "embedContent");
  const auto page = body_of(lab.get("/v1beta/models?pageSize=1"));
  EXPECT_EQ(text_at(page, "/nextPageToken"), "1");
  EXPECT_EQ(text_at(body_of(lab.get("/v1beta/models?pageToken=1")), "/models/0/displayName"),
            "gemini-embedding-1");
  EXPECT_EQ(text_at(body_of(lab.get("/v1/models/gemini-x", google)), "/name"), "models/gemini-x");
  EXPECT_EQ(text_at(body_of(lab.get("/v1/models")), "/object"), "list");  // OpenAI's
  const auto unknown = lab.post("/v1beta/models/nope:generateContent", request_of("hi"));
  EXPECT_EQ(reply_of(unknown).status, 404);
  EXPECT_EQ(text_at(body_of(unknown), "/error/message"),
            "models/nope is not found for API version v1beta, or is not supported for "
            "generateContent. Call ListModels to see the list of available models and their "
            "supported methods.");
  EXPECT_EQ(reply_of(lab.post("/v1beta/models/hidden-9:generateContent", request_of("hi"))).status,
            200);
  EXPECT_EQ(reply_of(lab.get(kGenerate)).status, 404);
  EXPECT_EQ(reply_of(lab.get("/v1beta/nothing")).status, 404);
}

TEST(Gemini, LeavesOthersTheirPaths) {
  Talk lab("models: [\"ft:gpt-4o:org::generate\"]");
  const auto tuned = body_of(lab.get("/v1/models/ft:gpt-4o:org::generate"));
  EXPECT_EQ(text_at(tuned, "/object"), "model");
}

TEST(Gemini, EndsForEveryReason) {
  Talk lab(kShop);
  const auto refused = body_of(lab.post(kGenerate, request_of("weapon")));
  EXPECT_EQ(text_at(refused, "/candidates/0/finishReason"), "SAFETY");
  EXPECT_EQ(text_at(refused, "/candidates/0/content"), "");
  EXPECT_EQ(text_at(refused, "/candidates/0/safetyRatings/0/blocked"), "true");
  const auto blocked = body_of(lab.post(kGenerate, request_of("blocked")));
  EXPECT_EQ(text_at(blocked, "/promptFeedback/blockReason"), "SAFETY");
  EXPECT_EQ(text_at(blocked, "/candidates"), "");
  const auto broken = body_of(lab.post(kGenerate, with_tools(request_of("broken"))));
  EXPECT_EQ(text_at(broken, "/candidates/0/finishReason"), "MALFORMED_FUNCTION_CALL");
  EXPECT_EQ(text_at(broken, "/candidates/0/content"), "");
  const auto cut = body_of(
      lab.post(kGenerate, configured(request_of("one two three"), R"({"maxOutputTokens":2})")));
  EXPECT_EQ(text_at(cut, "/candidates/0/finishReason"), "MAX_TOKENS");

  const std::pair<std::string, std::string> reasons[] = {
      {"stop", "STOP"},
      {"length", "MAX_TOKENS"},
      {"tool_calls", "STOP"},
      {"content_filter", "SAFETY"},
      {"recitation", "RECITATION"},
      {"blocklist", "BLOCKLIST"},
      {"spii", "SPII"},
      {"prohibited_content", "PROHIBITED_CONTENT"},
      {"other", "OTHER"},
      {"malformed_function_call", "MALFORMED_FUNCTION_CALL"}};
  for (const auto& [script, word] : reasons) {
    Talk one("models: [gemini-x]\nrules: [{answer: {text: x, finish_reason: " + script + "}}]");
    EXPECT_EQ(text_at(body_of(one.post(kGenerate, request_of("hi"))), "/candidates/0/finishReason"),
              word);
  }
}

TEST(Gemini, CountsApart) {
  Talk lab(kShop);
  const auto usage = body_of(lab.post(kGenerate, request_of("costly words"))).at("usageMetadata");
  EXPECT_EQ(count_at(usage, "/candidatesTokenCount"), 3);
  EXPECT_EQ(count_at(usage, "/thoughtsTokenCount"), 30);
  EXPECT_EQ(count_at(usage, "/cachedContentTokenCount"), 2);
  EXPECT_EQ(count_at(usage, "/totalTokenCount"), count_at(usage, "/promptTokenCount") + 33);
}

TEST(Gemini, CachesLongPrompts) {
  Talk lab(kShop);
  std::string words;
  for (int i = 0; i < 1500; ++i) words += " word";
  lab.post(kGenerate, request_of(words));
  const auto body = body_of(lab.post(kGenerate, request_of(words + " more")));
  EXPECT_EQ(count_at(body, "/usageMetadata/cachedContentTokenCount"), 1408);
}

TEST(Gemini, HonoursStructuredOutput) {
  Talk lab(kShop);
  const auto said = [&](std::string_view config) {
    return text_at(body_of(lab.post(kGenerate, configured(request_of("hi"), config))),
                   "/candidates/0/content/parts/0/text");
  };
  EXPECT_EQ(said(R"({"responseMimeType":"application/json","responseSchema":{"type":"OBJECT",
      "properties":{"ok":{"type":"BOOLEAN"}},"required":["ok"]}})"),
            R"({"ok":false})");
  EXPECT_EQ(said(R"({"responseMimeType":"application/json","responseJsonSchema":{"type":"object",
      "properties":{"ok":{"type":"boolean"}},"required":["ok"]}})"),
            R"({"ok":false})");
  EXPECT_EQ(said(R"({"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING",
      "enum":["billing","other"]}})"),
            "billing");
  EXPECT_TRUE(json::parse(said(R"({"responseMimeType":"application/json"})")).is_object());
}

TEST(Gemini, CallsTheFunctionThatIsDemanded) {
  Talk lab("models: [gemini-x]");
  auto request = with_tools(request_of("hi"));
  request["toolConfig"] = json::parse(
      R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["create_return"]}})");
  EXPECT_EQ(text_at(body_of(lab.post(kGenerate, request)),
                    "/candidates/0/content/parts/0/functionCall/name"),
            "create_return");
}

TEST(Gemini, CountsAndEmbeds) {
  Talk lab(kShop);
  EXPECT_EQ(count_at(body_of(lab.post("/v1/models/gemini-x:countTokens", request_of("hi there"))),
                     "/totalTokens"),
            3);
  const auto content = json::parse(R"({"parts":[{"text":"hello"}]})");
  const auto one = body_of(lab.post("/v1beta/models/gemini-embedding-1:embedContent",
                                    json::value{{"content", content}}));
  EXPECT_EQ(one.at_pointer("/embedding/values").as_array().size(), 3072U);
  const json::value entry{
      {"model", "models/gemini-embedding-1"}, {"content", content}, {"outputDimensionality", 4}};
  const auto batch = body_of(lab.post("/v1/models/gemini-embedding-1:batchEmbedContents",
                                      json::value{{"requests", json::array{entry, entry}}}));
  EXPECT_EQ(batch.at("embeddings").as_array().size(), 2U);
  EXPECT_EQ(batch.at_pointer("/embeddings/0/values").as_array().size(), 4U);
  EXPECT_EQ(batch.at_pointer("/embeddings/0"), batch.at_pointer("/embeddings/1"));
}

TEST(Gemini, StreamsInBothFramings) {
  Talk lab(kShop);
  auto request = thinking(with_tools(request_of("return ORD-7")));
  for (const bool events : {true, false}) {
    const auto plan = lab.post(kStream + (events ? "?alt=sse" : ""), request);
    EXPECT_EQ(header(std::get<Start>(plan.front()).headers, "content-type"),
              events ? "text/event-stream" : "application/json; charset=UTF-8");
    const auto responses = responses_of(plan, events);
    std::int64_t total = 0;
    for (const auto& response : responses) {
      const auto& usage = response.at("usageMetadata");
      EXPECT_GE(count_at(usage, "/totalTokenCount"), total);
      total = count_at(usage, "/totalTokenCount");
      EXPECT_EQ(text_at(response, "/candidates/0/finishReason").empty(),
                &response != &responses.back());
    }
  }
  const auto refused = lab.post(kStream, json::object());
  EXPECT_EQ(reply_of(refused).status, 400);
  EXPECT_TRUE(body_of(refused).is_array());
  EXPECT_TRUE(body_of(lab.post(kStream + "?alt=sse", json::object())).is_object());
}

// ---- faults

Plan with_fault(const std::string& fault, const std::string& target) {
  Talk lab("models: [gemini-x]\nrules: [{answer: \"a b c d\", fault: " + fault + "}]");
  return lab.post(target, request_of("hi"));
}

TEST(Gemini, FailsAsScripted) {
  const auto busy = with_fault("{kind: status, status: 429, retry_after: \"34\"}", kGenerate);
  EXPECT_EQ(reply_of(busy).status, 429);
  EXPECT_EQ(text_at(body_of(busy), "/error/status"), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(text_at(body_of(busy), "/error/details/0/retryDelay"), "34s");
  EXPECT_EQ(header(reply_of(busy).headers, "retry-after"), "");
  const auto soon = with_fault("{kind: status, status: 503, retry_after_ms: 50}", kGenerate);
  EXPECT_EQ(text_at(body_of(soon), "/error/details/0/retryDelay"), "0.05s");
  EXPECT_TRUE(body_of(with_fault("{kind: status}", kStream)).is_array());

  const std::string error = "{kind: error_event, status: 503, after_tokens: 2}";
  EXPECT_EQ(
      text_at(responses_of(with_fault(error, kStream + "?alt=sse"), true).back(), "/error/status"),
      "UNAVAILABLE");
  EXPECT_EQ(count_at(responses_of(with_fault(error, kStream), false).back(), "/error/code"), 503);
  EXPECT_EQ(reply_of(with_fault("{kind: error_event}", kGenerate)).status, 500);

  for (const std::string kind : {"no_done", "no_finish_reason"}) {
    const auto bytes = written(with_fault("{kind: " + kind + "}", kStream + "?alt=sse"));
    EXPECT_EQ(bytes.find("finishReason"), std::string::npos);
    EXPECT_NE(bytes.find("\" d\""), std::string::npos);
  }
  const auto cut = with_fault("{kind: cut, after_tokens: 2}", kStream + "?alt=sse");
  EXPECT_TRUE(std::holds_alternative<End>(cut.back()));
  EXPECT_EQ(written(cut).find("\" c\""), std::string::npos);
  const auto broken = written(with_fault("{kind: malformed, after_tokens: 1}", kStream));
  boost::system::error_code parse_error;
  json::parse(broken, parse_error);
  EXPECT_TRUE(parse_error.failed());
  const auto huge = with_fault("{kind: huge_body, bytes: 100}", kGenerate);
  EXPECT_TRUE(written(huge).ends_with("}"));
}

TEST(Gemini, EveryStatusHasItsName) {
  const std::pair<int, std::string> names[] = {
      {400, "INVALID_ARGUMENT"}, {401, "UNAUTHENTICATED"},    {403, "PERMISSION_DENIED"},
      {404, "NOT_FOUND"},        {429, "RESOURCE_EXHAUSTED"}, {500, "INTERNAL"},
      {503, "UNAVAILABLE"},      {504, "DEADLINE_EXCEEDED"}};
  for (const auto& [status, name] : names) {
    const auto plan =
        with_fault("{kind: status, status: " + std::to_string(status) + "}", kGenerate);
    EXPECT_EQ(text_at(body_of(plan), "/error/status"), name);
    EXPECT_EQ(count_at(body_of(plan), "/error/code"), status);
  }
}

// ---- properties

json::object any_request() {
  json::object request = request_of(*rc::gen::element<std::string>(
      "return ORD-12", "weapon", "blocked", "broken", "costly", "größer, 返品 🙂"));
  if (*rc::gen::arbitrary<bool>()) request = with_tools(request);
  json::object config;
  if (*rc::gen::arbitrary<bool>()) config["thinkingConfig"] = {{"includeThoughts", true}};
  if (*rc::gen::arbitrary<bool>()) config["maxOutputTokens"] = *rc::gen::inRange(1, 40);
  if (*rc::gen::arbitrary<bool>()) config["candidateCount"] = *rc::gen::inRange(1, 4);
  if (*rc::gen::arbitrary<bool>()) config["stopSequences"] = json::array{"a"};
  request["generationConfig"] = config;
  return request;
}

std::int64_t count_or_zero(const json::value& usage, std::string_view pointer) {
  return std::max<std::int64_t>(count_at(usage, pointer), 0);
}

RC_GTEST_PROP(Gemini, UsageAddsUp, ()) {
  Talk lab(kShop);
  const auto usage = body_of(lab.post(kGenerate, any_request())).at("usageMetadata");
  RC_ASSERT(count_at(usage, "/promptTokenCount") + count_or_zero(usage, "/candidatesTokenCount") +
                count_or_zero(usage, "/thoughtsTokenCount") ==
            count_at(usage, "/totalTokenCount"));
  RC_ASSERT(count_or_zero(usage, "/cachedContentTokenCount") <=
            count_at(usage, "/promptTokenCount"));
}

RC_GTEST_PROP(Gemini, StreamAccumulatesToTheBody, ()) {
  EngineOptions options;
  options.deterministic = true;
  const auto pieces = *rc::gen::inRange(1, 5);
  const auto yaml = "delay: {tokens_per_chunk: " + std::to_string(pieces) + "}\n" + kShop;
  Talk whole(yaml, options);
  Talk streamed(yaml, options);
  const auto request = any_request();
  const bool events = *rc::gen::arbitrary<bool>();
  const auto body = normal(body_of(whole.post(kGenerate, request)));
  const auto plan = streamed.post(kStream + (events ? "?alt=sse" : ""), request);
  const auto sum = normal(accumulate(responses_of(plan, events)));
  if (body != sum) RC_LOG(json::serialize(body) + "\n" + json::serialize(sum));
  RC_ASSERT(body == sum);
}

}  // namespace
}  // namespace headgate::lab
