#include "agents/journal/fold.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agents/journal/entry.h"

namespace headgate::agents {
namespace {

/// A journal that is written entry by entry, a second apart.
class Journal {
 public:
  Journal() {
    RunOrigin origin;
    origin.principal.key_id = "k";
    origin.principal.scopes = {"a", "b"};
    origin.user = "ute";
    origin.metadata = R"({"x":1})";
    origin.trace.bytes.fill(1);
    origin.span.bytes.fill(2);
    add(run_created("triage", origin, R"([{"role":"user","content":"hi"}])"));
    base::SpanId span;
    span.bytes.fill(3);
    add(agent_started("triage", span));
  }
  void add(const Entry& entry, std::int64_t seconds = 1) {
    at_us_ += seconds * 1'000'000;
    rows_.push_back({static_cast<std::int64_t>(rows_.size()) + 1, at_us_, entry.kind, entry.body});
  }
  void answer_with(const std::vector<std::string>& tools) {
    ++step_;
    add(model_begun(step_, "triage", "m", {}));
    ModelOutcome outcome;
    outcome.text = tools.empty() ? "done" : "";
    outcome.usage.input = 10;
    outcome.usage.output = 2;
    outcome.cost = 5;
    for (std::size_t i = 0; i < tools.size(); ++i) {
      CallState& call = outcome.calls.emplace_back();
      call.id = "c" + std::to_string(step_) + "_" + std::to_string(i + 1);
      call.model_id = "call_x";
      call.tool = tools[i];
      call.arguments = R"({"a": "\"q\""})";
    }
    add(model_finished(step_, outcome));
  }
  RunState state() const { return fold("run_1", rows_); }
  CallState call(const std::string& id) const { return *state().call(id); }
  const std::vector<storage::RunEntry>& rows() const { return rows_; }

 private:
  std::int64_t at_us_ = 1'000'000'000;
  std::int64_t step_ = 0;
  std::vector<storage::RunEntry> rows_;
};

Entry asked(const CallState& call, std::int64_t needed = 1) {
  ApprovalAsk ask;
  ask.digest = "d";
  ask.policy = "tool";
  ask.needed = needed;
  return approval_requested(call, ask);
}

ApprovalDecision by(const std::string& name, Decision decision) {
  ApprovalDecision out;
  out.decision = decision;
  out.by = name;
  out.person = "user /" + name;
  out.reason = "too much";
  out.arguments = R"({"a":2})";
  return out;
}

TEST(Fold, knows_on_whose_behalf) {
  const RunState state = Journal().state();
  EXPECT_EQ(state.origin.principal.scopes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(state.origin.user, "ute");
  EXPECT_EQ(state.origin.metadata, R"({"x":1})");
  EXPECT_EQ(state.acting, "triage");
  EXPECT_EQ(next_step(state), NextStep::ask_model);
}

TEST(Fold, goes_from_calls_to_their_results) {
  Journal journal;
  journal.answer_with({"get", "put"});
  EXPECT_EQ(next_step(journal.state()), NextStep::call_tools);
  journal.add(tool_decided(journal.call("c1_1"), "allow", "scopes", ""));
  EXPECT_EQ(journal.call("c1_1").stage, CallStage::allowed);
  journal.add(tool_begun(journal.call("c1_1"), "pure", "", {}));
  EXPECT_EQ(journal.call("c1_1").stage, CallStage::begun);
  journal.add(tool_finished(journal.call("c1_1"), "ok", {"one"}, false, 5));
  journal.add(tool_decided(journal.call("c1_2"), "deny", "scopes", "no"));
  EXPECT_EQ(journal.call("c1_2").stage, CallStage::proposed);
  journal.add(tool_refused(journal.call("c1_2"), "two"));
  EXPECT_EQ(next_step(journal.state()), NextStep::ask_model);
  journal.answer_with({});
  const RunState state = journal.state();
  EXPECT_EQ(next_step(state), NextStep::finish);
  EXPECT_EQ(*state.answer, "done");
  ASSERT_EQ(state.messages.size(), 5U);
  EXPECT_EQ(state.messages[1],
            R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_x",)"
            R"("type":"function","function":{"name":"get","arguments":"{\"a\": \"\\\"q\\\"\"}"}},)"
            R"({"id":"call_x","type":"function","function":{"name":"put",)"
            R"("arguments":"{\"a\": \"\\\"q\\\"\"}"}}]})");
  EXPECT_EQ(state.messages[3], R"({"role":"tool","tool_call_id":"call_x","content":"two"})");
  EXPECT_EQ(state.tool_calls, 1);
  EXPECT_EQ(state.steps, 2);
  EXPECT_EQ(state.usage.input, 20);
  EXPECT_EQ(state.cost, 10);
}

