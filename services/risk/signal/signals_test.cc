#include "services/risk/signal/signals.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>

#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "services/risk/risk_fixture.h"
#include "services/risk/signal/matter.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::SizeIs;
using v1::PostRiskSignalResponse;
using v1::Risk;
using v1::RiskProposal;

TEST(CheckSignalRules, WantsOneRuleForAKind) {
  EXPECT_THAT(
      CheckSignalRules(Proto<v1::SignalPolicy>("rules { kind: SIGNAL_KIND_CONCERN } rules { kind: SIGNAL_KIND_ALERT } rules { kind: "
                                               "SIGNAL_KIND_CONCERN }")),
      HasViolation("signal_policy.rules[2].kind", "SIGNAL_KIND_TWICE"));
}

TEST(CheckSignalRules, WantsToKnowByWhenAPersonDecides) {
  EXPECT_THAT(CheckSignalRules(Proto<v1::SignalPolicy>("rules { kind: SIGNAL_KIND_CONCERN decision_days: 1 } rules { kind: "
                                                       "SIGNAL_KIND_ALERT decision_hours: 4 } rules { kind: SIGNAL_KIND_STOCK_OUT }")),
              HasViolation("signal_policy.rules[2].decision_hours", "REQUIRED"));
  EXPECT_THAT(CheckSignalRules(Proto<v1::SignalPolicy>("rules { kind: SIGNAL_KIND_CONCERN decision_days: 1 decision_hours: 4 }")), IsOk());
}

class SignalsTest : public RiskFixture {
 protected:
  absl::StatusOr<PostRiskSignalResponse> Post(const std::string& subject, const std::string& key, int severity = 2,
                                              const std::string& more = "") {
    v1::PostRiskSignalRequest request = Proto<v1::PostRiskSignalRequest>(more);
    if (request.kind() == v1::SIGNAL_KIND_UNSPECIFIED) request.set_kind(v1::SIGNAL_KIND_STOCK_OUT);
    request.set_subject(subject);
    request.set_key(key);
    request.set_severity(static_cast<v1::SignalSeverity>(severity));
    return Call<PostRiskSignalResponse>("PostRiskSignal", ServiceCaller(), request);
  }
  RiskProposal Proposal(const std::string& name) {
    const auto proposal = Try<RiskProposal, v1::GetRiskProposalRequest>("GetRiskProposal", Analyst(), absl::StrCat("name: '", name, "'"));
    EXPECT_THAT(proposal, IsOk());
    return proposal.value_or(RiskProposal());
  }
  std::vector<RiskProposal> Proposals() {
    std::vector<RiskProposal> all;
    std::string token;
    do {
      const auto page = Try<v1::ListRiskProposalsResponse, v1::ListRiskProposalsRequest>(
          "ListRiskProposals", Analyst(), absl::StrCat("page_size: 1000 page_token: '", token, "'"));
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      all.insert(all.end(), page->risk_proposals().begin(), page->risk_proposals().end());
      token = page->next_page_token();
    } while (!token.empty());
    return all;
  }
  absl::StatusOr<RiskProposal> Accept(const std::string& name) {
    return Try<RiskProposal, v1::AcceptRiskProposalRequest>("AcceptRiskProposal", Specialist(), absl::StrCat("name: '", name, "'"));
  }
  absl::StatusOr<RiskProposal> Dismiss(const std::string& name) {
    return Try<RiskProposal, v1::DismissRiskProposalRequest>("DismissRiskProposal", Specialist(),
                                                             absl::StrCat("name: '", name, "' reason: 'r'"));
  }
};

TEST_F(SignalsTest, OneMatterIsOneProposalOnWhichFactsCountOnce) {
  const auto first = Post("items/gift", "monday", 2, "occur_time { seconds: 1767200000 } source: 'stock/gift'");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->outcome(), PostRiskSignalResponse::OUTCOME_PROPOSED);
  EXPECT_EQ(Post("items/gift", "monday")->outcome(), PostRiskSignalResponse::OUTCOME_REPEATED);
  const auto second = Post("items/gift", "sunday", 3, "occur_time { seconds: 1767100000 }");
  EXPECT_EQ(second->outcome(), PostRiskSignalResponse::OUTCOME_COUNTED);
  EXPECT_EQ(second->risk_proposal(), first->risk_proposal());
  EXPECT_EQ(Post("items/gift", "tuesday", 1)->outcome(), PostRiskSignalResponse::OUTCOME_IGNORED) << "below the threshold";
  const RiskProposal proposal = Proposal(first->risk_proposal());
  EXPECT_EQ(proposal.signal_count(), 2);
  EXPECT_EQ(proposal.worst(), v1::SIGNAL_SEVERITY_HIGH);
  EXPECT_EQ(proposal.first_time().seconds(), 1767100000) << "what came up first was told last";
  EXPECT_EQ(proposal.last_time().seconds(), 1767200000);
  EXPECT_EQ(proposal.source(), "stock/gift");
  EXPECT_EQ(proposal.suggested().likelihood(), 4);
  EXPECT_EQ(proposal.signal_policy(), "signalPolicies/shipped");
  // Sixteen working hours from the morning of Thursday, 1 January 2026, on: when Friday's work ends.
  EXPECT_EQ(time::ToTime(proposal.due_time()), absl::FromCivil(absl::CivilHour(2026, 1, 2, 18), service::DefaultTimeZone()));
  const auto facts = Try<v1::ListRiskSignalsResponse, v1::ListRiskSignalsRequest>("ListRiskSignals", Analyst(),
                                                                                  absl::StrCat("parent: '", proposal.name(), "'"));
  ASSERT_THAT(facts, IsOk());
  EXPECT_THAT(facts->risk_signals(), SizeIs(2));
  EXPECT_NE(Post("items/poster", "monday")->risk_proposal(), first->risk_proposal()) << "another subject is another matter";
}

