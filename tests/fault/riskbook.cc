#include "tests/fault/riskbook.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/e2e/world.h"

namespace heitie::fault {
namespace {

using risk::v1::Risk;

constexpr int kTellers = 3;
constexpr int kTold = 150;    // facts that each tells in a round
constexpr int kSubjects = 4;  // that they are on
constexpr int kKeys = 12;     // of a subject
constexpr int kRated = 8;     // risks of a round
constexpr int kRaters = 3;
constexpr int kRatings = 80;  // of each in a round
constexpr absl::Duration kActivation = absl::Seconds(20);
constexpr int kDropped = 3;   // activities of a round
constexpr int kAccepted = 3;  // risks of a round whose acceptance ends

template <typename Response>
Response MustAsk(const Staff& staff, const std::string& method, const std::string& request) {
  const auto response = e2e::Ask<Response>(staff.asker, staff.grpc.manager, method, request);
  EXPECT_TRUE(response.ok()) << method << ": " << response.status();
  return response.ok() ? *response : Response();
}

// How often something was done to a resource of risk.
int64_t TimesOf(const Staff& staff, const std::string& subject, const std::string& action) {
  const auto trail =
      MustAsk<type::v1::ListEventsResponse>(staff, "risk.ListEvents", absl::Substitute("subject: '$0' page_size: 1000", subject));
  return std::count_if(trail.events().begin(), trail.events().end(),
                       [&](const type::v1::Event& event) { return event.action() == action; });
}

Risk RiskOf(const Staff& staff, const std::string& name) {
  return MustAsk<Risk>(staff, "risk.GetRisk", absl::Substitute("name: '$0'", name));
}

void Register(const Staff& staff, const std::string& id, const std::string& subject) {
  staff.grpc.specialist.Do("risk.CreateRisk",
                           absl::Substitute("risk_id: '$0' risk { category: CATEGORY_MARKET subject: '$1' title: 'Rain' cause: 'Clouds' "
                                            "owner: 'employees/keeper' }",
                                            id, subject));
}

void AssessAs(const Staff& staff, const std::string& risk, int likelihood, int impact) {
  staff.grpc.specialist.Do(
      "risk.AssessRisk", absl::Substitute("name: '$0' rationale: 'Seen' current { likelihood: $1 impact: $2 }", risk, likelihood, impact));
}

class SignalsChapter final : public Chapter {
 public:
  explicit SignalsChapter(const Staff& staff) : staff_(staff) {}

  void Prepare(int round, Random&) override {
    id_ = absl::StrCat("told-", staff_.run, "-", round);
    told_.clear();
  }
  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kTellers; ++i) {
      clients.emplace_back([this, i](Random& random) { Tell(i % 2 == 0 ? staff_.grpc : staff_.http, random); });
    }
    return clients;
  }
  void Check() override {
    for (const auto& [subject, keys] : told_) {
      const auto proposals = MustAsk<risk::v1::ListRiskProposalsResponse>(staff_, "risk.ListRiskProposals",
                                                                          absl::Substitute("filter: 'subject = \"$0\"'", subject));
      ASSERT_EQ(proposals.risk_proposals_size(), 1) << subject;
      const risk::v1::RiskProposal& proposal = proposals.risk_proposals(0);
      EXPECT_EQ(proposal.signal_count(), static_cast<int>(keys.size())) << subject;
      const auto signals = MustAsk<risk::v1::ListRiskSignalsResponse>(staff_, "risk.ListRiskSignals",
                                                                      absl::Substitute("parent: '$0' page_size: 100", proposal.name()));
      std::set<std::string> found;
      for (const risk::v1::RiskSignal& signal : signals.risk_signals()) found.insert(signal.key());
      EXPECT_EQ(found, keys) << subject;
      EXPECT_EQ(signals.risk_signals_size(), static_cast<int>(keys.size())) << subject;
    }
  }

 private:
  void Tell(const e2e::Team& team, Random& random) {
    for (int i = 0; i < kTold; ++i) {
      const std::string subject = absl::StrCat("items/", id_, "-", random() % kSubjects), key = absl::StrCat("k", random() % kKeys);
      const auto told = e2e::Ask<risk::v1::PostRiskSignalResponse>(
          staff_.asker, team.specialist, "risk.PostRiskSignal",
          absl::Substitute("kind: SIGNAL_KIND_STOCK_OUT subject: '$0' key: '$1' severity: SIGNAL_SEVERITY_MEDIUM", subject, key));
      EXPECT_TRUE(told.ok()) << told.status();
      if (!told.ok()) return;
      const std::lock_guard lock(mutex_);
      told_[subject].insert(key);
    }
  }

  const Staff& staff_;
  std::string id_;
  std::mutex mutex_;
  std::map<std::string, std::set<std::string>> told_;  // keys that somebody was told are noted, by subject
};

class RatingsChapter final : public Chapter {
 public:
  explicit RatingsChapter(const Staff& staff) : staff_(staff) {}

