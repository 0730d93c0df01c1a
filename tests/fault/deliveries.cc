#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "tests/fault/courier.h"
#include "tests/fault/metrics_world.h"

namespace heitie::fault {
namespace {

using metrics::v1::IngestEventsRequest;
using metrics::v1::IngestMeasurementsRequest;

constexpr int kStreamed = 14, kAlone = 6, kTicketBatches = 4;  // batches of a producer in a round
constexpr int kTickets = 60;                                   // ids of a round, which two producers deliver

class DeliveriesChapter final : public Chapter {
 public:
  explicit DeliveriesChapter(const MetricsWorld& world) : world_(world), users_(RegularUsers()) {
    for (const char* name : {kOrder, kCart, kJunk}) {
      Plan(name, "properties { key: 'channel' place: PLACE_DIMENSION required: true }");
    }
    Plan(kTicket, "identity: IDENTITY_EVENT_ID");
  }

  void Prepare(int round, Random& random) override {
    round_ = round;
    tickets_.clear();
    for (int i = 0; i < kTickets; ++i) {
      metrics::v1::Event ticket = world_.RandomEvent(random, users_[random() % users_.size()]);
      ticket.set_event_name(kTicket);
      ticket.set_event_id(absl::StrCat("t", round, "-", i));
      tickets_.push_back(ticket);
    }
  }

  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (const char* name : {"stream-a", "stream-b"}) {
      clients.emplace_back([this, name](Random& random) { Stream(Producer(name), random); });
    }
    clients.emplace_back([this](Random& random) {
      std::vector<Parcel> parcels;
      for (int i = 1; i <= kAlone; ++i)
        parcels.push_back(Deliver(world_.RandomBatch(random, Producer("alone"), round_ * kAlone + i, users_)));
      // Repetitions of what was acknowledged add nothing.
      for (int i = 0; i < 2; ++i) parcels.push_back(parcels[random() % kAlone]);
      Alone(parcels, random);
    });
    for (const char* name : {"till-a", "till-b"}) {
      clients.emplace_back([this, name](Random& random) { SellTickets(Producer(name), random); });
    }
    return clients;
  }

  void Check() override {}

 private:
  void Plan(const std::string& name, const std::string& rules) const {
    const e2e::Person& analyst = world_.staff.grpc.analyst;
    analyst.Do("metrics.CreateEventSchema", absl::Substitute("event_schema_id: '$0' event_schema { event_name: '$0' $1 }", name, rules));
    analyst.Do("metrics.ActivateEventSchema", absl::Substitute("name: 'eventSchemas/$0' reason: 'Agreed'", name));
  }

  std::string Producer(const std::string& id) const { return absl::StrCat("producers/", world_.staff.run, "-", id); }

  Parcel Deliver(const IngestEventsRequest& batch) const {
    world_.ledger.Deliver(batch);
    Parcel parcel;
    *parcel.batch.mutable_events() = batch;
    return parcel;
  }

  // A batch under the next sequence with one event that is out of the question; a good one comes under that sequence afterwards.
  Parcel Bad(Random& random, const std::string& producer, int64_t sequence) const {
    Parcel parcel;
    parcel.bad = true;
    *parcel.batch.mutable_events() = world_.RandomBatch(random, producer, sequence, users_);
    auto& event = *parcel.batch.mutable_events()->add_events();
    event = parcel.batch.events().events(0);
    event.mutable_occur_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(1)));
    return parcel;
  }

  Parcel Measure(Random& random, const std::string& producer, int64_t sequence) const {
    IngestMeasurementsRequest batch;
    batch.set_producer(producer);
    batch.set_sequence(sequence);
    for (int left = 1 + static_cast<int>(random() % 30); left > 0; --left) {
      auto& measurement = *batch.add_measurements();
      measurement.set_measurement_name(kDelay);
      measurement.mutable_occur_time()->set_seconds(absl::ToUnixSeconds(world_.RandomTime(random)));
      measurement.set_value(static_cast<double>(random() % 1000) / 3);
      if (random() % 2 == 0) (*measurement.mutable_dimensions())["channel"] = absl::StrCat("c", random() % 3);
    }
    world_.ledger.Deliver(batch);
    Parcel parcel;
    *parcel.batch.mutable_measurements() = batch;
    return parcel;
  }

  void Stream(const std::string& producer, Random& random) {
    std::vector<Parcel> parcels;
    for (int i = 1; i <= kStreamed; ++i) {
      const int64_t sequence = int64_t{round_} * kStreamed + i;
      if (random() % 8 == 0) parcels.push_back(Bad(random, producer, sequence));
      parcels.push_back(random() % 4 == 0 ? Measure(random, producer, sequence)
                                          : Deliver(world_.RandomBatch(random, producer, sequence, users_)));
    }
    DeliverByStream(e2e::Suite::Get().Token("--role PRODUCER --name " + producer), parcels);
    world_.acknowledged += kStreamed;
  }

  void Alone(const std::vector<Parcel>& parcels, Random& random) const {
    for (const Parcel& parcel : parcels) {
      DeliverAlone(world_.staff.grpc.analyst, {parcel});
      ++world_.acknowledged;
      absl::SleepFor(absl::Milliseconds(random() % 200));
    }
  }

  void SellTickets(const std::string& producer, Random& random) const {
    std::vector<Parcel> parcels;
    for (int i = 1; i <= kTicketBatches; ++i) {
      IngestEventsRequest batch;
      batch.set_producer(producer);
      batch.set_sequence(round_ * kTicketBatches + i);
      std::set<size_t> chosen;
      for (int left = 20; left > 0; --left) chosen.insert(random() % tickets_.size());
      for (const size_t ticket : chosen) *batch.add_events() = tickets_[ticket];
      parcels.push_back(Deliver(batch));
    }
    Alone(parcels, random);
  }

  const MetricsWorld world_;
  const std::vector<std::string> users_;
  int round_ = 0;
  std::vector<metrics::v1::Event> tickets_;
};

}  // namespace

std::unique_ptr<Chapter> Deliveries(const MetricsWorld& world) { return std::make_unique<DeliveriesChapter>(world); }

}  // namespace heitie::fault
