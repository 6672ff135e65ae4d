#include "agents/html/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "agents/html/html_entities.h"
#include "agents/html/html_tokens.h"
#include "base/text/utf8.h"

namespace headgate::agents::knowledge {
namespace {

using testing::ElementsAre;

Document read(std::string_view page) { return read_html("dir/page.html", page)->front(); }

std::string decoded(std::string_view text) {
  std::string out;
  append_decoded(out, text);
  return out;
}

TEST(Html, IsTextBelowHeadings) {
  const Document page = read(
      "<!DOCTYPE html><html><head><title>Help &amp; more</title><style>p{}</style></head><body>"
      "<p>Before <b>all</b>.</p><h1>Returns</h1><p>One\n  two.</p><p>Three<br>four</p>"
      "<h2>By <i>mail</i></h2><ul><li>a<li>b</ul><script>var x = '<p>';</script>end</body></html>");
  EXPECT_EQ(page.title, "Help & more");
  EXPECT_THAT(page.sections,
              ElementsAre(Section{"", "Before all."}, Section{"Returns", "One two.\n\nThree\nfour"},
                          Section{"Returns > By mail", "- a\n- b\n\nend"}));
}

TEST(Html, TablesAndCodeKeepTheirShape) {
  const Document page =
      read("<table><tr><th>Plan<th>Price<tr><td>Basic<td>5 €</table><pre>a\n  b</pre>");
  EXPECT_THAT(page.sections, ElementsAre(Section{"", "Plan | Price\nBasic | 5 €\n\na\n  b"}));
}

TEST(Html, HiddenThingsAreLeftOut) {
  const Document page = read(
      "a<!-- secret "
      "--><template><p>t</p><template>u</template>v</template><svg><text>s</text></svg>"
      "<noscript>n</noscript><iframe>i</iframe>b<script>x</SCRIPT >c");
  EXPECT_THAT(page.sections, ElementsAre(Section{"", "abc"}));
}

TEST(Html, WhatIsNoTagIsText) {
  EXPECT_EQ(read("1 < 2 <3 & a<b>c</b> </ x>d").sections[0].text, "1 < 2 <3 & ac d");
  EXPECT_EQ(read("<a title=\"a>b\" x='>' y=>text</a>").sections[0].text, "text");
  EXPECT_EQ(read("<p>open <b").sections[0].text, "open");
  EXPECT_TRUE(read("").sections.empty());
}

TEST(Html, WithoutATitleTheFirstHeadingOrTheFileNamesIt) {
  EXPECT_EQ(read("<h2>x</h2><h1>One</h1>").title, "One");
  EXPECT_EQ(read("<p>x").title, "page");
}

TEST(Entities, AreDecodedWhereTheyAreWhole) {
  EXPECT_EQ(decoded("&lt;a&gt; &amp;amp; &copy; &euro; &#8364; &#x20ac; &Auml;"),
            "<a> &amp; © € € € Ä");
  EXPECT_EQ(decoded("&nosuch; & &amp &; &#; &#x; &#xZ; &#12a;"),
            "&nosuch; & &amp &; &#; &#x; &#xZ; &#12a;");
  EXPECT_EQ(decoded("&#0;&#xD800;&#x110000;"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(decoded("&#7;&#x85;"), "  ");
}

TEST(Tokens, AreTotalOverAnyText) {
  EXPECT_TRUE(rc::check([] {
    const auto units = *rc::gen::container<std::vector<std::string>>(
        rc::gen::elementOf(std::vector<std::string>{"<", ">", "</", "a", "script", "=", "\"", "'",
                                                    "<!--", "-->", "!", "/", " ", "&lt;", "é"}));
    std::string page;
    for (const auto& unit : units) page += unit;
    HtmlTokens tokens(page);
    std::size_t count = 0;
    while (tokens.next().kind != HtmlToken::Kind::end) RC_ASSERT(++count <= 2 * page.size() + 2);
    for (const Section& section : read(page).sections) RC_ASSERT(base::is_utf8(section.text));
  }));
}

}  // namespace
}  // namespace headgate::agents::knowledge
