// The last place of a headcount plan, which promotions and requisitions want at the same moment.
#include <memory>

#include "heitie/personnel/v1/career_path.pb.h"
#include "heitie/personnel/v1/promotion.pb.h"
#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using test::IsOk;
using test::Proto;

class LastPlaceTest : public RecruitmentTest {
 protected:
  // A path from assistants to hosts that asks for nothing but the post.
  LastPlaceTest() {
    HavePosition();
    HavePosition("assistant");
    EXPECT_THAT(Call<v1::CareerPath>("CreateCareerPath", Manager(),
                                     Proto<v1::CreateCareerPathRequest>("career_path_id: 'up' career_path { title: 't' from_position: "
                                                                        "'positions/assistant' to_position: 'positions/host' }")),
                IsOk());
    EXPECT_THAT(Call<v1::CareerPathVersion>("CreateCareerPathVersion", Manager(),
                                            Proto<v1::CreateCareerPathVersionRequest>("parent: 'careerPaths/up' career_path_version_id: "
                                                                                      "'one' career_path_version { reason: 'r' }")),
                IsOk());
    EXPECT_THAT((Do<v1::CareerPathVersion, v1::PublishCareerPathVersionRequest>("PublishCareerPathVersion", "careerPaths/up/versions/one",
                                                                                Manager())),
                IsOk());
  }
  // Of an assistant of that id, who is hired for it.
  void HaveProposed(const std::string& id, absl::CivilDay start) {
    HaveEmployee(id, "positions/assistant");
    auto request = Proto<v1::CreatePromotionRequest>("promotion { path: 'careerPaths/up' reason: 'r' }");
    request.set_promotion_id(id);
    request.mutable_promotion()->set_employee("employees/" + id);
    *request.mutable_promotion()->mutable_start_date() = time::ToDate(start);
    const rpc::Call proposer = test::By("employees/other", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
    ASSERT_THAT(Call<v1::Promotion>("CreatePromotion", proposer, request), IsOk());
  }
  absl::Status ApprovePromotion(const std::string& id) {
    return Do<v1::Promotion, v1::ApprovePromotionRequest>("ApprovePromotion", "promotions/" + id, Manager()).status();
  }
};

// 64 clients, half of whom approve promotions and half requisitions.
TEST_F(LastPlaceTest, OneOfManyTakesIt) {
  HavePlan(1);
  HaveBudget(1000000);
  constexpr int kClients = 64;
  for (int i = 0; i < kClients; ++i) {
    const std::string id = absl::StrCat("c", i);
    if (i % 2 == 0) {
      HaveProposed(id, absl::CivilDay(2026, 1, 10) + i % 10);
    } else {
      ASSERT_THAT(Request(id, 1), IsOk());
    }
  }
  EXPECT_EQ(
      Race(kClients, [&](int i) { return i % 2 == 0 ? ApprovePromotion(absl::StrCat("c", i)) : Approve(absl::StrCat("c", i)).status(); }),
      (std::map<std::string, int>{{"", 1}, {"HEADCOUNT_SHORT", kClients - 1}}));
  const v1::ComputeHeadcountResponse headcount = Headcount(Manager(), absl::CivilDay(2026, 1, 31));
  EXPECT_EQ(headcount.begun() + headcount.in_progress(), 1);
  EXPECT_EQ(headcount.to_open(), 0);
}

// An accepted offer keeps its place from its seat on, until the employee has it.
TEST_F(LastPlaceTest, APromotionDoesNotTakeThatOfAnOffer) {
  HavePlan(2);
  HaveBudget(100000);
  HaveBand();
  ASSERT_THAT(Request("hosts", 1), IsOk());
  ASSERT_THAT(Approve("hosts"), IsOk());
  HaveProposed("an", absl::CivilDay(2026, 1, 10));
  HaveProposed("bo", absl::CivilDay(2026, 1, 12));
  ASSERT_THAT(ApprovePromotion("an"), IsOk());
  EXPECT_EQ(status::ReasonOf(ApprovePromotion("bo")), "HEADCOUNT_SHORT") << "a seat is open";
  HaveAccepted("one", "hosts-1");
  EXPECT_EQ(status::ReasonOf(ApprovePromotion("bo")), "HEADCOUNT_SHORT") << "somebody has accepted it";
  ASSERT_THAT(Start("one"), IsOk());
  EXPECT_EQ(status::ReasonOf(ApprovePromotion("bo")), "HEADCOUNT_SHORT") << "somebody is hired for it";
  EXPECT_EQ(Headcount(Manager(), absl::CivilDay(2026, 1, 20)).uncovered(), 0);
  PlanAnew("second", 3);
  EXPECT_THAT(ApprovePromotion("bo"), IsOk());
}

}  // namespace
}  // namespace heitie::personnel
