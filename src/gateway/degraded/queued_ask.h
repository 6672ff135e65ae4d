// What a queued call was asked with, as text for the store and back: everything but its body and
// its caller's credential. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "gateway/call.h"
#include "gateway/owned_ask.h"

namespace headgate::gateway {

/// JSON. Of the headers, those that are meant for the provider.
std::string write_asked(const Call& call);

/// A call as it was asked.
struct AskedLater {
  std::unique_ptr<OwnedAsk> ask;
  std::string model;   // as it was named
  std::string key_id;  // of its caller
  std::string request_id;
  std::string user;
  std::string session;
  std::string workflow;
  base::TraceContext trace;  // with the first call's span as the parent
};
/// `id`: of the queued call. Errors: storage_failed, where the text is not of write_asked().
base::Result<AskedLater> read_asked(const std::string& text, std::string_view body,
                                    std::string_view id);

}  // namespace headgate::gateway
