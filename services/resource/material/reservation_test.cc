#include "services/resource/material/reservation.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using ::testing::ElementsAre;
using v1::Reservation;

class ReservationTest : public ResourceTest {};

TEST_F(ReservationTest, HoldsItsLinesUntilItExpires) {
  HaveItem("mug", 10);
  HaveItem("pen", 5);
  const auto held = Reserve("r1", {Of("items/mug", 6), Of("items/pen", 5)});
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->name(), "reservations/r1");
  EXPECT_EQ(held->state(), Reservation::STATE_HELD);
  EXPECT_THAT(held->allowed_verbs(), ElementsAre("confirm", "release"));
  EXPECT_EQ(StockOf("items/mug").reserved(), 6);
  EXPECT_EQ(StockOf("items/mug").available(), 4);
  EXPECT_EQ(StockOf("items/pen").available(), 0);

  EXPECT_EQ(RunJobs(), 0);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(RunJobs(), 1);
  EXPECT_EQ(ReservationOf("reservations/r1")->state(), Reservation::STATE_EXPIRED);
  EXPECT_EQ(StockOf("items/mug").available(), 10);
  EXPECT_EQ(StockOf("items/pen").available(), 5);
  ExpectSound();
}

TEST_F(ReservationTest, ReservesAllLinesOrNoneAndNamesEveryShortItem) {
  HaveItem("mug", 10);
  HaveItem("pen", 5);
  HaveItem("bag", 1);
  const auto refused = Reserve("r1", {Of("items/mug", 1), Of("items/pen", 6), Of("items/bag", 2)});
  EXPECT_THAT(refused, HasReason("STOCK_SHORT"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.status().message(), "Stock is short (available/needed): items/pen (5/6), items/bag (1/2).");
  EXPECT_EQ(status::Say(refused.status()).zh_cn, "库存不足（可用/需要）：items/pen (5/6)、items/bag (1/2)。");
  const google::rpc::Status wire = status::ToProto(refused.status(), status::Language::kEnglish);
  google::rpc::PreconditionFailure failure;
  for (const auto& detail : wire.details()) detail.UnpackTo(&failure);
  ASSERT_EQ(failure.violations_size(), 2);
  EXPECT_EQ(failure.violations(0).type(), "STOCK_SHORT");
  EXPECT_EQ(failure.violations(0).subject(), "items/pen");
  EXPECT_EQ(failure.violations(0).description(), "Stock is short (available/needed): items/pen (5/6).");
  EXPECT_EQ(failure.violations(1).subject(), "items/bag");
  EXPECT_EQ(StockOf("items/mug").reserved(), 0);
  EXPECT_EQ(StockOf("items/mug").entry_count(), 1);
  EXPECT_EQ(ReservationOf("reservations/r1").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ReservationTest, DoingItTwiceChangesNothing) {
  HaveItem("mug", 10);
  auto request = Wanted("r1", {Of("items/mug", 6)});
  request.set_request_id("once");
  const auto first = Call<Reservation>("CreateReservation", ServiceCaller(), request);
  const auto second = Call<Reservation>("CreateReservation", ServiceCaller(), request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(*first, test::EqualsProto(*second));
  EXPECT_EQ(StockOf("items/mug").reserved(), 6);
  request.mutable_reservation()->mutable_lines(0)->set_quantity(1);
  EXPECT_THAT(Call<Reservation>("CreateReservation", ServiceCaller(), request), HasReason("REQUEST_ID_REUSED"));
}

TEST_F(ReservationTest, ATakenIdReservesNothing) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 3)}), IsOk());
  EXPECT_EQ(Reserve("r1", {Of("items/mug", 3)}).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(StockOf("items/mug").reserved(), 3);
  ExpectSound();
}

