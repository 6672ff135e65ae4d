#include "agents/reach/nesting.h"

#include <gtest/gtest.h>

namespace headgate::agents {
namespace {

TEST(Nesting, is_read_as_it_was_written) {
  EXPECT_EQ(nested_metadata(0), "");
  for (int nesting = 0; nesting <= kNestingMax; ++nesting) {
    EXPECT_EQ(nesting_of(nested_metadata(nesting)), nesting);
  }
}

TEST(Nesting, what_callers_write_there_lifts_no_bound) {
  EXPECT_EQ(nesting_of(R"({"mcp_nesting":-5})"), 0);
  EXPECT_EQ(nesting_of(R"({"mcp_nesting":1000000})"), kNestingMax);
  EXPECT_EQ(nesting_of(R"({"mcp_nesting":"none"})"), 0);
  EXPECT_EQ(nesting_of(R"({"ticket":7})"), 0);
}

}  // namespace
}  // namespace headgate::agents
