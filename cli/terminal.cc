#include "cli/terminal.h"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>

#include "base/text/utf8.h"
#include "telemetry/trace_text.h"

namespace headgate::cli {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::size_t kNameBytesMax = 48;

std::string painted(const std::string& text, std::string_view colour) {
  return std::string(colour) + text + std::string(kReset);
}

sigset_t interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

std::string Table::line(const std::vector<std::string>& cells,
                        const std::vector<std::size_t>& widths) const {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string fill(widths[i] - base::utf8_characters(cells[i]), ' ');
    if (i > 0) out += "  ";
    out += i >= first_number_ ? fill + cells[i] : cells[i] + fill;
  }
  return out;
}

std::string Table::text(bool colour) const {
  std::vector<std::size_t> widths;
  for (const std::string& title : titles_) widths.push_back(base::utf8_characters(title));
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], base::utf8_characters(row.cells[i]));
    }
  }
  const std::string titles = line(titles_, widths);
  std::string out = (colour ? painted(titles, kBold) : titles) + "\n";
  for (const Row& row : rows_) {
    const std::string cells = line(row.cells, widths);
    out += (colour && row.marked ? painted(cells, kRed) : cells) + "\n";
  }
  return out;
}

std::string name_cell(const std::string& name) {
  if (name.empty()) return "-";
  if (name.size() <= kNameBytesMax) return telemetry::printable(name);
  std::size_t end = kNameBytesMax;
  while (end > 0 && (static_cast<std::uint8_t>(name[end]) & 0xC0) == 0x80) --end;
  return telemetry::printable(std::string_view(name).substr(0, end)) + "…";
}

Interrupts::Interrupts() {
  const sigset_t signals = interrupts();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // print_now() says it
}

bool Interrupts::wait(std::chrono::milliseconds time) {
  const sigset_t signals = interrupts();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const std::chrono::nanoseconds rest = time - seconds;
  const timespec wait{seconds.count(), rest.count()};
  return sigtimedwait(&signals, nullptr, &wait) < 0;
}

bool print_now(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0;
}

void note(std::string_view text) {
  std::fputs("headgate: ", stderr);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputs("\n", stderr);
}

int failed(const base::Error& error) {
  note(error.detail);
  return 1;
}

}  // namespace headgate::cli
