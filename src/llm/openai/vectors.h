// Vectors of float32 as embeddings carry them: base64 of their little-endian bytes, or JSON numbers
// in the shortest form that reads back as the same float. Pure functions; what cannot be read or is
// not finite is nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"

namespace headgate::llm::openai {

void append_base64(std::string& out, std::span<const float> vector);
std::optional<std::vector<float>> vector_of_base64(std::string_view base64);

void append_numbers(std::string& out, std::span<const float> vector);
/// Reads the array of numbers that is next at `cursor`. False when the cursor failed, which it also
/// does at what is no float.
bool read_numbers(base::json::Cursor& cursor, std::vector<float>& vector);

}  // namespace headgate::llm::openai