TEST_F(SignalsTest, WhereASignalComesFromMayBeLongInAnyScript) {
  std::string source;
  for (int i = 0; i < 190; ++i) absl::StrAppend(&source, "\U0001F600");
  const auto told = Post("items/gift", "monday", 2, absl::StrCat("source: '", source, "'"));
  ASSERT_THAT(told, IsOk());
  EXPECT_EQ(Proposal(told->risk_proposal()).source(), source);
}

TEST_F(SignalsTest, WhatIsDismissedStaysSilentUntilItGetsWorse) {
  const std::string first = Post("items/gift", "a")->risk_proposal();
  ASSERT_THAT(Dismiss(first), IsOk());
  EXPECT_EQ(Post("items/gift", "b")->outcome(), PostRiskSignalResponse::OUTCOME_SILENT);
  EXPECT_EQ(Proposal(first).signal_count(), 1) << "nobody is bothered";
  const auto worse = Post("items/gift", "c", 3);
  EXPECT_EQ(worse->outcome(), PostRiskSignalResponse::OUTCOME_PROPOSED);
  ASSERT_THAT(Dismiss(worse->risk_proposal()), IsOk());
  EXPECT_EQ(Post("items/gift", "d", 3)->outcome(), PostRiskSignalResponse::OUTCOME_SILENT);
  clock_.Advance(absl::Hours(24 * 7));
  EXPECT_EQ(Post("items/gift", "d", 3)->outcome(), PostRiskSignalResponse::OUTCOME_REPEATED) << "an old fact is no news";
  EXPECT_EQ(Post("items/gift", "e")->outcome(), PostRiskSignalResponse::OUTCOME_PROPOSED) << "the quiet time is over";
}

TEST_F(SignalsTest, AClosedRiskComesBackAsAProposalAndNeverByItself) {
  const std::string first = Post("items/gift", "a")->risk_proposal();
  const auto accepted = Accept(first);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(Post("items/gift", "b")->outcome(), PostRiskSignalResponse::OUTCOME_COUNTED);
  EXPECT_EQ(Proposal(first).signal_count(), 2);
  ASSERT_THAT((Try<Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), absl::StrCat("name: '", accepted->risk(), "' reason: 'r'"))),
              IsOk());
  const auto again = Post("items/gift", "c");
  EXPECT_EQ(again->outcome(), PostRiskSignalResponse::OUTCOME_PROPOSED);
  EXPECT_NE(again->risk_proposal(), first);
  const auto risk = Try<Risk, v1::GetRiskRequest>("GetRisk", Analyst(), absl::StrCat("name: '", accepted->risk(), "'"));
  EXPECT_EQ(risk->state(), Risk::STATE_CLOSED);
}

