#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_calibration.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/appraisal_part.pb.h"
#include "tests/e2e/hiring.h"
#include "tests/e2e/world.h"
#include "tests/fault/chapter.h"

namespace heitie::fault {
namespace {

using personnel::v1::Appraisal;
using personnel::v1::AppraisalCalibration;
using personnel::v1::AppraisalCycle;

constexpr int kTeams = 2;    // of the department, each with a leader
constexpr int kMembers = 3;  // of a team, as many as a calibration takes at least
constexpr int kMonths = 3;   // in each round
constexpr int kYears = 50;   // since which all are employed: enough months for 190 rounds
// Gone back to in each run.
constexpr int kVerified = 20;

// A department whose months are closed, one in each round.
class ClosingsChapter final : public Chapter {
 public:
  explicit ClosingsChapter(const Staff& staff) : staff_(staff), id_("closings-" + staff.run) {
    Do("personnel.CreatePosition", absl::Substitute("position_id: '$0' position { title: 'Guide' responsibilities: 'Guides.' }", id_));
    const std::string scheme = absl::Substitute("positions/$0/appraisalSchemes/first", id_);
    Do("personnel.CreateAppraisalScheme",
       absl::Substitute(
           "parent: 'positions/$0' appraisal_scheme_id: 'first' appraisal_scheme { reason: 'First' indicators { id: 'certificates' title: "
           "'Certificates' kind: KIND_RESULTS weight: 4000 measure { source: SOURCE_CERTIFICATES curve { figure: '0' points: 6000 } curve "
           "{ "
           "figure: '2' points: 10000 } } } indicators { id: 'care' title: 'Care' kind: KIND_ATTITUDE weight: 3000 levels { anchor: "
           "'Late.' points: 4000 } levels { anchor: 'Prepared.' points: 9000 } } indicators { id: 'help' title: 'Help' kind: KIND_TEAMWORK "
           "weight: 3000 levels { anchor: 'Alone.' points: 4000 } levels { anchor: 'Takes over.' points: 8000 } } }",
           id_));
    Do("personnel.PublishAppraisalScheme", absl::Substitute("name: '$0'", scheme));
    for (int team = 0; team < kTeams; ++team) {
      const std::string leader = absl::Substitute("$0-$1", id_, team);
      Employ(leader, "");
      for (int i = 0; i < kMembers; ++i) Employ(absl::StrCat(leader, "-", i), absl::Substitute("superior: 'employees/$0'", leader));
    }
  }

  void Prepare(int round, Random&) override { first_ = absl::CivilMonth(e2e::Today()) - 2 - (round + 1) * kMonths; }

  std::vector<std::function<void(Random&)>> Clients() override {
    return {[this](Random& random) {
      for (int i = 0; i < kMonths; ++i) Close(first_ + i, random);
    }};
  }

  void Check() override {
    for (int i = 0; i < kMonths; ++i) EXPECT_TRUE(closed_.count(first_ + i) > 0) << first_ + i << " was not closed";
    int checked = 0;
    // Those closed last first, which are the earliest months.
    for (const auto& [month, cycle] : closed_) {
      if (++checked > kVerified) break;
      const auto verdict = e2e::Ask<personnel::v1::VerifyAppraisalCycleResponse>(
          staff_.asker, staff_.grpc.engineer, "personnel.VerifyAppraisalCycle", absl::Substitute("name: '$0'", cycle.name()));
      ASSERT_TRUE(verdict.ok()) << verdict.status();
      EXPECT_TRUE(verdict->intact()) << cycle.name() << ": " << verdict->DebugString();
      EXPECT_EQ(verdict->sha256(), cycle.sha256()) << cycle.name() << " has changed since it was closed";
      if (month >= first_ + kMonths) continue;
      const auto sheets = e2e::Ask<personnel::v1::ListAppraisalsResponse>(staff_.asker, staff_.grpc.manager, "personnel.ListAppraisals",
                                                                          absl::Substitute("parent: '$0' page_size: 1000", cycle.name()));
      ASSERT_TRUE(sheets.ok()) << sheets.status();
      EXPECT_EQ(sheets->appraisals_size(), kTeams * (kMembers + 1)) << "one sheet for everybody";
      for (const Appraisal& sheet : sheets->appraisals()) EXPECT_EQ(sheet.state(), Appraisal::STATE_CLOSED) << sheet.name();
    }
  }

 private:
  void Employ(const std::string& id, const std::string& superior) {
    Do("personnel.CreateEmployee",
       absl::Substitute("employee_id: '$0' employee { display_name: 'Guide' position: 'positions/$1' department: '$1' hire_date $2 $3 }",
                        id, id_, e2e::Date(e2e::Today() - 365 * kYears), superior));
    people_.emplace(
        id, e2e::Person(e2e::Suite::Get().grpc(), e2e::Suite::Get().Token(absl::Substitute("--name employees/$0 --role SPECIALIST", id))));
  }

