#include "services/planning/research/research_subject.h"

#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using v1::ComparedValue;
using v1::Observation;

class ResearchSubjectTest : public PlanningTest {
 protected:
  ResearchSubjectTest() {
    for (const char* id : {"alpha", "beta"}) {
      Do<v1::ResearchSubject, v1::CreateResearchSubjectRequest>(
          "CreateResearchSubject", Specialist(),
          absl::StrCat("research_subject_id: '", id, "' research_subject { kind: KIND_COMPETITOR title: '", id, "' }"));
    }
  }
  absl::StatusOr<Observation> See(const std::string& subject, const std::string& observation) {
    return Call<Observation>("CreateObservation", Specialist(),
                             test::Proto<v1::CreateObservationRequest>("parent: 'researchSubjects/" + subject +
                                                                       "' observation { source: 'shop' " + observation + "}"));
  }
  v1::CompareResearchSubjectsResponse Compare(const std::string& more) {
    return Do<v1::CompareResearchSubjectsResponse, v1::CompareResearchSubjectsRequest>(
        "CompareResearchSubjects", Analyst(), "subjects: 'researchSubjects/alpha' subjects: 'researchSubjects/beta' " + more);
  }
};

TEST_F(ResearchSubjectTest, SideBySideByTheLatestValidValue) {
  EXPECT_THAT(See("alpha",
                  "attribute: 'price' number: 100 unit: 'TWD' observe_date { year: 2025 month: 12 day: 1 } "
                  "last_valid_date { year: 2026 month: 6 day: 30 }"),
              IsOk());
  EXPECT_THAT(See("alpha",
                  "attribute: 'price' number: 90 unit: 'TWD' observe_date { year: 2025 month: 12 day: 20 } "
                  "last_valid_date { year: 2025 month: 12 day: 31 }"),
              IsOk());
  EXPECT_THAT(See("beta",
                  "attribute: 'channel' text: 'live' observe_date { year: 2025 month: 12 day: 20 } "
                  "last_valid_date { year: 2025 month: 12 day: 25 }"),
              IsOk());
  const auto now = Compare("attributes: 'price' attributes: 'channel'");
  ASSERT_EQ(now.attributes_size(), 2);
  EXPECT_THAT(now.attributes(0).values(0), Partially("outcome: OUTCOME_VALID age_days: 31 observation { number: 100 unit: 'TWD' }"))
      << "the later one is over since yesterday";
  EXPECT_THAT(now.attributes(0).values(1), test::EqualsProto("subject: 'researchSubjects/beta' outcome: OUTCOME_MISSING"));
  EXPECT_THAT(now.attributes(1).values(1), Partially("outcome: OUTCOME_EXPIRED age_days: 12 observation { text: 'live' }"));
  const auto before = Compare("as_of { year: 2025 month: 12 day: 31 }");
  ASSERT_EQ(before.attributes_size(), 2);
  EXPECT_EQ(before.attributes(1).attribute(), "price");
  EXPECT_THAT(before.attributes(1).values(0), Partially("outcome: OUTCOME_VALID age_days: 11 observation { number: 90 }"))
      << "valid through the whole last day";
  EXPECT_EQ(Compare("as_of { year: 2025 month: 11 day: 30 }").attributes_size(), 0) << "nothing was seen by then";
  // What is filed late about an earlier day does not change what was answered.
  EXPECT_THAT(See("alpha",
                  "attribute: 'price' number: 80 unit: 'TWD' observe_date { year: 2025 month: 12 day: 30 } "
                  "last_valid_date { year: 2026 month: 6 day: 30 }"),
              IsOk());
  const std::string then = "as_of { year: 2025 month: 12 day: 31 } ";
  EXPECT_THAT(Compare(then).attributes(1).values(0), Partially("observation { number: 80 }"));
  EXPECT_EQ(Compare(absl::StrCat(then, "position: ", before.position())).SerializeAsString(), before.SerializeAsString());
}

TEST_F(ResearchSubjectTest, AnObservationSaysOneThingOfADayThatWas) {
  EXPECT_THAT(See("alpha",
                  "attribute: 'price' number: 0 text: 'free' observe_date { year: 2026 month: 1 day: 2 } "
                  "last_valid_date { year: 2026 month: 1 day: 1 }"),
              HasViolations("observation.number ONE_VALUE", "observation.observe_date OBSERVED_LATER",
                            "observation.last_valid_date DATES_REVERSED"));
  EXPECT_THAT(See("gamma",
                  "attribute: 'price' number: 0 observe_date { year: 2026 month: 1 day: 1 } "
                  "last_valid_date { year: 2026 month: 1 day: 1 }"),
              HasReason("NOT_FOUND"));
  EXPECT_THAT(See("alpha",
                  "attribute: 'price' number: 0 research_item: 'researchItems/none' observe_date { year: 2026 month: 1 day: 1 } "
                  "last_valid_date { year: 2026 month: 1 day: 1 }"),
              HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::planning
