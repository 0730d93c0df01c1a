// Personal data of candidates: sealed wherever it is stored, held until its day, and readable nowhere after an erasure.
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/event/event_log.h"
#include "common/job/sealing.h"
#include "common/record/json.h"
#include "common/seal/cipher.h"
#include "common/time/day.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/personnel/v1/application_import.pb.h"
#include "heitie/personnel/v1/personal_file.pb.h"
#include "heitie/personnel/v1/recruitment_yield.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/personnel/candidate/candidate_testing.h"
#include "services/personnel/candidate/contact_fingerprint.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::PersonalFile;

// All that is told of the person, each nowhere else.
constexpr char kTold[] = "林望舒-told", kMail[] = "wang.shu@candidate.example", kOldMail[] = "shu.before@candidate.example",
               kPhone[] = "+886912000777", kNoted[] = "noted-at-the-fair", kPapers[] = "file:///papers-of-shu",
               kJudged[] = "judged-in-words", kAmended[] = "amended-because", kWaived[] = "waived-because",
               kReturned[] = "returned-because", kEndedBy[] = "ended-because", kTakenBack[] = "taken-back-because",
               kAsked[] = "asked-by-letter", kDisputed[] = "disputed-in-court", kPay[] = "73219845";
const std::vector<std::string>& AllTold() {
  static const auto& all = *new std::vector<std::string>{kTold,   kMail,     kOldMail, kPhone,     kNoted, kPapers,   kJudged, kAmended,
                                                         kWaived, kReturned, kEndedBy, kTakenBack, kAsked, kDisputed, kPay};
  return all;
}

