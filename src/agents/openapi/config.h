// What the configuration says of OpenAPI documents: the `openapi` section, by name where each is
// and who answers there, and `tools.*.openapi`, which operation a tool is. Plain values; documents
// are read with the configuration, at start-up and on reload.
#pragma once

#include <filesystem>
#include <string>

#include "base/config/fields.h"
#include "base/config/types.h"
#include "base/text/secret.h"

namespace headgate::agents {

/// One of `openapi`.
struct OpenApiConfig {
  std::filesystem::path file;
  base::config::Url url;
  base::config::OrderedMap<base::SecretRef> headers;
  std::string idempotency_header = "Idempotency-Key";
  std::filesystem::path ca_file;

  template <class V>
  static void fields(V& v);
};

using OpenApiConfigs = base::config::OrderedMap<OpenApiConfig>;

/// `tools.NAME.openapi`.
struct OpenApiToolConfig {
  std::string document;
  std::string operation;
  base::config::OrderedMap<base::config::Json> fixed;
  bool check_output = false;

  template <class V>
  static void fields(V& v);
};

template <class V>
void OpenApiConfig::fields(V& v) {
  using C = OpenApiConfig;
  v.field("file", &C::file,
          {.doc = "The document, OpenAPI 3.0 or 3.1 as YAML or JSON, of at most 1 MiB.",
           .example = "orders.openapi.yaml",
           .required = true});
  v.field("url", &C::url,
          {.doc = "Where the service is, in place of the document's servers; paths go behind it.",
           .example = "http://127.0.0.1:9000",
           .default_note = "the first of the document's servers"});
  v.field("headers", &C::headers,
          {.doc = "Headers of every request by name: references to secrets.",
           .example = "{authorization: 'env:ORDERS_AUTHORIZATION'}",
           .max = 50});
  v.field("idempotency_header", &C::idempotency_header,
          {.doc = "As in tools.*.http. An operation that has a parameter of this name is "
                  "idempotent, unless the tool says otherwise.",
           .max = 100});
  v.field("ca_file", &C::ca_file,
          {.doc = "PEM bundle to trust instead of the system's.", .must_exist = true});
}

template <class V>
void OpenApiToolConfig::fields(V& v) {
  using C = OpenApiToolConfig;
  v.field("document", &C::document,
          {.doc = "Of `openapi`.", .example = "orders", .required = true});
  v.field("operation", &C::operation,
          {.doc = "Its operationId, or its method and path: GET /orders/{id}.",
           .example = "getOrder",
           .min = 1,
           .required = true});
  v.field("fixed", &C::fixed,
          {.doc = "Arguments that the model neither sees nor gives, by name: values, or templates "
                  "as in tools.*.http.",
           .example = "{user_id: '{principal.user}'}",
           .max = 100});
  v.field("check_output", &C::check_output,
          {.doc = "Whether results are held against the document's schema of them."});
}

}  // namespace headgate::agents
