// That cases are listed by what has changed and what the clock has reached comes to the same as looking at everything anew.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/event/follower.h"
#include "common/time/day.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/risk/v1/obligation.pb.h"
#include "heitie/risk/v1/regulation.pb.h"
#include "heitie/risk/v1/risk_policy.pb.h"
#include "services/risk/regulation/regulation_rules.h"
#include "services/risk/told_fixture.h"

namespace heitie::risk {
namespace {

using activity::v1::Activity;
using planning::v1::Project;
using planning::v1::Scheme;
using test::IsOk;
using test::Proto;
using v1::Obligation;
using v1::ObligationCase;
using v1::Regulation;

TEST(NextTurnOf, IsTheBeginningAndThenTheEndOfItsTime) {
  const absl::TimeZone zone = absl::UTCTimeZone();
  const auto day = [&](int d) { return absl::FromCivil(absl::CivilDay(2026, 3, d), zone); };
  auto regulation = Proto<Regulation>("effective_date { year: 2026 month: 3 day: 5 }");
  EXPECT_EQ(NextTurnOf(regulation, zone, day(1)), absl::InfiniteFuture()) << "nobody has enacted it";
  regulation.mutable_enact_time()->set_seconds(1);
  EXPECT_EQ(NextTurnOf(regulation, zone, day(1)), day(5));
  EXPECT_EQ(NextTurnOf(regulation, zone, day(5)), absl::InfiniteFuture());
  *regulation.mutable_repeal_date() = time::ToDate(absl::CivilDay(2026, 3, 9));
  EXPECT_EQ(NextTurnOf(regulation, zone, day(5)), day(9));
  EXPECT_EQ(NextTurnOf(regulation, zone, day(9)), absl::InfiniteFuture());
  *regulation.mutable_repeal_date() = time::ToDate(absl::CivilDay(2026, 3, 5));
  EXPECT_EQ(NextTurnOf(regulation, zone, day(1)), absl::InfiniteFuture()) << "repealed before it came into force";
}

class ListingTest : public ToldFixture {
 protected:
  using Random = std::mt19937;
  static int Below(Random& random, int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); }
  template <typename T>
  static const T& One(Random& random, const std::vector<T>& of) {
    return of[random() % of.size()];
  }
  google::type::Date Day(int ahead) const { return time::ToDate(absl::ToCivilDay(clock_.Now(), zone_) + ahead); }

