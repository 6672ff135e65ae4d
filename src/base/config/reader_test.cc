#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/config/specimen_test.h"

namespace headgate::base::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Case {
  std::string_view text;
  std::string_view expected;
};

void expect_each(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    EXPECT_THAT(problems_of(one.text), ElementsAre(one.expected)) << one.text;
  }
}

struct Anything {
  Json any;

  template <class V>
  static void fields(V& v) {
    v.field("any", &Anything::any, {.doc = "Whatever it is."});
  }
};

TEST(Reader, AnyYamlIsKeptAsJson) {
  for (const auto& [yaml, json] : std::vector<std::pair<std::string, std::string>>{
           {"{b: 1, a: [x, 'y', true]}", R"({"b":1,"a":["x","y",true]})"},
           {"0.50", "0.50"},
           {".5", "0.5"},
           {"'12'", R"("12")"},
           {"1.2.3", R"("1.2.3")"},
           {"", "null"},
           {"\"${x} \\u0007\"", R"("${x} \u0007")"}}) {
    const auto loaded = load_text<Anything>("any: " + yaml, "/", Check::file_only);
    ASSERT_TRUE(loaded.ok()) << yaml;
    EXPECT_EQ(loaded.value.any.text, json) << yaml;
    const auto again = read_json<Anything>(to_json(loaded.value));
    ASSERT_TRUE(again) << yaml;
    EXPECT_EQ(again->any.text, json) << yaml;
  }
  EXPECT_TRUE(load_text<Anything>("{}", "/", Check::file_only).value.any.empty());
}

TEST(Reader, KeysThatAreWrongOrMissing) {
  expect_each({
      {"titel: x", "1:1: titel: unknown key; did you mean \"title\"?"},
      {"parts:\n  a: {name: x, nmae: y}",
       "2:16: parts.a.nmae: unknown key; did you mean \"name\"?"},
      {"options: {zzzzzzzz: 1}",
       "1:11: options.zzzzzzzz: unknown key; known here: fast, ratio, folder"},
      {"title: a\ntitle: b", "2:1: title: given twice, first in line 1"},
      {"parts:\n  a: {name: x}\n  a: {name: y}", "3:3: parts.a: given twice, first in line 2"},
      {"list:\n  - count: 2", "2:5: list[0].name: required, but missing; for example: bolt"},
      {"parts: {\"a b\": {name: x}}",
       "1:9: parts[\"a b\"]: a name is up to 200 printable ASCII characters without blanks"},
  });
}

TEST(Reader, ValuesOfAnotherKind) {
  expect_each({
      {"options: [1]", "1:10: options: expected a map of keys, found a list"},
      {"options:", "1:1: options: expected a map of keys, found nothing"},
      {"options: sk-secret", "1:10: options: expected a map of keys, found a single value"},
      {"tags: {a: b}", "1:7: tags: expected a list, found a map"},
      {"tags: a", "1:7: tags: expected a list, found a single value"},
      {"parts: []", "1:8: parts: expected a map of names, found a list"},
      {"title: [a]", "1:8: title: expected a string, found a list"},
      {"title:\ncolour: red",
       "1:1: title: expected a string, found nothing; give it a value or remove the key"},
      {"title: ~",
       "1:1: title: expected a string, found nothing; give it a value or remove the key"},
      {"title: 12", "1:8: title: expected a string, found the number 12; put it in quotes"},
      {"title: -1.5e3", "1:8: title: expected a string, found the number -1.5e3; put it in quotes"},
      {"title: true", "1:8: title: expected a string, found the boolean true; put it in quotes"},
      {"options: {fast: yes}", "1:17: options.fast: expected true or false, found \"yes\""},
      {"options: {fast: 'true'}",
       "1:17: options.fast: expected true or false, found the string \"true\""},
      {"options: {fast: 1}", "1:17: options.fast: expected true or false, found the number 1"},
      {"wait_ms: 5s", "1:10: wait_ms: expected an integer, found \"5s\""},
      {"wait_ms: \"5\"", "1:10: wait_ms: expected an integer, found the string \"5\""},
      {"wait_ms: 1.5", "1:10: wait_ms: expected an integer, found the number 1.5"},
      {"wait_ms: 010", "1:10: wait_ms: expected an integer, found the number 010"},
      {"wait_ms: {}", "1:10: wait_ms: expected an integer, found a map"},
      {"options: {ratio: half}", "1:18: options.ratio: expected a number, found \"half\""},
      {"colour: {}", "1:9: colour: expected one of red, green, blue, found a map"},
      {"tags: [a, null]",
       "1:11: tags[1]: expected a string, found nothing; give it a value or "
       "remove the key"},
  });
}

