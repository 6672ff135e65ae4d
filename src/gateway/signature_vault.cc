#include "gateway/signature_vault.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace headgate::gateway {

namespace chat = llm::chat;

namespace {

bool is_signed(const chat::Part& part) {
  const auto* thought = part.as<chat::Reasoning>();
  return thought != nullptr && !thought->signature.empty();
}

bool is_thought(const chat::Part& part) { return part.as<chat::Reasoning>() != nullptr; }

std::size_t bytes_of(const chat::Part& part) {
  const auto* thought = part.as<chat::Reasoning>();
  return sizeof part + thought->text.size() + thought->id.size() + thought->signature.value.size();
}

}  // namespace

// An id holds no NUL, so the key is unambiguous.
std::string SignatureVault::key_of(std::string_view tenant, std::string_view call_id) {
  std::string key;
  key.reserve(tenant.size() + 1 + call_id.size());
  key.append(tenant).push_back('\0');
  return key.append(call_id);
}

void SignatureVault::keep(std::string_view tenant, const chat::Answer& answer, base::MonoTime now) {
  for (const chat::Candidate& candidate : answer.candidates) {
    std::vector<chat::Part> thoughts;
    std::copy_if(candidate.parts.begin(), candidate.parts.end(), std::back_inserter(thoughts),
                 is_signed);
    for (const chat::Part& part : candidate.parts) {
      const auto* call = part.as<chat::ToolCall>();
      if (call == nullptr || (call->signature.empty() && thoughts.empty())) continue;
      Kept kept{key_of(tenant, call->id), call->signature, thoughts, 0, now + limits_.age_max};
      kept.bytes = sizeof kept + 2 * kept.key.size() + call->signature.value.size();
      for (const chat::Part& thought : thoughts) kept.bytes += bytes_of(thought);
      put(std::move(kept));
    }
  }
}

void SignatureVault::put(Kept kept) {
  if (kept.bytes > limits_.entry_bytes_max) return;
  const std::lock_guard lock(mutex_);
  if (const auto old = by_key_.find(kept.key); old != by_key_.end()) drop(old->second);
  bytes_ += kept.bytes;
  entries_.push_back(std::move(kept));
  by_key_[entries_.back().key] = std::prev(entries_.end());
  while (bytes_ > limits_.bytes_max) drop(entries_.begin());
}

void SignatureVault::drop(std::list<Kept>::iterator entry) {
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

const SignatureVault::Kept* SignatureVault::find(const std::string& key, base::MonoTime now) {
  while (!entries_.empty() && entries_.front().until < now) drop(entries_.begin());
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &*found->second;
}

void SignatureVault::restore(std::string_view tenant, chat::Dialect dialect, chat::Request& request,
                             base::MonoTime now) {
  const std::lock_guard lock(mutex_);
  for (chat::Message& message : request.messages) {
    if (message.role != chat::Role::assistant) continue;
    if (restore_turn(tenant, dialect, message, now)) ++restored_;
  }
}

bool SignatureVault::restore_turn(std::string_view tenant, chat::Dialect dialect,
                                  chat::Message& turn, base::MonoTime now) {
  const bool has_signed = std::any_of(turn.parts.begin(), turn.parts.end(), is_signed);
  const std::vector<chat::Part>* thoughts = nullptr;
  bool restored = false;
  for (chat::Part& part : turn.parts) {
    auto* call = part.as<chat::ToolCall>();
    const Kept* kept = call == nullptr ? nullptr : find(key_of(tenant, call->id), now);
    if (kept == nullptr) continue;
    if (call->signature.empty() && kept->signature.origin == dialect && !kept->signature.empty()) {
      call->signature = kept->signature;
      restored = true;
    }
    if (thoughts == nullptr && !kept->thoughts.empty()) thoughts = &kept->thoughts;
  }
  if (has_signed || thoughts == nullptr) return restored;
  if (thoughts->front().as<chat::Reasoning>()->signature.origin != dialect) return restored;
  // Thoughts without a signature are what the caller's dialect has left of them.
  std::vector<chat::Part> parts = *thoughts;
  std::copy_if(std::make_move_iterator(turn.parts.begin()),
               std::make_move_iterator(turn.parts.end()), std::back_inserter(parts),
               [](const chat::Part& part) { return !is_thought(part); });
  turn.parts = std::move(parts);
  return true;
}

std::size_t SignatureVault::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::uint64_t SignatureVault::restored_total() const {
  const std::lock_guard lock(mutex_);
  return restored_;
}

}  // namespace headgate::gateway