TEST_F(SignalsTest, AProposalIsAttachedOrMerged) {
  const std::string gift = Post("items/gift", "a")->risk_proposal(), poster = Post("items/poster", "a", 3)->risk_proposal();
  const auto merge = [&](const std::string& name, const std::string& into) {
    return Try<RiskProposal, v1::MergeRiskProposalRequest>("MergeRiskProposal", Specialist(),
                                                           absl::StrCat("name: '", name, "' into: '", into, "'"));
  };
  EXPECT_THAT(merge(gift, gift), HasReason("NOT_TO_BE_REVIEWED"));
  const auto merged = merge(poster, gift);
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(merged->state(), RiskProposal::STATE_MERGED);
  EXPECT_EQ(Proposal(gift).signal_count(), 2);
  EXPECT_EQ(Proposal(gift).worst(), v1::SIGNAL_SEVERITY_HIGH);
  EXPECT_EQ(Post("items/poster", "b")->risk_proposal(), gift) << "its facts count there";
  EXPECT_EQ(Proposal(gift).signal_count(), 3);
  ASSERT_THAT(Create("r"), IsOk());
  const auto attach = [&](const std::string& name) {
    return Try<RiskProposal, v1::AttachRiskProposalRequest>("AttachRiskProposal", Specialist(),
                                                            absl::StrCat("name: '", name, "' risk: 'risks/r'"));
  };
  ASSERT_THAT(attach(gift), IsOk());
  EXPECT_EQ(Proposal(gift).state(), RiskProposal::STATE_ACCEPTED);
  EXPECT_EQ(Proposal(gift).risk(), "risks/r");
  EXPECT_EQ(Post("items/poster", "c")->outcome(), PostRiskSignalResponse::OUTCOME_COUNTED);
  const std::string chair = Post("items/chair", "a")->risk_proposal();
  ASSERT_THAT((Try<Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), "name: 'risks/r' reason: 'r'")), IsOk());
  EXPECT_THAT(attach(chair), HasReason("RISK_CLOSED"));
}

TEST_F(SignalsTest, AProposalIsDecidedWithinWorkingHours) {
  const auto at = [](int day, int hour, int minute) {
    return absl::FromCivil(absl::CivilMinute(2026, 1, day, hour, minute), service::DefaultTimeZone());
  };
  const auto due = [&](const char* subject, const char* kind) {
    const auto posted = Post(subject, "a", 3, absl::StrCat("kind: ", kind));
    EXPECT_THAT(posted, IsOk());
    return posted.ok() ? time::ToTime(Proposal(posted->risk_proposal()).due_time()) : absl::InfinitePast();
  };
  // Friday afternoon: an hour and a half are left, the weekend does not count, and neither does Monday's noon.
  clock_.Set(at(2, 16, 30));
  EXPECT_EQ(due("activities/sale", "SIGNAL_KIND_GUARDRAIL"), at(5, 16, 30)) << "eight hours by the rules that come with the service";
  // On Saturday nobody works.
  clock_.Set(at(3, 11, 0));
  EXPECT_EQ(due("activities/fair", "SIGNAL_KIND_GUARDRAIL"), at(5, 18, 0));
  ASSERT_THAT((Try<v1::SignalPolicy, v1::CreateSignalPolicyRequest>(
                  "CreateSignalPolicy", Manager(),
                  "signal_policy_id: 'soon' signal_policy { reason: 'r' decision_hours: 6 rules { kind: SIGNAL_KIND_GUARDRAIL category: "
                  "CATEGORY_OPERATIONAL title: 't' decision_hours: 2 decision_days: 9 } rules { kind: SIGNAL_KIND_STOCK_OUT category: "
                  "CATEGORY_OPERATIONAL title: 't' decision_days: 2 } }")),
              IsOk());
  ASSERT_THAT((Try<v1::SignalPolicy, v1::PublishSignalPolicyRequest>("PublishSignalPolicy", Manager(), "name: 'signalPolicies/soon'")),
              IsOk());
  clock_.Set(at(5, 11, 0));
  EXPECT_EQ(due("activities/quiz", "SIGNAL_KIND_GUARDRAIL"), at(5, 14, 0));
  EXPECT_EQ(due("items/gift", "SIGNAL_KIND_STOCK_OUT"), at(8, 0, 0)) << "days where no hours are set, to the end of the last";
}

TEST_F(SignalsTest, AProposalThatNobodyDecidesIsToldEveryDay) {
  const std::string name = Post("items/gift", "a")->risk_proposal();
  clock_.Advance(time::ToTime(Proposal(name).due_time()) - clock_.Now());
  for (int day = 1; day <= 3; ++day) {
    RunJobs();
    EXPECT_EQ(Proposal(name).overdue_days(), day);
    clock_.Advance(absl::Hours(24));
  }
  ASSERT_THAT(Dismiss(name), IsOk());
  RunJobs();
  EXPECT_EQ(Proposal(name).overdue_days(), 3);
}

