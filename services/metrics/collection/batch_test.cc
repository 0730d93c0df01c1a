#include "services/metrics/collection/batch.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/zone.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasViolations;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);  // 2026-01-01T00:00:00Z

v1::IngestEventsRequest Purchase() {
  return Proto<v1::IngestEventsRequest>(R"pb(
    producer: "producers/shop"
    sequence: 7
    events {
      event_id: "e1"
      event_name: "purchase"
      user: "u1"
      occur_time { seconds: 1767225599 nanos: 123456789 }
      activity: "activities/spring"
      dimensions { key: "channel" value: "wechat" }
      dimensions { key: "city" value: "台北" }
      value_minor: 1177
    })pb");
}

std::string DigestOf(const v1::IngestEventsRequest& request) { return ToBatch(request, absl::UTCTimeZone()).digest; }

absl::TimeZone Taipei() { return time::FindZone("Asia/Taipei").value(); }

TEST(ToBatchTest, KeepsWhatTheProducerSaid) {
  const Batch batch = ToBatch(Purchase(), Taipei());
  EXPECT_EQ(batch.kind, kEventKind);
  EXPECT_EQ(batch.producer, "producers/shop");
  EXPECT_EQ(batch.sequence, 7);
  ASSERT_EQ(batch.points.size(), 1u);
  const Point& point = batch.points[0];
  EXPECT_EQ(point.name, "purchase");
  EXPECT_EQ(point.user, "u1");
  EXPECT_EQ(point.event_id, "e1");
  EXPECT_EQ(point.activity, "activities/spring");
  EXPECT_EQ(point.occur_time, absl::FromUnixMicros(1767225599123456));
  EXPECT_EQ(time::DayText(point.day), "2026-01-01") << "23:59:59 UTC is the next morning in Taipei";
  EXPECT_THAT(point.dimensions, ElementsAre(Pair("channel", "wechat"), Pair("city", "台北")));
  EXPECT_EQ(point.value_minor, 1177);
  EXPECT_FALSE(point.value.has_value());
}

TEST(ToBatchTest, DayBeginsAtMidnightOfTheBusinessTimeZone) {
  v1::IngestEventsRequest request = Purchase();
  request.mutable_events(0)->mutable_occur_time()->set_seconds(absl::ToUnixSeconds(kNow) - 8 * 3600);
  request.mutable_events(0)->mutable_occur_time()->set_nanos(0);
  EXPECT_EQ(time::DayText(ToBatch(request, Taipei()).points[0].day), "2026-01-01");
  request.mutable_events(0)->mutable_occur_time()->set_seconds(absl::ToUnixSeconds(kNow) - 8 * 3600 - 1);
  EXPECT_EQ(time::DayText(ToBatch(request, Taipei()).points[0].day), "2025-12-31");
}

TEST(DigestTest, SameContentSameDigestWhateverTheOrderOfTheMap) {
  v1::IngestEventsRequest other = Purchase();
  other.mutable_events(0)->clear_dimensions();
  (*other.mutable_events(0)->mutable_dimensions())["city"] = "台北";
  (*other.mutable_events(0)->mutable_dimensions())["channel"] = "wechat";
  other.set_request_id("another-id");
  EXPECT_EQ(DigestOf(other), DigestOf(Purchase()));
  EXPECT_EQ(DigestOf(Purchase()).size(), 64u);
}

