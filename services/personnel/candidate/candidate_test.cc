#include "services/personnel/candidate/candidate.h"

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "services/personnel/candidate/candidate_testing.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;

class CandidateTest : public CandidateFixture {
 protected:
  int64_t Count(const std::string& query) {
    int64_t count = -1;
    EXPECT_TRUE(database_.get()
                    .Read(absl::Now() + absl::Seconds(20),
                          [&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { count = row.Int(0); }); })
                    .ok());
    return count;
  }
  absl::StatusOr<v1::Candidate> Merge(const std::string& name, const std::string& duplicate) {
    return Ask<v1::Candidate, v1::MergeCandidatesRequest>("MergeCandidates", Manager(),
                                                          absl::StrCat("name: '", name, "' duplicate: '", duplicate, "'"));
  }
  absl::StatusOr<v1::Candidate> Update(const std::string& name, const std::string& field, const std::string& value) {
    return Ask<v1::Candidate, v1::UpdateCandidateRequest>(
        "UpdateCandidate", Manager(),
        absl::StrCat("candidate { name: '", name, "' ", field, ": '", value, "' } update_mask { paths: '", field, "' }"));
  }
};

TEST_F(CandidateTest, APersonIsOneHoweverTheContactsAreWritten) {
  const auto first = Receive(Manager(), "email: 'mei@example.com' phone: '0912345678'");
  ASSERT_THAT(first, IsOk());
  for (const char* again : {"email: ' ＭＥＩ@Example.COM '", "phone: '+886 912 345 678'", "phone: '０９１２-３４５-６７８'",
                            "email: 'other@example.com' phone: '0912 345 678'"}) {
    const auto application = Receive(Manager(), again);
    ASSERT_THAT(application, IsOk()) << again;
    EXPECT_NE(application->name(), first->name());
    EXPECT_EQ(application->candidate(), first->candidate()) << again;
  }
  const auto stranger = Receive(Manager(), "email: 'li@example.com'");
  EXPECT_NE(stranger->candidate(), first->candidate());
  EXPECT_EQ(Receive(Manager(), "email: 'OTHER@example.com'")->candidate(), first->candidate()) << "what the person gave once stays theirs";
}

TEST_F(CandidateTest, WhatIsGivenAgainRenewsWhatIsKnown) {
  const auto first = Receive(Manager(), "email: 'mei@example.com' remarks: 'from the fair' documents: 'file:///cv'");
  const auto again = Receive(Manager(), "email: 'mei@example.com' phone: '02-2345-6789'");
  ASSERT_THAT(again, IsOk());
  const auto candidate = GetCandidate(Manager(), first->candidate());
  EXPECT_EQ(candidate->phone(), "+886223456789");
  EXPECT_EQ(candidate->remarks(), "from the fair");
  EXPECT_EQ(candidate->documents_size(), 1);
}

TEST_F(CandidateTest, NoContactIsKeptReadable) {
  ASSERT_THAT(Receive(Manager(), "email: 'unreadable@example.com' phone: '0912345678'"), IsOk());
  EXPECT_EQ(Count("SELECT COUNT(*) FROM candidate_contacts"), 2);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM candidate_contacts WHERE digest LIKE '%unreadable%' OR digest LIKE '%912345678%'"), 0);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM candidate_contacts WHERE LENGTH(digest) = 64"), 2);
}

TEST_F(CandidateTest, EveryBadFieldIsTold) {
  const auto refused = Receive(Manager(), "email: 'nobody' phone: '12' phone_region: 'XX'", "apply_date { year: 2030 month: 1 day: 1 }");
  EXPECT_THAT(refused, HasViolation("applicant.email", "BAD_EMAIL"));
  EXPECT_THAT(refused, HasViolation("applicant.phone_region", "UNKNOWN_REGION"));
  EXPECT_THAT(refused, HasViolation("application.apply_date", "APPLIED_LATER"));
  EXPECT_THAT(Receive(Manager(), "phone: '12'"), HasViolation("applicant.phone", "BAD_PHONE"));
  EXPECT_THAT(Receive(Manager(), ""), HasViolation("applicant.email", "NO_CONTACT"));
  EXPECT_EQ(Count("SELECT COUNT(*) FROM candidates"), 0);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM candidate_contacts"), 0);
}