TEST_F(SignalsTest, ColleaguesReportConcerns) {
  const rpc::Call member = test::By("employees/colleague", {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
  const auto post = [&](const char* kind) {
    return Try<PostRiskSignalResponse, v1::PostRiskSignalRequest>(
        "PostRiskSignal", member,
        absl::StrCat("kind: ", kind, " subject: 'activities/sale' key: 'k' severity: SIGNAL_SEVERITY_LOW text: 't'"));
  };
  EXPECT_THAT(post("SIGNAL_KIND_STOCK_OUT"), HasReason("CONCERNS_ONLY"));
  EXPECT_EQ(post("SIGNAL_KIND_CONCERN")->outcome(), PostRiskSignalResponse::OUTCOME_PROPOSED);
}

// Facts, repeated and out of order, with decisions in between, against a model that keeps everything that ever happened and looks through
// all of it each time. HEITIE_FACTS in the environment tells how many; two thousand take some seconds.
TEST_F(SignalsTest, FactsMakeTheProposalsOfABruteForceModel) {
  const char* const asked = std::getenv("HEITIE_FACTS");
  const int count_of_facts = asked == nullptr ? 2'000 : std::atoi(asked);
  struct Fact {
    std::string key;
    int severity;
    int64_t occurred;
    bool seen;    // the proposal is as bad as it
    bool counts;  // it is another one than those before
  };
  struct Case {  // a proposal
    std::string subject;
    std::vector<Fact> facts;  // in the order in which they were told, each time that they were
    std::string state = "proposed";
    absl::Time silent_until;
  };
  std::vector<Case> cases;
  const auto latest_of = [&](const std::string& subject) {
    Case* latest = nullptr;
    for (Case& one : cases) {
      if (one.subject == subject) latest = &one;
    }
    return latest;
  };
  const auto worst_told = [&](const std::string& subject, const std::string& key) {
    int worst = 0;
    for (const Case& one : cases) {
      for (const Fact& fact : one.facts) {
        if (one.subject == subject && fact.key == key) worst = std::max(worst, fact.severity);
      }
    }
    return worst;
  };
  const auto worst_counted = [](const Case& one) {
    int worst = 0;
    for (const Fact& fact : one.facts) worst = fact.seen ? std::max(worst, fact.severity) : worst;
    return worst;
  };
  std::mt19937 random(19);
  const auto below = [&](unsigned count) { return static_cast<int>(random() % count); };
  std::map<size_t, std::string> names;  // of the proposals, by their place in `cases`
  for (int i = 0; i < count_of_facts; ++i) {
    const std::string subject = absl::StrCat("items/i", below(12)), key = absl::StrCat("k", below(60) + i / 40);
    const int severity = below(3) + 1;
    const int64_t occurred = 1'767'000'000 + below(100'000);
    const auto posted = Post(subject, key, severity, absl::StrCat("occur_time { seconds: ", occurred, " }"));
    ASSERT_THAT(posted, IsOk());
    if (severity >= 2 && severity > worst_told(subject, key)) {
      Case* latest = latest_of(subject);
      const bool open = latest != nullptr && (latest->state == "proposed" || latest->state == "accepted");
      const bool silent =
          latest != nullptr && latest->state == "dismissed" && clock_.Now() < latest->silent_until && severity <= worst_counted(*latest);
      if (!open && !silent) {
        names[cases.size()] = posted->risk_proposal();
        latest = &cases.emplace_back(Case{subject, {}, "proposed", {}});
      }
      const bool news = !open || worst_told(subject, key) == 0;
      latest->facts.push_back({key, severity, occurred, !silent, !silent && news});
    }
    if (i % 20 != 0 || cases.empty()) continue;
    const size_t which = static_cast<size_t>(below(static_cast<unsigned>(cases.size())));
    Case& decided = cases[which];
    if (decided.state == "proposed") {
      decided.state = below(2) == 0 ? "dismissed" : "accepted";
      ASSERT_THAT(decided.state == "dismissed" ? Dismiss(names[which]) : Accept(names[which]), IsOk());
      decided.silent_until = clock_.Now() + absl::Hours(24 * 7);
    } else if (decided.state == "accepted") {
      decided.state = "closed";
      const std::string risk = Proposal(names[which]).risk();
      ASSERT_THAT((Try<Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), absl::StrCat("name: '", risk, "' reason: 'r'"))), IsOk());
    }
    clock_.Advance(absl::Hours(below(40)));
  }
  EXPECT_GT(cases.size(), 30u);
  std::map<std::string, RiskProposal> proposals;
  for (const RiskProposal& proposal : Proposals()) proposals[proposal.name()] = proposal;
  ASSERT_EQ(proposals.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    const RiskProposal& proposal = proposals[names[i]];
    int count = 0;
    int64_t first = std::numeric_limits<int64_t>::max(), last = 0;
    for (const Fact& fact : cases[i].facts) {
      if (!fact.counts) continue;
      ++count;
      first = std::min(first, fact.occurred);
      last = std::max(last, fact.occurred);
    }
    EXPECT_EQ(proposal.signal_count(), count);
    EXPECT_EQ(proposal.first_time().seconds(), first);
    EXPECT_EQ(proposal.last_time().seconds(), last);
    EXPECT_EQ(proposal.subject(), cases[i].subject);
    EXPECT_EQ(proposal.worst(), worst_counted(cases[i]));
  }
}

}  // namespace
}  // namespace heitie::risk