TEST(DigestTest, EveryFieldCounts) {
  using Change = std::function<void(v1::IngestEventsRequest&)>;
  const std::vector<Change> changes = {
      [](auto& r) { r.set_producer("producers/other"); },
      [](auto& r) { r.set_sequence(8); },
      [](auto& r) { r.mutable_events(0)->set_event_id("e2"); },
      [](auto& r) { r.mutable_events(0)->set_event_name("purchases"); },
      [](auto& r) { r.mutable_events(0)->set_user("u2"); },
      [](auto& r) { r.mutable_events(0)->mutable_occur_time()->set_seconds(1); },
      [](auto& r) { r.mutable_events(0)->mutable_occur_time()->set_nanos(123456788); },
      [](auto& r) { r.mutable_events(0)->set_activity("activities/summer"); },
      [](auto& r) { (*r.mutable_events(0)->mutable_dimensions())["city"] = "高雄"; },
      [](auto& r) { (*r.mutable_events(0)->mutable_dimensions())["page"] = "home"; },
      [](auto& r) { r.mutable_events(0)->set_value_minor(1178); },
      [](auto& r) { r.mutable_events(0)->set_value(1177); },
      [](auto& r) { r.mutable_events(0)->clear_amount(); },
      [](auto& r) { r.mutable_events(0)->set_value_minor(0); },
      [](auto& r) { *r.add_events() = r.events(0); },
      // The border between two texts counts as well.
      [](auto& r) {
        r.mutable_events(0)->set_user("1");
        r.mutable_events(0)->set_activity("activities/springu");
      },
  };
  std::set<std::string> digests = {DigestOf(Purchase())};
  for (const Change& change : changes) {
    v1::IngestEventsRequest changed = Purchase();
    change(changed);
    EXPECT_TRUE(digests.insert(DigestOf(changed)).second) << changed.ShortDebugString();
  }
}

TEST(CheckBatchTest, GoodBatchPasses) { EXPECT_THAT(CheckBatch(Purchase(), kNow), IsOk()); }

TEST(CheckBatchTest, NamesEveryBadEventByItsIndex) {
  auto request = Proto<v1::IngestEventsRequest>(R"pb(
    producer: "producers/shop"
    sequence: 1
    events {
      event_id: "a"
      event_name: "click"
      user: "u"
      occur_time { seconds: 1767225600 }
    }
    events {
      event_id: "a"
      event_name: "click"
      user: "u"
      occur_time { seconds: 1767226200 }
    }
    events {
      event_id: "b"
      event_name: "click"
      user: "u"
      occur_time { seconds: 1767226201 }
      dimensions { key: "Bad" value: "x" }
    }
    events {
      event_name: "click"
      user: "u"
      occur_time { seconds: 1767225600 }
    }
    events {
      event_name: "click"
      user: "u"
      occur_time { seconds: 1767225600 }
    })pb");
  EXPECT_THAT(CheckBatch(request, kNow), HasViolations("events[1].event_id DUPLICATE_EVENT_ID", "events[2].occur_time FUTURE_TIME",
                                                       "events[2].dimensions[Bad] BAD_DIMENSION"));
}

TEST(CheckBatchTest, Dimensions) {
  const auto violations = [](const std::string& key, const std::string& value) {
    v1::IngestEventsRequest request = Purchase();
    (*request.mutable_events(0)->mutable_dimensions())[key] = value;
    return Violations(CheckBatch(request, kNow));
  };
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "北";
  EXPECT_THAT(violations("page", hundred), IsEmpty());
  EXPECT_THAT(violations("page_2", "a b"), IsEmpty());
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{{"page", hundred + "北"},
                                                                                   {"page", ""},
                                                                                   {"page", " a"},
                                                                                   {"page", "a "},
                                                                                   {"page", "a\nb"},
                                                                                   {"", "a"},
                                                                                   {"2page", "a"},
                                                                                   {"pa-ge", "a"},
                                                                                   {std::string(64, 'a'), "a"}}) {
    EXPECT_EQ(violations(key, value).size(), 1u) << key << "=" << value;
  }
}

TEST(CheckBatchTest, MeasurementsToo) {
  const auto request = Proto<v1::IngestMeasurementsRequest>(R"pb(
    producer: "producers/probe"
    sequence: 1
    measurements {
      measurement_name: "page_load_ms"
      occur_time { seconds: 1767225600 }
      value: 12.5
    }
    measurements {
      measurement_name: "page_load_ms"
      occur_time { seconds: 1767229200 }
      value: 12.5
      dimensions { key: "page" value: "" }
    })pb");
  EXPECT_THAT(CheckBatch(request, kNow),
              HasViolations("measurements[1].occur_time FUTURE_TIME", "measurements[1].dimensions[page] BAD_DIMENSION"));
}

}  // namespace
}  // namespace heitie::metrics
