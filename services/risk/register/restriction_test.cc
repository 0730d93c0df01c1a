#include "services/risk/register/restriction.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "heitie/risk/v1/loss.pb.h"
#include "heitie/risk/v1/risk_indicator.pb.h"
#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"
#include "services/risk/register/summary.h"
#include "services/risk/risk_fixture.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::Risk;

TEST(Veil, TellsThatItIsThereAndWhatItStandsAgainst) {
  auto risk = Proto<Risk>(
      "name: 'risks/leak' subject: 'activities/sale' title: 'Addresses leak' owner: 'employees/li' state: STATE_ASSESSED level: LEVEL_HIGH"
      " current { level: LEVEL_HIGH } etag: '3'");
  for (const bool by_name : {false, true}) {
    v1::RiskSummary summary = Summarize(risk, absl::UnixEpoch());
    Veil(by_name, summary);
    EXPECT_TRUE(summary.blocking());
    EXPECT_EQ(summary.blocking_reason(), v1::RiskSummary::BLOCKING_HIGH_UNTREATED);
    EXPECT_EQ(summary.fact().statement(), "a restricted risk on activities/sale, level HIGH: HIGH and not treated");
    EXPECT_EQ(summary.risk(), by_name ? "risks/leak" : "");
    summary.clear_risk();
    for (const char* secret : {"leak", "employees/"}) EXPECT_FALSE(absl::StrContains(summary.ShortDebugString(), secret)) << secret;
  }
}

class RestrictionTest : public RiskFixture {
 protected:
  // What a list of `method` holds that the caller asks for; its field `rows`.
  template <typename Resp, typename Req>
  std::set<std::string> Listed(const char* method, const rpc::Call& call, const std::string& request = "") {
    std::set<std::string> names;
    const auto list = Try<Resp, Req>(method, call, absl::StrCat("page_size: 1000 ", request));
    EXPECT_THAT(list, IsOk());
    if (!list.ok()) return names;
    const auto* rows = Resp::descriptor()->field(0);
    for (int i = 0; i < list->GetReflection()->FieldSize(*list, rows); ++i) {
      const google::protobuf::Message& row = list->GetReflection()->GetRepeatedMessage(*list, rows, i);
      names.insert(row.GetReflection()->GetString(row, row.GetDescriptor()->FindFieldByName("name")));
    }
    return names;
  }
};

TEST_F(RestrictionTest, OnlyARestrictedRiskNamesReaders) {
  EXPECT_THAT(Create("open", "readers: 'employees/wu'"), HasViolation("risk.readers", "NOT_RESTRICTED"));
  const auto created = Create("leak", "restricted: true readers: 'employees/wu'");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->title(), "") << "who is none of its readers is told its name alone";
  EXPECT_THAT((Try<Risk, v1::GetRiskRequest>("GetRisk", Specialist(), "name: 'risks/leak'")), HasReason("NOT_FOUND"));
  EXPECT_THAT((Try<Risk, v1::AssessRiskRequest>("AssessRisk", Specialist(),
                                                "name: 'risks/leak' rationale: 'r' current { likelihood: 1 impact: 1 }")),
              HasReason("NOT_FOUND"));
  const rpc::Call reader = test::By("employees/wu", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  EXPECT_THAT(
      (Try<Risk, v1::AssessRiskRequest>("AssessRisk", reader, "name: 'risks/leak' rationale: 'r' current { likelihood: 1 impact: 1 }")),
      IsOk());
  EXPECT_THAT((Try<Risk, v1::UpdateRiskRequest>("UpdateRisk", Manager(), "risk { name: 'risks/leak' } update_mask { paths: 'readers' }")),
              IsOk());
  EXPECT_THAT((Try<Risk, v1::GetRiskRequest>("GetRisk", reader, "name: 'risks/leak'")), HasReason("NOT_FOUND")) << "at once";
}

