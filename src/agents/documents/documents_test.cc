#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agents/documents/front_matter.h"
#include "agents/documents/read_document.h"
#include "agents/documents/text.h"

namespace headgate::agents::knowledge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Documents read(std::string_view path, std::string_view bytes) {
  auto documents = read_document(path, bytes);
  EXPECT_TRUE(documents) << (documents ? "" : documents.error().detail);
  return documents ? *documents : Documents{};
}

std::string error_of(std::string_view path, std::string_view bytes) {
  const auto documents = read_document(path, bytes);
  return documents ? "" : documents.error().detail;
}

TEST(Markdown, HasASectionBelowEachHeading) {
  const auto documents = read("a/returns.md",
                              "Before.\n\n# Returns\n\nText.\n\n## Deadlines ##\n30 days.\n"
                              "\n### Gifts\nNone.\n\nShipping\n========\n\nFree.\n");
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].name, "a/returns.md");
  EXPECT_EQ(documents[0].title, "Returns");
  EXPECT_THAT(
      documents[0].sections,
      ElementsAre(Section{"", "Before."}, Section{"Returns", "Text."},
                  Section{"Returns > Deadlines", "30 days."},
                  Section{"Returns > Deadlines > Gifts", "None."}, Section{"Shipping", "Free."}));
}

TEST(Markdown, CodeHasNoHeadingsAndCommentsAreLeftOut) {
  const auto documents = read("x.md",
                              "# T\n```sh\n# not a heading\n<!-- kept -->\n```\n"
                              "a <!-- hidden\n# hidden too\n-->b\n    # code\n#no heading\n");
  ASSERT_EQ(documents[0].sections.size(), 1U);
  EXPECT_EQ(documents[0].sections[0].text,
            "```sh\n# not a heading\n<!-- kept -->\n```\na \n\nb\n    # code\n#no heading");
}

TEST(Markdown, AHeadingWithNothingBelowItIsItsOwnText) {
  const auto documents = read("x.md", "# A\n## B\n## C\ntext\n");
  EXPECT_THAT(documents[0].sections, ElementsAre(Section{"A > B", "B"}, Section{"A > C", "text"}));
}

TEST(Markdown, WithoutAHeadingTheFileNamesIt) {
  EXPECT_EQ(read("dir/some-page.md", "text")[0].title, "some-page");
  EXPECT_THAT(read("empty.md", "")[0].sections, IsEmpty());
}

TEST(FrontMatter, GivesTitleTenantAndLabels) {
  const auto documents = read("x.md",
                              "---\ntitle: Our returns\ntenant: acme\nlayout: page\nlabels:\n"
                              "  product: [shop, app]\n  year: 2026\n---\n# H\ntext\n");
  EXPECT_EQ(documents[0].title, "Our returns");
  EXPECT_EQ(documents[0].tenant, "acme");
  EXPECT_EQ(documents[0].labels,
            (Labels{{"product", "app"}, {"product", "shop"}, {"year", "2026"}}));
  EXPECT_THAT(documents[0].sections, ElementsAre(Section{"H", "text"}));
}

// Each of these would make a tenant's document everybody's if it was passed over.
TEST(FrontMatter, WhatCouldHideATenantIsAnErrorWithItsPlace) {
  EXPECT_THAT(error_of("x.md", "---\ntenant: acme\n\ntext\n"), HasSubstr("x.md:1:1: "));
  EXPECT_THAT(error_of("x.md", "---\ntenant:\n---\n"), HasSubstr("tenant is empty"));
  EXPECT_THAT(error_of("x.md", "---\ntenant: [a, b]\n---\n"), HasSubstr("x.md:2:9: tenant is one"));
  EXPECT_THAT(error_of("x.md", "---\ntitle: a\ntennant: acme\n---\n"), HasSubstr("x.md:3:1: "));
  EXPECT_THAT(error_of("x.md", "---\nTenant: acme\n---\n"), HasSubstr("\"tenant\""));
  EXPECT_THAT(error_of("x.md", "---\ntenant: a\ntenant: b\n---\n"), HasSubstr("twice"));
  EXPECT_THAT(error_of("x.md", "---\ntenant: {a\n---\n"), HasSubstr("x.md:"));
  EXPECT_THAT(error_of("x.md", "---\njust words\n---\n"), HasSubstr("keys with values"));
}

TEST(FrontMatter, MayBeEmptyOrOtherPrograms) {
  EXPECT_EQ(read("x.md", "---\n---\ntext")[0].sections[0].text, "text");
  EXPECT_EQ(read("x.md", "---\nlayout: page\n---\ntext")[0].tenant, "");
  EXPECT_EQ(read("x.md", "a\n\n---\n\nb")[0].sections[0].text, "a\n\n---\n\nb");
}

