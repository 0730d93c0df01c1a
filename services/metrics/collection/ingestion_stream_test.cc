#include "services/metrics/collection/ingestion_stream.h"

#include <gmock/gmock.h>

#include "common/rpc/bytes.h"
#include "common/rpc/door.h"
#include "common/test/fixture.h"
#include "google/rpc/status.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::SizeIs;

class StreamBatchesTest : public heitie::test::ServiceTest<Service> {
 protected:
  StreamBatchesTest() : ServiceTest("metrics") {}

  rpc::Call Shop() const { return heitie::test::By("producers/shop", {options::v1::ROLE_PRODUCER}, clock_.Now()); }
  absl::StatusOr<std::vector<v1::StreamBatchesResponse>> Deliver(const rpc::Call& call,
                                                                 const std::vector<v1::StreamBatchesRequest>& batches) {
    return service_->rpc().Converse<v1::StreamBatchesResponse>("StreamBatches", call, batches);
  }
  static v1::StreamBatchesRequest Events(int64_t sequence, const std::string& user = "u1", const std::string& producer = "producers/shop") {
    auto request = Proto<v1::StreamBatchesRequest>(R"pb(events {
                                                          events {
                                                            event_name: "purchase"
                                                            occur_time { seconds: 1767225600 }
                                                          }
                                                        })pb");
    request.mutable_events()->set_producer(producer);
    request.mutable_events()->set_sequence(sequence);
    request.mutable_events()->mutable_events(0)->set_user(user);
    return request;
  }
  static v1::StreamBatchesRequest Measurements(int64_t sequence) {
    auto request = Proto<v1::StreamBatchesRequest>(R"pb(measurements {
                                                          producer: "producers/shop"
                                                          measurements {
                                                            measurement_name: "ms"
                                                            occur_time { seconds: 1767225600 }
                                                            value: 1
                                                          }
                                                        })pb");
    request.mutable_measurements()->set_sequence(sequence);
    return request;
  }
  static std::string ReasonOf(const v1::StreamBatchesResponse& answer) { return status::ReasonOf(status::FromProto(answer.status())); }
  int64_t Batches() {
    v1::GetProducerRequest request;
    request.set_name("producers/shop");
    const auto producer = Call<v1::Producer>("GetProducer", Analyst(), request);
    return producer.ok() ? producer->batch_count() : 0;
  }
};

TEST_F(StreamBatchesTest, EachBatchIsTakenInAsIfItCameAlone) {
  const auto answers = Deliver(Shop(), {Events(1), Measurements(2), Events(3)});
  ASSERT_THAT(answers, IsOk());
  ASSERT_THAT(*answers, SizeIs(3));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ((*answers)[i].producer(), "producers/shop");
    EXPECT_EQ((*answers)[i].sequence(), i + 1);
  }
  EXPECT_EQ((*answers)[0].events().accepted_count(), 1);
  EXPECT_EQ((*answers)[1].measurements().accepted_count(), 1);
  EXPECT_EQ((*answers)[2].events().last_sequence(), 3);
  EXPECT_EQ(Batches(), 3);
}

TEST_F(StreamBatchesTest, ARepetitionIsOneOnWhateverConnection) {
  ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Shop(), Events(1).events()), IsOk());
  for (int connection = 0; connection < 2; ++connection) {
    const auto answers = Deliver(Shop(), {Events(1), Events(2), Events(2)});
    ASSERT_THAT(answers, IsOk());
    EXPECT_TRUE((*answers)[0].events().duplicate());
    EXPECT_EQ((*answers)[1].events().duplicate(), connection == 1);
    EXPECT_TRUE((*answers)[2].events().duplicate());
  }
  const auto alone = Call<v1::IngestEventsResponse>("IngestEvents", Shop(), Events(2).events());
  ASSERT_THAT(alone, IsOk());
  EXPECT_TRUE(alone->duplicate());
  EXPECT_EQ(Batches(), 2);
}

TEST_F(StreamBatchesTest, ABadBatchIsAnsweredAndTheStreamGoesOn) {
  v1::StreamBatchesRequest bad = Events(3);
  bad.mutable_events()->mutable_events(0)->set_event_name("Not A Name");
  rpc::Call shop = Shop();
  shop.language = status::Language::kTraditionalChinese;
  const auto answers = Deliver(shop, {Events(1), Events(1, "u2"), bad, {}, Events(1, "u1", "producers/other"), Events(2)});
  ASSERT_THAT(answers, IsOk());
  ASSERT_THAT(*answers, SizeIs(6));
  EXPECT_EQ(ReasonOf((*answers)[1]), "BATCH_CHANGED");
  EXPECT_EQ((*answers)[1].sequence(), 1);
  EXPECT_EQ(ReasonOf((*answers)[2]), "INVALID_FIELDS");
  EXPECT_EQ((*answers)[2].sequence(), 3);
  EXPECT_EQ(ReasonOf((*answers)[3]), "NO_BATCH");
  EXPECT_EQ(ReasonOf((*answers)[4]), "PRODUCER_OWNED");
  EXPECT_EQ((*answers)[4].producer(), "producers/other");
  EXPECT_EQ((*answers)[5].events().accepted_count(), 1);
  EXPECT_EQ(Batches(), 2) << "what was refused left nothing";
}

TEST_F(StreamBatchesTest, IsForProducersAndAnalysts) {
  EXPECT_THAT(Deliver(Specialist(), {}).status(), HasReason("PERMISSION_DENIED"));
  const auto answers = Deliver(Analyst(), {Events(1, "u1", "producers/other")});
  ASSERT_THAT(answers, IsOk());
  EXPECT_EQ((*answers)[0].events().accepted_count(), 1);
}

}  // namespace
}  // namespace heitie::metrics
