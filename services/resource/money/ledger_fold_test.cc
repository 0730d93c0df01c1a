#include "services/resource/money/ledger_fold.h"

#include <vector>

#include "common/test/fixture.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/resource/v1/stock.pb.h"

namespace heitie::resource {
namespace {

using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FoldTest : public ::testing::Test {
 protected:
  std::vector<std::string> Figures() const {
    std::vector<std::string> figures;
    for (const auto& d : response_.discrepancies()) figures.push_back(d.figure());
    return figures;
  }

  v1::VerifyLedgersResponse response_;
  Findings findings_{response_};
  StockFold stock_{findings_, absl::UTCTimeZone()};
  BudgetFold budget_{findings_};
};

constexpr char kFolded[] = R"pb(
  sequence: 1 kind: KIND_RECEIPT on_hand_delta: 5 value_delta_minor: 50 on_hand: 5 value_minor: 50
)pb";
constexpr char kReserve[] = R"pb(
  sequence: 2
  kind: KIND_RESERVE
  reserved_delta: 3
  on_hand: 5
  reserved: 3
  value_minor: 50
  reservation: "reservations/r"
  line_reserved: 3
)pb";

TEST_F(FoldTest, ASoundStockLedgerHasNoFindings) {
  stock_.Feed(Proto<v1::StockEntry>(kFolded));
  stock_.Feed(Proto<v1::StockEntry>(kReserve));
  stock_.Finish(Proto<v1::Stock>("on_hand: 5 reserved: 3 available: 2 value_minor: 50 entry_count: 2"));
  EXPECT_THAT(Figures(), IsEmpty());
}

TEST_F(FoldTest, ABalanceThatIsNotTheSumIsFound) {
  stock_.Feed(Proto<v1::StockEntry>(kFolded));
  stock_.Finish(Proto<v1::Stock>("name: 'items/a/stock' on_hand: 6 available: 6 value_minor: 50 entry_count: 1"));
  EXPECT_THAT(Figures(), ElementsAre("on_hand", "available"));
  EXPECT_EQ(response_.discrepancies(0).subject(), "items/a/stock");
  EXPECT_EQ(response_.discrepancies(0).expected(), 5);
  EXPECT_EQ(response_.discrepancies(0).found(), 6);
}

TEST_F(FoldTest, AMissingEntryIsFound) {
  stock_.Feed(Proto<v1::StockEntry>(kReserve));
  EXPECT_THAT(Figures(), ElementsAre("sequence", "on_hand", "value_minor", "W7"));
}

TEST_F(FoldTest, APrefixThatPromisesTooMuchIsFound) {
  stock_.Feed(Proto<v1::StockEntry>(kFolded));
  stock_.Feed(Proto<v1::StockEntry>(R"pb(
    sequence: 2
    kind: KIND_RESERVE
    reserved_delta: 6
    on_hand: 5
    reserved: 6
    value_minor: 50
    reservation: "reservations/r"
    line_reserved: 6
  )pb"));
  EXPECT_THAT(Figures(), ElementsAre("W7"));
}

TEST_F(FoldTest, ALineThatIssuesMoreThanItReservedIsFound) {
  stock_.Feed(Proto<v1::StockEntry>(kFolded));
  stock_.Feed(Proto<v1::StockEntry>(kReserve));
  stock_.Feed(Proto<v1::StockEntry>(R"pb(
    sequence: 3
    kind: KIND_RESERVE
    reserved_delta: 2
    on_hand: 5
    reserved: 5
    value_minor: 50
    reservation: "reservations/s"
    line_reserved: 2
  )pb"));
  stock_.Feed(Proto<v1::StockEntry>(R"pb(
    sequence: 4
    kind: KIND_ISSUE
    on_hand_delta: -3
    reserved_delta: -3
    value_delta_minor: -30
    on_hand: 2
    reserved: 2
    value_minor: 20
    reservation: "reservations/s"
    line_reserved: 2
    line_issued: 3
  )pb"));
  EXPECT_THAT(Figures(), ElementsAre("W7"));
}

TEST_F(FoldTest, ASoundBudgetLedgerHasNoFindings) {
  budget_.Feed(Proto<v1::BudgetEntry>("sequence: 1 approved_delta_minor: 100 approved_minor: 100"));
  budget_.Feed(Proto<v1::BudgetEntry>("sequence: 2 pre_committed_delta_minor: 100 approved_minor: 100 pre_committed_minor: 100"));
  budget_.Finish(Proto<v1::Budget>("approved_minor: 100 pre_committed_minor: 100 entry_count: 2"));
  EXPECT_THAT(Figures(), IsEmpty());
}

TEST_F(FoldTest, APrefixThatOverspendsIsFoundThoughTheEndIsSound) {
  budget_.Feed(Proto<v1::BudgetEntry>("sequence: 1 approved_delta_minor: 100 approved_minor: 100"));
  budget_.Feed(Proto<v1::BudgetEntry>("sequence: 2 pre_committed_delta_minor: 101 approved_minor: 100 pre_committed_minor: 101"));
  budget_.Feed(Proto<v1::BudgetEntry>("sequence: 3 pre_committed_delta_minor: -101 approved_minor: 100"));
  budget_.Finish(Proto<v1::Budget>("approved_minor: 100 available_minor: 100 entry_count: 3"));
  EXPECT_THAT(Figures(), ElementsAre("W8"));
}

TEST_F(FoldTest, FindingsAreLimited) {
  for (int i = 0; i < 2000; ++i) findings_.Equal("x", "figure", 0, 1);
  EXPECT_EQ(response_.discrepancies_size(), 1000);
}

}  // namespace
}  // namespace heitie::resource
