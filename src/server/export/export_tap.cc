#include "server/export/export_tap.h"

#include "telemetry/span_codec.h"

namespace headgate::server {
namespace {

constexpr std::size_t kHurryShare = 4;  // of a journal; fuller than that, the reader hurries

}  // namespace

void ExportTap::record(const telemetry::ExchangeRecord& record) {
  storage::Journal* const journal = journal_.load(std::memory_order_acquire);
  if (journal == nullptr) return;
  const std::size_t bytes = telemetry::encoded_size(record);
  std::byte* const at = bytes == 0 ? nullptr : journal->reserve(bytes);
  if (at != nullptr) {
    telemetry::encode(record, at);
    journal->publish();
  } else {
    // The journal counts a drop for each of the spans, so that it is known after kill -9 as well.
    const std::size_t counted = bytes == 0 ? 0 : 1;
    for (std::size_t i = counted; i < record.spans.size(); ++i) journal->count_drop();
  }
  if (at != nullptr && journal->pending() < journal->capacity() / kHurryShare) return;
  if (auto* const priority = priority_.load(std::memory_order_acquire)) priority->beside();
}

// Of what would never fit record() counts the loss.
bool ExportTap::try_record(const telemetry::ExchangeRecord& record) {
  const storage::Journal* const journal = journal_.load(std::memory_order_acquire);
  if (journal == nullptr) return true;
  // A record does not go over the ring's end: twice its room is enough wherever it begins.
  const std::size_t room = 2 * storage::RecordFrame::total(telemetry::encoded_size(record));
  const bool may_fit = room <= journal->capacity() / 2;
  if (may_fit && journal->pending() + room > journal->capacity()) return false;
  this->record(record);
  return true;
}

}  // namespace headgate::server
