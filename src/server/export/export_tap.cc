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

}  // namespace headgate::server
