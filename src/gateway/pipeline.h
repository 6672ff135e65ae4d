// The way of a model call, from the caller's bytes to the provider and back: pipeline.cc tells it
// from top to bottom. One pipeline a loop; it holds no state of a call, which lives in run()'s
// frame.
#pragma once

#include "base/async/snapshot.h"
#include "base/context.h"
#include "gateway/answer_sink.h"
#include "gateway/ask.h"
#include "gateway/call.h"
#include "gateway/catalog.h"
#include "gateway/upstream/upstreams.h"

namespace headgate::gateway {

class Pipeline {
 public:
  Pipeline(base::Loop& loop, const base::SnapshotCell<Catalog>& catalog, CallTools tools);

  /// Answers what was asked. On an error nothing was sent: the caller's endpoint writes it in its
  /// own dialect. Either way the call is settled: priced, recorded, counted.
  base::Task<void> run(base::Context& ctx, const Ask& ask, AnswerSink& answer);

  const std::shared_ptr<const Catalog>& catalog() { return catalog_.get(); }

 private:
  base::Task<void> serve(Call& call, AnswerSink& answer);

  base::SnapshotReader<Catalog> catalog_;
  Upstreams upstreams_;
  CallTools tools_;
};

}  // namespace headgate::gateway