class CandidateDataTest : public CandidateFixture {
 protected:
  CandidateDataTest() {
    clock_.Set(absl::FromUnixSeconds(1768478400));  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone
  }
  rpc::Call Second() const { return test::By("employees/second", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }

  std::string Dump() {
    std::string dump;
    EXPECT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
    return dump;
  }
  // Everything that managers can read of events.
  std::string History() {
    std::string history;
    type::v1::ListEventsRequest request;
    request.set_page_size(1000);
    while (true) {
      const auto page = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok() || page->events().empty()) return history;
      for (const type::v1::Event& event : page->events()) absl::StrAppend(&history, event.before_json(), event.after_json(), "\n");
      request.set_after_position(page->last_position());
    }
  }
  void Sql(const std::string& statement, const sql::Values& values) {
    EXPECT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                      [&](sql::Session& session) { return session.Execute(statement, values).status(); }),
                IsOk());
  }
  int64_t Number(const std::string& query) {
    int64_t number = -1;
    EXPECT_THAT(database_.get().Read(
                    absl::Now() + absl::Seconds(20),
                    [&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { number = row.Int(0); }); }),
                IsOk());
    return number;
  }
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Named(const std::string& method, const std::string& name, const std::string& more = "") {
    return Ask<Resp, Req>(method, Manager(), absl::StrCat("name: '", name, "' ", more));
  }
  absl::StatusOr<v1::Application> Reject(const std::string& application) {
    return Named<v1::Application, v1::RejectApplicationRequest>(
        "RejectApplication", application,
        absl::StrCat("reason: 'rejectionReasons/assessment' remarks: '", kEndedBy, "' request_id: 'end'"));
  }
  absl::StatusOr<PersonalFile> Open(const std::string& id, const std::string& person) {
    return Ask<PersonalFile, v1::CreatePersonalFileRequest>(
        "CreatePersonalFile", Manager(), absl::StrCat("personal_file_id: '", id, "' personal_file { person: '", person, "' }"));
  }
  absl::StatusOr<PersonalFile> FileNamed(const std::string& id) {
    return Named<PersonalFile, v1::GetPersonalFileRequest>("GetPersonalFile", "personalFiles/" + id);
  }
  absl::StatusOr<PersonalFile> Propose(const std::string& id) {
    return Named<PersonalFile, v1::ProposeErasureRequest>("ProposeErasure", "personalFiles/" + id, absl::StrCat("reason: '", kAsked, "'"));
  }
  absl::StatusOr<PersonalFile> Approve(const std::string& id) {
    return Ask<PersonalFile, v1::ApproveErasureRequest>("ApproveErasure", Second(), absl::StrCat("name: 'personalFiles/", id, "'"));
  }
  void Erase(const std::string& person) {
    ASSERT_THAT(Open("f", person), IsOk());
    ASSERT_THAT(Propose("f"), IsOk());
    ASSERT_THAT(Approve("f"), IsOk());
  }
  v1::ComputeYieldResponse Yield() {
    const auto yield = Ask<v1::ComputeYieldResponse, v1::ComputeYieldRequest>(
        "ComputeYield", Manager(), "start_date { year: 2025 month: 12 day: 1 } end_date { year: 2026 month: 2 day: 28 }");
    EXPECT_THAT(yield, IsOk());
    return yield.ok() ? *yield : v1::ComputeYieldResponse();
  }

  // Somebody who applied by a list and once more under another address, went through interviews, returned, was offered something and was
  // turned down; with everything told that can be.
  struct Recruit {
    std::string candidate, duplicate, first, second, card;
  };
  static constexpr char kReceive[] =
      "request_id: 'receive' application { requisition: 'requisitions/host' channel: "
      "'recruitmentChannels/referral' } applicant { display_name: '林望舒-told' email: "
      "'wang.shu@candidate.example' phone: '0912-000-777' remarks: 'noted-at-the-fair' documents: "
      "'file:///papers-of-shu' }";
  Recruit Recruited() {
    Recruit person;
    const auto imported = Ask<v1::ImportApplicationsResponse, v1::ImportApplicationsRequest>(
        "ImportApplications", Manager(),
        absl::StrCat("request_id: 'import' requisition: 'requisitions/host' channel: 'recruitmentChannels/job-board' content: "
                     "'display_name,email,remarks,external_id\\n",
                     kTold, ",", kOldMail, ",", kNoted, ",104-1\\n'"));
    EXPECT_THAT(imported, IsOk());
    person.second = imported->rows(0).application();
    person.duplicate = CandidateOf(person.second);
    const auto received = Ask<v1::Application, v1::ReceiveApplicationRequest>("ReceiveApplication", Manager(), kReceive);
    EXPECT_THAT(received, IsOk());
    person.first = received->name();
    person.candidate = received->candidate();
    EXPECT_THAT(Reject(person.second), IsOk());
    EXPECT_THAT(Merge(person.candidate, person.duplicate), IsOk());
    EXPECT_THAT(Advance(Manager(), person.first), IsOk());
    EXPECT_THAT((Named<v1::Application, v1::ReturnApplicationRequest>("ReturnApplication", person.first,
                                                                      absl::StrCat("stage: STAGE_APPLIED reason: '", kReturned, "'"))),
                IsOk());
    for (int i = 0; i < 2; ++i) EXPECT_THAT(Advance(Manager(), person.first), IsOk());
    person.card = Assign(Manager(), person.first, "i1")->name();
    EXPECT_THAT((Ask<v1::Scorecard, v1::FileScorecardRequest>(
                    "FileScorecard", Person("i1"),
                    absl::StrCat("name: '", person.card, "' remarks: '", kJudged, "' request_id: 'file' ", Ratings({4, 4, 0})))),
                IsOk());
    EXPECT_THAT((Ask<v1::Scorecard, v1::AmendScorecardRequest>(
                    "AmendScorecard", Person("i1"),
                    absl::StrCat("name: '", person.card, "' remarks: '", kJudged, "' reason: '", kAmended, "' ", Ratings({4, 5, 0})))),
                IsOk());
    EXPECT_THAT((Named<v1::Application, v1::WaiveCriterionRequest>("WaiveCriterion", person.first,
                                                                   absl::StrCat("criterion: 'c' reason: '", kWaived, "'"))),
                IsOk());
    auto offer = Proto<v1::Offer>(
        "name: 'offers/o' requisition: 'requisitions/host' state: STATE_APPROVED requester: 'employees/owner' currency_code: 'TWD' "
        "start_date { year: 2026 month: 3 day: 1 } expire_time { seconds: 1800000000 }");
    offer.set_application(person.first);
    offer.set_candidate(person.candidate);
    int64_t pay = 0;
    EXPECT_TRUE(absl::SimpleAtoi(kPay, &pay));
    offer.set_pay_minor(pay);
    Put(offer);
    EXPECT_THAT((Named<v1::Offer, v1::WithdrawOfferRequest>("WithdrawOffer", "offers/o", absl::StrCat("reason: '", kTakenBack, "'"))),
                IsOk());
    EXPECT_THAT((Named<v1::Application, v1::RejectApplicationRequest>(
                    "RejectApplication", person.first, absl::StrCat("reason: 'rejectionReasons/assessment' remarks: '", kEndedBy, "'"))),
                IsOk());
    return person;
  }
  absl::StatusOr<v1::Candidate> Merge(const std::string& name, const std::string& duplicate) {
    return Named<v1::Candidate, v1::MergeCandidatesRequest>("MergeCandidates", name, absl::StrCat("duplicate: '", duplicate, "'"));
  }
};