TEST_F(ReservationTest, RefusesUnknownAndRepeatedItemsAndAPastExpiry) {
  HaveItem("mug", 10);
  auto request = Wanted("r1", {Of("items/mug", 1), Of("items/none", 1), Of("items/mug", 1)});
  request.mutable_reservation()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
  const auto refused = Call<Reservation>("CreateReservation", Specialist(), request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(refused.status().message());
  EXPECT_THAT(message, HasSubstr("reservation.expire_time"));
  EXPECT_THAT(message, HasSubstr("reservation.lines[1].item: items/none does not exist"));
  EXPECT_THAT(message, HasSubstr("reservation.lines[2].item: items/mug occurs in more than one line"));
}

TEST_F(ReservationTest, RefusesNoLinesNoSubjectAndNoExpiry) {
  auto request = Wanted("r1", {});
  EXPECT_EQ(Call<Reservation>("CreateReservation", Specialist(), request).status().code(), absl::StatusCode::kInvalidArgument);
  HaveItem("mug", 10);
  request = Wanted("r1", {Of("items/mug", 1)});
  request.mutable_reservation()->clear_subject();
  EXPECT_EQ(Call<Reservation>("CreateReservation", Specialist(), request).status().code(), absl::StatusCode::kInvalidArgument);
  request = Wanted("r1", {Of("items/mug", 1)});
  request.mutable_reservation()->clear_expire_time();
  EXPECT_EQ(Call<Reservation>("CreateReservation", Specialist(), request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReservationTest, AClientCannotClaimThatSomethingWasIssued) {
  HaveItem("mug", 10);
  auto request = Wanted("r1", {Of("items/mug", 6)});
  request.mutable_reservation()->mutable_lines(0)->set_issued_quantity(5);
  const auto held = Call<Reservation>("CreateReservation", Specialist(), request);
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->lines(0).issued_quantity(), 0);
  ExpectSound();
}

TEST_F(ReservationTest, AConfirmedOneDoesNotExpire) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6)}), IsOk());
  const auto confirmed = Confirm("reservations/r1");
  ASSERT_THAT(confirmed, IsOk());
  EXPECT_EQ(confirmed->state(), Reservation::STATE_CONFIRMED);
  EXPECT_FALSE(confirmed->has_expire_time());
  EXPECT_THAT(confirmed->allowed_verbs(), ElementsAre("issue", "release"));
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(RunJobs(), 0);
  EXPECT_EQ(StockOf("items/mug").reserved(), 6);
  EXPECT_THAT(Confirm("reservations/r1"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(ReservationTest, IsNotConfirmedAfterItsTimeThoughTheJobIsLate) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6)}), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Confirm("reservations/r1"), HasReason("RESERVATION_EXPIRED"));
}

TEST_F(ReservationTest, IsIssuedInPartsAndClosesWithTheLast) {
  HaveItem("mug", 10);
  HaveItem("pen", 5);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6), Of("items/pen", 5)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  auto issued = Issue("reservations/r1", {Of("items/mug", 4), Of("items/pen", 5)});
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(issued->state(), Reservation::STATE_CONFIRMED);
  EXPECT_EQ(issued->lines(0).issued_quantity(), 4);
  EXPECT_EQ(issued->lines(0).issued_value_minor(), 400);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 6);
  EXPECT_EQ(StockOf("items/mug").reserved(), 2);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 600);
  issued = Issue("reservations/r1", {Of("items/mug", 2)});
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(issued->state(), Reservation::STATE_CLOSED);
  EXPECT_THAT(issued->allowed_verbs(), ElementsAre("return"));
  EXPECT_THAT(Issue("reservations/r1", {Of("items/mug", 1)}), HasReason("ILLEGAL_TRANSITION"));
  ExpectSound();
}

TEST_F(ReservationTest, IssuesNoMoreThanItHolds) {
  HaveItem("mug", 10);
  HaveItem("pen", 5);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6), Of("items/pen", 1)}), IsOk());
  EXPECT_THAT(Issue("reservations/r1", {Of("items/mug", 1)}), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  EXPECT_THAT(Issue("reservations/r1", {Of("items/mug", 7), Of("items/pen", 1)}), HasReason("ISSUE_REFUSED"));
  EXPECT_EQ(StockOf("items/pen").on_hand(), 5);
  EXPECT_EQ(Issue("reservations/r1", {Of("items/none", 1)}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Issue("reservations/r1", {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReservationTest, TakesBackWhatWasIssuedAlsoWhenClosed) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 3)}), IsOk());
  EXPECT_THAT(Return("reservations/r1", {Of("items/mug", 1)}), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(Issue("reservations/r1", {Of("items/mug", 3)}), IsOk());
  // What comes in dear does not make what comes back dearer.
  ASSERT_THAT(Receive("items/mug", 1, 9000), IsOk());
  EXPECT_THAT(Return("reservations/r1", {Of("items/mug", 4)}), HasReason("RETURN_REFUSED"));
  const auto returned = Return("reservations/r1", {Of("items/mug", 2)});
  ASSERT_THAT(returned, IsOk());
  EXPECT_EQ(returned->lines(0).returned_quantity(), 2);
  EXPECT_EQ(returned->lines(0).returned_value_minor(), 200);
  EXPECT_EQ(StockOf("items/mug").available(), 10);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 700 + 9000 + 200);
  EXPECT_THAT(Return("reservations/r1", {Of("items/mug", 2)}), HasReason("RETURN_REFUSED"));
  ExpectSound();
}

