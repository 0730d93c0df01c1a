// The rules of notices that the service comes with.
#include "common/time/instant.h"
#include "services/planning/notice/notice_fixture.h"

namespace heitie::planning {
namespace {

using test::IsOk;
using ::testing::IsEmpty;

class OverdueRulesTest : public WithRules<NoticeFixture> {};

TEST_F(OverdueRulesTest, WhatIsOverdueComesBackToItsOwnerAndRisesToTheManagers) {
  Employ("li", "positions/host");
  Employ("boss", "positions/manager");
  const auto comes = [&](const std::string& id, const std::string& action, const std::string& type, const std::string& name,
                         const std::string& more) {
    type::v1::Event event;
    event.set_event_id(id);
    event.set_subject(name);
    event.set_subject_type("risk.heitie/" + type);
    event.set_action(action);
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    event.set_after_json(absl::StrCat(R"({"name": ")", name, R"(", )", more, "}"));
    EXPECT_THAT(rules_.OnEvents(Manager(), {&event}), IsOk());
  };
  const std::string owned = R"("owner": "employees/li", "overdueDays": 1, "title": "Rain")";
  comes("1", "overdue", "RiskProposal", "riskProposals/rain", owned);
  ASSERT_EQ(InboxOf("li").size(), 1u);
  EXPECT_THAT(InboxOf("li")[0].text(), ::testing::HasSubstr("Rain"));
  EXPECT_THAT(InboxOf("boss"), IsEmpty());
  comes("2", "escalate", "RiskProposal", "riskProposals/rain", owned);
  EXPECT_EQ(InboxOf("li").size(), 2u);
  EXPECT_EQ(InboxOf("boss").size(), 1u);
  comes("3", "escalate", "RiskProposal", "riskProposals/snow", R"("overdueDays": 1, "title": "Snow")");
  EXPECT_EQ(InboxOf("boss").size(), 2u) << "nobody is to decide it";
  comes("4", "escalate", "RiskProposal", "riskProposals/leak", owned + R"(, "restriction": "restricted")");
  EXPECT_EQ(InboxOf("boss").size(), 2u) << "few may know of it";
  int told = 2;
  for (const auto& [type, name] : std::vector<std::pair<std::string, std::string>>{{"RiskMeasure", "riskMeasures/m"},
                                                                                   {"AssessmentDuty", "assessmentDuties/d"},
                                                                                   {"RiskControl", "riskControls/c"},
                                                                                   {"ObligationCase", "obligationCases/o"},
                                                                                   {"Risk", "risks/r"}}) {
    SCOPED_TRACE(type);
    const std::string owner = R"("owner": "employees/li")";
    comes(type + "1", "overdue", type, name, owner);
    EXPECT_EQ(InboxOf("boss").size(), static_cast<size_t>(told));
    comes(type + "2", "escalate", type, name, owner);
    EXPECT_EQ(InboxOf("boss").size(), static_cast<size_t>(++told));
  }
  EXPECT_EQ(InboxOf("li").size(), 12u);
  comes("5", "overdue", "TransferInstrument", "transferInstruments/t", R"("reference": "P")");
  EXPECT_EQ(InboxOf("boss").size(), static_cast<size_t>(++told)) << "an instrument has no owner";
}

}  // namespace
}  // namespace heitie::planning