TEST_F(CandidateDataTest, NothingIsStoredReadableAndAllIsRead) {
  const Recruit person = Recruited();
  ASSERT_THAT(Open("f", person.candidate), IsOk());
  ASSERT_THAT((Named<PersonalFile, v1::PlaceLegalHoldRequest>(
                  "PlaceLegalHold", "personalFiles/f", absl::StrCat("reason: '", kDisputed, "' end_date { year: 2026 month: 2 day: 1 }"))),
              IsOk());
  const std::string dump = Dump(), history = History();
  for (const std::string& told : AllTold()) {
    EXPECT_FALSE(absl::StrContains(dump, told)) << told;
    EXPECT_EQ(absl::StrContains(history, told), told != kAsked) << told;
  }
  const auto candidate = GetCandidate(Manager(), person.candidate);
  ASSERT_THAT(candidate, IsOk());
  EXPECT_EQ(candidate->display_name(), kTold);
  EXPECT_EQ(candidate->email(), kMail);
  EXPECT_EQ(candidate->phone(), kPhone);
  EXPECT_EQ(candidate->remarks(), kNoted);
  ASSERT_EQ(candidate->documents_size(), 1);
  EXPECT_EQ(candidate->documents(0), kPapers);
  EXPECT_EQ((Named<v1::Offer, v1::GetOfferRequest>("GetOffer", "offers/o"))->pay_minor(), 73219845);
  EXPECT_EQ(Get(Manager(), person.first)->waivers(0).reason(), kWaived);
  v1::ListOffersRequest list;
  list.set_filter("pay_minor > 1");
  EXPECT_THAT(Call<v1::ListOffersResponse>("ListOffers", Manager(), list), HasViolation("filter", "BAD_VALUE"));
}

TEST_F(CandidateDataTest, AfterAnErasureNothingIsReadAndEverythingCountsAsBefore) {
  const Recruit person = Recruited();
  const std::string other = MustReceive("stays@example.com");
  const v1::ComputeYieldResponse before = Yield();
  ASSERT_EQ(before.whole().people(), 2);
  const auto stages = Get(Manager(), person.first)->stages();
  Erase(person.candidate);
  ASSERT_FALSE(HasFatalFailure());
  const std::string dump = Dump(), history = History();
  for (const std::string& told : AllTold()) {
    EXPECT_FALSE(absl::StrContains(dump, told)) << told;
    EXPECT_FALSE(absl::StrContains(history, told)) << told;
  }
  EXPECT_TRUE(absl::StrContains(history, "stays@example.com"));
  // The keys of both are gone, those of others are not.
  EXPECT_EQ(Number(absl::StrCat("SELECT COUNT(*) FROM person_keys WHERE person IN ('", person.candidate, "', '", person.duplicate,
                                "') AND wrapped_key IS NULL AND destroy_time IS NOT NULL")),
            2);
  EXPECT_GT(Number("SELECT COUNT(*) FROM person_keys WHERE wrapped_key IS NOT NULL"), 0);
  const auto candidate = GetCandidate(Manager(), person.candidate);
  ASSERT_THAT(candidate, IsOk());
  EXPECT_TRUE(candidate->has_erase_time());
  EXPECT_EQ(candidate->display_name() + candidate->email() + candidate->phone() + candidate->remarks(), "");
  EXPECT_EQ(candidate->documents_size(), 0);
  for (const std::string& application : {person.first, person.second}) {
    const auto read = Get(Manager(), application);
    EXPECT_EQ(read->candidate(), person.candidate);
    EXPECT_EQ(read->state(), v1::Application::STATE_REJECTED);
    EXPECT_EQ(read->end_reason(), "rejectionReasons/assessment");
    EXPECT_EQ(read->end_remarks() + read->return_reason(), "");
    for (const v1::CriterionWaiver& waiver : read->waivers()) EXPECT_EQ(waiver.reason(), "");
  }
  ASSERT_EQ(Get(Manager(), person.first)->stages_size(), stages.size());
  for (int i = 0; i < stages.size(); ++i) {
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Get(Manager(), person.first)->stages(i), stages.Get(i)));
  }
  const auto offer = Named<v1::Offer, v1::GetOfferRequest>("GetOffer", "offers/o");
  ASSERT_THAT(offer, IsOk());
  EXPECT_EQ(offer->pay_minor(), 0);
  EXPECT_EQ(offer->state(), v1::Offer::STATE_WITHDRAWN);
  const auto card = Named<v1::Scorecard, v1::GetScorecardRequest>("GetScorecard", person.card);
  EXPECT_EQ(card->remarks(), "");
  EXPECT_EQ(card->ratings_size(), 2) << "levels are counts";
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Yield(), before));
  // First answers, too, are without the person.
  const auto again = Ask<v1::Application, v1::ReceiveApplicationRequest>("ReceiveApplication", Manager(), kReceive);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->name(), person.first);
  EXPECT_EQ((Ask<v1::Scorecard, v1::FileScorecardRequest>(
                 "FileScorecard", Person("i1"),
                 absl::StrCat("name: '", person.card, "' remarks: '", kJudged, "' request_id: 'file' ", Ratings({4, 4, 0}))))
                ->remarks(),
            "");
  EXPECT_EQ(Reject(person.second)->end_remarks(), "");
}

