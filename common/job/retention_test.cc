#include "common/job/retention.h"

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"

namespace heitie::job {
namespace {

using ::heitie::test::IsOk;

class RetentionTest : public ::testing::Test {
 protected:
  void Add(int count, absl::Time time) {
    ASSERT_THAT(store_.database().Write(absl::Now() + absl::Seconds(20),
                                        [&](sql::Session& session) {
                                          absl::Status status;
                                          for (int i = 0; i < count && status.ok(); ++i) {
                                            status = session
                                                         .Execute(
                                                             "INSERT INTO idempotency (principal, request_id, fingerprint, response, "
                                                             "create_time) VALUES ('employees/x', ?, ?, '', ?)",
                                                             sql::Bind(absl::StrCat("r", ++added_), std::string(32, 'f'), time))
                                                         .status();
                                          }
                                          return status;
                                        }),
                IsOk());
  }
  int64_t Kept() {
    int64_t kept = -1;
    EXPECT_THAT(store_.database().Read(absl::Now() + absl::Seconds(20),
                                       [&](sql::Session& session) {
                                         return session.Query("SELECT COUNT(*) FROM idempotency", {},
                                                              [&](const sql::Row& row) { kept = row.Int(0); });
                                       }),
                IsOk());
    return kept;
  }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  test::TestDatabase database_;
  record::Store store_{database_.get()};
  Runner runner_{store_, clock_, "services/test"};
  int added_ = 0;
};

TEST_F(RetentionTest, ForgetsWhatIsOldAndNothingElse) {
  ForgetOldRequestIds(runner_, store_);
  Add(2500, clock_.Now() - kRequestIdRetention - absl::Seconds(1));
  Add(7, clock_.Now() - kRequestIdRetention + absl::Seconds(1));
  EXPECT_EQ(*runner_.RunDue(), 3) << "a thousand each time";
  EXPECT_EQ(Kept(), 7);
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(*runner_.RunDue(), 0);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*runner_.RunDue(), 1);
  EXPECT_EQ(Kept(), 0);
}

}  // namespace
}  // namespace heitie::job
