// Headgate with the shop's tools as functions of this program, until SIGTERM:
//   hg_shop CONFIG FIRST_STATE STATE --ready-file FILE
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "headgate/headgate.h"
#include "shop.h"

namespace {

std::string content_of(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

int fail(const headgate::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return fail({"invalid_request", "hg_shop CONFIG FIRST STATE --ready-file FILE"});
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigprocmask(SIG_BLOCK, &ends, nullptr);  // before there are other threads
  shop::Shop shop(boost::json::parse(content_of(argv[2])).as_object(), argv[3]);
  auto engine = headgate::Engine::load(argv[1]);
  if (!engine) return fail(engine.error());
  for (const char* tool : {"get_order", "list_orders", "get_product", "cancel_order",
                           "change_address", "exchange_item", "return_item", "refund_order"}) {
    engine->add_tool(tool, [&shop](const headgate::ToolCall& call) { return shop.call(call); });
  }
  if (auto started = engine->start(); !started) return fail(started.error());
  const std::string fresh = std::string(argv[5]) + ".new";
  std::ofstream(fresh) << R"({"listeners":[{"name":"http","address":")" << engine->address()
                       << "\"}]}";
  std::rename(fresh.c_str(), argv[5]);
  int signal = 0;
  sigwait(&ends, &signal);
  engine->stop();
}
