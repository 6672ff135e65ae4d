// Content as people read it, for finding words: prompts are stored as the JSON that the caller
// sent, where a new line is `\n` and a name of a field is no word of anybody. Tolerant: content may
// be cut off anywhere, and text that only looks like JSON loses at most quoted names. Pure.
#pragma once

#include <string>
#include <string_view>

namespace headgate::storage::text {

/// Of JSON the values, unescaped, JSON inside of strings too; without keys, roles and types.
/// Nothing of content of which only a hash was kept. The view is of `content` or of `storage`.
std::string_view plain_text(std::string_view content, std::string& storage);

}  // namespace headgate::storage::text