  void Prepare(int round, Random&) override {
    id_ = absl::StrCat("rated-", staff_.run, "-", round);
    strict_ = round % 2 == 0;
    assessed_.clear();
    for (int i = 0; i < kRated; ++i) {
      Register(staff_, absl::StrCat(id_, "-", i), "activities/" + id_);
      AssessAs(staff_, NameOf(i), 1 + i % 5, 2 + i % 3);
    }
    std::string cells;
    for (int likelihood = 1; likelihood <= 5; ++likelihood) {
      for (int impact = 1; impact <= 5; ++impact) {
        absl::StrAppend(&cells, " cells { likelihood: ", likelihood, " impact: ", impact, " level: ", LevelOf(likelihood, impact), " }");
      }
    }
    staff_.grpc.manager.Do("risk.CreateRiskMatrix",
                           absl::Substitute("risk_matrix_id: '$0' risk_matrix { reason: 'Another view'$1 }", id_, cells));
  }

  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kRaters; ++i) {
      clients.emplace_back([this, i](Random& random) { Rate(i % 2 == 0 ? staff_.grpc : staff_.http, random); });
    }
    clients.emplace_back([this](Random&) { Activate(); });
    return clients;
  }

  void Check() override {
    // While risks are assessed all the time, what a matrix changes is never what its preview told.
    EXPECT_TRUE(Activate());
    const auto matrix = MustAsk<risk::v1::RiskMatrix>(staff_, "risk.GetRiskMatrix", absl::Substitute("name: 'riskMatrices/$0'", id_));
    EXPECT_EQ(matrix.state(), risk::v1::RiskMatrix::STATE_PUBLISHED);
    for (int i = 0; i < kRated; ++i) {
      const std::string name = NameOf(i);
      Risk risk;
      EXPECT_TRUE(Becomes([&] {
        risk = RiskOf(staff_, name);
        return risk.matrix_version() == matrix.version();
      })) << name;
      EXPECT_EQ(risk::v1::Level_Name(risk.level()), LevelOf(risk.current().likelihood(), risk.current().impact()))
          << risk.ShortDebugString();
      const auto history = MustAsk<risk::v1::ListAssessmentsResponse>(staff_, "risk.ListAssessments",
                                                                      absl::Substitute("parent: '$0' page_size: 1000", name));
      int assessed = 0, rerated = 0;
      for (const risk::v1::Assessment& entry : history.assessments()) {
        if (entry.origin() == risk::v1::Assessment::ORIGIN_RE_RATED) {
          ++rerated;
          EXPECT_EQ(entry.risk_matrix(), matrix.name());
        } else {
          ++assessed;
        }
      }
      EXPECT_EQ(assessed, 1 + assessed_[name]) << name << " was assessed as often as somebody was told";
      // Where the assessment by the new matrix came first there is nothing to rate anew.
      EXPECT_LE(rerated, 1) << name;
      EXPECT_EQ(TimesOf(staff_, name, "assess"), 1 + assessed_[name]);
      EXPECT_EQ(TimesOf(staff_, name, "rerate"), rerated);
      staff_.grpc.manager.Do("risk.CloseRisk", absl::Substitute("name: '$0' reason: 'The round is over'", name));
    }
  }

 private:
  std::string NameOf(int i) const { return absl::StrCat("risks/", id_, "-", i); }
  std::string LevelOf(int likelihood, int impact) const {
    const int weight = likelihood * impact;
    if (weight <= (strict_ ? 3 : 4)) return "LEVEL_LOW";
    return weight <= (strict_ ? 9 : 12) ? "LEVEL_MEDIUM" : "LEVEL_HIGH";
  }
  void Rate(const e2e::Team& team, Random& random) {
    for (int i = 0; i < kRatings; ++i) {
      const std::string name = NameOf(static_cast<int>(random() % kRated));
      const auto rated =
          e2e::Put(staff_.asker, team.analyst, "risk.AssessRisk",
                   absl::Substitute("name: '$0' rationale: 'Seen' inherent { likelihood: 5 impact: 5 } current { likelihood: "
                                    "$1 impact: $2 }",
                                    name, 1 + random() % 5, 1 + random() % 5));
      EXPECT_TRUE(rated.ok()) << rated;
      if (!rated.ok()) return;
      const std::lock_guard lock(mutex_);
      ++assessed_[name];
    }
  }
  // What has changed since the preview is looked at again; whether the matrix is in force in the end.
  bool Activate() {
    const absl::Status published = e2e::Insist(
        [&] {
          const std::string named = absl::Substitute("name: 'riskMatrices/$0'", id_);
          const absl::Status seen = e2e::Put(staff_.asker, staff_.grpc.manager, "risk.PreviewRiskMatrix", named);
          return seen.ok() ? e2e::Put(staff_.asker, staff_.grpc.manager, "risk.PublishRiskMatrix", named) : seen;
        },
        kActivation, [](const absl::Status& status) { return status::ReasonOf(status) == "PREVIEW_STALE"; });
    const std::string reason = status::ReasonOf(published);
    EXPECT_TRUE(published.ok() || reason == "RULES_IMMUTABLE" || reason == "PREVIEW_STALE") << published;
    return reason != "PREVIEW_STALE";
  }

  const Staff& staff_;
  std::string id_;
  bool strict_ = false;
  std::mutex mutex_;
  std::map<std::string, int> assessed_;  // how often somebody was told so
};