TEST(Reader, ValuesOutOfBounds) {
  expect_each({
      {"wait_ms: 1001", "1:10: wait_ms: must be 0 to 1000 ms, found 1001"},
      {"wait_ms: -1", "1:10: wait_ms: must be 0 to 1000 ms, found -1"},
      {"wait_ms: 99999999999999999999",
       "1:10: wait_ms: must be 0 to 1000 ms, found 99999999999999999999"},
      {"list: [{name: a, count: 65536}]", "1:25: list[0].count: must be 0 to 65535, found 65536"},
      {"extra: 10", "1:8: extra: must be 1 to 9, found 10"},
      {"options: {ratio: 1.01}", "1:18: options.ratio: must be 0 to 1, found 1.01"},
      {"options: {ratio: 1e999}", "1:18: options.ratio: must be 0 to 1, found 1e999"},
      {"list: [{name: ''}]", "1:15: list[0].name: must not be empty"},
      {"list: [{name: abcdefghi}]", "1:15: list[0].name: must be 1 to 8 bytes long, found 9"},
      {"tags: [a, b, c, d]", "1:7: tags: must be at most 3 entries, found 4"},
  });
}

TEST(Reader, ValuesWithASyntaxOfTheirOwn) {
  expect_each({
      {"colour: gren", "1:9: colour: \"gren\" is not a choice here; did you mean \"green\"?"},
      {"colour: 7", "1:9: colour: \"7\" is not a choice here; known here: red, green, blue"},
      {"secret: sk-very-secret",
       "1:9: secret: a secret is given by reference, as env:NAME or "
       "file:/path, never literally"},
      {"secret: env:1X",
       "1:9: secret: a secret is given by reference, as env:NAME or "
       "file:/path, never literally"},
      {"secret: {sk-very-secret: x}", "1:9: secret: expected env:NAME or file:/path, found a map"},
      {"url: ftp://x", "1:6: url: a URL begins with https:// or http://"},
      {"url: https://me:sk-secret@x",
       "1:6: url: a URL here holds no user or password; use api_key "
       "for a credential"},
      {"address: localhost",
       "1:10: address: an address is IP:PORT, such as 127.0.0.1:8787, 0.0.0.0:8787 or [::]:8787"},
      {"price: cheap", "1:8: price: an amount in dollars is a plain decimal such as 0.15"},
      {"file: ~/x", "1:7: file: ~ is not expanded; write the path"},
      {"file: ''", "1:7: file: the path is empty"},
  });
}

TEST(Reader, VariablesAreNotExpandedAndThatIsSaid) {
  expect_each({
      {"title: a ${HOME}",
       "1:8: title: ${…} is not expanded; use env:NAME, in a field that takes a secret"},
      {"wait_ms: ${WAIT}",
       "1:10: wait_ms: ${…} is not expanded; use env:NAME, in a field that takes a secret"},
      {"secret: ${KEY}",
       "1:9: secret: ${…} is not expanded; use env:NAME, in a field that takes a secret"},
      {"title: \"a\\0b\"", "1:8: title: holds a control character"},
  });
}

TEST(Reader, DocumentsOfAnotherShape) {
  expect_each({
      {"- a", "1:1: expected a map of keys, found a list"},
      {"just text", "1:1: expected a map of keys, found a single value"},
  });
}

TEST(Reader, AllMistakesAreReportedInTheOrderOfTheFile) {
  EXPECT_THAT(problems_of("wait_ms: x\n"
                          "titel: y\n"
                          "list:\n"
                          "  - count: -1\n"
                          "colour: pink\n"),
              ElementsAre(HasSubstr("1:10: wait_ms"), HasSubstr("2:1: titel"),
                          HasSubstr("4:5: list[0].name"), HasSubstr("4:12: list[0].count"),
                          HasSubstr("5:9: colour")));
}

TEST(Reader, LongAndStrangeValuesAreShownShortAndEscaped) {
  const std::string text = "wait_ms: \"" + std::string(5000, 'x') + "\\e\"";
  EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr("holds a control character")));
  EXPECT_LT(problems_of("wait_ms: " + std::string(5000, 'x'))[0].size(), 120U);
  EXPECT_LT(problems_of(std::string(900, 'k') + ": 1")[0].size(), 300U);
}

