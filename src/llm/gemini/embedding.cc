#include "llm/gemini/embedding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/json/writer.h"
#include "llm/gemini/errors.h"
#include "llm/gemini/request_scan.h"
#include "llm/gemini/usage.h"
#include "llm/gemini_wire/part.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using base::json::Writer;
using chat::EmbeddingAnswer;
using chat::EmbeddingRequest;

// What one request of a batch says.
struct One {
  std::string text;
  std::optional<std::int64_t> dimensions;
  chat::Extras extras;
  bool has_content = false;
};

class Decoder {
 public:
  Decoder(std::string_view body, const chat::Limits& limits, std::string model)
      : reading_(body, limits, Errc::invalid_request) {
    out_.origin = chat::Dialect::gemini;
    out_.model = std::move(model);
  }
  base::Result<EmbeddingRequest> run(EmbeddingForm form);

 private:
  bool request();
  bool request_member(const std::string& name, One& out);
  bool model();
  bool content(One& out);
  bool part(One& out);
  bool add(One&& one);

  Reading reading_;
  EmbeddingRequest out_;
  chat::Extras shared_;  // of the first request
};

bool Decoder::request() {
  if (!reading_.enter()) return false;
  One one;
  std::string_view name;
  while (reading_.member(name)) {
    const std::string kept(name);
    const Reading::Step step(reading_, kept);
    if (!request_member(kept, one)) return false;
  }
  if (reading_.failed()) return false;
  return one.has_content ? add(std::move(one)) : reading_.reject("content is not specified");
}

bool Decoder::request_member(const std::string& name, One& out) {
  if (name == "model") return model();
  if (name == "content") return content(out);
  if (name == "outputDimensionality") return reading_.integer(out.dimensions);
  return reading_.extra(out.extras, {}, name);
}

bool Decoder::model() {
  std::string model;
  if (!reading_.string(model)) return false;
  return bare_model(model) == out_.model ||
         reading_.reject("another model than the one in the URL");
}

// Several parts are embedded as one text.
bool Decoder::content(One& out) {
  out.has_content = true;
  if (!reading_.enter()) return false;
  std::string_view name;
  while (reading_.member(name)) {
    if (name != "parts") {
      reading_.cursor.skip();
    } else if (!reading_.each("parts", reading_.limits.parts_max, [&] { return part(out); })) {
      return false;
    }
  }
  return !reading_.failed();
}

bool Decoder::part(One& out) {
  WirePart part;
  if (!read_part(reading_, part)) return false;
  const auto* text = part.part.as<chat::Text>();
  if (text == nullptr) return reading_.reject("only text can be embedded here");
  out.text += text->text;
  return true;
}

bool Decoder::add(One&& one) {
  const std::size_t index = out_.inputs.size();
  if (index == 0) {
    out_.dimensions = one.dimensions;
    shared_ = one.extras;
    out_.extras = std::move(one.extras);
  } else if (out_.dimensions != one.dimensions) {
    return reading_.reject("other dimensions than those of the first request");
  } else if (one.extras != shared_) {
    const std::string prefix = "requests[" + std::to_string(index) + "].";
    if (one.extras.empty()) one.extras.push_back({shared_[0].name, "null"});
    for (chat::Extra& extra : one.extras) {
      out_.extras.push_back({prefix + extra.name, std::move(extra.json)});
    }
  }
  out_.inputs.emplace_back(std::move(one.text));
  return true;
}

base::Result<EmbeddingRequest> Decoder::run(EmbeddingForm form) {
  std::string_view name;
  if (form == EmbeddingForm::single) {
    request();
  } else if (reading_.enter()) {
    while (reading_.member(name)) {
      if (name != "requests") {
        reading_.cursor.skip();
        continue;
      }
      if (!reading_.each("requests", reading_.limits.parts_max, [&] { return request(); })) break;
    }
  }
  if (!reading_.finish()) return reading_.error();
  if (out_.inputs.empty()) {
    return base::fail(Errc::invalid_request, "requests is not specified.", "requests");
  }
  return std::move(out_);
}

// A vector of numbers that is next.
bool read_vector(Reading& reading, std::vector<float>& out) {
  auto& cursor = reading.cursor;
  if (cursor.kind() != base::json::Kind::array) return reading.reject("expected an array");
  cursor.enter_array();
  while (cursor.next_element()) {
    const bool number = cursor.kind() == base::json::Kind::number;
    if (!cursor.skip()) return false;
    const std::string_view text = cursor.value_text();
    float value = 0;
    // What is too small for a float is 0; what is too large is no vector.
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool tiny = result.ec == std::errc::result_out_of_range && text.find("e-") != text.npos;
    if (!number || (result.ec != std::errc() && !tiny)) return reading.reject("expected a number");
    out.push_back(tiny ? 0 : value);
  }
  return cursor.ok();
}