  void SayActivity(Random& random) {
    Activity activity;
    activity.set_name(absl::StrCat("activities/a", Below(random, 6)));
    if (facts_.activities.count(activity.name()) > 0 && Below(random, 8) == 0) {
      facts_.activities.erase(activity.name());
      return Forget<Activity>(activity.name());
    }
    activity.set_title("t");
    activity.set_project(absl::StrCat("projects/p", Below(random, 3)));
    activity.set_scheme(absl::StrCat(activity.project(), "/schemes/s", Below(random, 2)));
    activity.set_kind(One<std::string>(random, {"", "sale", "quiz"}));
    activity.set_owner("employees/li-ming");
    activity.set_state(One<Activity::State>(random, {Activity::STATE_DRAFT, Activity::STATE_READY, Activity::STATE_LIVE,
                                                     Activity::STATE_LIVE, Activity::STATE_ENDED, Activity::STATE_CANCELLED}));
    const absl::Time start = clock_.Now() + kDay * (Below(random, 30) - 10);
    *activity.mutable_start_time() = time::ToTimestamp(start);
    *activity.mutable_end_time() = time::ToTimestamp(start + kDay * (1 + Below(random, 10)));
    facts_.activities[activity.name()] = activity;
    Tell("update", activity);
  }
  void SayProject(Random& random) {
    Project project;
    project.set_name(absl::StrCat("projects/p", Below(random, 3)));
    project.set_title("t");
    project.set_owner("employees/wu");
    project.set_project_type(One<std::string>(random, {"", "projectTypes/sale", "projectTypes/fair"}));
    project.set_state(One<Project::State>(random, {Project::STATE_DRAFT, Project::STATE_APPROVED, Project::STATE_CANCELLED}));
    const int first = Below(random, 30) - 10;
    *project.mutable_start_date() = Day(first);
    *project.mutable_end_date() = Day(first + Below(random, 20));
    facts_.projects[project.name()] = project;
    Tell("update", project);
  }
  void SayScheme(Random& random) {
    Scheme scheme;
    scheme.set_name(absl::StrCat("projects/p", Below(random, 3), "/schemes/s", Below(random, 2)));
    scheme.set_state(One<Scheme::State>(random, {Scheme::STATE_DRAFT, Scheme::STATE_APPROVED, Scheme::STATE_DISCARDED}));
    scheme.add_channels()->set_title(One<std::string>(random, {"Radio", "Mail", "Shop"}));
    facts_.schemes[scheme.name()] = scheme;
    Tell("update", scheme);
  }
  template <typename T>
  void Forget(const std::string& name) {
    std::vector<type::v1::Event>& events = told_["activity"];
    type::v1::Event& event = events.emplace_back();
    event.set_position(static_cast<int64_t>(events.size()));
    event.set_subject_type(event::SubjectTypeOf(*T::descriptor()));
    event.set_subject(name);
    event.set_action("delete");
    event.set_revision(event.position());
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    event.set_before_json(last_[name]);
    last_[name].clear();
    Later(absl::Minutes(2));
  }
  void Scope(Random& random) {
    const std::string subject = One<std::string>(random, {"activities/a0", "activities/a1", "projects/p0", "projects/p1"});
    const std::string id = absl::StrCat("of-", subject.substr(subject.find('/') + 1));
    const std::string market = One<std::string>(random, {"JP", "TW"});
    if (facts_.scopes.count(subject) == 0) {
      const auto made = Try<v1::SubjectScope, v1::CreateSubjectScopeRequest>(
          "CreateSubjectScope", Specialist(),
          absl::StrCat("subject_scope_id: '", id, "' subject_scope { subject: '", subject, "' markets: '", market, "' }"));
      ASSERT_THAT(made, IsOk());
      facts_.scopes[subject] = *made;
    } else if (Below(random, 2) == 0) {
      ASSERT_THAT((Try<google::protobuf::Empty, v1::DeleteSubjectScopeRequest>("DeleteSubjectScope", Manager(),
                                                                               absl::StrCat("name: 'subjectScopes/", id, "'"))),
                  IsOk());
      facts_.scopes.erase(subject);
    } else {
      const auto changed = Try<v1::SubjectScope, v1::UpdateSubjectScopeRequest>(
          "UpdateSubjectScope", Specialist(),
          absl::StrCat("subject_scope { name: 'subjectScopes/", id, "' markets: '", market, "' } update_mask { paths: 'markets' }"));
      ASSERT_THAT(changed, IsOk());
      facts_.scopes[subject] = *changed;
    }
  }
  static std::string Applicability(Random& random) {
    return One<std::string>(
        random, {"everything: true", "kinds: 'sale'", "kinds: 'projectTypes/fair'", "channels: 'radio'", "kinds: 'quiz' channels: 'mail'",
                 "markets: 'jp'", "subjects: 'projects/p1'", "subjects: 'activities/a2'"});
  }
  void Legislate(Random& random) {
    const std::string id = absl::StrCat("r", Below(random, 3)), name = "regulations/" + id;
    const auto known = Try<Regulation, v1::GetRegulationRequest>("GetRegulation", Analyst(), absl::StrCat("name: '", name, "'"));
    if (!known.ok()) {
      ASSERT_THAT(
          (Try<Regulation, v1::CreateRegulationRequest>(
              "CreateRegulation", Specialist(),
              absl::StrCat("regulation_id: '", id,
                           "' regulation { title: 't' jurisdiction: 'TW' source: 's' text: 't' owner: 'employees/wu' applicability { ",
                           Applicability(random), " } effective_date { ", Day(Below(random, 20) - 4).ShortDebugString(), " } }"))),
          IsOk());
      return;
    }
    if (known->state() == Regulation::STATE_REPEALED) return;
    switch (Below(random, 5)) {
      case 0:
      case 1:
        if (known->state() != Regulation::STATE_PROPOSED) break;
        ASSERT_THAT((Try<Regulation, v1::EnactRegulationRequest>("EnactRegulation", Manager(), absl::StrCat("name: '", name, "'"))),
                    IsOk());
        break;
      case 2:
        ASSERT_THAT((Try<Regulation, v1::UpdateRegulationRequest>(
                        "UpdateRegulation", Specialist(),
                        absl::StrCat("regulation { name: '", name, "' applicability { ", Applicability(random),
                                     " } } update_mask { paths: 'applicability' }"))),
                    IsOk());
        break;
      case 3:
        ASSERT_THAT((Try<Regulation, v1::UpdateRegulationRequest>(
                        "UpdateRegulation", Specialist(),
                        absl::StrCat("regulation { name: '", name, "' effective_date { ", Day(Below(random, 20) - 4).ShortDebugString(),
                                     " } } update_mask { paths: 'effective_date' }"))),
                    IsOk());
        break;
      default:
        if (known->state() == Regulation::STATE_PROPOSED || Below(random, 3) > 0) break;
        ASSERT_THAT((Try<Regulation, v1::RepealRegulationRequest>(
                        "RepealRegulation", Manager(),
                        absl::StrCat("name: '", name, "' reason: 'r' repeal_date { ", Day(Below(random, 8)).ShortDebugString(), " }"))),
                    IsOk());
    }
  }
  // What cannot be done as it stands is not done.
  void Demand(Random& random) {
    const std::string parent = absl::StrCat("regulations/r", Below(random, 3)), id = absl::StrCat("o", Below(random, 2));
    const std::string name = absl::StrCat(parent, "/obligations/", id);
    switch (Below(random, 5)) {
      case 0:
        (void)Try<google::protobuf::Empty, v1::DeleteObligationRequest>("DeleteObligation", Manager(), absl::StrCat("name: '", name, "'"));
        break;
      case 1:
        if (Below(random, 3) > 0) break;
        (void)Try<Obligation, v1::RetireObligationRequest>("RetireObligation", Manager(), absl::StrCat("name: '", name, "' reason: 'r'"));
        break;
      case 2:
        (void)Try<Obligation, v1::UpdateObligationRequest>(
            "UpdateObligation", Specialist(),
            absl::StrCat("obligation { name: '", name, "' requirement: 'q", random() % 100, "' due_date { ",
                         Day(Below(random, 10) - 8).ShortDebugString(), " } } update_mask { paths: 'requirement' paths: 'due_date' }"));
        break;
      default:
        (void)Try<Obligation, v1::CreateObligationRequest>(
            "CreateObligation", Specialist(),
            absl::StrCat("parent: '", parent, "' obligation_id: '", id,
                         "' obligation { title: 't' requirement: 'q' evidence_demand: 'e' owner: 'employees/li-ming' due_date { ",
                         Day(Below(random, 10) - 8).ShortDebugString(), " } }"));
    }
  }
  void SeeTo(Random& random) {
    const std::vector<ObligationCase> cases = Cases();
    if (cases.empty()) return;
    const ObligationCase& one = One(random, cases);
    const std::string named = absl::StrCat("name: '", one.name(), "' ");
    if (one.state() == ObligationCase::STATE_OPEN) {
      (void)Try<ObligationCase, v1::FulfillObligationCaseRequest>("FulfillObligationCase", Specialist(), named + "evidence: 'e'");
    } else if (one.state() == ObligationCase::STATE_FULFILLED) {
      (void)Try<ObligationCase, v1::ConfirmObligationCaseRequest>("ConfirmObligationCase", Analyst(), named);
    }
  }
  std::vector<ObligationCase> Cases() {
    v1::ListObligationCasesRequest request;
    request.set_page_size(1000);
    const auto listed = Call<v1::ListObligationCasesResponse>("ListObligationCases", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    if (!listed.ok()) return {};
    return {listed->obligation_cases().begin(), listed->obligation_cases().end()};
  }

  // By name, what there should be: everything anew, by what was told and what regulations say now.
  std::map<std::string, std::pair<Obligation, absl::Time>> Wanted() {
    SubjectFacts facts;
    for (const auto& [name, activity] : facts_.activities) facts.activities.push_back(activity);
    facts.projects = facts_.projects;
    for (const auto& [name, scheme] : facts_.schemes) facts.schemes[record::ParentOf(name)].push_back(scheme);
    facts.scopes = facts_.scopes;
    std::vector<BoundSubject> subjects;
    for (const Activity& activity : facts.activities) subjects.push_back(SubjectOf(activity, facts));
    for (const auto& [name, project] : facts.projects) subjects.push_back(SubjectOf(project, facts, zone_));
    std::map<std::string, std::pair<Obligation, absl::Time>> wanted;
    const auto regulations = Try<v1::ListRegulationsResponse, v1::ListRegulationsRequest>("ListRegulations", Analyst(), "page_size: 1000");
    EXPECT_THAT(regulations, IsOk());
    for (const Regulation& regulation : regulations->regulations()) {
      const auto span = SpanOf(regulation, zone_);
      if (!span.has_value()) continue;
      const auto obligations = Try<v1::ListObligationsResponse, v1::ListObligationsRequest>(
          "ListObligations", Analyst(), absl::StrCat("parent: '", regulation.name(), "' page_size: 1000"));
      EXPECT_THAT(obligations, IsOk());
      for (const BoundSubject& subject : subjects) {
        if (!Meets(regulation, *span, subject, clock_.Now())) continue;
        for (const Obligation& obligation : obligations->obligations()) {
          if (obligation.state() != Obligation::STATE_ACTIVE) continue;
          wanted[CaseOf(obligation.name(), subject.name)] = {obligation, span->start};
        }
      }
    }
    return wanted;
  }

  void CheckCases() {
    const auto wanted = Wanted();
    std::set<std::string> found;
    const auto policy = Try<v1::RiskPolicy, v1::GetRiskPolicyRequest>("GetRiskPolicy", Analyst(), "name: 'riskPolicies/shipped'");
    ASSERT_THAT(policy, IsOk());
    const std::vector<int32_t> leads(policy->regulation_lead_days().begin(), policy->regulation_lead_days().end());
    for (const ObligationCase& one : Cases()) {
      found.insert(one.name());
      const bool open = one.state() == ObligationCase::STATE_OPEN, fulfilled = one.state() == ObligationCase::STATE_FULFILLED;
      const auto should = wanted.find(one.name());
      if (should == wanted.end()) {
        EXPECT_FALSE(open || fulfilled) << one.ShortDebugString();
        continue;
      }
      const Obligation& obligation = should->second.first;
      EXPECT_NE(one.state(), ObligationCase::STATE_DROPPED) << one.ShortDebugString();
      EXPECT_TRUE(open || one.requirement_version() == obligation.requirement_version()) << one.ShortDebugString();
      const absl::CivilDay before = absl::ToCivilDay(should->second.second, zone_) - 1;
      EXPECT_EQ(time::ToDay(one.due_date()), std::min(time::ToDay(obligation.due_date()), before)) << one.ShortDebugString();
      EXPECT_EQ(time::ToTime(one.effective_time()), should->second.second) << one.ShortDebugString();
      if (!open && !fulfilled) continue;
      ++unconfirmed_;
      // And what was to be told of it was told.
      EXPECT_EQ(one.overdue_days(), OverdueDays(time::ToDay(one.due_date()), zone_, clock_.Now())) << one.ShortDebugString();
      EXPECT_EQ(one.breached(), time::ToTime(one.effective_time()) <= clock_.Now()) << one.ShortDebugString();
      EXPECT_EQ(LeadToTell(leads, time::ToTime(one.effective_time()), one.told_lead_days(), clock_.Now()), 0) << one.ShortDebugString();
    }
    for (const auto& [name, should] : wanted) EXPECT_EQ(found.count(name), 1u) << should.first.name() << " is not listed";
    wanted_ += static_cast<int>(wanted.size());
  }

  struct {
    std::map<std::string, Activity> activities;
    std::map<std::string, Project> projects;
    std::map<std::string, Scheme> schemes;
    std::map<std::string, v1::SubjectScope> scopes;
  } facts_;
  const absl::TimeZone zone_ = service::DefaultTimeZone();
  int wanted_ = 0, unconfirmed_ = 0;
};

TEST_F(ListingTest, OfWhatHasChangedAndWhatTheClockReachesIsAsIfEverythingWereLookedAtAnew) {
  Random random(29);
  for (int i = 0; i < 3; ++i) {
    SayProject(random);
    SayScheme(random);
    SayActivity(random);
    Legislate(random);
    Demand(random);
  }
  for (int step = 0; step < 90 && !HasFailure(); ++step) {
    SCOPED_TRACE(absl::StrCat("step ", step));
    switch (Below(random, 12)) {
      case 0:
      case 1:
        SayActivity(random);
        break;
      case 2:
        SayProject(random);
        break;
      case 3:
        SayScheme(random);
        break;
      case 4:
        Scope(random);
        break;
      case 5:
      case 6:
        Legislate(random);
        break;
      case 7:
      case 8:
        Demand(random);
        break;
      case 9:
        SeeTo(random);
        break;
      default:
        Later(kDay * Below(random, 4) + absl::Hours(Below(random, 24)));
    }
    // Twice what may lie between a change and its consequence.
    Later(absl::Minutes(1));
    Later(absl::Minutes(1));
    CheckCases();
  }
  EXPECT_GT(wanted_, 60) << "or all this shows nothing";
  EXPECT_GT(unconfirmed_, 30);
}

}  // namespace
}  // namespace heitie::risk
