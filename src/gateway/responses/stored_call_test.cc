#include "gateway/responses/stored_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/async/task_group.h"
#include "llm/responses/request_decode.h"
#include "llm/responses/stored.h"
#include "storage/responses/response_store.h"
#include "storage/temporary_folder.h"

namespace headgate::gateway {
namespace {

namespace chat = llm::chat;
using base::Errc;
using base::Result;
using chat::Dialect;
using testing::HasSubstr;

class NoSpans final : public telemetry::SpanSink {
 public:
  bool record(const telemetry::ExchangeRecord&) override { return true; }
};

class StoredCallTest : public testing::Test {
 protected:
  StoredCallTest() {
    auto opened = storage::ResponseStore::open(folder_.path(), 0, clock_);
    EXPECT_TRUE(opened);
    if (opened) store_ = std::move(*opened);
    tools_.responses = store_.get();
    principal_.tenant = "acme";
    provider_->kind = ProviderKind::anthropic;
    model_.provider = provider_;
  }

  /// A call as it is when the pipeline has assigned a model to it.
  std::unique_ptr<Call> call(std::string body, Dialect dialect = Dialect::openai_responses) {
    body_ = std::move(body);
    ctx_.principal = &principal_;
    ask_ = std::make_unique<Ask>(Ask{dialect, Operation::chat, {}, headers_, body_});
    auto out = std::make_unique<Call>(ctx_, *ask_, catalog_);
    const auto decoded = llm::responses::decode_request(body_, {});
    EXPECT_TRUE(decoded);
    out->decoded = *decoded;
    out->request.store = decoded->store.value_or(true);
    out->request.previous_response_id = decoded->previous_response_id;
    out->asked_model = &model_;
    out->begin(std::make_unique<Attempt>(*out, model_));
    return out;
  }

  /// What goes to the provider.
  static Result<chat::Request> joined(Call& asked) {
    chat::Request request = *asked.decoded;
    if (goes_as_asked(asked.answering(), request)) return request;
    if (auto joined = join_history(asked.answering(), request); !joined) return joined.error();
    return request;
  }

  /// Runs a task to its end.
  Result<void> run(base::Task<void> task) {
    Result<void> result = base::fail(Errc::internal, "did not end");
    tasks_.spawn(into(std::move(task), result));
    while (tasks_.running() > 0) {
      loop_.io().restart();
      loop_.io().run_one_for(std::chrono::seconds(5));
    }
    return result;
  }
  static base::Async<void> into(base::Task<void> task, Result<void>& result) {
    result = co_await task;
  }

  /// Answers `asked` and stores that; the response's id.
  std::string answered(Call& asked, const std::string& text) {
    chat::Answer answer;
    answer.origin = Dialect::anthropic;
    answer.model = "m";
    answer.candidates.emplace_back().parts = {chat::text_part(text)};
    answer.candidates[0].stop = chat::StopReason::stop;
    EXPECT_TRUE(note_entry(asked.answering(), &answer));
    const auto stored = run(store_entry(asked.answering(), tools_));
    EXPECT_TRUE(stored) << stored.error().detail;
    return asked.response_id;
  }