  // What comes once is checked to have come once; what is refused ends the client.
  void Close(absl::CivilMonth month, Random& random) {
    const auto cycle = e2e::Ask<AppraisalCycle>(staff_.asker, staff_.grpc.manager, "personnel.OpenAppraisalCycle",
                                                absl::Substitute("month $0 department: '$1'", e2e::Date(absl::CivilDay(month)), id_));
    if (!Well(cycle.status())) return;
    const std::string& name = cycle->name();
    Note(name, "open");
    for (int team = 0; team < kTeams; ++team) {
      const std::string leader = absl::Substitute("$0-$1", id_, team);
      for (int i = 0; i < kMembers; ++i) {
        const std::string member = absl::StrCat(leader, "-", i), sheet = absl::StrCat(name, "/appraisals/", member);
        if (!Step(people_.at(member), "SubmitSelfReview", absl::Substitute("name: '$0' summary: 'Forty tours.'", sheet))) return;
        Note(sheet, "review");
        const std::string part = sheet + "/parts/1";
        const bool rated = Step(people_.at(leader), "RateAppraisalPart",
                                absl::Substitute("name: '$0' ratings { indicator: 'care' level: $1 words: 'So it was.' } ratings { "
                                                 "indicator: 'help' level: $2 words: 'So it was.' }",
                                                 part, 1 + random() % 2, 1 + random() % 2));
        if (!rated) return;
        Note(part, "rate");
      }
      const std::string own = absl::StrCat(name, "/appraisals/", leader, "/parts/1");
      if (!Step(staff_.grpc.manager, "ExcuseAppraisalPart", absl::Substitute("name: '$0' reason: 'Leads.'", own))) return;
      Note(own, "excuse");
    }
    const std::string named = absl::Substitute("name: '$0'", name);
    if (!Step(staff_.grpc.manager, "WaiveProvisionalFigures", named + " reason: 'Certificates are final.'")) return;
    Note(name, "waive");
    // Figures are read by a job.
    absl::Status calibrated;
    Becomes([&] {
      calibrated = Put(staff_.grpc.manager, "CalibrateAppraisalCycle", named);
      return !absl::IsFailedPrecondition(calibrated);
    });
    if (!Well(calibrated)) return;
    Note(name, "calibrate");
    const auto proposals = e2e::Ask<personnel::v1::ListAppraisalCalibrationsResponse>(
        staff_.asker, staff_.grpc.manager, "personnel.ListAppraisalCalibrations", absl::Substitute("parent: '$0'", name));
    if (!Well(proposals.status())) return;
    EXPECT_EQ(proposals->appraisal_calibrations_size(), kTeams) << "one for each rater";
    for (const AppraisalCalibration& proposal : proposals->appraisal_calibrations()) {
      if (proposal.state() != AppraisalCalibration::STATE_PROPOSED) continue;  // of 0: nothing to decide
      const bool decided = Step(staff_.grpc.manager, "DecideAppraisalCalibration",
                                absl::Substitute("name: '$0' decision: $1 reason: 'The figures say so.'", proposal.name(),
                                                 random() % 2 == 0 ? "DECISION_ACCEPTED" : "DECISION_REJECTED"));
      if (!decided) return;
      Note(proposal.name(), "decide");
    }
    const auto closed = e2e::Ask<AppraisalCycle>(staff_.asker, staff_.grpc.manager, "personnel.CloseAppraisalCycle", named);
    if (!Well(closed.status())) return;
    Note(name, "close");
    closed_[month] = *closed;
  }

  void Note(const std::string& subject, const std::string& action) { staff_.acknowledged->Note("personnel", subject, action); }
  absl::Status Put(const e2e::Person& who, const std::string& method, const std::string& request) const {
    return e2e::Put(staff_.asker, who, "personnel." + method, request);
  }
  bool Step(const e2e::Person& who, const std::string& method, const std::string& request) const {
    const absl::Status status = Put(who, method, request);
    EXPECT_TRUE(status.ok()) << method << " " << request << ": " << status;
    return status.ok();
  }
  static bool Well(const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << "closing a month: " << status;
    return status.ok();
  }
  void Do(const std::string& method, const std::string& request) const { staff_.grpc.manager.Do(method, request); }

  const Staff& staff_;
  const std::string id_;
  std::map<std::string, e2e::Person> people_;
  absl::CivilMonth first_;  // of the round
  std::map<absl::CivilMonth, AppraisalCycle> closed_;
};

}  // namespace

std::unique_ptr<Chapter> Closings(const Staff& staff) { return std::make_unique<ClosingsChapter>(staff); }

}  // namespace heitie::fault