TEST(Reader, ValuesArriveTyped) {
  const auto loaded = load_text<Specimen>(
      "wait_ms: 7\ntitle: '12'\ncolour: blue\nurl: https://h:8443/v1/\naddress: '[::1]:0'\n"
      "price: 0.15\nsecret: file:keys/a\nfile: ../a.txt\nextra: 3\ntags: [x, no]\n"
      "parts:\n  z: {name: a}\n  a: {name: b, count: 2}\noptions: {fast: true, ratio: .25}\n",
      "/etc/specimen", Check::file_only);
  ASSERT_TRUE(loaded.ok());
  const Specimen& v = loaded.value;
  EXPECT_EQ(v.wait_ms, 7);
  EXPECT_EQ(v.title, "12");
  EXPECT_EQ(v.colour, Colour::blue);
  EXPECT_EQ(v.url.text(), "https://h:8443/v1");
  EXPECT_EQ(v.address.host, "::1");
  EXPECT_EQ(v.price.amount, 150'000'000'000);
  EXPECT_EQ(v.secret.text(), "file:/etc/specimen/keys/a");
  EXPECT_EQ(v.file, "/etc/a.txt");
  EXPECT_EQ(v.extra, 3);
  EXPECT_THAT(v.tags, ElementsAre("x", "no"));
  EXPECT_THAT(v.parts.names(), ElementsAre("z", "a"));  // the order of the file
  EXPECT_EQ(v.parts.find("a")->count, 2);
  EXPECT_TRUE(v.options.fast);
  EXPECT_EQ(v.options.ratio, 0.25);
}

TEST(Reader, AnEmptyFileIsAllDefaultsAndTheirPathsStartAtItsFolder) {
  const auto loaded = load_text<Specimen>("# nothing\n", "/etc/specimen", Check::file_only);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.value.wait_ms, 100);
  EXPECT_EQ(loaded.value.options.folder, "/etc/specimen/out");
  EXPECT_TRUE(loaded.value.file.empty());
}

class Files : public testing::Test {
 protected:
  Files() {
    std::string pattern = testing::TempDir() + "headgate-config-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Files() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
    ::chmod((folder_ / name).c_str(), 0600);
    return folder_ / name;
  }
  std::filesystem::path folder_;
};

TEST_F(Files, WhatTheFileRefersToIsLookedAt) {
  ::unsetenv("HEADGATE_TEST_UNSET");
  write("open.key", "abc\n");
  ::chmod((folder_ / "open.key").c_str(), 0644);
  const auto missing = load_file<Specimen>(
      write("a.yaml", "secret: env:HEADGATE_TEST_UNSET\nfile: nowhere.txt\n"), Check::references);
  EXPECT_THAT(
      problems_of(missing),
      ElementsAre("1:9: secret: environment variable HEADGATE_TEST_UNSET is not set",
                  "2:7: file: file " + (folder_ / "nowhere.txt").string() + " cannot be read"));
  const auto there = load_file<Specimen>(write("b.yaml", "secret: file:open.key\nfile: a.yaml\n"),
                                         Check::references);
  EXPECT_THAT(problems_of(there), IsEmpty());
  ASSERT_EQ(there.warnings.size(), 1U);
  EXPECT_THAT(there.warnings[0].text("f"), HasSubstr("f:1:9: secret: secret file "));
  const auto folder = load_file<Specimen>(write("c.yaml", "file: .\n"), Check::references);
  EXPECT_THAT(problems_of(folder), ElementsAre(HasSubstr("1:7: file: file ")));
}

TEST_F(Files, AFileThatCannotBeReadIsAProblemOfTheFile) {
  const auto text = [](const std::filesystem::path& path) {
    return problems_of(load_file<Specimen>(path, Check::file_only));
  };
  EXPECT_THAT(text(folder_ / "none.yaml"),
              ElementsAre("1:1: cannot be read: No such file or directory"));
  EXPECT_THAT(text(folder_), ElementsAre("1:1: cannot be read: Is a directory"));
  EXPECT_THAT(text(write("big.yaml", std::string(kFileBytesMax + 1, '#'))),
              ElementsAre("1:1: the file is larger than 1 MiB"));
  EXPECT_THAT(text(write("full.yaml", std::string(kFileBytesMax, '#'))), IsEmpty());
}

}  // namespace
}  // namespace headgate::base::config
