// The grammar of events, the assembler and its inverse, held against one another.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/json/cursor.h"
#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/chat/request.h"
#include "llm/chat/specimen_test.h"

namespace headgate::llm::chat {
namespace {

using Kind = Delta::Kind;

Part call_part(std::string id) { return Part{ToolCall{std::move(id), "f", {}, false, {}}, {}, {}}; }

Events exploded(const Answer& answer) {
  Events events;
  explode(answer, [&](const Event& event) { events.push_back(event); });
  return events;
}

// Empty when all of it may come in this order; else the first mistake.
std::string mistake_in(const Events& events) {
  Grammar grammar;
  for (const Event& event : events) {
    const std::string wrong = grammar.take(event);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

Answer assembled(const Events& events) {
  Assembler assembler;
  for (const Event& event : events) assembler.add(event);
  return assembler.take();
}

Answer as_one_text(std::string text) {
  Answer answer;
  answer.candidates.push_back({{text_part(std::move(text))}, StopReason::stop, "stop", {}, {}, {}});
  return answer;
}

RC_GTEST_PROP(chat_model, an_explosion_obeys_the_grammar, ()) {
  const Answer answer = *any_answer();
  RC_ASSERT(mistake_in(exploded(answer)) == "");
}

RC_GTEST_PROP(chat_model, assembling_an_explosion_gives_the_answer, ()) {
  const Answer answer = *any_answer();
  const Answer again = assembled(exploded(answer));
  RC_ASSERT(again == answer);
}

// Whatever is taken out of a stream or put twice, the grammar notices, or it is still a stream.
RC_GTEST_PROP(chat_model, a_mutilated_stream_is_never_assembled_wrongly, ()) {
  Events events = exploded(*any_answer());
  const auto at = *rc::gen::inRange<std::size_t>(0, events.size());
  if (*rc::gen::arbitrary<bool>()) {
    events.erase(events.begin() + static_cast<std::ptrdiff_t>(at));
  } else {
    const Event copy = events[at];
    events.insert(events.begin() + static_cast<std::ptrdiff_t>(at), copy);
  }
  Grammar grammar;
  Assembler assembler;
  for (const Event& event : events) {
    if (!grammar.take(event).empty()) break;
    assembler.add(event);
  }
  RC_ASSERT(assembler.ended() == grammar.ended());
}

struct Wrong {
  std::string_view mistake;
  Events events;
};

TEST(chat_grammar, names_each_mistake) {
  const PartBegin text{0, 0, text_part("")};
  const PartBegin call{0, 0, call_part("c")};
  const Delta word{0, 0, Kind::text, "x"};
  const Stop stop{0, StopReason::stop, {}, {}};
  for (const Wrong& c : std::vector<Wrong>{
           {"", {Begin{}, text, word, PartEnd{0, 0}, UsageSeen{}, stop, UsageSeen{}, End{}}},
           {"", {Failed{}}},
           {"", {Begin{}, text, Failed{}}},
           {"an event before Begin", {text}},
           {"a second Begin", {Begin{}, Begin{}}},
           {"a part out of order", {Begin{}, PartBegin{0, 1, text_part("")}}},
           {"a part while another is open", {Begin{}, text, PartBegin{0, 1, text_part("")}}},
           {"a part that begins with content", {Begin{}, PartBegin{0, 0, text_part("x")}}},
           {"a tool call without an id", {Begin{}, PartBegin{0, 0, call_part("")}}},
           {"a delta of a part that is not open", {Begin{}, word}},
           {"a delta of a part that is not open", {Begin{}, text, Delta{0, 1, Kind::text, "x"}}},
           {"a delta of a part that is not open", {Begin{}, text, PartEnd{0, 0}, word}},
           {"a delta that does not fit its part", {Begin{}, call, word}},
           {"a delta that does not fit its part", {Begin{}, text, Delta{0, 0, Kind::data, "x"}}},
           {"a second signature",
            {Begin{}, call, Delta{0, 0, Kind::signature, "x"}, Delta{0, 0, Kind::signature, "x"}}},
           {"an end of a part that is not open", {Begin{}, PartEnd{0, 0}}},
           {"an end of a part that is not open", {Begin{}, text, PartEnd{0, 1}}},
           {"a Stop while a part is open", {Begin{}, text, stop}},
           {"a Stop without a reason", {Begin{}, Stop{}}},
           {"a second Stop", {Begin{}, stop, stop}},
           {"a part after its candidate's Stop", {Begin{}, stop, text}},
           {"an End without every Stop", {Begin{}, End{}}},
           {"an End without every Stop", {Begin{}, stop, PartBegin{1, 0, text_part("")}, End{}}},
           {"an event after the end", {Begin{}, stop, End{}, UsageSeen{}}},
           {"an event after the end", {Failed{}, Begin{}}}}) {
    EXPECT_EQ(mistake_in(c.events), c.mistake);
  }
}

TEST(chat_grammar, after_a_mistake_everything_is_one) {
  Grammar grammar;
  EXPECT_NE(grammar.take(End{}), "");
  EXPECT_EQ(grammar.take(Begin{}), "an event after a mistake");
}

TEST(chat_grammar, candidates_may_take_turns) {
  EXPECT_EQ(mistake_in({Begin{}, PartBegin{0, 0, text_part("")}, PartBegin{1, 0, call_part("c")},
                        Delta{0, 0, Kind::text, "a"}, Delta{1, 0, Kind::arguments, "{}"},
                        PartEnd{1, 0}, PartEnd{0, 0}, Stop{1, StopReason::tool_calls, {}, {}},
                        Stop{0, StopReason::stop, {}, {}}, End{}}),
            "");
}

TEST(chat_assembler, keeps_as_many_bytes_as_allowed_and_whole_characters) {
  Assembler assembler(4);
  for (const Event& event : exploded(as_one_text("abc\xC3\xA9xyz"))) assembler.add(event);
  EXPECT_EQ(assembler.answer().candidates[0].parts[0].as<Text>()->text, "abc");
  EXPECT_EQ(assembler.cut_bytes(), 5U);
}

TEST(chat_assembler, what_was_cut_stays_cut) {
  Assembler assembler(4);
  assembler.add(Begin{});
  assembler.add(PartBegin{0, 0, text_part("")});
  for (const std::string_view piece : {"abc", "\xC3\xA9", "x"}) {
    assembler.add(Delta{0, 0, Kind::text, std::string(piece)});
  }
  EXPECT_EQ(assembler.answer().candidates[0].parts[0].as<Text>()->text, "abc");
  EXPECT_EQ(assembler.cut_bytes(), 3U);
}

TEST(chat_assembler, arrays_are_bounded_too_and_stay_arrays) {
  Assembler assembler(20);
  assembler.add(Begin{});
  assembler.add(PartBegin{0, 0, text_part("")});
  for (const std::string_view piece : {"[ ]", "[1,2]", "[\n]", "[3]", "[\"0123456789\"]"}) {
    assembler.add(Delta{0, 0, Kind::logprobs, std::string(piece)});
    assembler.add(Delta{0, 0, Kind::annotations, std::string(piece)});
  }
  const Candidate& candidate = assembler.answer().candidates[0];
  EXPECT_EQ(candidate.logprobs, "[1,2,3]");
  EXPECT_EQ(candidate.parts[0].as<Text>()->annotations, "[1,2,3]");
  EXPECT_EQ(assembler.cut_bytes(), 28U);
}

TEST(chat_assembler, content_is_text_reasoning_data_or_a_call) {
  const auto has_content = [](const Events& events) {
    Assembler assembler;
    for (const Event& event : events) assembler.add(event);
    return assembler.has_content();
  };
  const PartBegin text{0, 0, text_part("")};
  EXPECT_FALSE(has_content({Begin{}, text, Delta{0, 0, Kind::text, ""}, UsageSeen{}}));
  EXPECT_TRUE(has_content({Begin{}, text, Delta{0, 0, Kind::text, " "}}));
  EXPECT_TRUE(has_content({Begin{}, PartBegin{0, 0, call_part("c")}}));
}

TEST(chat_assembler, usage_is_the_last_and_an_error_ends) {
  Assembler assembler;
  assembler.add(Begin{});
  assembler.add(UsageSeen{{.input = 1}});
  assembler.add(UsageSeen{{.input = 3, .output = 2}});
  EXPECT_FALSE(assembler.ended());
  assembler.add(Failed{{.message = "busy"}});
  EXPECT_TRUE(assembler.ended());
  EXPECT_EQ(assembler.error()->message, "busy");
  EXPECT_EQ(assembler.answer().usage, (base::Usage{.input = 3, .output = 2}));
}

TEST(chat_explode, logprobs_go_with_the_first_text_wherever_it_stands) {
  Answer answer = as_one_text("x");
  answer.candidates[0].parts.insert(answer.candidates[0].parts.begin(),
                                    Part{Reasoning{.text = "hm"}, {}, {}});
  answer.candidates[0].logprobs = "[1]";
  const Events events = exploded(answer);
  EXPECT_EQ(mistake_in(events), "");
  EXPECT_EQ(assembled(events), answer);
}

TEST(chat_explode, a_call_is_signed_before_its_arguments) {
  Answer answer;
  Part part = call_part("c");
  part.as<ToolCall>()->arguments = "{}";
  part.as<ToolCall>()->signature = {Dialect::gemini, "s"};
  answer.candidates.push_back({{part}, StopReason::tool_calls, {}, {}, {}, {}});
  const Events events = exploded(answer);
  EXPECT_EQ(std::get<Delta>(events[2]).kind, Kind::signature);
  EXPECT_EQ(std::get<Delta>(events[3]).kind, Kind::arguments);
}

TEST(chat_explode, an_answer_without_candidates_ends_in_order) {
  EXPECT_EQ(mistake_in(exploded(Answer{})), "");
}

TEST(chat_names, every_value_has_one) {
  EXPECT_EQ(name(Dialect::gemini), "gemini");
  EXPECT_EQ(name(Role::tool), "tool");
  EXPECT_EQ(name(StopReason::other), "other");
}

}  // namespace
}  // namespace headgate::llm::chat
