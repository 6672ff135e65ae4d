// Keeps what a provider signed in a turn that called tools (thoughts, thought signatures, encrypted
// reasoning), so that it can be given back with the tools' results also when the caller's dialect
// or library has dropped it. Found by tenant and call id; nobody reads another tenant's. In memory,
// bounded by bytes and age, oldest out first. Shared by all loops: safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "llm/chat/answer.h"
#include "llm/chat/request.h"

namespace headgate::gateway {

struct VaultLimits {
  std::size_t bytes_max = 64 * 1024 * 1024;
  std::size_t entry_bytes_max = 1024 * 1024;  // of one turn; a larger one is not kept
  base::Duration age_max = std::chrono::hours(24);
};

class SignatureVault {
 public:
  using Limits = VaultLimits;
  explicit SignatureVault(Limits limits = {}) : limits_(limits) {}

  /// Keeps what `answer` has signed. REQUIRES: the answer is whole.
  void keep(std::string_view tenant, const llm::chat::Answer& answer, base::MonoTime now);

  /// Puts back what the calls in `request` once came with, where the caller did not send it along
  /// and `dialect` is the one that signed it.
  void restore(std::string_view tenant, llm::chat::Dialect dialect, llm::chat::Request& request,
               base::MonoTime now);

  std::size_t bytes() const;
  std::uint64_t restored_total() const;

 private:
  /// Of one call: its own signature, and the thoughts before it in the same turn.
  struct Kept {
    std::string key;
    llm::chat::Signature signature;
    std::vector<llm::chat::Part> thoughts;
    std::size_t bytes = 0;
    base::MonoTime until;
  };

  static std::string key_of(std::string_view tenant, std::string_view call_id);
  void put(Kept kept);
  const Kept* find(const std::string& key, base::MonoTime now);
  bool restore_turn(std::string_view tenant, llm::chat::Dialect dialect, llm::chat::Message& turn,
                    base::MonoTime now);
  void drop(std::list<Kept>::iterator entry);

  Limits limits_;
  mutable std::mutex mutex_;
  std::list<Kept> entries_;  // oldest first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_key_;
  std::size_t bytes_ = 0;
  std::uint64_t restored_ = 0;
};

}  // namespace headgate::gateway