TEST(Fold, counts_the_time_that_it_was_worked_on) {
  Journal journal;
  journal.answer_with({"put"});
  journal.add(asked(journal.call("c1_1")));
  journal.add(run_paused(RunStatus::waiting_for_approval));
  const std::int64_t worked_us = journal.state().active_us;
  EXPECT_EQ(worked_us, 5'000'000);
  journal.add(approval_decided("c1_1", by("olga", Decision::approve)), 1000);
  EXPECT_EQ(journal.state().active_us, worked_us);
  EXPECT_EQ(journal.state().status, RunStatus::running);
  journal.add(run_recovered(), 1000);
  EXPECT_EQ(journal.state().active_us, worked_us);
  journal.add(tool_begun(journal.call("c1_1"), "pure", "", {}));
  EXPECT_EQ(journal.state().active_us, worked_us + 1'000'000);
}

TEST(Fold, people_approve_deny_and_change) {
  Journal journal;
  journal.answer_with({"put", "put", "put"});
  journal.add(asked(journal.call("c1_1"), 2));
  journal.add(asked(journal.call("c1_2")));
  journal.add(asked(journal.call("c1_3")));
  EXPECT_EQ(journal.call("c1_1").digest, "d");
  journal.add(approval_decided("c1_1", by("olga", Decision::approve)));
  EXPECT_EQ(journal.call("c1_1").stage, CallStage::waiting);
  journal.add(approval_decided("c1_1", by("otto", Decision::approve)));
  EXPECT_EQ(journal.call("c1_1").stage, CallStage::allowed);
  EXPECT_EQ(journal.call("c1_1").authorised_by, "approval of olga, otto");
  journal.add(approval_decided("c1_2", by("olga", Decision::deny)));
  EXPECT_EQ(journal.call("c1_2").stage, CallStage::finished);
  EXPECT_NE(journal.call("c1_2").result.find("too much"), std::string::npos);
  journal.add(approval_decided("c1_3", by("olga", Decision::edit)));
  EXPECT_EQ(journal.call("c1_3").arguments, R"({"a":2})");
  EXPECT_EQ(journal.call("c1_3").stage, CallStage::proposed);
  EXPECT_FALSE(journal.call("c1_3").approved);
  EXPECT_EQ(journal.call("c1_3").digest, "");
}

TEST(Fold, time_runs_out) {
  Journal journal;
  journal.answer_with({"put"});
  journal.add(asked(journal.call("c1_1"), 2));
  journal.add(run_paused(RunStatus::waiting_for_approval));
  journal.add(approval_decided("c1_1", by("olga", Decision::approve)));
  journal.add(run_paused(RunStatus::waiting_for_approval));
  journal.add(approval_escalated("c1_1", 1, 77));
  EXPECT_EQ(journal.state().status, RunStatus::running);
  const CallState later = journal.call("c1_1");
  EXPECT_TRUE(later.escalated);
  EXPECT_EQ(later.people.size(), 0U);
  EXPECT_EQ(later.due_us, 77);
  journal.add(approval_expired("c1_1"));
  EXPECT_EQ(journal.call("c1_1").stage, CallStage::finished);
  EXPECT_TRUE(journal.call("c1_1").is_error);
}

TEST(Fold, an_unknown_outcome_is_for_a_person) {
  Journal journal;
  journal.answer_with({"put"});
  journal.add(tool_decided(journal.call("c1_1"), "allow", "scopes", ""));
  journal.add(tool_begun(journal.call("c1_1"), "at_most_once", "", {}));
  journal.add(run_needs_attention(journal.call("c1_1"), "lost"));
  EXPECT_EQ(journal.state().status, RunStatus::needs_attention);
  EXPECT_EQ(journal.call("c1_1").stage, CallStage::unknown);
  Journal again = journal;
  again.add(run_resumed("olga", "c1_1", "did_not_happen"));
  EXPECT_EQ(again.state().status, RunStatus::running);
  EXPECT_EQ(again.call("c1_1").stage, CallStage::allowed);
  journal.add(run_resumed("olga", "c1_1", "happened"));
  EXPECT_EQ(journal.call("c1_1").stage, CallStage::allowed);
  journal.add(tool_finished(journal.call("c1_1"), "happened", {"r"}, false, 0));
  EXPECT_EQ(next_step(journal.state()), NextStep::ask_model);
}

TEST(Fold, the_word_passes_on) {
  Journal journal;
  ModelOutcome outcome;
  CallState& call = outcome.calls.emplace_back();
  call.id = "c1_1";
  call.tool = "transfer_to_billing";
  call.transfer_to = "billing";
  journal.add(model_begun(1, "triage", "m", {}));
  journal.add(model_finished(1, outcome));
  journal.add(handoff(journal.call("c1_1"), "triage", "billing"));
  base::SpanId span;
  span.bytes.fill(9);
  journal.add(agent_started("billing", span));
  EXPECT_EQ(journal.state().acting, "billing");
  EXPECT_EQ(journal.state().acting_span, span);
  EXPECT_EQ(next_step(journal.state()), NextStep::ask_model);
}

TEST(Fold, statuses_have_names) {
  for (int i = 0; i <= static_cast<int>(RunStatus::stopped); ++i) {
    const auto status = static_cast<RunStatus>(i);
    EXPECT_EQ(run_status_named(name(status)), status);
  }
  EXPECT_EQ(run_status_named("other"), std::nullopt);
}