bool read_embedding(Reading& reading, EmbeddingAnswer& out) {
  if (!reading.enter()) return false;
  auto& vector = out.vectors.emplace_back();
  std::string_view name;
  while (reading.member(name)) {
    const bool read = name == "values" ? read_vector(reading, vector) : reading.cursor.skip();
    if (!read) return false;
  }
  return !reading.failed();
}

void write_vector(Writer& out, const std::vector<float>& vector) {
  out.begin_object();
  out.array("values");
  std::array<char, 32> digits;
  for (const float value : vector) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                   std::isfinite(value) ? value : 0.0F)
                         .ptr;
    out.raw(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
  }
  out.end_array();
  out.end_object();
}

// Extras of every request of the batch; those that name one go there, and win.
void write_request_extras(Writer& out, const chat::Extras& extras, std::size_t index) {
  const std::string prefix = "requests[" + std::to_string(index) + "].";
  for (const chat::Extra& extra : extras) {
    if (extra.name.starts_with(prefix)) {
      out.member_raw(std::string_view(extra.name).substr(prefix.size()), extra.json);
      continue;
    }
    if (extra.name.starts_with("requests[")) continue;
    const bool own = std::any_of(extras.begin(), extras.end(), [&](const chat::Extra& other) {
      return other.name.starts_with(prefix);
    });
    if (!own) out.member_raw(extra.name, extra.json);
  }
}

}  // namespace

base::Result<EmbeddingRequest> decode_embedding_request(std::string_view body, EmbeddingForm form,
                                                        const chat::Source& source,
                                                        const chat::Limits& limits) {
  auto model = model_of(source, limits);
  if (!model) return model.error();
  return Decoder(body, limits, *std::move(model)).run(form);
}

std::string encode_embedding_request(const EmbeddingRequest& request, const chat::Target& target,
                                     chat::Losses& losses) {
  const bool native = request.origin == chat::Dialect::gemini;
  const auto hint = chat::Loss::Weight::hint;
  std::string body;
  Writer out(body);
  out.begin_object();
  out.array("requests");
  for (std::size_t i = 0; i < request.inputs.size(); ++i) {
    const auto* text = std::get_if<std::string>(&request.inputs[i]);
    if (text == nullptr) {
      losses.push_back({"input[" + std::to_string(i) + "]", "Gemini embeds texts, not tokens"});
    }
    out.begin_object();
    out.member("model", "models/" + std::string(bare_model(target.model)));
    out.object("content");
    out.array("parts");
    write_text(out, text ? std::string_view(*text) : std::string_view(), false, {});
    out.end_array();
    out.end_object();
    if (request.dimensions) out.member("outputDimensionality", *request.dimensions);
    if (native) write_request_extras(out, request.extras, i);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  if (!request.user.empty()) losses.push_back({"user", "Gemini has no end users", hint});
  for (const chat::Extra& extra : request.extras) {
    if (!native) losses.push_back({extra.name, "Gemini has no such member"});
  }
  return body;
}

base::Result<EmbeddingAnswer> decode_embedding_answer(std::string_view body,
                                                      const chat::Limits& limits) {
  Reading reading(body, limits, Errc::upstream_malformed);
  EmbeddingAnswer answer;
  std::optional<chat::ProviderError> error;
  std::string_view name;
  const auto one = [&] { return read_embedding(reading, answer); };
  if (reading.enter()) {
    while (reading.member(name)) {
      bool read = true;
      if (name == "embedding" || name == "embeddings") {
        read = reading.each("embeddings", limits.parts_max, one);
      } else if (name == "usageMetadata") {
        read = read_usage(reading.cursor, answer.usage);
      } else if (name == "error") {
        read = read_error(reading.cursor, error);
      } else {
        reading.cursor.skip();
      }
      if (!read) break;
    }
  }
  if (!reading.finish()) return reading.error();
  if (error) return base::fail(Errc::upstream_status, "the provider answered: " + error->message);
  if (answer.vectors.empty()) {
    return base::fail(Errc::upstream_malformed, "the provider's answer has no embeddings");
  }
  return answer;
}

std::string encode_embedding_answer(const EmbeddingAnswer& answer, EmbeddingForm form) {
  std::string body;
  Writer out(body);
  out.begin_object();
  if (form == EmbeddingForm::single) {
    out.key("embedding");
    write_vector(out, answer.vectors.empty() ? std::vector<float>() : answer.vectors[0]);
  } else {
    out.array("embeddings");
    for (const auto& vector : answer.vectors) write_vector(out, vector);
    out.end_array();
  }
  if (answer.usage) {
    out.object("usageMetadata");
    out.member("promptTokenCount", answer.usage->input);
    out.member("totalTokenCount", answer.usage->input);
    out.end_object();
  }
  out.end_object();
  return body;
}

}  // namespace headgate::llm::gemini