TEST_F(ReservationTest, ReleaseFreesWhatWasNotIssued) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(Issue("reservations/r1", {Of("items/mug", 2)}), IsOk());
  const auto released = ReleaseReservation("reservations/r1");
  ASSERT_THAT(released, IsOk());
  EXPECT_EQ(released->state(), Reservation::STATE_CLOSED);
  EXPECT_EQ(released->lines(0).released_quantity(), 4);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 8);
  EXPECT_EQ(StockOf("items/mug").available(), 8);
  ExpectSound();
}

TEST_F(ReservationTest, ReleaseOfWhatHoldsNothingIsNoError) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6)}), IsOk());
  const auto released = ReleaseReservation("reservations/r1");
  ASSERT_THAT(released, IsOk());
  EXPECT_EQ(released->state(), Reservation::STATE_RELEASED);
  const auto again = ReleaseReservation("reservations/r1");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->etag(), released->etag());
  EXPECT_EQ(StockOf("items/mug").available(), 10);
  EXPECT_THAT(Confirm("reservations/r1"), HasReason("ILLEGAL_TRANSITION"));
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(RunJobs(), 0);
}

TEST_F(ReservationTest, AStaleEtagChangesNothing) {
  HaveItem("mug", 10);
  const auto held = Reserve("r1", {Of("items/mug", 6)});
  ASSERT_THAT(held, IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  v1::ReleaseReservationRequest request;
  request.set_name("reservations/r1");
  request.set_etag(held->etag());
  const auto refused = Call<Reservation>("ReleaseReservation", Specialist(), request);
  EXPECT_THAT(refused, HasReason("STALE_ETAG"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(StockOf("items/mug").reserved(), 6);
}

TEST_F(ReservationTest, MissingOnesAreNotFound) {
  EXPECT_EQ(Confirm("reservations/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReleaseReservation("reservations/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Issue("reservations/none", {Of("items/mug", 1)}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Return("reservations/none", {Of("items/mug", 1)}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ReservationTest, IsListedBySubjectWithItsVerbs) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 1)}), IsOk());
  auto other = Wanted("r2", {Of("items/mug", 1)});
  other.mutable_reservation()->set_subject("activities/other");
  ASSERT_THAT(Call<Reservation>("CreateReservation", Specialist(), other), IsOk());
  const auto page = Call<v1::ListReservationsResponse>("ListReservations", Analyst(),
                                                       Proto<v1::ListReservationsRequest>("filter: 'subject = \"activities/fair\"'"));
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->reservations_size(), 1);
  EXPECT_EQ(page->reservations(0).name(), "reservations/r1");
  EXPECT_EQ(page->reservations(0).lines(0).quantity(), 1);
  EXPECT_THAT(page->reservations(0).allowed_verbs(), ElementsAre("confirm", "release"));
}

TEST_F(ReservationTest, TheExpiryIsTheServicesOwnAct) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 1)}), IsOk());
  clock_.Advance(absl::Hours(1));
  ASSERT_EQ(RunJobs(), 1);
  const auto events =
      Call<type::v1::ListEventsResponse>("ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("subject: 'reservations/r1'"));
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->events_size(), 2);
  EXPECT_EQ(events->events(1).action(), "expire");
  EXPECT_EQ(events->events(1).principal(), "services/resource");
}

TEST_F(ReservationTest, AnalystsReadOnly) {
  HaveItem("mug", 10);
  EXPECT_EQ(Call<Reservation>("CreateReservation", Analyst(), Wanted("r1", {Of("items/mug", 1)})).status().code(),
            absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace heitie::resource
