// The responses that the lab keeps, as the provider does unless told otherwise: to be continued,
// read, listed and deleted. Bounded by number and by bytes: the oldest are forgotten first.
// Single-threaded; what it gives out is valid until it changes.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lab/responses/items.h"

namespace headgate::lab::responses {

struct StoredResponse {
  std::string id;
  std::string previous;     // the response it continues; empty: none
  std::vector<Item> input;  // of its own request
  std::vector<Item> output;
  std::string body;  // as GET answers
  bool background = false;
  std::vector<std::string> events;  // of its stream, where it was streamed in the background
};

class ResponseStore {
 public:
  static constexpr std::size_t kResponsesMax = 10'000;
  static constexpr std::size_t kBytesMax = 256 * 1024 * 1024;

  void put(StoredResponse response);
  /// Adds the stream to a response that was put; nothing where it was not.
  void set_events(std::string_view id, std::vector<std::string> events);
  /// Null where there is none, or none any more.
  const StoredResponse* find(std::string_view id) const;
  /// Responses that continue it keep their context. False where there is none.
  bool remove(std::string_view id);
  void clear();

  /// All items up to and with the input and, if `with_output`, the output of response `id`. Nothing
  /// where one of them is forgotten.
  std::optional<std::vector<const Item*>> context(std::string_view id, bool with_output) const;
  /// An item of any response that is kept.
  const Item* item(std::string_view id) const;

 private:
  struct Entry {
    StoredResponse response;
    std::size_t bytes;
    bool removed = false;
  };
  const Entry* entry(std::string_view id) const;
  void keep_bounds();
  void forget_oldest();

  std::unordered_map<std::string, Entry> entries_;
  std::unordered_map<std::string, const Item*> items_;
  std::deque<std::string> order_;
  std::size_t bytes_ = 0;
};

}  // namespace headgate::lab::responses
