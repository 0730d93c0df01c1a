#include "services/planning/evidence/soundness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::planning {
namespace {

using absl::CivilDay;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr CivilDay kToday(2026, 3, 31);

Cited OfItem(const std::string& item, const std::string& citation = "") {
  Cited cited;
  cited.citation = Proto<v1::Citation>("name: 'projects/p/citations/c' research_item: 'researchItems/r'");
  cited.citation.MergeFrom(Proto<v1::Citation>(citation));
  cited.item = Proto<v1::ResearchItem>("name: 'researchItems/r' state: STATE_PUBLISHED last_valid_date { year: 2026 month: 3 day: 31 }");
  cited.item->MergeFrom(Proto<v1::ResearchItem>(item));
  return cited;
}

std::vector<std::string> Found(const std::vector<Cited>& cited, int32_t wanted, const std::string& project = "") {
  std::vector<std::string> found;
  const auto plan = Proto<v1::Project>("name: 'projects/p' " + project);
  for (const Defect& defect : CheckEvidence({cited, wanted, "planningPolicies/shipped", kToday}, plan, {})) {
    found.push_back(defect.subject + " " + defect.reason->id);
  }
  return found;
}

TEST(SoundnessTest, ValidThroughTheWholeLastDay) {
  EXPECT_THAT(CausesOf(OfItem(""), kToday), IsEmpty());
  EXPECT_THAT(CausesOf(OfItem(""), kToday + 1), ElementsAre(v1::EVIDENCE_CAUSE_EXPIRED));
}

TEST(SoundnessTest, EveryCauseIsNamedAndBlocks) {
  const Cited cited = OfItem(
      "last_valid_date { year: 2026 month: 3 day: 1 } state: STATE_RETRACTED refuted_by: 'evidenceRelations/e' open_contradictions: 1");
  EXPECT_THAT(CausesOf(cited, kToday), ElementsAre(v1::EVIDENCE_CAUSE_EXPIRED, v1::EVIDENCE_CAUSE_RETRACTED, v1::EVIDENCE_CAUSE_REFUTED,
                                                   v1::EVIDENCE_CAUSE_CONTRADICTED));
  EXPECT_THAT(Found({cited, OfItem("")}, 1),
              ElementsAre("projects/p/citations/c EVIDENCE_EXPIRED", "projects/p/citations/c EVIDENCE_RETRACTED",
                          "projects/p/citations/c EVIDENCE_REFUTED", "projects/p/citations/c EVIDENCE_CONTRADICTED"))
      << "also beside a sound piece";
}

TEST(SoundnessTest, WhatIsReaffirmedServesUntilItsDay) {
  EXPECT_THAT(Found({OfItem("state: STATE_RETRACTED", "reaffirm_date { year: 2026 month: 3 day: 31 }")}, 1), IsEmpty());
  EXPECT_THAT(Found({OfItem("state: STATE_RETRACTED", "reaffirm_date { year: 2026 month: 3 day: 30 }")}, 1),
              ElementsAre("projects/p/citations/c EVIDENCE_RETRACTED", "projects/p EVIDENCE_MISSING"));
}

TEST(SoundnessTest, TooLittleAndForWhatIsGoneDoesNotCount) {
  EXPECT_THAT(Found({}, 0), IsEmpty());
  EXPECT_THAT(Found({}, 1), ElementsAre("projects/p EVIDENCE_MISSING"));
  EXPECT_THAT(Found({OfItem("")}, 2), ElementsAre("projects/p EVIDENCE_MISSING"));
  EXPECT_THAT(Found({OfItem("", "objective: 0")}, 1), ElementsAre("projects/p EVIDENCE_MISSING"));
  EXPECT_THAT(Found({OfItem("", "objective: 0")}, 1, "objectives {}"), IsEmpty());
}

TEST(SoundnessTest, SubjectsAreNamedAsDefectsNameThem) {
  EXPECT_EQ(SubjectOf(OfItem("").citation), "projects/p");
  EXPECT_EQ(SubjectOf(OfItem("", "objective: 2").citation), "projects/p#objectives[2]");
  EXPECT_EQ(SubjectOf(OfItem("", "scheme: 'projects/p/schemes/v1'").citation), "projects/p/schemes/v1");
  const v1::Citation line = OfItem("", "scheme: 'projects/p/schemes/v1' cash_flow: 1").citation;
  EXPECT_EQ(SubjectOf(line), "projects/p/schemes/v1#cash_flows[1]");
  const auto project = Proto<v1::Project>("name: 'projects/p'");
  const auto scheme = [](const std::string& more) { return Proto<v1::Scheme>("name: 'projects/p/schemes/v1' " + more); };
  EXPECT_TRUE(SubjectExists(line, project, {scheme("cash_flows {} cash_flows {}")}));
  EXPECT_FALSE(SubjectExists(line, project, {scheme("cash_flows {}")}));
  EXPECT_FALSE(SubjectExists(line, project, {scheme("cash_flows {} cash_flows {} state: STATE_DISCARDED")}));
}

}  // namespace
}  // namespace heitie::planning
