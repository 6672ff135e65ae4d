// Any bytes as a lab script: read, and where it is one, asked.
#include "lab/script/script_reader.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lab/engine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::lab;
  auto script = read_script({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (!script) return 0;
  script->models.push_back({.id = "m"});
  Engine engine(*std::move(script), {});
  for (const std::string_view stream : {"true", "false"}) {
    const std::string body =
        R"({"model":"m","messages":[{"role":"user","content":"refund ORD-12, please"}],)"
        R"("tools":[{"type":"function","function":{"name":"f"}}],"stream":)" +
        std::string(stream) + "}";
    engine.handle({"POST", "/v1/chat/completions", {{"x-a", "b"}}, body}, 0);
  }
  return 0;
}
