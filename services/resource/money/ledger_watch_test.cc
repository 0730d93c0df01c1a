#include "services/resource/money/ledger_watch.h"

#include "common/observe/metrics.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

class LedgerWatchTest : public ResourceTest {
 protected:
  LedgerWatchTest() { ShowLedgers(store_); }
  // Nobody reads a store that is gone.
  ~LedgerWatchTest() override {
    for (const char* name : {"heitie_ledger_findings", "heitie_ledger_entries", "heitie_ledger_verified_seconds"}) {
      observe::RegisterGauge(name, "", [] { return 0; });
    }
  }

  void Execute(const std::string& statement) {
    ASSERT_THAT(
        database_.get().Write(absl::Now() + absl::Seconds(5), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  }
  // Read anew.
  std::string Page() {
    ShowLedgers(store_);
    return observe::Scrape();
  }
  void Look() {
    clock_.Advance(kVerifyInterval + absl::Seconds(1));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
};

TEST_F(LedgerWatchTest, TellsWhatTheDailyLookHasFound) {
  HaveItem("mug", 10);
  HaveBudget("q1", 1000);
  Look();
  EXPECT_THAT(Page(), HasSubstr("heitie_ledger_findings 0\n"));
  EXPECT_THAT(Page(),
              HasSubstr(absl::StrCat("heitie_ledger_entries ", Verify().stock_entry_count() + Verify().budget_entry_count(), "\n")));
  Execute("UPDATE stocks SET on_hand = on_hand + 5, available = available + 5 WHERE item = 'items/mug'");
  EXPECT_THAT(Page(), HasSubstr("heitie_ledger_findings 0\n")) << "nobody has looked yet";
  Look();
  EXPECT_THAT(Page(), HasSubstr("heitie_ledger_findings 2\n"));
  Execute("UPDATE stocks SET on_hand = on_hand - 5, available = available - 5 WHERE item = 'items/mug'");
  Look();
  EXPECT_THAT(Page(), HasSubstr("heitie_ledger_findings 0\n"));
}

TEST_F(LedgerWatchTest, TellsHowLongNobodyHasLooked) {
  Execute("UPDATE ledger_watch SET verify_time = UTC_TIMESTAMP(6) - INTERVAL 5 DAY");
  const std::string page = Page();
  const size_t at = page.find("\nheitie_ledger_verified_seconds ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NEAR(std::atof(page.c_str() + at + 32), 5 * 86400, 60);
}

}  // namespace
}  // namespace heitie::resource
