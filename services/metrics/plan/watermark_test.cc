#include "services/metrics/plan/watermark.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNoon = absl::FromUnixSeconds(1767225600);

TEST(ClosedThroughTest, TheLeastMarkDecides) {
  const absl::Duration late = absl::Hours(2);
  const ProducerMark shop{"producers/shop", {}, kNoon}, app{"producers/app", kNoon - absl::Hours(3), kNoon}, till{"producers/till", {}, {}};
  EXPECT_EQ(WatermarkOf(shop, late), kNoon - absl::Hours(2));
  EXPECT_EQ(WatermarkOf(app, late), kNoon - absl::Hours(3)) << "a declaration counts, whatever came after it";
  EXPECT_EQ(ClosedThrough({shop, app}, late).through, kNoon - absl::Hours(3));
  EXPECT_THAT(ClosedThrough({shop, app}, late).because_of, ElementsAre("producers/app"));
  EXPECT_EQ(ClosedThrough({shop, till, app}, late).through, std::nullopt);
  EXPECT_THAT(ClosedThrough({shop, till, app}, late).because_of, ElementsAre("producers/till"));
  EXPECT_THAT(ClosedThrough({shop, shop}, late).because_of, ElementsAre("producers/shop", "producers/shop"));
  EXPECT_EQ(ClosedThrough({}, late).through, std::nullopt);
  EXPECT_THAT(ClosedThrough({}, late).because_of, IsEmpty());
}

TEST(ClosedThroughTest, OfSeveralNamesTheLeast) {
  const Closed early{kNoon - absl::Hours(3), {"producers/shop", "producers/app"}, absl::Hours(1)}, late{kNoon, {"producers/app"}, {}};
  const Closed never{std::nullopt, {"producers/till"}, {}}, nobody;
  EXPECT_FALSE(nobody.awaited());
  EXPECT_EQ(ClosedOfAll({late, nobody, early, early}).through, kNoon - absl::Hours(3));
  EXPECT_THAT(ClosedOfAll({late, nobody, early, early}).because_of, ElementsAre("producers/shop", "producers/app"));
  EXPECT_EQ(ClosedOfAll({late, early}).allowed_lateness, absl::Hours(1));
  EXPECT_EQ(ClosedOfAll({late, never, early}).through, std::nullopt);
  EXPECT_THAT(ClosedOfAll({late, never, early}).because_of, ElementsAre("producers/till"));
  EXPECT_FALSE(ClosedOfAll({nobody, nobody}).awaited());
}

class WatermarkTest : public heitie::test::ServiceTest<Service> {
 protected:
  WatermarkTest() : ServiceTest("metrics") {}

  rpc::Call Producer(const std::string& id) const {
    return heitie::test::By("producers/" + id, {options::v1::ROLE_PRODUCER}, clock_.Now());
  }
  void Ingest(const std::string& producer, int64_t sequence, absl::Time time, int64_t minor = 0, const std::string& id = "") {
    v1::IngestEventsRequest request;
    request.set_producer("producers/" + producer);
    request.set_sequence(sequence);
    v1::Event& event = *request.add_events();
    event.set_event_name("purchase");
    event.set_user("u1");
    event.set_event_id(id);
    event.set_value_minor(minor);
    *event.mutable_occur_time() = time::ToTimestamp(time);
    ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Producer(producer), request), IsOk());
  }
  v1::ComputeWatermarkResponse Watermark() {
    auto answer =
        Call<v1::ComputeWatermarkResponse>("ComputeWatermark", Specialist(), Proto<v1::ComputeWatermarkRequest>("event_name: 'purchase'"));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? *answer : v1::ComputeWatermarkResponse();
  }
  absl::StatusOr<v1::Producer> Declare(const rpc::Call& call, const std::string& producer, absl::Time time) {
    v1::DeclareCompleteRequest request;
    request.set_name("producers/" + producer);
    *request.mutable_complete_time() = time::ToTimestamp(time);
    return Call<v1::Producer>("DeclareComplete", call, request);
  }
  void Plan(const std::string& text) {
    ASSERT_THAT(Call<v1::EventSchema>("CreateEventSchema", Analyst(),
                                      Proto<v1::CreateEventSchemaRequest>(
                                          absl::StrCat("event_schema_id: 'one' event_schema { event_name: 'purchase' ", text, " }"))),
                IsOk());
    ASSERT_THAT(Call<v1::EventSchema>("ActivateEventSchema", Analyst(),
                                      Proto<v1::ActivateEventSchemaRequest>("name: 'eventSchemas/one' reason: 'Agreed'")),
                IsOk());
  }
};