// A new person who comes through two channels at the same moment is one.
TEST_F(CandidateTest, OneNewPersonIsOneWhoeverComesFirst) {
  for (int round = 0; round < 15; ++round) {
    std::atomic<int> done = 0;
    {
      std::vector<std::jthread> racers;
      for (int i = 0; i < 6; ++i) {
        racers.emplace_back([&, i] {
          // By e-mail address, by telephone number, and by both, which joins the two.
          const std::string email = absl::StrCat("email: 'p", round, "@example.com' "),
                            phone = absl::StrCat("phone: '0912", 345000 + round, "' ");
          done += Receive(Manager(),
                          i % 3 == 0   ? email + phone
                          : i % 3 == 1 ? phone + email
                                       : email + phone,
                          absl::StrCat("external_id: 'r", round, "-", i, "'"))
                      .ok();
        });
      }
    }
    ASSERT_EQ(done, 6);
    ASSERT_EQ(Count("SELECT COUNT(*) FROM candidates"), round + 1);
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM applications"), 90);
}

TEST_F(CandidateTest, TwoWhoTurnOutToBeOneAreMerged) {
  const std::string a = MustReceive("mei@example.com"), b = MustReceive("mei.lin@example.com");
  const auto both = Receive(Manager(), "email: 'x@example.com' phone: '0912345678'");
  ASSERT_THAT(both, IsOk());
  const std::string kept = CandidateOf(a), duplicate = CandidateOf(b);
  ASSERT_NE(kept, duplicate);
  auto offer = test::Proto<v1::Offer>(
      "name: 'offers/b' requisition: 'requisitions/host' state: STATE_DRAFT requester: 'employees/owner' pay_minor: 1 currency_code: 'TWD' "
      "start_date { year: 2026 month: 3 day: 1 } expire_time { seconds: 1800000000 }");
  offer.set_application(b);
  offer.set_candidate(duplicate);
  Put(offer);
  // The address is of one and the number of another: who was recognized by the address says so.
  ASSERT_EQ(Receive(Manager(), "email: 'mei@example.com' phone: '0912345678'")->candidate(), kept);
  EXPECT_EQ(GetCandidate(Manager(), kept)->possible_duplicate(), both->candidate());
  EXPECT_THAT(Merge(kept, kept), HasViolation("duplicate", "MERGED_WITH_ITSELF"));
  for (const std::string& other : {duplicate, both->candidate()}) ASSERT_THAT(Merge(kept, other), IsOk());
  EXPECT_EQ(CandidateOf(b), kept);
  EXPECT_EQ((Ask<v1::Offer, v1::GetOfferRequest>("GetOffer", Manager(), "name: 'offers/b'")->candidate()), kept);
  EXPECT_EQ(GetCandidate(Manager(), kept)->possible_duplicate(), "");
  const auto merged = GetCandidate(Manager(), duplicate);
  EXPECT_EQ(merged->state(), v1::Candidate::STATE_MERGED);
  EXPECT_EQ(merged->merged_into(), kept);
  EXPECT_EQ(merged->email() + merged->display_name() + merged->phone(), "");
  EXPECT_EQ(CandidateOf(MustReceive("mei.lin@example.com")), kept) << "contacts move along";
  EXPECT_THAT(Merge(kept, duplicate), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Update(duplicate, "email", "new@example.com"), HasReason("CANDIDATE_MERGED"));
}

TEST_F(CandidateTest, MergesInBothDirectionsAtOnceLeaveOne) {
  for (int round = 0; round < 10; ++round) {
    const std::string a = CandidateOf(MustReceive(absl::StrCat("a", round, "@example.com")));
    const std::string b = CandidateOf(MustReceive(absl::StrCat("b", round, "@example.com")));
    std::atomic<int> done = 0;
    {
      std::jthread one([&] { done += Merge(a, b).ok(); });
      std::jthread two([&] { done += Merge(b, a).ok(); });
    }
    ASSERT_EQ(done, 1);
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM candidates WHERE state = 'STATE_ACTIVE'"), 10);
}

TEST_F(CandidateTest, CorrectedContactsAreLookedUpAndGivenFree) {
  const std::string a = CandidateOf(MustReceive("typo@example.com")), b = CandidateOf(MustReceive("li@example.com"));
  EXPECT_THAT(Update(a, "email", "LI@example.com"), HasViolation("candidate.email", "CONTACT_TAKEN"));
  EXPECT_THAT(Update(a, "email", "nobody"), HasViolation("candidate.email", "BAD_EMAIL"));
  ASSERT_THAT(Update(a, "email", "right@example.com"), IsOk());
  EXPECT_EQ(CandidateOf(MustReceive("RIGHT@example.com")), a);
  EXPECT_NE(CandidateOf(MustReceive("typo@example.com")), a) << "the mistaken address is nobody's";
  EXPECT_NE(a, b);
}

TEST_F(CandidateTest, CandidatesAreSeenByFew) {
  const std::string application = InInterview("mei@example.com"), candidate = CandidateOf(application);
  const std::vector<rpc::Call> blind = {Analyst(), Person("stranger"), Person("i1"),
                                        test::By("employees/p", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now())};
  for (const rpc::Call& call : blind) {
    EXPECT_THAT(GetCandidate(call, candidate), HasReason("NOT_FOUND")) << call.principal.name;
    EXPECT_THAT(Get(call, application), HasReason("NOT_FOUND")) << call.principal.name;
    const auto list = Ask<v1::ListCandidatesResponse, v1::ListCandidatesRequest>("ListCandidates", call, "");
    EXPECT_EQ(list->candidates_size(), 0) << call.principal.name;
  }
  ASSERT_THAT(Assign(Person("owner"), application, "i1"), IsOk());
  for (const char* id : {"owner", "lead", "i1"}) {
    EXPECT_THAT(GetCandidate(Person(id), candidate), IsOk()) << id;
    EXPECT_THAT(Get(Person(id), application), IsOk()) << id;
  }
  const std::string other = MustReceive("li@example.com");
  EXPECT_THAT(Get(Person("i1"), other), HasReason("NOT_FOUND")) << "their candidates and no others";
}

}  // namespace
}  // namespace heitie::personnel
