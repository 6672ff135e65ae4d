// The shop of shop.py once more, in this program's memory: the same orders, the same answers and
// the same refusals, so that the same tasks must come to the same state. Written to a file after
// each change, where the test finds it. Safe from any thread.
#pragma once

#include <boost/json.hpp>

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "headgate/tool.h"

namespace shop {

class Shop {
 public:
  /// `first`: {"orders": […], "products": {sku: [family, cents]}}. REQUIRES: it is well formed.
  Shop(const boost::json::object& first, std::filesystem::path state);

  headgate::ToolResult call(const headgate::ToolCall& call);

 private:
  using Json = boost::json::object;

  headgate::ToolResult read(const std::string& tool, const Json& arguments);
  Json& order(const Json& arguments);
  Json& kept_item(Json& order, const std::string& sku);
  std::int64_t price(const Json& order) const;
  const boost::json::array& product(const std::string& sku) const;
  void change(const std::string& tool, Json& order, const Json& arguments);
  void exchange(Json& order, const Json& arguments);
  void refund(Json& order, double amount);
  void write() const;

  std::mutex mutex_;
  boost::json::object products_;
  boost::json::array orders_;
  std::map<std::string, std::string> answers_;  // by idempotency key
  std::filesystem::path state_;
};

}  // namespace shop