// A state can be had of any beginning of a journal, whatever its bodies say.
RC_GTEST_PROP(Fold, takes_any_body, (const std::vector<std::string>& bodies)) {
  Journal journal;
  journal.answer_with({"put"});
  std::vector<storage::RunEntry> rows = journal.rows();
  for (const std::string& body : bodies) {
    const auto& like = rows[*rc::gen::inRange<std::size_t>(0, rows.size())];
    rows.push_back({static_cast<std::int64_t>(rows.size()) + 1, 0, like.kind, body});
  }
  RC_ASSERT(fold("run_1", rows).seq == static_cast<std::int64_t>(rows.size()));
}

ToolWords untrusted(const std::string& told) {
  ToolWords out;
  out.told = told;
  out.labels = {"tool:get"};
  return out;
}

TEST(Fold, labels_enter_with_the_text) {
  Journal journal;
  journal.answer_with({"get", "put"});
  ToolWords words = untrusted("one");
  words.endorsed = {"7"};
  journal.add(tool_finished(journal.call("c1_1"), "ok", words, false, 5));
  journal.add(tool_refused(journal.call("c1_2"), "two"));
  EXPECT_TRUE(journal.state().provenance.sources.empty());  // no model has read it yet
  journal.answer_with({"get"});
  const Provenance known = journal.state().provenance;
  EXPECT_EQ(known.trusted, (std::vector<std::string>{"hi"}));
  EXPECT_EQ(known.sources, (std::vector<TextSource>{{"c1_1", {"tool:get"}}}));
  EXPECT_EQ(known.endorsed, (std::vector<std::string>{"7"}));
  journal.add(handoff(journal.call("c2_1"), "triage", "billing"));
  journal.add(agent_started("billing", {}));
  journal.answer_with({});
  EXPECT_EQ(journal.state().provenance, known);  // it goes along
}

TEST(Fold, journals_without_labels_are_not_trusted) {
  Journal journal;
  journal.answer_with({"get"});
  journal.add({std::string(kind::kToolFinished),
               R"({"call_id":"c1_1","tool":"get","outcome":"ok","result":"r","is_error":false})"});
  journal.answer_with({});
  EXPECT_EQ(journal.state().provenance.sources, (std::vector<TextSource>{{"c1_1", {"tool:get"}}}));
}

TEST(Fold, answers_that_a_caller_sends_along_are_not_his) {
  const std::string messages =
      R"([{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"}]},)"
      R"({"role":"assistant","content":"b"},{"role":"user","content":"c"}])";
  const Entry entry = run_created("triage", {}, messages);
  const RunState state = fold("run_1", {{1, 1, entry.kind, entry.body}});
  EXPECT_EQ(state.provenance.trusted, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(state.provenance.sources, (std::vector<TextSource>{{"input", {"history"}}}));
}

TEST(Fold, results_are_read_before_anything_follows) {
  Journal journal;
  journal.answer_with({"get", "put"});
  ToolWords words;
  words.told = "{}";
  words.withheld = "raw";
  words.wants_reader = true;
  journal.add(tool_finished(journal.call("c1_1"), "ok", words, false, 5));
  EXPECT_EQ(next_step(journal.state()), NextStep::read_results);
  ModelOutcome spent;
  spent.usage.input = 3;
  spent.cost = 2;
  journal.add(result_read(journal.call("c1_1"), untrusted("{\"a\":1}"), spent, ""));
  EXPECT_EQ(next_step(journal.state()), NextStep::call_tools);
  EXPECT_EQ(journal.state().usage.input, 13);
  EXPECT_EQ(journal.state().cost, 7);
  journal.add(tool_refused(journal.call("c1_2"), "no"));
  journal.answer_with({});
  const RunState state = journal.state();
  EXPECT_EQ(state.provenance.withheld, (std::vector<WithheldText>{{"c1_1", {"tool:get"}, "raw"}}));
  EXPECT_EQ(state.messages[2].find("raw"), std::string::npos);
}

TEST(Fold, references_become_text_in_calls_and_not_in_the_conversation) {
  Journal journal;
  journal.answer_with({"get"});
  ToolWords words;
  words.told = "{}";
  words.withheld = "raw";
  journal.add(tool_finished(journal.call("c1_1"), "ok", words, false, 5));
  journal.add(model_begun(2, "triage", "m", {}));
  ModelOutcome outcome;
  CallState& call = outcome.calls.emplace_back();
  call.id = "c2_1";
  call.tool = "put";
  call.arguments = R"({"text":"$c1_1"})";
  journal.add(model_finished(2, outcome));
  EXPECT_EQ(journal.call("c2_1").arguments, R"({"text":"raw"})");
  EXPECT_TRUE(journal.call("c2_1").by_reference);
  EXPECT_EQ(journal.state().messages.back().find("raw"), std::string::npos);
}

}  // namespace
}  // namespace headgate::agents
