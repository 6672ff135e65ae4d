// Signatures of thoughts: opaque to clients, and checked when they come back. A signature holds a
// nonce and a digest of the nonce and the signed text, so the lab knows its own without keeping
// any. Looks like base64 of 72 bytes. Pure functions; no protection against forgers.
#pragma once

#include <string>
#include <string_view>

namespace headgate::lab {

/// `nonce` decides, with `text`, what the signature is; an id of the answer is a good one.
std::string signature_of(std::string_view text, std::string_view nonce);
/// Whether `signature` is one of `text`, with whatever nonce.
bool is_signature_of(std::string_view signature, std::string_view text);

}  // namespace headgate::lab