TEST_F(CandidateDataTest, NothingIsRecordedOfWhoWasErasedAndTheContactsAreAnewPersons) {
  const Recruit person = Recruited();
  const std::string stranger = MustReceive("stranger@example.com");
  Erase(person.candidate);
  ASSERT_FALSE(HasFatalFailure());
  const auto update = [&](const std::string& field, const std::string& value) {
    return Ask<v1::Candidate, v1::UpdateCandidateRequest>(
        "UpdateCandidate", Manager(),
        absl::StrCat("candidate { name: '", person.candidate, "' ", field, ": '", value, "' } update_mask { paths: '", field, "' }"));
  };
  EXPECT_THAT(update("display_name", kTold), HasReason("PERSON_ERASED"));
  EXPECT_THAT(update("email", kMail), HasReason("PERSON_ERASED"));
  EXPECT_THAT(update("remarks", "x"), HasReason("PERSON_ERASED"));
  EXPECT_THAT(Merge(person.candidate, CandidateOf(stranger)), HasReason("PERSON_ERASED"));
  EXPECT_THAT(Merge(CandidateOf(stranger), person.candidate), HasReason("PERSON_ERASED"));
  EXPECT_THAT((Ask<v1::Scorecard, v1::AmendScorecardRequest>(
                  "AmendScorecard", Person("i1"), absl::StrCat("name: '", person.card, "' reason: '", kAmended, "' ", Ratings({4, 5, 0})))),
              ::testing::Not(IsOk()));
  EXPECT_THAT(Open("g", person.candidate), HasReason("FILE_EXISTS"));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM candidate_contacts"), 1) << "the stranger's";
  std::set<std::string> fresh;
  for (const std::string& contact : {absl::StrCat("email: '", kMail, "'"), absl::StrCat("email: '", kOldMail, "' phone: '0912000777'")})
    fresh.insert(Receive(Manager(), contact)->candidate());
  EXPECT_EQ(fresh.size(), 2u) << "nothing tells any more that these are one";
  EXPECT_EQ(fresh.count(person.candidate) + fresh.count(person.duplicate), 0u);
}

