// Runs tests/golden/otlp/*.otlp (the format is in README.md): from what an SDK sends in OTLP/JSON
// to our spans, and from those to what leaves under each profile. `HEADGATE_GOLDEN_WRITE=1` in the
// environment writes the facts anew, for a look at the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "telemetry/conventions/read.h"
#include "telemetry/conventions/write.h"
#include "telemetry/otlp/decode_json.h"
#include "telemetry/otlp/encode_json.h"
#include "telemetry/otlp/encode_protobuf.h"
#include "telemetry/trace_text.h"

namespace headgate {
namespace {

using telemetry::ExchangeRecord;
using telemetry::otlp::OutAttribute;

const std::filesystem::path kFolder = std::filesystem::path(HEADGATE_GOLDEN_DIR) / "otlp";

struct Golden {
  std::filesystem::path path;
  std::string head;
  std::string bytes;
  std::string facts;
};

Golden load(const std::filesystem::path& path) {
  Golden golden{path, {}, {}, {}};
  std::ifstream file(path, std::ios::binary);
  std::string* part = &golden.head;
  for (std::string line; std::getline(file, line);) {
    if (line == "--- bytes") {
      part = &golden.bytes;
    } else if (line == "--- facts") {
      part = &golden.facts;
    } else {
      *part += line + "\n";
    }
  }
  return golden;
}

std::string text_of(const OutAttribute& attribute) {
  std::ostringstream out;
  switch (attribute.type) {
    case OutAttribute::Type::text: return "\"" + std::string(attribute.text) + "\"";
    case OutAttribute::Type::json: return std::string(attribute.text);
    case OutAttribute::Type::integer: return std::to_string(attribute.integer);
    case OutAttribute::Type::boolean: return attribute.boolean ? "true" : "false";
    case OutAttribute::Type::real: out << attribute.real << " (double)"; break;
  }
  return out.str();
}

void append(std::string& out, const std::vector<OutAttribute>& attributes, const char* indent) {
  std::vector<std::string> lines;
  for (const OutAttribute& a : attributes) {
    lines.push_back(indent + std::string(a.key) + " = " + text_of(a) + "\n");
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) out += line;
}

std::string written(const std::vector<ExchangeRecord>& records, telemetry::Profile profile) {
  telemetry::WriteOptions options;
  options.profile = profile;
  options.resource = {{"service.name", "headgate"}};
  telemetry::BatchWriter writer(options);
  for (const ExchangeRecord& record : records) writer.add(record);
  using Names = base::config::EnumNames<telemetry::Profile>;
  std::string out = "--- as " + std::string(Names::names[static_cast<std::size_t>(profile)]) + "\n";
  for (const auto& resource : writer.batch().resources) {
    out += "resource\n";
    append(out, resource.attributes, "  ");
    for (const auto& span : resource.spans) {
      out += "span " + span.id.hex() + " \"" + std::string(span.name) + "\" role " +
             std::to_string(static_cast<int>(span.role)) + " status " +
             std::to_string(static_cast<int>(span.status)) + " \"" +
             std::string(span.status_message) + "\"\n";
      append(out, span.attributes, "  ");
      if (!span.events.empty()) out += "  events " + std::string(span.events) + "\n";
      if (!span.links.empty()) out += "  links " + std::string(span.links) + "\n";
    }
  }
  return out;
}

// Each span as a record of its own, as far as this test goes.
std::string facts_of(const std::string& bytes) {
  auto request = telemetry::otlp::decode_json(bytes, {});
  if (!request) return "error: " + request.error().detail + "\n";
  std::vector<telemetry::ReadSpan> spans;
  for (const auto& span : request->spans) spans.push_back(telemetry::read_span(span, *request));
  std::vector<ExchangeRecord> records;
  std::string out;
  for (telemetry::ReadSpan& one : spans) {
    one.span.attributes = one.attributes;
    ExchangeRecord& record = records.emplace_back();
    record.trace = one.trace;
    record.user = one.user;
    record.session = one.session;
    record.workflow = one.workflow;
    record.release = one.release;
    record.spans = {&one.span, 1};
    telemetry::append_json(out, record);
    out += '\n';
    if (one.reported_cost) out += "reported " + base::format_dollars(*one.reported_cost) + "\n";
  }
  for (std::size_t i = 0; i < telemetry::kProfileCount; ++i) {
    out += written(records, static_cast<telemetry::Profile>(i));
  }
  return out;
}

TEST(GoldenOtlp, conventions_are_read_and_written) {
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".otlp") continue;
    ++cases;
    const Golden golden = load(entry.path());
    const std::string facts = facts_of(golden.bytes);
    if (std::getenv("HEADGATE_GOLDEN_WRITE") != nullptr) {
      std::ofstream(golden.path, std::ios::binary) << golden.head << "--- bytes\n"
                                                   << golden.bytes << "--- facts\n"
                                                   << facts;
      continue;
    }
    EXPECT_EQ(facts, golden.facts) << entry.path();
  }
  EXPECT_GE(cases, 7u);
}

}  // namespace
}  // namespace headgate
