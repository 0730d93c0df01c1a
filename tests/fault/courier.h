// Producers that do not give up: what was not acknowledged is sent again under its sequence, alone or on another stream.
#ifndef HEITIE_TESTS_FAULT_COURIER_H_
#define HEITIE_TESTS_FAULT_COURIER_H_

#include <string>
#include <vector>

#include "heitie/metrics/v1/ingestion_stream.pb.h"
#include "tests/e2e/suite.h"

namespace heitie::fault {

struct Parcel {
  metrics::v1::StreamBatchesRequest batch;
  // It is against the rules: it is to be refused with INVALID_ARGUMENT and to leave nothing.
  bool bad = false;
};

// Batches of events one by one. Fails the test for one that is not acknowledged in the end. How often each was asked, on the whole.
int DeliverAlone(const e2e::Person& who, const std::vector<Parcel>& parcels);
// On streams through the gateway's gRPC, several ahead of their acknowledgements. How many streams it took.
int DeliverByStream(const std::string& token, const std::vector<Parcel>& parcels);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_COURIER_H_
