// Any bytes as a lab script: read, and where it is one, asked in every dialect.
#include "lab/script/script_reader.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lab/engine.h"

namespace {

using namespace headgate::lab;

void ask(Engine& engine, std::string_view path, std::string_view body) {
  engine.handle({"POST",
                 std::string(path),
                 {{"x-a", "b"}, {"anthropic-version", "2023-06-01"}},
                 std::string(body),
                 "alt=sse"},
                0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto script = read_script({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (!script) return 0;
  script->models.push_back({.id = "m"});
  Engine engine(*std::move(script), {});
  for (const std::string_view stream : {"true", "false"}) {
    const std::string chat =
        R"({"model":"m","messages":[{"role":"user","content":"refund ORD-12, please"}],)"
        R"("tools":[{"type":"function","function":{"name":"f"}}],"stream":)" +
        std::string(stream) + "}";
    const std::string message =
        R"({"model":"m","max_tokens":2000,"thinking":{"type":"adaptive"},)"
        R"("messages":[{"role":"user","content":"refund ORD-12, please"}],)"
        R"("tools":[{"name":"f","input_schema":{"type":"object"}}],"stream":)" +
        std::string(stream) + "}";
    ask(engine, "/v1/chat/completions", chat);
    ask(engine, "/v1/messages", message);
  }
  constexpr std::string_view kContents =
      R"({"contents":[{"parts":[{"text":"refund ORD-12, please"}]}],)"
      R"("tools":[{"functionDeclarations":[{"name":"f"}]}],)"
      R"("generationConfig":{"thinkingConfig":{"includeThoughts":true}}})";
  ask(engine, "/v1/models/m:generateContent", kContents);
  ask(engine, "/v1/models/m:streamGenerateContent", kContents);
  return 0;
}