TEST_F(CandidateDataTest, ThePurposeLastsAsLongAsAnApplicationIsLive) {
  const std::string application = MustReceive(kMail), candidate = CandidateOf(application);
  ASSERT_THAT(Open("f", candidate), IsOk());
  EXPECT_FALSE(FileNamed("f")->has_erase_date());
  EXPECT_THAT(Propose("f"), HasReason("PURPOSE_LASTS"));
  ASSERT_THAT(Reject(application), IsOk());
  EXPECT_EQ(time::ToDay(FileNamed("f")->erase_date()), CivilDay(2026, 1, 15) + 183 + 1) << "known at once";
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM personal_files"), 1);
  // What happens to the application later does not prolong it.
  clock_.Advance(absl::Hours(24 * 30));
  const std::string again = MustReceive(kMail);
  EXPECT_FALSE(FileNamed("f")->has_erase_date());
  EXPECT_THAT(Propose("f"), HasReason("PURPOSE_LASTS"));
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT((Named<v1::Application, v1::WithdrawApplicationRequest>("WithdrawApplication", again, "reason: 'rejectionReasons/pay'")),
              IsOk());
  EXPECT_EQ(time::ToDay(FileNamed("f")->erase_date()), CivilDay(2026, 2, 15) + 183 + 1);
  EXPECT_EQ(time::ToDay(FileNamed("f")->purposes(0).end_date()), CivilDay(2026, 2, 15));
  // The pool of talents, by consent.
  ASSERT_THAT(
      (Named<PersonalFile, v1::RecordConsentRequest>("RecordConsent", "personalFiles/f", "end_date { year: 2027 month: 1 day: 31 }")),
      IsOk());
  EXPECT_EQ(time::ToDay(FileNamed("f")->erase_date()), CivilDay(2027, 2, 1));
  clock_.Set(absl::FromCivil(CivilDay(2027, 1, 31), service::DefaultTimeZone()) + absl::Hours(12));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(GetCandidate(Manager(), candidate)->email(), kMail);
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(FileNamed("f")->state(), PersonalFile::STATE_ERASED);
  EXPECT_EQ(GetCandidate(Manager(), candidate)->email(), "");
}

TEST_F(CandidateDataTest, TheJobOpensFilesOfThoseWhoseApplicationsHaveEnded) {
  const std::string live = MustReceive("live@example.com"), rejected = MustReceive("rejected@example.com");
  ASSERT_THAT(Reject(rejected), IsOk());
  const std::string half = MustReceive("half@example.com");
  MustReceive("half@example.com");
  ASSERT_THAT((Named<v1::Application, v1::WithdrawApplicationRequest>("WithdrawApplication", half, "reason: 'rejectionReasons/pay'")),
              IsOk());
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  const auto listed = Ask<v1::ListPersonalFilesResponse, v1::ListPersonalFilesRequest>("ListPersonalFiles", Manager(), "");
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->personal_files_size(), 1);
  EXPECT_EQ(listed->personal_files(0).person(), CandidateOf(rejected));
  clock_.Advance(absl::Hours(24 * 185));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_TRUE(GetCandidate(Manager(), CandidateOf(rejected))->has_erase_time());
  EXPECT_FALSE(GetCandidate(Manager(), CandidateOf(half))->has_erase_time());
  EXPECT_FALSE(GetCandidate(Manager(), CandidateOf(live))->has_erase_time());
}

