// Tools without a host: what is checked of arguments and results, what a model reads of content,
// when two JSON texts are the same, who hears of changes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "agents/tools/change_feed.h"
#include "agents/tools/content.h"
#include "agents/tools/digest.h"
#include "agents/tools/tool.h"
#include "base/json/cursor.h"

namespace headgate::agents {
namespace {

ToolInfo weather() {
  ToolInfo out;
  out.name = "weather";
  out.input_schema =
      R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})";
  out.output_schema = R"({"type":"object","properties":{"degrees":{"type":"number"}}})";
  return out;
}

TEST(Tool, ChecksArgumentsAndResults) {
  const Tool tool(weather());
  EXPECT_EQ(tool.unchecked(), "");
  EXPECT_EQ(tool.check_arguments(R"({"city":"Rome"})"), "");
  EXPECT_NE(tool.check_arguments(R"({"city":7})"), "");
  EXPECT_NE(tool.check_arguments("{}"), "");
  EXPECT_EQ(tool.check_result(R"({"degrees":21.5})"), "");
  EXPECT_NE(tool.check_result(R"({"degrees":"hot"})"), "");
}

// Two readers of it could take different values: one checks, the other acts.
TEST(Tool, TakesNoArgumentThatStandsTwice) {
  const Tool tool(weather());
  ToolInfo anything = weather();
  anything.input_schema = R"({"type":"object","properties":{"a":{"$ref":"http://x/y"}}})";
  const Tool unchecked(anything);
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  for (const std::string& arguments : {std::string(R"({"city":"Oslo","city":"Rome"})"),
                                       std::string(R"({"city":"a","c\u0069ty":"b"})"),
                                       std::string(R"({"city":"a","of":{"x":1,"x":1}})"),
                                       std::string(R"({"city":"a","city":null})"),
                                       std::string(R"({"city":"a","of":[1,{"y":{"":1,"":2}}]})")}) {
    EXPECT_NE(tool.check_arguments(arguments).find("twice"), std::string::npos) << arguments;
    EXPECT_NE(unchecked.check_arguments(arguments).find("twice"), std::string::npos) << arguments;
  }
  EXPECT_EQ(tool.check_arguments(R"({"city":"a","of":{"city":"b"},"or":[{"x":1},{"x":1}]})"), "");
  EXPECT_NE(tool.check_arguments(R"({"city":"a",)"), "");
  EXPECT_NE(unchecked.check_arguments(R"({"city":"a",)"), "");
  EXPECT_NE(unchecked.check_arguments(deep), "");  // nobody has looked to its end
}

TEST(Tool, SaysWhyItCannotCheck) {
  ToolInfo info = weather();
  info.input_schema = R"({"type":"object","properties":{"a":{"$ref":"http://x/y"}}})";
  const Tool tool(info);
  EXPECT_NE(tool.unchecked().find("inputSchema"), std::string::npos);
  EXPECT_NE(tool.unchecked().find("$ref"), std::string::npos);
  EXPECT_EQ(tool.check_arguments(R"({"a":1})"), "");
}

TEST(Content, PlainTextSaysWhatOtherBlocksAre) {
  const std::string_view content = R"([{"type":"text","text":"one"},
    {"type":"image","mimeType":"image/png","data":"AAAAAAAA"},
    {"type":"resource","resource":{"uri":"a://b","text":"inside"}},
    {"type":"resource","resource":{"uri":"a://c","blob":"AAAA"}},
    {"type":"resource_link","uri":"a://d","name":"d"}])";
  EXPECT_EQ(plain_text(content, 1000),
            "one\n\n[image/png, 6 bytes]\n\ninside\n\n[a://c]\n\n[a://d]");
  EXPECT_EQ(plain_text(content, 2), "on");
  EXPECT_EQ(plain_text("[]", 10), "");
}

TEST(Content, TextIsCutBetweenCharacters) {
  EXPECT_EQ(plain_text(text_result("aé").content, 2), "a");
}

struct SameCase {
  std::string_view a;
  std::string_view b;
  bool same;
};

TEST(Digest, CanonicalFormSaysWhatIsTheSame) {
  const std::vector<SameCase> cases{
      {R"({"a":1,"b":[1,2]})", R"({ "b" : [ 1, 2 ], "a": 1 })", true},
      {R"({"a":"\u0041"})", R"({"a":"A"})", true},
      {R"({"\u0061":1})", R"({"a":1})", true},
      {R"({"a":{"y":1,"x":2}})", R"({"a":{"x":2,"y":1}})", true},
      {R"([1,2])", R"([2,1])", false},
      {R"({"a":1})", R"({"a":1.0})", false},
      {R"({"a":1})", R"({"a":"1"})", false},
      {R"({"a":1,"a":2})", R"({"a":2})", false},
      {R"({"a":1,"a":2})", R"({"a":2,"a":1})", false},
      {R"({"a":null})", R"({})", false},
  };
  for (const SameCase& one : cases) {
    EXPECT_EQ(canonical_json(one.a) == canonical_json(one.b), one.same) << one.a << " " << one.b;
  }
}

TEST(Digest, PartsDoNotRunTogether) {
  EXPECT_NE(digest({"ab", "c"}), digest({"a", "bc"}));
  EXPECT_NE(digest({"ab"}), digest({"ab", ""}));
  EXPECT_EQ(digest({"ab", "c"}).size(), 32U);
}

RC_GTEST_PROP(Digest, AnyOrderOfMembersIsTheSame, ()) {
  const auto names = *rc::gen::container<std::set<std::string>>(
      rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
  std::vector<std::string> members;
  for (const auto& name : names) members.push_back("\"" + name + "\":\"" + name + "\"");
  const auto join = [](const std::vector<std::string>& all) {
    std::string out = "{";
    for (const auto& one : all) out += (out.size() > 1 ? "," : "") + one;
    return out + "}";
  };
  const std::string first = canonical_json(join(members));
  std::reverse(members.begin(), members.end());
  RC_ASSERT(canonical_json(join(members)) == first);
  RC_ASSERT(base::json::valid(first));
  RC_ASSERT(canonical_json(first) == first);
}

TEST(ChangeFeed, TellsThoseWhoListen) {
  ChangeFeed feed;
  std::vector<std::string> heard;
  {
    const ChangeFeed::Subscription one(feed, [&](const Change& c) { heard.push_back(c.uri); });
    const ChangeFeed::Subscription two(feed, [&](const Change& c) { heard.push_back(c.uri); });
    feed.tell({ChangeKind::resource, "a"});
  }
  feed.tell({ChangeKind::resource, "b"});
  EXPECT_EQ(heard, (std::vector<std::string>{"a", "a"}));
}

}  // namespace
}  // namespace headgate::agents
