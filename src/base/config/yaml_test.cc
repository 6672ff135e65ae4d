#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config/node.h"
#include "base/config/problem.h"

namespace headgate::base::config {
namespace {

std::string first_problem(std::string_view text) {
  Problems problems;
  const Node root = parse_yaml(text, problems);
  EXPECT_TRUE(problems.empty() || root.children.empty());
  return problems.empty() ? "" : problems[0].text("f");
}

TEST(Yaml, EveryValueKnowsItsPlace) {
  Problems problems;
  const Node root = parse_yaml("a:\n  b: 1\n  c: [x, 'y']\n  d.e:\n    f: {g: 2}\n", problems);
  ASSERT_TRUE(problems.empty());
  const Cursor a = Cursor(root)["a"];
  EXPECT_EQ(a["b"].mark, (Mark{2, 6}));
  EXPECT_EQ(a["b"].key_place().mark, (Mark{2, 3}));
  EXPECT_EQ(a["c"].child(1).mark, (Mark{3, 10}));
  EXPECT_EQ(a["c"].child(1).path, "a.c[1]");
  EXPECT_TRUE(a["c"].child(1).node().quoted);
  EXPECT_FALSE(a["c"].child(0).node().quoted);
  EXPECT_EQ(a["d.e"]["f"]["g"].path, "a[\"d.e\"].f.g");
  EXPECT_EQ(a["d.e"]["f"]["g"].mark, (Mark{5, 12}));
}

TEST(Yaml, ACursorToNothingKeepsThePlaceAroundIt) {
  Problems problems;
  const Node root = parse_yaml("a:\n  b: [1]\n", problems);
  const Cursor absent = Cursor(root)["a"]["x"]["y"];
  EXPECT_FALSE(absent.present());
  EXPECT_EQ(absent.path, "a.x.y");
  EXPECT_EQ(absent.mark, (Mark{2, 3}));
  EXPECT_FALSE(Cursor(root)["a"]["b"].child(1).present());
  EXPECT_FALSE(Cursor(root)["a"]["b"]["c"].present());
}

TEST(Yaml, SyntaxErrorsAreLocated) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a:\n  [1, 2\n", "f:3:1: YAML: end of sequence flow not found"},
      {"a: {b: 1\nc: 2\n", "f:2:2: YAML: end of map flow not found"},
      {"a: 1\n]\n", "f:2:1: YAML: illegal flow end"},
      {"a: \"\\q\"\n", "f:1:7: YAML: unknown escape character: q"},
      {"a: *b\n", "f:1:4: YAML: the referenced anchor is not defined"},
      {"a: 1\n---\nb: 2\n", "f:2:1: YAML: only one YAML document is expected"},
      {"a: !!int 1\n", "f:1:4: YAML: tags have no use here"},
      {"a: !x {b: 1}\n", "f:1:4: YAML: tags have no use here"},
      {"a: &a [*a]\n", "f:1:8: YAML: an alias inside its own anchor"},
      {"? [a]\n: 1\n", "f:1:3: YAML: a key must be a name"},
      {"~: 1\n", "f:1:1: YAML: a key must be a name"},
      {"b: &b {x: 1}\na:\n  <<: *b\n",
       "f:3:3: YAML: merge keys (<<) are not understood; write the keys out"},
      {"a:\n  b: 1\n c: 2\n", "f:3:2: YAML: the indentation of this line fits no level above it"},
      {"a: b: c\n",
       "f:1:5: YAML: a \":\" where none can be; check the indentation (blanks, no tabs), or put "
       "the "
       "value in quotes"},
      {"a: 1\nb: \x01\n", "f:2:4: a control character"},
      {"a: 1\n\nb: \xff\n", "f:3:1: this line is not UTF-8"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(first_problem(text), expected) << text;
}

TEST(Yaml, AByteOrderMarkAndWindowsLineEndsAreFine) {
  Problems problems;
  const Node root = parse_yaml(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n",
      problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(Cursor(root)["a"].mark, (Mark{1, 4}));
  EXPECT_EQ(Cursor(root)["b"].mark, (Mark{2, 4}));
}

TEST(Yaml, AnAliasIsACopy) {
  Problems problems;
  const Node root = parse_yaml("a: &x [1, 2]\nb: *x\n", problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(Cursor(root)["b"].size(), 2U);
  EXPECT_EQ(Cursor(root)["b"].child(1).node().text, "2");
}

TEST(Yaml, AliasesCannotMultiplyNodesWithoutBound) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) text += (j == 0 ? "" : ", ") + below;
    text += "]\n";
  }
  EXPECT_THAT(first_problem(text), testing::HasSubstr("more than 50000 values"));
}

TEST(Yaml, AliasesCannotMultiplyTextWithoutBound) {
  std::string text = "a: &a " + std::string(kFileBytesMax / 2, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) text += i == 0 ? "*a" : ", *a";
  EXPECT_THAT(first_problem(text + "]\n"), testing::HasSubstr("more than 8 MiB of text"));
}

TEST(Yaml, DepthAndSizeAreBounded) {
  EXPECT_THAT(first_problem("a: " + std::string(10'000, '[')),
              testing::HasSubstr("nested too deeply"));
  EXPECT_NE(first_problem(std::string(100'000, '[') + std::string(100'000, ']')), "");
  EXPECT_EQ(first_problem(std::string(kFileBytesMax + 1, ' ')),
            "f:1:1: the file is larger than 1 MiB");
}

}  // namespace
}  // namespace headgate::base::config
