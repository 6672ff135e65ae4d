#include "shop.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <set>
#include <stdexcept>
#include <utility>

namespace shop {

namespace json = boost::json;
using headgate::ToolCall;
using headgate::ToolResult;

namespace {

constexpr double kCents = 100;

/// Nothing was changed. What a function throws is told to the model.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool holds, const std::string& why) {
  if (!holds) throw Refused(why);
}

std::string text(const json::object& of, const char* name) {
  return std::string(of.at(name).as_string());
}

// Behind the other members, as people write money.
std::string with_money(const json::object& of, const char* name, std::int64_t cents) {
  char money[64];
  std::snprintf(money, sizeof money, ",\"%s\":%.2f}", name, static_cast<double>(cents) / kCents);
  std::string out = json::serialize(of);
  out.pop_back();
  return out + money;
}

std::string status_of(const json::object& order) { return text(order, "status"); }

}  // namespace

Shop::Shop(const json::object& first, std::filesystem::path state)
    : products_(first.at("products").as_object()),
      orders_(first.at("orders").as_array()),
      state_(std::move(state)) {
  write();
}

ToolResult Shop::call(const ToolCall& call) {
  static const std::set<std::string> reads{"get_order", "list_orders", "get_product"};
  const json::object arguments = json::parse(call.arguments).as_object();
  const std::lock_guard lock(mutex_);
  if (reads.count(call.tool) != 0) return read(call.tool, arguments);
  const auto known = answers_.find(call.idempotency_key);
  if (known != answers_.end()) return ToolResult::json(known->second);
  json::object& changed = order(arguments);
  change(call.tool, changed, arguments);
  write();
  return ToolResult::json(answers_[call.idempotency_key] = json::serialize(changed));
}

ToolResult Shop::read(const std::string& tool, const json::object& arguments) {
  if (tool == "get_order") {
    const json::object& found = order(arguments);
    return ToolResult::json(with_money(found, "total", price(found)));
  }
  if (tool == "get_product") {
    const std::string sku = text(arguments, "sku");
    const json::array& about = product(sku);
    const json::object out{{"sku", sku}, {"family", about[0]}};
    return ToolResult::json(with_money(out, "price", about[1].as_int64()));
  }
  json::array list;
  for (const json::value& one : orders_) {
    const json::object& order = one.as_object();
    if (order.at("user_id") != arguments.at("user_id")) continue;
    list.push_back({{"order_id", order.at("order_id")}, {"status", order.at("status")}});
  }
  return ToolResult::json(json::serialize(json::object{{"orders", std::move(list)}}));
}

json::object& Shop::order(const json::object& arguments) {
  for (json::value& one : orders_) {
    if (one.at("order_id") == arguments.at("order_id")) return one.as_object();
  }
  throw Refused("there is no order " + text(arguments, "order_id"));
}

const json::array& Shop::product(const std::string& sku) const {
  const json::value* found = products_.if_contains(sku);
  require(found != nullptr, "there is no " + sku);
  return found->as_array();
}

std::int64_t Shop::price(const json::object& order) const {
  std::int64_t out = 0;
  for (const json::value& item : order.at("items").as_array()) {
    out += product(text(item.as_object(), "sku"))[1].as_int64();
  }
  return out;
}

json::object& Shop::kept_item(json::object& order, const std::string& sku) {
  require(status_of(order) == "delivered",
          "an order that is " + status_of(order) + " cannot come back");
  for (json::value& one : order.at("items").as_array()) {
    json::object& item = one.as_object();
    if (text(item, "sku") == sku && text(item, "state") == "kept") return item;
  }
  throw Refused("there is no " + sku + " to come back");
}

void Shop::change(const std::string& tool, json::object& order, const json::object& arguments) {
  const bool pending = status_of(order) == "pending";
  if (tool == "cancel_order") {
    require(pending, "an order that is " + status_of(order) + " cannot be cancelled");
    order["status"] = "cancelled";
    order["reason"] = arguments.at("reason");
    order["refunded_cents"] = price(order);
  } else if (tool == "change_address") {
    require(pending, "an order that is " + status_of(order) + " has its address");
    order["address"] = arguments.at("address");
  } else if (tool == "exchange_item") {
    exchange(order, arguments);
  } else if (tool == "return_item") {
    const std::string sku = text(arguments, "sku");
    kept_item(order, sku)["state"] = "returned";
    order["refunded_cents"] = order.at("refunded_cents").as_int64() + product(sku)[1].as_int64();
  } else {
    refund(order, arguments.at("amount").to_number<double>());
  }
}

void Shop::exchange(json::object& order, const json::object& arguments) {
  const std::string sku = text(arguments, "sku");
  const std::string other = text(arguments, "new_sku");
  const json::array& about = product(other);
  json::object& item = kept_item(order, sku);
  require(about[0] == product(sku)[0], other + " is another kind of thing");
  require(sku != other, "that is the same thing");
  item["state"] = "exchanged";
  item["new_sku"] = other;
}

void Shop::refund(json::object& order, double amount) {
  const std::int64_t cents = std::llround(amount * kCents);
  require(cents > 0, "nothing to refund");
  const std::int64_t left = price(order) - order.at("refunded_cents").as_int64();
  char words[64];
  std::snprintf(words, sizeof words, "only %.2f is left", static_cast<double>(left) / kCents);
  require(cents <= left, words);
  order["refunded_cents"] = order.at("refunded_cents").as_int64() + cents;
}

void Shop::write() const {
  const std::filesystem::path fresh = state_.string() + ".new";
  std::ofstream(fresh) << json::serialize(orders_);
  std::filesystem::rename(fresh, state_);
}

}  // namespace shop