class EndingsChapter final : public Chapter {
 public:
  explicit EndingsChapter(const Staff& staff) : staff_(staff), world_(staff.grpc, "ends-" + staff.run) {}

  void Prepare(int round, Random&) override {
    id_ = absl::StrCat("ends-", staff_.run, "-", round);
    for (int i = 0; i < kDropped; ++i) {
      staff_.grpc.specialist.Do("activity.CreateActivity",
                                absl::Substitute("activity_id: '$0-$1' activity { title: 'Fair' project: '$2' scheme: '$3' owner: '$4' "
                                                 "start_time $5 end_time $6 time_zone: 'Asia/Taipei' }",
                                                 id_, i, world_.project(), world_.scheme(), world_.employee(),
                                                 e2e::Instant(absl::Now() + absl::Hours(24)), e2e::Instant(absl::Now() + absl::Hours(48))));
      Register(staff_, absl::StrCat(id_, "-drop-", i), ActivityOf(i));
      AssessAs(staff_, DropOf(i), 5, 5);
      staff_.grpc.specialist.Do("risk.ProposeTreatment",
                                absl::Substitute("name: '$0' treatment { avoidance { scope: 'The fair' } }", DropOf(i)));
    }
    for (int i = 0; i < kAccepted; ++i) {
      Register(staff_, absl::StrCat(id_, "-end-", i), "items/" + id_);
      AssessAs(staff_, EndOf(i), 1, 1);
      staff_.grpc.specialist.Do(
          "risk.ProposeTreatment",
          absl::Substitute(
              "name: '$0' treatment { acceptance { justification: 'Cheap' monitor: 'employees/keeper' monitoring_plan: 'Daily' "
              "expire_time $1 } }",
              EndOf(i), e2e::Instant(absl::Now() + absl::Seconds(6) + absl::Milliseconds(500) * i)));
      staff_.grpc.manager.Do("risk.TreatRisk", absl::Substitute("name: '$0'", EndOf(i)));
    }
  }

  std::vector<std::function<void(Random&)>> Clients() override {
    return {[this](Random&) {
      for (int i = 0; i < kDropped; ++i) {
        const absl::Status dropped =
            e2e::Put(staff_.asker, staff_.grpc.manager, "risk.TreatRisk", absl::Substitute("name: '$0'", DropOf(i)));
        EXPECT_TRUE(dropped.ok()) << dropped;
        if (dropped.ok()) staff_.acknowledged->Note("risk", DropOf(i), "treat");
      }
    }};
  }

  void Check() override {
    for (int i = 0; i < kDropped; ++i) {
      Risk risk;
      EXPECT_TRUE(Becomes([&] {
        risk = RiskOf(staff_, DropOf(i));
        return risk.state() == Risk::STATE_CLOSED;
      })) << DropOf(i)
          << " closes itself when all is dropped";
      ASSERT_EQ(risk.avoidance_outcomes_size(), 1) << risk.ShortDebugString();
      EXPECT_EQ(risk.avoidance_outcomes(0).state(), risk::v1::AvoidanceOutcome::STATE_DROPPED);
      const auto activity = MustAsk<activity::v1::Activity>(staff_, "activity.GetActivity", absl::Substitute("name: '$0'", ActivityOf(i)));
      EXPECT_EQ(activity.state(), activity::v1::Activity::STATE_CANCELLED);
    }
    for (int i = 0; i < kAccepted; ++i) {
      EXPECT_TRUE(Becomes([&] { return RiskOf(staff_, EndOf(i)).state() == Risk::STATE_REOPENED; })) << EndOf(i);
      EXPECT_EQ(TimesOf(staff_, EndOf(i), "expire"), 1);
      staff_.grpc.manager.Do("risk.CloseRisk", absl::Substitute("name: '$0' reason: 'The round is over'", EndOf(i)));
    }
  }

 private:
  std::string ActivityOf(int i) const { return absl::StrCat("activities/", id_, "-", i); }
  std::string DropOf(int i) const { return absl::StrCat("risks/", id_, "-drop-", i); }
  std::string EndOf(int i) const { return absl::StrCat("risks/", id_, "-end-", i); }

  const Staff& staff_;
  const e2e::World world_;
  std::string id_;
};

}  // namespace

std::unique_ptr<Chapter> Signals(const Staff& staff) { return std::make_unique<SignalsChapter>(staff); }
std::unique_ptr<Chapter> Ratings(const Staff& staff) { return std::make_unique<RatingsChapter>(staff); }
std::unique_ptr<Chapter> Endings(const Staff& staff) { return std::make_unique<EndingsChapter>(staff); }

}  // namespace heitie::fault
