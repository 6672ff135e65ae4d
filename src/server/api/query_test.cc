#include "server/api/query.h"

#include <gtest/gtest.h>

namespace headgate::server {
namespace {

TEST(Query, ValuesByName) {
  EXPECT_EQ(query_value("a=1&b=&c=x%20y&a=2", "a"), "1");
  EXPECT_EQ(query_value("a=1&b=&c=x%20y", "c"), "x%20y");
  EXPECT_EQ(query_value("ab=1&b", "b"), "");
  EXPECT_EQ(query_value("", "a"), "");
}

TEST(Query, RowsOfAList) {
  EXPECT_EQ(list_limit(""), 100U);
  EXPECT_EQ(list_limit("limit=7"), 7U);
  EXPECT_EQ(list_limit("limit=-1"), 100U);
  EXPECT_EQ(list_limit("limit=x"), 100U);
  EXPECT_EQ(list_limit("limit=1000"), 1000U);
  EXPECT_EQ(list_limit("limit=1001"), 1000U);
}

}  // namespace
}  // namespace headgate::server