TEST_F(RestrictionTest, WhatEverybodySeesNamesNone) {
  ASSERT_THAT(Create("leak", "restricted: true readers: 'employees/wu'"), IsOk());
  ASSERT_THAT(Create("other", "restricted: true"), IsOk());
  ASSERT_THAT(Create("open"), IsOk());
  const auto create = [&](const std::string& id, const std::string& more) {
    return Try<Risk, v1::CreateRiskRequest>(
        "CreateRisk", Manager(),
        absl::StrCat("risk_id: '", id, "' risk { category: CATEGORY_TECHNOLOGY subject: 'activities/sale' ",
                     "title: 't' cause: 'c' owner: 'employees/li-ming' ", more, " }"));
  };
  EXPECT_THAT(create("child", "parent_risk: 'risks/leak'"), HasViolation("risk.parent_risk", "NAMES_RESTRICTED"));
  EXPECT_THAT(create("child", "related_risks: 'risks/open' related_risks: 'risks/leak'"),
              HasViolation("risk.related_risks[1]", "NAMES_RESTRICTED"));
  EXPECT_THAT(create("child", "restricted: true parent_risk: 'risks/leak' related_risks: 'risks/open'"), IsOk());
  const auto merge = [&](const std::string& id) {
    return Try<Risk, v1::MergeRiskRequest>("MergeRisk", Manager(), absl::StrCat("name: 'risks/", id, "' into: 'risks/leak'"));
  };
  EXPECT_THAT(merge("open"), HasViolation("into", "NAMES_RESTRICTED"));
  EXPECT_THAT(merge("other"), IsOk());
}

TEST_F(RestrictionTest, AProposalMayBecomeOneAndIsThenSeenAsIt) {
  const rpc::Call reader = test::By("employees/wu", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  const auto post = [&](const rpc::Call& call, const std::string& subject, const std::string& key) {
    return Try<v1::PostRiskSignalResponse, v1::PostRiskSignalRequest>(
        "PostRiskSignal", call,
        absl::StrCat("kind: SIGNAL_KIND_CONCERN subject: '", subject, "' key: '", key, "' severity: SIGNAL_SEVERITY_MEDIUM text: 'x'"));
  };
  const auto seen = [&](const rpc::Call& call, const std::string& name) {
    const auto signals =
        Try<v1::ListRiskSignalsResponse, v1::ListRiskSignalsRequest>("ListRiskSignals", call, absl::StrCat("parent: '", name, "'"));
    const auto proposals = Listed<v1::ListRiskProposalsResponse, v1::ListRiskProposalsRequest>("ListRiskProposals", call);
    const auto get = Try<v1::RiskProposal, v1::GetRiskProposalRequest>("GetRiskProposal", call, absl::StrCat("name: '", name, "'"));
    return std::to_string(signals.ok() ? signals->risk_signals_size() : 0) + (proposals.count(name) > 0 ? " listed" : "") +
           (get.ok() ? " got" : "");
  };
  const std::string accepted = post(Specialist(), "items/gift", "a")->risk_proposal();
  EXPECT_EQ(seen(Analyst(), accepted), "1 listed got");
  const auto accept = [&](const std::string& more) {
    return Try<v1::RiskProposal, v1::AcceptRiskProposalRequest>("AcceptRiskProposal", Specialist(),
                                                                absl::StrCat("name: '", accepted, "' owner: 'employees/li-ming' ", more));
  };
  EXPECT_THAT(accept("readers: 'employees/wu'"), HasViolation("readers", "NOT_RESTRICTED"));
  const auto risk = accept("restricted: true readers: 'employees/wu' title: 'Gifts are stolen'");
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->risk(), "") << "who is none of its readers is told the proposal's name alone";
  const auto again = post(Specialist(), "items/gift", "b");
  EXPECT_EQ(again->outcome(), v1::PostRiskSignalResponse::OUTCOME_COUNTED);
  EXPECT_EQ(again->risk_proposal(), "");
  EXPECT_EQ(post(reader, "items/gift", "c")->risk_proposal(), accepted);
  EXPECT_EQ(seen(Analyst(), accepted), "0");
  EXPECT_EQ(seen(reader, accepted), "3 listed got");
  EXPECT_EQ(seen(Manager(), accepted), "3 listed got");

  ASSERT_THAT(Create("leak", "restricted: true readers: 'employees/wu'"), IsOk());
  const std::string attached = post(Specialist(), "items/poster", "a")->risk_proposal();
  ASSERT_THAT((Try<v1::RiskProposal, v1::AttachRiskProposalRequest>("AttachRiskProposal", reader,
                                                                    absl::StrCat("name: '", attached, "' risk: 'risks/leak'"))),
              IsOk());
  EXPECT_EQ(seen(Analyst(), attached), "0");
  EXPECT_EQ(seen(reader, attached), "1 listed got");
}