// In whatever order the batches come, the prefix is what a look at all of them says.
TEST_F(WatermarkTest, ThePrefixIsThatOfAllBatches) {
  std::mt19937 random(3);
  std::vector<int64_t> order;
  for (int i = 1; i <= 40; ++i) order.push_back(i);
  std::shuffle(order.begin(), order.end(), random);
  std::map<int64_t, absl::Time> arrived;
  for (const int64_t sequence : order) {
    arrived[sequence] = clock_.Now() - absl::Minutes(static_cast<int>(random() % 5000));
    Ingest("shop", sequence, arrived[sequence]);
    absl::Time newest = absl::InfinitePast();
    int64_t prefix = 0;
    while (arrived.contains(prefix + 1)) newest = std::max(newest, arrived[++prefix]);
    auto producer = Call<v1::Producer>("GetProducer", Analyst(), Proto<v1::GetProducerRequest>("name: 'producers/shop'"));
    ASSERT_THAT(producer, IsOk());
    EXPECT_EQ(producer->contiguous_sequence(), prefix);
    EXPECT_EQ(producer->complete_sequence(), prefix);
    EXPECT_EQ(producer->has_contiguous_occur_time(), prefix > 0);
    if (prefix > 0) {
      EXPECT_EQ(time::ToTime(producer->contiguous_occur_time()), newest);
    }
  }
}

TEST_F(WatermarkTest, OpenBecauseOfWhom) {
  EXPECT_FALSE(Watermark().has_closed_through_time());
  const absl::Time now = clock_.Now();
  Ingest("shop", 1, now - absl::Hours(1));
  Ingest("app", 1, now - absl::Hours(5));
  Ingest("app", 3, now);
  v1::ComputeWatermarkResponse mark = Watermark();
  EXPECT_EQ(time::ToTime(mark.closed_through_time()), now - absl::Hours(5)) << "batch 2 is missing";
  EXPECT_THAT(mark.because_of(), ElementsAre("producers/app"));
  ASSERT_EQ(mark.marks_size(), 2);
  EXPECT_TRUE(mark.marks(0).gap());
  Ingest("app", 2, now - absl::Hours(5));
  EXPECT_THAT(Watermark().because_of(), ElementsAre("producers/shop"));
  Plan("allowed_lateness { seconds: 7200 } required_producers: 'producers/shop' required_producers: 'producers/till'");
  mark = Watermark();
  EXPECT_FALSE(mark.has_closed_through_time());
  EXPECT_THAT(mark.because_of(), ElementsAre("producers/till")) << "it is required and has never delivered";
  Ingest("till", 1, now);
  mark = Watermark();
  EXPECT_EQ(time::ToTime(mark.closed_through_time()), now - absl::Hours(3));
  ASSERT_THAT(Declare(Producer("shop"), "shop", now), IsOk());
  mark = Watermark();
  EXPECT_EQ(time::ToTime(mark.closed_through_time()), now - absl::Hours(2));
  EXPECT_THAT(mark.because_of(), ElementsAre("producers/till"));
}

TEST_F(WatermarkTest, DeclarationsOnlyGoForward) {
  const absl::Time now = clock_.Now();
  EXPECT_THAT(Declare(Producer("shop"), "shop", now), HasReason("NOT_FOUND")) << "it has never delivered";
  Ingest("shop", 1, now);
  EXPECT_THAT(Declare(Producer("app"), "shop", now), HasReason("PRODUCER_OWNED"));
  EXPECT_THAT(Violations(Declare(Producer("shop"), "shop", now + absl::Seconds(1)).status()), ElementsAre("complete_time FUTURE_TIME"));
  ASSERT_THAT(Declare(Producer("shop"), "shop", now), IsOk());
  ASSERT_THAT(Declare(Analyst(), "shop", now), IsOk());
  EXPECT_THAT(Declare(Producer("shop"), "shop", now - absl::Seconds(1)), HasReason("COMPLETE_TIME_BACK"));
}

TEST_F(WatermarkTest, ControlTotalsAreComparedWithWhatArrivedOnce) {
  Plan("identity: IDENTITY_EVENT_ID max_amount: 500");
  const absl::Time now = clock_.Now();
  Ingest("shop", 1, now, 100, "a");
  Ingest("shop", 2, now, 100, "a");
  Ingest("shop", 3, now, 700, "b");
  const auto declare = [&](int count, int sum) {
    auto answer = Call<v1::DeclareControlTotalsResponse>(
        "DeclareControlTotals", Producer("shop"),
        Proto<v1::DeclareControlTotalsRequest>(absl::StrCat(
            "name: 'producers/shop' date { year: 2026 month: 1 day: 1 } totals { event_name: 'purchase' declared_count: ", count,
            " declared_sum_minor: ", sum, " }")));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->control_totals(0) : v1::ControlTotal();
  };
  EXPECT_TRUE(declare(2, 800).agrees()) << "the duplicate counts once, the dead letter has arrived";
  EXPECT_FALSE(declare(3, 800).agrees());
  EXPECT_FALSE(declare(2, 900).agrees());
  EXPECT_EQ(declare(2, 900).arrived_sum_minor(), 800);
  v1::ListControlTotalsRequest list;
  list.set_parent("producers/shop");
  auto totals = Call<v1::ListControlTotalsResponse>("ListControlTotals", Producer("shop"), list);
  ASSERT_THAT(totals, IsOk());
  ASSERT_EQ(totals->control_totals_size(), 1) << "a later one replaces it";
  EXPECT_EQ(totals->control_totals(0).declared_sum_minor(), 900);
  EXPECT_FALSE(totals->control_totals(0).agrees());
}

}  // namespace
}  // namespace heitie::metrics
