#include "lab/responses/store.h"

#include <algorithm>

namespace headgate::lab::responses {
namespace {

std::size_t bytes_of(const std::vector<Item>& items) {
  std::size_t bytes = 0;
  // The JSON holds the text once more; 500 for the rest of an item.
  for (const auto& item : items) bytes += 2 * item.text.size() + item.encrypted.size() + 500;
  return bytes;
}

std::size_t bytes_of(const StoredResponse& response) {
  return response.body.size() + bytes_of(response.input) + bytes_of(response.output);
}

}  // namespace

void ResponseStore::put(StoredResponse response) {
  const std::size_t bytes = bytes_of(response);
  const std::string id = response.id;
  const auto [place, is_new] = entries_.try_emplace(id, Entry{std::move(response), bytes});
  if (!is_new) return;
  bytes_ += bytes;
  order_.push_back(id);
  for (const auto* items : {&place->second.response.input, &place->second.response.output}) {
    for (const auto& item : *items) {
      if (!item.id.empty()) items_.try_emplace(item.id, &item);  // the first is the original
    }
  }
  keep_bounds();
}

void ResponseStore::set_events(std::string_view id, std::vector<std::string> events) {
  const auto found = entries_.find(std::string(id));
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  for (const auto& event : events) {
    entry.bytes += event.size();
    bytes_ += event.size();
  }
  entry.response.events = std::move(events);
  keep_bounds();
}

void ResponseStore::keep_bounds() {
  while (order_.size() > 1 && (order_.size() > kResponsesMax || bytes_ > kBytesMax)) {
    forget_oldest();
  }
}

void ResponseStore::forget_oldest() {
  const auto found = entries_.find(order_.front());
  const StoredResponse& response = found->second.response;
  for (const auto* items : {&response.input, &response.output}) {
    for (const auto& item : *items) {
      const auto place = items_.find(item.id);
      if (place != items_.end() && place->second == &item) items_.erase(place);
    }
  }
  bytes_ -= found->second.bytes;
  entries_.erase(found);
  order_.pop_front();
}

const ResponseStore::Entry* ResponseStore::entry(std::string_view id) const {
  const auto found = entries_.find(std::string(id));
  return found == entries_.end() ? nullptr : &found->second;
}

const StoredResponse* ResponseStore::find(std::string_view id) const {
  const auto* found = entry(id);
  return found == nullptr || found->removed ? nullptr : &found->response;
}

bool ResponseStore::remove(std::string_view id) {
  const auto found = entries_.find(std::string(id));
  if (found == entries_.end() || found->second.removed) return false;
  found->second.removed = true;
  return true;
}

void ResponseStore::clear() {
  entries_.clear();
  items_.clear();
  order_.clear();
  bytes_ = 0;
}

std::optional<std::vector<const Item*>> ResponseStore::context(std::string_view id,
                                                               bool with_output) const {
  std::vector<const Item*> newest_first;
  const auto add = [&](const std::vector<Item>& items) {
    for (auto item = items.rbegin(); item != items.rend(); ++item) newest_first.push_back(&*item);
  };
  for (bool output = with_output; !id.empty(); output = true) {
    const auto* found = entry(id);
    if (found == nullptr) return std::nullopt;
    if (output) add(found->response.output);
    add(found->response.input);
    id = found->response.previous;
  }
  std::reverse(newest_first.begin(), newest_first.end());
  return newest_first;
}

const Item* ResponseStore::item(std::string_view id) const {
  const auto found = items_.find(std::string(id));
  return found == items_.end() ? nullptr : found->second;
}

}  // namespace headgate::lab::responses