TEST_F(RestrictionTest, AnIndicatorOfOneIsSeenAsIt) {
  ASSERT_THAT(Create("leak", "restricted: true readers: 'employees/wu'"), IsOk());
  const rpc::Call reader = test::By("employees/wu", {options::v1::ROLE_DATA_ANALYST}, clock_.Now());
  const rpc::Call owner = test::By("employees/tan", {options::v1::ROLE_DATA_ANALYST}, clock_.Now());
  ASSERT_THAT(
      (Try<v1::RiskIndicator, v1::CreateRiskIndicatorRequest>(
          "CreateRiskIndicator", Manager(),
          "risk_indicator_id: 'mails' risk_indicator { title: 'Mails' subject: 'activities/sale' owner: 'employees/tan' definition { "
          "metric: 'metricDefinitions/m' direction: DIRECTION_HIGH_IS_BAD period: PERIOD_MONTH amber: 8 amber_release: 7 red: 9 "
          "red_release: 8 enter_periods: 1 leave_periods: 1 allowed_age_hours: 1 reason: 'r' } }")),
      IsOk());
  const auto listed = [&](const rpc::Call& call) {
    return Listed<v1::ListRiskIndicatorsResponse, v1::ListRiskIndicatorsRequest>("ListRiskIndicators", call).size();
  };
  EXPECT_EQ(listed(Analyst()), 1u);
  ASSERT_THAT((Try<v1::RiskIndicator, v1::UpdateRiskIndicatorRequest>(
                  "UpdateRiskIndicator", Manager(),
                  "risk_indicator { name: 'riskIndicators/mails' risks: 'risks/leak' } update_mask { "
                  "paths: 'risks' }")),
              IsOk());
  EXPECT_EQ(listed(Analyst()), 0u);
  for (const rpc::Call& call : {reader, owner, Manager()}) EXPECT_EQ(listed(call), 1u) << call.principal.name;
}

// The insurance of a leak says what leaks.
TEST_F(RestrictionTest, AnInstrumentThatADecisionMakesIsSeenAsItsRisk) {
  ASSERT_THAT(Create("leak", "restricted: true readers: 'employees/wu'"), IsOk());
  const rpc::Call reader = test::By("employees/wu", {options::v1::ROLE_DATA_ANALYST}, clock_.Now());
  const auto do_as = [&](const rpc::Call& call, const auto& request, const char* method) {
    EXPECT_THAT(Call<Risk>(method, call, request), IsOk());
  };
  do_as(reader, Proto<v1::AssessRiskRequest>("name: 'risks/leak' rationale: 'r' current { likelihood: 3 impact: 3 }"), "AssessRisk");
  do_as(reader,
        Proto<v1::ProposeTreatmentRequest>(absl::StrCat(
            "name: 'risks/leak' treatment { transfer { instrument: INSTRUMENT_INSURANCE reference: 'P' counterparty: 'C' start_time ",
            At(absl::ZeroDuration()), " expire_time ", At(absl::Hours(24)), " cover_minor: 5 currency_code: 'CNY' } }")),
        "ProposeTreatment");
  do_as(Manager(), Proto<v1::TreatRiskRequest>("name: 'risks/leak'"), "TreatRisk");
  const auto listed = [&](const rpc::Call& call) {
    return Listed<v1::ListTransferInstrumentsResponse, v1::ListTransferInstrumentsRequest>("ListTransferInstruments", call).size();
  };
  EXPECT_EQ(listed(reader), 1u);
  EXPECT_EQ(listed(Manager()), 1u);
  EXPECT_EQ(listed(Analyst()), 0u);
}