TEST_F(CandidateDataTest, WhatHoldsTheDataOfADuplicateHoldsWhatItBecameToo) {
  const std::string a = MustReceive("a@example.com"), b = MustReceive("b@example.com");
  const std::string kept = CandidateOf(a), duplicate = CandidateOf(b);
  ASSERT_THAT(Open("b", duplicate), IsOk());
  ASSERT_THAT((Named<PersonalFile, v1::PlaceLegalHoldRequest>(
                  "PlaceLegalHold", "personalFiles/b", absl::StrCat("reason: '", kDisputed, "' end_date { year: 2027 month: 5 day: 1 }"))),
              IsOk());
  ASSERT_THAT(
      (Named<PersonalFile, v1::RecordConsentRequest>("RecordConsent", "personalFiles/b", "end_date { year: 2026 month: 12 day: 1 }")),
      IsOk());
  ASSERT_THAT((Named<v1::Application, v1::WithdrawApplicationRequest>("WithdrawApplication", a, "reason: 'rejectionReasons/pay'")), IsOk());
  ASSERT_THAT((Named<v1::Application, v1::WithdrawApplicationRequest>("WithdrawApplication", b, "reason: 'rejectionReasons/pay'")), IsOk());
  ASSERT_THAT(Merge(kept, duplicate), IsOk());
  EXPECT_EQ(FileNamed("b")->state(), PersonalFile::STATE_MERGED);
  EXPECT_FALSE(FileNamed("b")->has_erase_date());
  EXPECT_THAT(Propose("b"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Open("c", duplicate), HasReason("CANDIDATE_MERGED"));
  const auto listed = Ask<v1::ListPersonalFilesResponse, v1::ListPersonalFilesRequest>("ListPersonalFiles", Manager(),
                                                                                       absl::StrCat("filter: 'person = \"", kept, "\"'"));
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->personal_files_size(), 1);
  const PersonalFile& file = listed->personal_files(0);
  EXPECT_EQ(file.legal_hold().reason(), kDisputed);
  EXPECT_EQ(time::ToDay(file.erase_date()), CivilDay(2027, 5, 2));
  EXPECT_THAT(Propose(std::string(file.name().substr(14))), HasReason("UNDER_LEGAL_HOLD"));
  // A file that is there takes up the longer of both.
  const std::string c = MustReceive("c@example.com"), third = CandidateOf(c);
  ASSERT_THAT(Open("c", third), IsOk());
  ASSERT_THAT(
      (Named<PersonalFile, v1::RecordConsentRequest>("RecordConsent", "personalFiles/c", "end_date { year: 2028 month: 12 day: 1 }")),
      IsOk());
  ASSERT_THAT((Named<v1::Application, v1::WithdrawApplicationRequest>("WithdrawApplication", c, "reason: 'rejectionReasons/pay'")), IsOk());
  ASSERT_THAT(Merge(third, kept), IsOk());
  EXPECT_EQ(time::ToDay(FileNamed("c")->legal_hold().end_date()), CivilDay(2027, 5, 1));
  EXPECT_EQ(time::ToDay(FileNamed("c")->erase_date()), CivilDay(2028, 12, 2));
  ASSERT_THAT((Named<PersonalFile, v1::LiftLegalHoldRequest>("LiftLegalHold", "personalFiles/c")), IsOk());
  ASSERT_THAT(Propose("c"), IsOk());
  ASSERT_THAT(Approve("c"), IsOk());
  // All three names of the person are erased.
  EXPECT_EQ(Number("SELECT COUNT(*) FROM person_keys WHERE person LIKE 'candidates/%' AND wrapped_key IS NULL"), 3);
  const std::string history = History();
  for (const char* told : {"a@example.com", "b@example.com", "c@example.com", kDisputed}) {
    EXPECT_FALSE(absl::StrContains(history, told)) << told;
  }
  clock_.Advance(absl::Hours(24 * 2000));
  ASSERT_THAT(jobs_.RunDue(), IsOk()) << "files that ended are left alone";
  EXPECT_EQ(FileNamed("b")->state(), PersonalFile::STATE_MERGED);
}

// The employee that a candidate became is another subject.
TEST_F(CandidateDataTest, TheEmployeeOutlivesTheCandidate) {
  const std::string application = InInterview(kMail), candidate = CandidateOf(application);
  const auto card = Assign(Manager(), application, "i1");
  ASSERT_THAT(File(Person("i1"), card->name(), {4, 4, 4}), IsOk());
  for (const char* verb : {"make_offer", "accept_offer", "hire"}) ASSERT_THAT(Move(Manager(), application, verb), IsOk());
  auto offer = Proto<v1::Offer>(
      "name: 'offers/o' requisition: 'requisitions/host' state: STATE_HIRED requester: 'employees/owner' pay_minor: 73219845 "
      "currency_code: 'TWD' employee: 'employees/stranger' start_date { year: 2026 month: 1 day: 15 } "
      "expire_time { seconds: 1800000000 }");
  offer.set_application(application);
  offer.set_candidate(candidate);
  Put(offer);
  const v1::ComputeYieldResponse before = Yield();
  Erase(candidate);
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Yield(), before));
  EXPECT_EQ((Named<v1::Employee, v1::GetEmployeeRequest>("GetEmployee", "employees/stranger"))->display_name(), "x");
  const auto left = Named<v1::Offer, v1::GetOfferRequest>("GetOffer", "offers/o");
  EXPECT_EQ(left->employee(), "employees/stranger");
  EXPECT_EQ(left->pay_minor(), 0);
  EXPECT_EQ(left->state(), v1::Offer::STATE_HIRED);
}

TEST_F(CandidateDataTest, AWholeRecordCanBeHad) {
  const Recruit person = Recruited();
  const auto exported = Call<v1::ExportPersonResponse>("ExportPerson", Manager(),
                                                       Proto<v1::ExportPersonRequest>(absl::StrCat("person: '", person.candidate, "'")));
  ASSERT_THAT(exported, IsOk());
  std::map<std::string, int> types;
  std::string all;
  for (const v1::ExportedResource& resource : exported->resources()) {
    ++types[resource.type()];
    all += resource.json();
  }
  EXPECT_EQ(types, (std::map<std::string, int>{{"personnel.heitie/Application", 2},
                                               {"personnel.heitie/Candidate", 1},
                                               {"personnel.heitie/Offer", 1},
                                               {"personnel.heitie/Scorecard", 2}}));
  for (const char* told : {kTold, kMail, kNoted, kJudged, kAmended, kWaived, kReturned, kEndedBy, kTakenBack, kPay}) {
    EXPECT_TRUE(absl::StrContains(all, told)) << told;
  }
}

