// The items of a conversation in the Responses API: messages, calls, results, thoughts. Read from a
// request's `input` with the provider's checks on each item alone; how items belong together is
// request.h's. Plain values and pure functions.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lab/neutral/prompt.h"
#include "lab/openai/wording.h"

namespace headgate::lab::responses {

enum class ItemKind : std::uint8_t {
  message,
  reasoning,
  call,         // of a function or a custom tool
  call_output,  // likewise
  reference,    // to an item that was stored
  other,        // of tools that the provider runs itself: carried, not understood
};

struct Item {
  ItemKind kind = ItemKind::message;
  std::string type;        // as written
  std::string id;          // empty: none
  Role role = Role::user;  // of messages
  std::string text;        // what rules see and tokens are counted of
  std::string call_id;
  std::string name;       // of the tool
  std::string encrypted;  // thoughts, sealed
  std::string needs;      // id of the thoughts without which the provider does not take it back
  std::int64_t media = 0;
  bool breakpoint = false;  // of the prompt cache, at its end
  std::optional<bool> long_lived;
  boost::json::object json;  // as the API lists it; without id where it came without
};

/// The types an item may have.
openai::Names item_types();
/// `input` is a text or a list of items.
openai::Problem read_input(const boost::json::value& input, std::vector<Item>& out);

}  // namespace headgate::lab::responses
