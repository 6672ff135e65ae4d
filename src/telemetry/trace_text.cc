#include "telemetry/trace_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <vector>

namespace headgate::telemetry {
namespace {

constexpr std::array<std::string_view, 10> kTitles{"TIME", "TRACE", "MODEL", "USER",     "STATUS",
                                                   "IN",   "OUT",   "TTFT",  "DURATION", "COST"};
constexpr std::size_t kFirstNumber = 5;  // numbers stand right-aligned
using Cells = std::array<std::string, kTitles.size()>;

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80;
  }));
}

std::string cell(std::string_view text) {
  constexpr std::size_t kBytesMax = 32;
  const std::string_view shown = cut_text(text, kBytesMax);
  const std::string out = printable(shown) + (shown.size() < text.size() ? "…" : "");
  return out.empty() ? "-" : out;
}

Cells cells_of(const ExchangeRecord& record) {
  const Span& head = record.spans.front();
  const std::string cost = format_cost(head);
  return {format_time(head.start_unix_us),
          record.trace.hex().substr(0, 16),
          cell(head.model_served.empty() ? head.model_requested : head.model_served),
          cell(record.user),
          head.error ? std::string(base::row(*head.error).name) : "ok",
          head.usage ? std::to_string(head.usage->input) : "-",
          head.usage ? std::to_string(head.usage->output) : "-",
          head.ttft_us ? format_duration(*head.ttft_us) : "-",
          format_duration(head.duration_us),
          cost.empty() ? "-" : cost};
}

}  // namespace

std::string format_duration(std::int64_t us) {
  if (us < 1000) return fmt::format("{}µs", us);
  if (us < 1'000'000) return fmt::format("{}ms", us / 1000);
  return fmt::format("{:.2f}s", static_cast<double>(us) / 1e6);
}

std::string format_time(std::int64_t unix_us) {
  const std::time_t seconds = unix_us / 1'000'000;
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc) == nullptr) return std::to_string(unix_us);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &utc)};
}

std::string format_cost(const Span& span) {
  std::string out = span.cost ? base::format_dollars(*span.cost) : "";
  if (span.unpriced) out += out.empty() ? "unpriced" : " + unpriced";
  return out;
}

std::string trace_table(std::span<const ExchangeRecord> heads, const TextStyle& style) {
  std::vector<Cells> rows(1);
  std::copy(kTitles.begin(), kTitles.end(), rows.front().begin());
  for (const ExchangeRecord& head : heads) rows.push_back(cells_of(head));
  std::array<std::size_t, kTitles.size()> widths{};
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const bool failed = r > 0 && heads[r - 1].spans.front().error.has_value();
    std::string line;
    for (std::size_t i = 0; i < kTitles.size(); ++i) {
      const std::string fill(widths[i] - width_of(rows[r][i]), ' ');
      if (i > 0) line += "  ";
      line += i >= kFirstNumber ? fill + rows[r][i] : rows[r][i] + fill;
    }
    out += r == 0 ? painted(line, kBold, style) : failed ? painted(line, kRed, style) : line;
    out += '\n';
  }
  return out;
}

}  // namespace headgate::telemetry