// Rows, events and first answers of a version before, which sealed nothing of candidates.
TEST_F(CandidateDataTest, WhoWasRecordedBeforeIsSealedAndErasedAlike) {
  const Recruit person = Recruited();
  const auto plain = [&] {
    const v1::Candidate candidate = *GetCandidate(Manager(), person.candidate);
    const v1::Offer offer = *Named<v1::Offer, v1::GetOfferRequest>("GetOffer", "offers/o");
    const v1::Application application = *Get(Manager(), person.first);
    const v1::Scorecard card = *Named<v1::Scorecard, v1::GetScorecardRequest>("GetScorecard", person.card);
    Sql("UPDATE candidates SET display_name = ?, email = ?, phone = ?, remarks = ?, documents = ? WHERE name = ?",
        sql::Bind(kTold, kMail, kPhone, kNoted, absl::StrCat(R"({"documents":[")", kPapers, R"("]})"), person.candidate));
    Sql("UPDATE offers SET pay_minor = ?, state_reason = ? WHERE name = 'offers/o'", sql::Bind(kPay, kTakenBack));
    Sql("UPDATE applications SET end_remarks = ?, return_reason = ? WHERE name = ?", sql::Bind(kEndedBy, kReturned, person.first));
    Sql("UPDATE scorecards SET remarks = ? WHERE name = ?", sql::Bind(kJudged, person.card));
    for (const auto& [name, json] : std::map<std::string, std::string>{{person.candidate, record::ToJson(candidate)},
                                                                       {"offers/o", record::ToJson(offer)},
                                                                       {person.first, record::ToJson(application)},
                                                                       {person.card, record::ToJson(card)}}) {
      Sql("UPDATE event SET payload = ?, before_json = NULL WHERE aggregateid = ?", sql::Bind(json, name));
    }
    Sql("UPDATE idempotency SET response = ? WHERE request_id = 'file'", sql::Bind(card.SerializeAsString()));
  };
  plain();
  ASSERT_TRUE(absl::StrContains(Dump(), kPay));
  EXPECT_EQ(GetCandidate(Manager(), person.candidate)->documents(0), kPapers);
  EXPECT_EQ((Named<v1::Offer, v1::GetOfferRequest>("GetOffer", "offers/o"))->pay_minor(), 73219845);
  job::KeepSealed(jobs_, store_);
  ASSERT_THAT(event::PlaceAll(store_, absl::Now() + absl::Seconds(20)), IsOk());
  for (int i = 0; i < 4; ++i) {
    ASSERT_THAT(jobs_.RunDue(), IsOk());
    clock_.Advance(absl::Minutes(1));
  }
  const std::string dump = Dump();
  for (const std::string& told : AllTold()) EXPECT_FALSE(absl::StrContains(dump, told)) << told;
  EXPECT_EQ((Named<v1::Offer, v1::GetOfferRequest>("GetOffer", "offers/o"))->pay_minor(), 73219845);
  EXPECT_EQ((Named<v1::Scorecard, v1::GetScorecardRequest>("GetScorecard", person.card))->remarks(), kJudged);
  // Also where the job has not come so far.
  plain();
  Sql("UPDATE idempotency SET response = '' WHERE request_id = 'file'", {});
  ASSERT_TRUE(absl::StrContains(Dump(), kEndedBy));
  const auto files = Ask<v1::ListPersonalFilesResponse, v1::ListPersonalFilesRequest>("ListPersonalFiles", Manager(), "");
  ASSERT_EQ(files->personal_files_size(), 1) << "the job has opened it";
  const std::string id(files->personal_files(0).name().substr(14));
  ASSERT_THAT(Propose(id), IsOk());
  ASSERT_THAT(Approve(id), IsOk());
  const std::string after = Dump();
  for (const std::string& told : AllTold()) EXPECT_FALSE(absl::StrContains(after, told)) << told;
}

