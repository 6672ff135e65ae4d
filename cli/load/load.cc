#include "cli/load/load.h"

#include <memory>
#include <optional>

#include "base/clock.h"
#include "cli/load/driver.h"
#include "cli/load/report.h"
#include "cli/terminal.h"

namespace headgate::cli {

int run_load(const LoadOptions& options) {
  const auto tickets = read_tickets(options.file);
  if (!tickets) return failed(tickets.error());
  std::optional<Savings> savings;
  if (!options.config.empty()) {
    auto loaded = Savings::load(options.config);
    if (!loaded) return failed(loaded.error());
    savings = std::move(*loaded);
  }
  const base::RealClock clock;
  base::Loop loop(clock);
  const auto driver = LoadDriver::make(loop, options, *tickets);
  if (!driver) return failed(driver.error());
  const LoadResult result = (*driver)->run();
  const Savings* prices = savings ? &*savings : nullptr;
  const std::int64_t now_us = clock.unix_us();
  print_now(options.json ? load_json(result, prices, now_us) : load_text(result, prices, now_us));
  return result.lost == 0 && result.not_begun == 0 ? 0 : 1;
}

}  // namespace headgate::cli
