#include "services/resource/material/reservation_rules.h"

#include "common/test/fixture.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/resource/money/encumbrance.h"

namespace heitie::resource {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using v1::Reservation;

Reservation Confirmed() {
  return Proto<Reservation>(R"pb(
    name: "reservations/r"
    state: STATE_CONFIRMED
    lines { item: "items/a" quantity: 10 issued_quantity: 4 returned_quantity: 1 released_quantity: 2 }
    lines { item: "items/b" quantity: 5 issued_quantity: 5 }
  )pb");
}

Quantities Asked(const std::string& text) { return Proto<v1::IssueReservationRequest>(text).lines(); }

TEST(ReservationRulesTest, VerbsByState) {
  EXPECT_THAT(ReservationMachine().AllowedVerbs(Reservation::STATE_HELD), UnorderedElementsAre("confirm", "release"));
  EXPECT_THAT(ReservationMachine().AllowedVerbs(Reservation::STATE_CONFIRMED), UnorderedElementsAre("issue", "return", "release"));
  EXPECT_THAT(ReservationMachine().AllowedVerbs(Reservation::STATE_CLOSED), UnorderedElementsAre("return"));
  EXPECT_THAT(ReservationMachine().AllowedVerbs(Reservation::STATE_RELEASED), UnorderedElementsAre());
  EXPECT_THAT(ReservationMachine().AllowedVerbs(Reservation::STATE_EXPIRED), UnorderedElementsAre());
}

TEST(EncumbranceStatesTest, VerbsByState) {
  EXPECT_THAT(EncumbranceMachine().AllowedVerbs(v1::Encumbrance::STATE_PRE_COMMITTED), UnorderedElementsAre("commit", "raise", "release"));
  EXPECT_THAT(EncumbranceMachine().AllowedVerbs(v1::Encumbrance::STATE_COMMITTED),
              UnorderedElementsAre("commit", "raise", "record_actual", "credit", "release"));
  EXPECT_THAT(EncumbranceMachine().AllowedVerbs(v1::Encumbrance::STATE_SETTLED), UnorderedElementsAre("credit"));
}

TEST(ReservationRulesTest, IssuesAtMostWhatIsOutstanding) {
  EXPECT_THAT(CheckIssue(Confirmed(), Asked(R"pb(lines { item: "items/a" quantity: 4 })pb")), IsOk());
  EXPECT_THAT(CheckIssue(Confirmed(), Asked(R"pb(lines { item: "items/a" quantity: 5 })pb")), HasReason("ISSUE_REFUSED"));
}

TEST(ReservationRulesTest, ARefusalNamesEveryLine) {
  const absl::Status refused = CheckIssue(Confirmed(), Asked(R"pb(lines { item: "items/a" quantity: 5 }
                                                                  lines { item: "items/b" quantity: 1 })pb"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("items/a, items/b"));
}

TEST(ReservationRulesTest, ReturnsAtMostWhatIsOut) {
  EXPECT_THAT(CheckReturn(Confirmed(), Asked(R"pb(lines { item: "items/a" quantity: 3 }
                                                  lines { item: "items/b" quantity: 5 })pb")),
              IsOk());
  EXPECT_THAT(CheckReturn(Confirmed(), Asked(R"pb(lines { item: "items/a" quantity: 4 })pb")), HasReason("RETURN_REFUSED"));
}

TEST(ReservationRulesTest, LinesMustBeReservedAndUnique) {
  const absl::Status unknown = CheckIssue(Confirmed(), Asked(R"pb(lines { item: "items/c" quantity: 1 })pb"));
  EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("lines[0].item"));
  const absl::Status twice = CheckIssue(Confirmed(), Asked(R"pb(lines { item: "items/a" quantity: 1 }
                                                                lines { item: "items/a" quantity: 1 })pb"));
  EXPECT_EQ(twice.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(twice.message()), HasSubstr("lines[1].item"));
}

TEST(ReservationRulesTest, OutstandingSkipsWhatIsDone) {
  const Quantities open = OutstandingOf(Confirmed());
  ASSERT_EQ(open.size(), 1);
  EXPECT_EQ(open[0].item(), "items/a");
  EXPECT_EQ(open[0].quantity(), 4);
  EXPECT_TRUE(WasIssued(Confirmed()));
}

}  // namespace
}  // namespace heitie::resource