  storage::TemporaryFolder folder_;
  base::RealClock clock_;
  base::Loop loop_{clock_};
  std::unique_ptr<storage::ResponseStore> store_;  // ends before the loop
  base::TaskGroup tasks_{loop_, nullptr};
  base::Cancellation cancellation_;
  base::Context ctx_{loop_, cancellation_};
  base::Principal principal_;
  http::Headers headers_;
  std::shared_ptr<const Catalog> catalog_ = std::make_shared<const Catalog>();
  std::shared_ptr<Provider> provider_ = std::make_shared<Provider>();
  Model model_;
  std::string body_;
  std::unique_ptr<Ask> ask_;
  NoSpans spans_;
  telemetry::Metrics registry_;
  telemetry::CallMetrics metrics_{registry_};
  base::Redactor redactor_ = *base::Redactor::create();
  SignatureVault vault_;
  PromptCacheWatch caches_{0};
  CallTools tools_{spans_, metrics_, redactor_, vault_, caches_};
};

TEST_F(StoredCallTest, WhoKeepsWhat) {
  struct Case {
    Dialect dialect;
    ProviderKind kind;
    ResponsesStore who;
    bool here;
  };
  constexpr auto kProvider = ResponsesStore::provider;
  constexpr auto kHeadgate = ResponsesStore::headgate;
  const Case cases[] = {
      {Dialect::openai_responses, ProviderKind::anthropic, kProvider, true},
      {Dialect::openai_responses, ProviderKind::gemini, kProvider, true},
      {Dialect::openai_responses, ProviderKind::openai_chat, kProvider, true},
      {Dialect::openai_responses, ProviderKind::openai, kProvider, false},
      {Dialect::openai_responses, ProviderKind::openai_responses, kProvider, false},
      {Dialect::openai_responses, ProviderKind::openai, kHeadgate, true},
      {Dialect::openai_responses, ProviderKind::openai_responses, kHeadgate, true},
      {Dialect::openai_chat, ProviderKind::anthropic, kHeadgate, false},
      {Dialect::openai_chat, ProviderKind::openai_responses, kHeadgate, false},
      {Dialect::anthropic, ProviderKind::anthropic, kHeadgate, false},
  };
  for (const Case& each : cases) {
    provider_->kind = each.kind;
    provider_->responses_store = each.who;
    const auto stored = call(R"({"model":"m","input":"x"})", each.dialect);
    EXPECT_EQ(is_kept_here(stored->answering()), each.here);
    EXPECT_EQ(stores_answer(stored->answering()), each.here);
    const auto unstored = call(R"({"model":"m","input":"x","store":false})", each.dialect);
    EXPECT_FALSE(stores_answer(unstored->answering()));
  }
}

TEST_F(StoredCallTest, IdsAreNeverTheSame) {
  const auto one = call(R"({"model":"m","input":"x"})");
  const std::string first = one->response_id;
  EXPECT_THAT(first, testing::MatchesRegex("resp_[0-9a-f]+"));
  EXPECT_EQ(first.size(), 53u);
  EXPECT_NE(first, call(R"({"model":"m","input":"x"})")->response_id);
}

TEST_F(StoredCallTest, GoesOnFromWhatIsStoredAndTellsTheProviderNothingOfIt) {
  const auto first = call(R"({"model":"m","input":"one"})");
  const std::string id = answered(*first, "ONE");
  const auto next =
      call(R"({"model":"m","store":true,"input":"two","previous_response_id":")" + id + "\"}");
  ASSERT_TRUE(run(recall(*next, tools_)));
  const auto sent_request = joined(*next);
  ASSERT_TRUE(sent_request);
  const chat::Request& sent = *sent_request;
  ASSERT_EQ(sent.messages.size(), 3u);
  EXPECT_EQ(sent.messages[1].parts[0].as<chat::Text>()->text, "ONE");
  EXPECT_EQ(sent.messages[2].parts[0].as<chat::Text>()->text, "two");
  EXPECT_TRUE(sent.previous_response_id.empty());
  EXPECT_FALSE(sent.store);
  EXPECT_EQ(next->decoded->messages.size(), 1u) << "its own input is what is stored";
  EXPECT_EQ(next->decoded->previous_response_id, id);
  const std::string second = answered(*next, "TWO");
  const auto last = call(R"({"model":"m","input":"3","previous_response_id":")" + second + "\"}");
  ASSERT_TRUE(run(recall(*last, tools_)));
  EXPECT_EQ(last->history.size(), 2u);
}

TEST_F(StoredCallTest, AProviderThatCouldStoreIsAskedNotTo) {
  provider_->kind = ProviderKind::openai_responses;
  provider_->responses_store = ResponsesStore::headgate;
  const auto asked = call(R"({"model":"m","input":"x"})");
  EXPECT_EQ(joined(*asked)->store, false);
  EXPECT_FALSE(asked->decoded->store);
}

TEST_F(StoredCallTest, UnknownIsAnErrorHereAndPassesWhereTheProviderKeepsThem) {
  const std::string body = R"({"model":"m","input":"x","previous_response_id":"resp_x"})";
  const auto here = call(body);
  ASSERT_TRUE(run(recall(*here, tools_)));
  const auto unknown = joined(*here);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::previous_response_not_found);
  EXPECT_EQ(unknown.error().param, "previous_response_id");
  EXPECT_EQ(unknown.error().detail, "Previous response with id 'resp_x' not found.");
  provider_->kind = ProviderKind::openai_responses;
  const auto there = call(body);
  ASSERT_TRUE(run(recall(*there, tools_)));
  EXPECT_EQ(joined(*there)->previous_response_id, "resp_x");
}