// An application that ended before its end was recorded counts from when it was changed last.
TEST_F(CandidateDataTest, AnEndThatWasNotRecordedIsTheLastChange) {
  const std::string application = MustReceive(kMail);
  ASSERT_THAT(Reject(application), IsOk());
  Sql("UPDATE applications SET end_time = NULL, update_time = '2026-01-20 12:00:00' WHERE name = ?", sql::Bind(application));
  EXPECT_EQ(time::ToDay(Open("f", CandidateOf(application))->erase_date()), CivilDay(2026, 1, 20) + 183 + 1);
}

// Whoever applies while the erasure is decided is either erased before and somebody new, or applies first and is not erased.
TEST_F(CandidateDataTest, WhoAppliesWhileBeingErasedIsNeverErasedWithALiveApplication) {
  int erased = 0;
  for (int round = 0; round < 12; ++round) {
    const std::string mail = absl::StrCat("race", round, "@example.com"), id = absl::StrCat("r", round);
    const std::string first = MustReceive(mail), candidate = CandidateOf(first);
    ASSERT_THAT((Named<v1::Application, v1::WithdrawApplicationRequest>("WithdrawApplication", first, "reason: 'rejectionReasons/pay'")),
                IsOk());
    ASSERT_THAT(Open(id, candidate), IsOk());
    ASSERT_THAT(Propose(id), IsOk());
    absl::StatusOr<PersonalFile> approved;
    absl::StatusOr<v1::Application> received;
    {
      std::jthread one([&] { approved = Approve(id); });
      std::jthread two([&] {
        if (round % 3 == 1) absl::SleepFor(absl::Milliseconds(2 * round));
        received = Receive(Manager(), absl::StrCat("email: '", mail, "'"));
      });
    }
    ASSERT_THAT(received, IsOk());
    const std::string owner = CandidateOf(received->name());
    if (approved.ok()) {
      ++erased;
      EXPECT_NE(owner, candidate);
      EXPECT_TRUE(GetCandidate(Manager(), candidate)->has_erase_time());
    } else {
      EXPECT_THAT(approved, HasReason("PURPOSE_LASTS"));
      EXPECT_EQ(owner, candidate);
      EXPECT_EQ(FileNamed(id)->state(), PersonalFile::STATE_ERASURE_PROPOSED);
    }
    EXPECT_EQ(GetCandidate(Manager(), owner)->email(), mail);
    EXPECT_FALSE(GetCandidate(Manager(), owner)->has_erase_time());
  }
  EXPECT_GT(erased, 0);
}

// Hashes of a version before, made with a key that lay readable beside them.
TEST_F(CandidateDataTest, ContactsThatWereHashedBeforeAreTakenOver) {
  const Recruit person = Recruited();
  // An address that is shown no more.
  ASSERT_EQ(Receive(Manager(), "email: 'Later@Example.com' phone: '0912000777'")->candidate(), person.candidate);
  ASSERT_EQ(Number("SELECT COUNT(*) FROM contact_secrets"), 0);
  const std::string secret = "0123456789abcdef";
  Sql("INSERT INTO contact_secrets (name, secret) VALUES ('candidates', ?)", sql::Bind(secret));
  const Digest digest = ContactFingerprint(store_);
  const std::vector<std::pair<std::string, std::string>> contacts = {
      {"email", kMail}, {"email", kOldMail}, {"email", "later@example.com"}, {"phone", kPhone}};
  ASSERT_EQ(Number("SELECT COUNT(*) FROM candidate_contacts"), static_cast<int64_t>(contacts.size()));
  for (const auto& [purpose, text] : contacts) {
    Sql("UPDATE candidate_contacts SET digest = ? WHERE digest = ?",
        sql::Bind(seal::Hmac(secret, absl::StrCat(purpose, ":", text)), digest(purpose, text)));
  }
  // One was hashed anew by a replica that was interrupted.
  Sql("INSERT INTO candidate_contacts (digest, candidate) VALUES (?, ?)", sql::Bind(digest("email", kMail), person.candidate));
  for (int i = 0; i < 2; ++i) TakeOverContacts(store_, digest);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM contact_secrets"), 0) << "the key is gone";
  for (const char* contact : {"email: 'wang.shu@candidate.example'", "email: 'shu.before@candidate.example'", "email: 'later@example.com'",
                              "phone: '0912-000-777'"}) {
    EXPECT_EQ(Receive(Manager(), contact)->candidate(), person.candidate) << contact;
  }
}

}  // namespace
}  // namespace heitie::personnel