TEST(JsonLines, IsADocumentALine) {
  const auto documents = read(
      "faq.jsonl",
      "{\"id\":\"q1\",\"title\":\"T\",\"text\":\" one \\u00e9 \",\"tenant\":\"acme\","
      "\"labels\":{\"kind\":[\"faq\",\"new\"],\"n\":7},\"other\":[1]}\n\n{\"text\":\"two\"}\n");
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0].name, "faq.jsonl#q1");
  EXPECT_EQ(documents[0].title, "T");
  EXPECT_EQ(documents[0].tenant, "acme");
  EXPECT_EQ(documents[0].labels, (Labels{{"kind", "faq"}, {"kind", "new"}, {"n", "7"}}));
  EXPECT_THAT(documents[0].sections, ElementsAre(Section{"", "one é"}));
  EXPECT_EQ(documents[1].name, "faq.jsonl#3");
  EXPECT_EQ(documents[1].title, "faq.jsonl#3");
}

TEST(JsonLines, ErrorsHaveTheirPlace) {
  EXPECT_THAT(error_of("f.jsonl", "{\"text\":\"a\"}\n{\"text\":}"), HasSubstr("f.jsonl:2:9: "));
  EXPECT_THAT(error_of("f.jsonl", "[1]"), HasSubstr("f.jsonl:1:1: a line is one JSON object"));
  EXPECT_THAT(error_of("f.jsonl", "{\"title\":\"a\"}"), HasSubstr("no \"text\""));
  EXPECT_THAT(error_of("f.jsonl", "{\"text\":\"a\",\"tenant\":null}"), HasSubstr("null"));
  EXPECT_THAT(error_of("f.jsonl", "{\"text\":\"a\",\"tenant\":[]}"),
              HasSubstr("f.jsonl:1:22: tenant must be a string"));
  EXPECT_THAT(error_of("f.jsonl", "{\"text\":\"a\",\"Tenant\":\"x\"}"), HasSubstr("\"tenant\""));
  EXPECT_THAT(error_of("f.jsonl", "{\"text\":\"a\",\"labels\":[\"x\"]}"), HasSubstr("an object"));
  EXPECT_THAT(error_of("f.jsonl", "{\"text\":\"a\",\"labels\":{\"x\":{}}}"),
              HasSubstr("value must be a string"));
  EXPECT_THAT(error_of("f.jsonl", "{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":\"1\",\"text\":\"b\"}"),
              HasSubstr("f.jsonl:2:1: the id \"1\" is there twice"));
}

TEST(Text, IsOneSection) {
  const auto documents = read("notes.txt", "\xEF\xBB\xBFone\r\ntwo\rthree\n");
  EXPECT_EQ(documents[0].title, "notes");
  EXPECT_THAT(documents[0].sections, ElementsAre(Section{"", "one\ntwo\nthree"}));
}

TEST(Text, WhatIsNoTextIsAnErrorWithItsPlace) {
  EXPECT_EQ(error_of("x.txt", "ok\nab\xFFz"),
            "x.txt:2:3: byte 0xff is not UTF-8; save the file as UTF-8");
  EXPECT_THAT(error_of("x.txt", std::string_view("a\nb\0c", 5)), HasSubstr("x.txt:2:2: a NUL"));
  EXPECT_THAT(error_of("x.txt", "\xFF\xFEh\0"), HasSubstr("UTF-16"));
  EXPECT_THAT(error_of("x.txt", "a\n\xC3"), HasSubstr("x.txt:2:1: byte 0xc3"));
}

TEST(Kinds, FollowFromTheName) {
  EXPECT_EQ(kind_of("a/B.MD"), FileKind::markdown);
  EXPECT_EQ(kind_of("a.htm"), FileKind::html);
  EXPECT_EQ(kind_of("a.ndjson"), FileKind::json_lines);
  EXPECT_EQ(kind_of("a.txt"), FileKind::text);
  EXPECT_EQ(kind_of("a.pdf"), FileKind::unknown);
  EXPECT_EQ(kind_of("md"), FileKind::unknown);
}

// Time in proportion to the text, whatever it is made of.
TEST(Bounds, HugeAndHostileFilesEndSoon) {
  const std::size_t size = 300'000;
  const auto repeated = [&](std::string_view unit) {
    std::string out;
    while (out.size() < size) out += unit;
    return out;
  };
  for (const std::string_view unit :
       {"<", "<a ", "</", "<!--", "<script>", "<title>", "&", "&amp", "#\n", "# h\n", "```\n",
        "a\n=\n", "<h1>", "<svg>", "\"", "\n\n", "{\"text\":\"a\"}\n", "[[[[", "- "}) {
    const std::string text = repeated(unit);
    for (const std::string_view path : {"x.md", "x.html", "x.jsonl", "x.txt"}) {
      const auto documents = read_document(path, text);
      if (documents) continue;
      EXPECT_THAT(documents.error().detail, testing::StartsWith(path)) << unit;
    }
  }
}

TEST(Bounds, TooManySectionsAreAnError) {
  std::string text;
  for (std::size_t i = 0; i < kSectionsMax + 10; ++i) text += "# h\n";
  EXPECT_THAT(error_of("x.md", text), HasSubstr("more than 20000 sections"));
}

}  // namespace
}  // namespace headgate::agents::knowledge