TEST_F(StoredCallTest, OtherTenantsAndGapsAreNotFound) {
  const auto first = call(R"({"model":"m","input":"one"})");
  const std::string id = answered(*first, "ONE");
  const std::string follow_up =
      R"({"model":"m","input":"two","previous_response_id":")" + id + "\"}";
  principal_.tenant = "other";
  const auto stranger = call(follow_up);
  ASSERT_TRUE(run(recall(*stranger, tools_)));
  EXPECT_TRUE(stranger->history.empty());
  principal_.tenant = "acme";
  const auto second = call(follow_up);
  ASSERT_TRUE(run(recall(*second, tools_)));
  const std::string later = answered(*second, "TWO");
  std::promise<void> erased;
  store_->erase("acme", id, [&](auto) { erased.set_value(); });
  erased.get_future().wait();
  const auto third = call(R"({"model":"m","input":"3","previous_response_id":")" + later + "\"}");
  const auto recalled = run(recall(*third, tools_));
  ASSERT_FALSE(recalled);
  EXPECT_EQ(recalled.error().code, Errc::previous_response_not_found);
  EXPECT_THAT(recalled.error().detail, HasSubstr(id));
}

TEST_F(StoredCallTest, KeysWithoutATenantHaveNothingInCommon) {
  principal_.tenant.clear();
  principal_.key_id = "one";
  const auto first = call(R"({"model":"m","input":"one"})");
  const std::string id = answered(*first, "ONE");
  const std::string follow_up =
      R"({"model":"m","input":"two","previous_response_id":")" + id + "\"}";
  const auto own = call(follow_up);
  ASSERT_TRUE(run(recall(*own, tools_)));
  EXPECT_EQ(own->history.size(), 1u);
  principal_.key_id = "two";
  const auto stranger = call(follow_up);
  ASSERT_TRUE(run(recall(*stranger, tools_)));
  EXPECT_TRUE(stranger->history.empty());
}

TEST_F(StoredCallTest, WhatCannotBeStoredIsAnError) {
  const auto asked = call(R"({"model":"m","input":"one"})");
  EXPECT_EQ(note_entry(asked->answering(), nullptr).error().code, Errc::storage_failed);
  answered(*asked, "ONE");
  asked->answering().entry =
      R"({"response":{"id":")" + asked->response_id + R"("},"input_items":[]})";
  const auto again = run(store_entry(asked->answering(), tools_));
  ASSERT_FALSE(again) << "an id that is taken";
  EXPECT_EQ(again.error().code, Errc::storage_failed);
  EXPECT_FALSE(base::row(again.error().code).retryable);
  const auto unstored = call(R"({"model":"m","input":"one","store":false})");
  ASSERT_TRUE(note_entry(unstored->answering(), nullptr));
  EXPECT_TRUE(unstored->answering().entry.empty());
}

TEST_F(StoredCallTest, AnAnswerThatMayNotCountIsNotStoredYet) {
  const auto asked = call(R"({"model":"m","input":"one"})");
  asked->settle_later = true;
  asked->answering().entry = R"({"response":{"id":"resp_1"},"input_items":[]})";
  ASSERT_TRUE(run(store_entry(asked->answering(), tools_)));
  EXPECT_FALSE(asked->answering().entry.empty());
}

// The store's thread is held up, the caller goes, the call's frames end; what the store says later
// reaches nobody.
TEST_F(StoredCallTest, ACallerWhoGoesWhileTheStoreIsBusyEndsItsCall) {
  std::promise<void> gate;
  store_->find("acme", "resp_x", [held = gate.get_future().share()](auto) { held.wait(); });
  {
    const auto asked = call(R"({"model":"m","input":"one"})");
    asked->answering().entry = R"({"response":{"id":"resp_1"},"input_items":[]})";
    Result<void> stored = base::fail(Errc::internal, "did not end");
    tasks_.spawn(into(store_entry(asked->answering(), tools_), stored));
    const auto next = call(R"({"model":"m","input":"2","previous_response_id":"resp_1"})");
    Result<void> recalled = base::fail(Errc::internal, "did not end");
    tasks_.spawn(into(recall(*next, tools_), recalled));
    loop_.io().poll();
    EXPECT_EQ(tasks_.running(), 2u);
    cancellation_.cancel();
    loop_.io().restart();
    loop_.io().poll();
    EXPECT_EQ(tasks_.running(), 0u);
    EXPECT_EQ(stored.error().code, Errc::cancelled);
    EXPECT_EQ(recalled.error().code, Errc::cancelled);
  }
  gate.set_value();
  store_.reset();  // all that was handed to it is done
  loop_.io().restart();
  loop_.io().poll();
}

}  // namespace
}  // namespace headgate::gateway
