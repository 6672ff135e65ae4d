// Bounds of histograms' buckets. Those of times and tokens are OpenTelemetry's, from its GenAI
// conventions (1.41), so that dashboards made for them fit; those of costs are Headgate's own.
// Constants, safe from any thread.
#pragma once

#include <prometheus/histogram.h>

namespace headgate::telemetry {

/// Seconds: powers of two from 10 ms.
inline const prometheus::Histogram::BucketBoundaries kDurationBuckets{
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
/// Seconds to a first token.
inline const prometheus::Histogram::BucketBoundaries kFirstTokenBuckets{
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0};
/// Seconds from one token to the next.
inline const prometheus::Histogram::BucketBoundaries kPerTokenBuckets{
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5};
/// Tokens of a call: powers of four.
inline const prometheus::Histogram::BucketBoundaries kTokenBuckets{
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
/// US dollars of a call.
inline const prometheus::Histogram::BucketBoundaries kCostBuckets{
    0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0};

}  // namespace headgate::telemetry