// Whoever asks, by whatever way: what is about a restricted risk is seen by managers, services, its owner, its monitor and its readers, and
// everything else by everybody.
TEST_F(RestrictionTest, NobodyElseSeesAnythingOfIt) {
  std::mt19937 random(19);
  const auto below = [&](unsigned count) { return static_cast<int>(random() % count); };
  const auto person = [&] { return absl::StrCat("employees/p", below(5)); };
  std::map<std::string, std::set<std::string>> readers;  // of the restricted ones
  std::map<std::string, std::string> owners;             // of all
  std::map<std::string, std::string> about;              // the risk of a measure, duty, …
  std::map<std::string, std::string> row_owners;
  for (int i = 0; i < 16; ++i) {
    const std::string id = absl::StrCat("r", i), name = "risks/" + id;
    const bool restricted = below(2) == 0;
    owners[name] = person();
    std::string request =
        absl::StrCat("risk_id: '", id, "' risk { category: CATEGORY_TECHNOLOGY subject: 'activities/sale' title: 'secret ", id,
                     "' cause: 'c' owner: '", owners[name], "' ", restricted ? "restricted: true " : "");
    if (restricted) {
      readers[name] = {owners[name]};
      for (int n = below(3); n > 0; --n) {
        const std::string reader = person();
        if (readers[name].insert(reader).second) absl::StrAppend(&request, "readers: '", reader, "' ");
      }
    }
    ASSERT_THAT((Try<Risk, v1::CreateRiskRequest>("CreateRisk", Manager(), request + "}")), IsOk());
    const auto as_manager = [&](const char* method, const std::string& text) {
      EXPECT_THAT((Try<Risk, v1::AssessRiskRequest>(method, Manager(), text)), IsOk());
    };
    as_manager("AssessRisk", absl::StrCat("name: '", name, "' rationale: 'r' current { likelihood: 1 impact: 1 }"));
    const std::string monitor = person();
    ASSERT_THAT(
        (Try<Risk, v1::ProposeTreatmentRequest>("ProposeTreatment", Manager(),
                                                absl::StrCat("name: '", name, "' treatment { acceptance { justification: 'j' monitor: '",
                                                             monitor, "' monitoring_plan: 'm' expire_time ", At(absl::Hours(24)), " } }"))),
        IsOk());
    if (restricted) readers[name].insert(monitor);
    const auto measure = Try<v1::RiskMeasure, v1::CreateRiskMeasureRequest>(
        "CreateRiskMeasure", Manager(),
        absl::StrCat("risk_measure_id: 'm", i, "' risk_measure { risk: '", name, "' kind: KIND_OTHER description: 'd' owner: '", person(),
                     "' due_date { year: 2026 month: 1 day: 1 } }"));
    ASSERT_THAT(measure, IsOk());
    about[measure->name()] = name;
    row_owners[measure->name()] = measure->owner();
    const auto occurrence = Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
        "CreateRiskOccurrence", Manager(),
        absl::StrCat("risk_occurrence_id: 'o", i, "' risk_occurrence { occur_time ", At(-absl::Hours(1)),
                     " cause: 'c' currency_code: 'CNY' loss_minor: 1 shares { risk: '", name, "' loss_minor: 1 } }"));
    ASSERT_THAT(occurrence, IsOk());
    about[occurrence->name()] = name;
  }
  clock_.Advance(absl::Hours(24 * 3));
  using options::v1::ROLE_DATA_ANALYST;
  using options::v1::ROLE_OPERATIONS_MANAGER;
  for (int p = 0; p < 6; ++p) {
    for (const rpc::Role role : {ROLE_DATA_ANALYST, ROLE_OPERATIONS_MANAGER}) {
      const std::string who = absl::StrCat("employees/p", p);
      const rpc::Call call = test::By(who, {role}, clock_.Now());
      const auto sees = [&](const std::string& risk) {
        const auto restricted = readers.find(risk);
        return role == ROLE_OPERATIONS_MANAGER || restricted == readers.end() || restricted->second.count(who) > 0;
      };
      std::set<std::string> risks, measures, occurrences;
      int seen = 0;
      for (const auto& [risk, owner] : owners) {
        if (!sees(risk)) continue;
        risks.insert(risk);
        ++seen;
      }
      for (const auto& [row, risk] : about) {
        const bool measure = absl::StartsWith(row, "riskMeasures/");
        if (sees(risk) || (measure && row_owners[row] == who)) (measure ? measures : occurrences).insert(row);
      }
      EXPECT_EQ((Listed<v1::ListRisksResponse, v1::ListRisksRequest>("ListRisks", call)), risks) << who;
      EXPECT_EQ((Listed<v1::ListRiskMeasuresResponse, v1::ListRiskMeasuresRequest>("ListRiskMeasures", call)), measures) << who;
      EXPECT_EQ((Listed<v1::ListRiskOccurrencesResponse, v1::ListRiskOccurrencesRequest>("ListRiskOccurrences", call)), occurrences) << who;
      for (const auto& [risk, owner] : owners) {
        const auto history =
            Try<v1::ListAssessmentsResponse, v1::ListAssessmentsRequest>("ListAssessments", call, absl::StrCat("parent: '", risk, "'"));
        EXPECT_EQ(history.ok(), sees(risk)) << who << " " << risk;
        EXPECT_EQ(absl::IsNotFound(history.status()), !sees(risk)) << who << " " << risk;
      }
      const auto map = Try<v1::HeatMap, v1::ComputeHeatMapRequest>("ComputeHeatMap", call, "");
      ASSERT_THAT(map, IsOk());
      EXPECT_EQ(map->rated_count(), seen);
      const auto overdue = Try<v1::Overdue, v1::ComputeOverdueRequest>("ComputeOverdue", call, "");
      ASSERT_THAT(overdue, IsOk());
      for (const v1::Overdue::Item& item : overdue->items()) {
        if (item.kind() == v1::Overdue::KIND_MEASURE) EXPECT_EQ(measures.count(item.resource()), 1u) << who << " " << item.resource();
      }
      const auto summary =
          Try<v1::SummarizeRisksResponse, v1::SummarizeRisksRequest>("SummarizeRisks", call, "subjects: 'activities/sale'");
      ASSERT_THAT(summary, IsOk());
      int veiled = 0;
      for (const v1::RiskSummary& one : summary->risks()) {
        veiled += one.restricted();
        if (!one.restricted()) EXPECT_TRUE(sees(one.risk())) << who << " " << one.risk();
      }
      EXPECT_EQ(summary->risks_size(), static_cast<int>(owners.size())) << "each counts against going live";
      EXPECT_EQ(veiled, static_cast<int>(owners.size()) - seen);
      int64_t position = 0;
      while (true) {
        const auto events = Try<type::v1::ListEventsResponse, type::v1::ListEventsRequest>(
            "ListEvents", call, absl::StrCat("page_size: 1000 after_position: ", position));
        ASSERT_THAT(events, IsOk());
        if (events->events().empty()) break;
        for (const auto& event : events->events()) {
          for (const auto& [risk, restricted] : readers) {
            const bool own = row_owners.count(event.subject()) > 0 && row_owners[event.subject()] == who;
            if (sees(risk) || own) continue;
            EXPECT_FALSE(absl::StrContains(event.after_json(), absl::StrCat("\"", risk, "\""))) << who << " " << event.ShortDebugString();
          }
        }
        position = events->last_position();
      }
    }
  }
}

// A service is told of it as others are, but which it is, which it needs to act.
TEST_F(RestrictionTest, TheGateHearsOfARestrictedRisk) {
  ASSERT_THAT(Create("leak", "restricted: true"), IsOk());
  const v1::SummarizeRisksResponse summary = Summarize();
  ASSERT_EQ(summary.risks_size(), 1);
  EXPECT_TRUE(summary.blocking());
  EXPECT_EQ(summary.risks(0).risk(), "risks/leak");
  EXPECT_EQ(summary.risks(0).title(), "a restricted risk");
  EXPECT_FALSE(absl::StrContains(summary.risks(0).fact().ShortDebugString(), "leak"));
  EXPECT_EQ(summary.risks(0).owner(), "");
}

}  // namespace
}  // namespace heitie::risk
