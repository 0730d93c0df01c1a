#include "services/planning/survey/survey.h"

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "heitie/planning/v1/feedback_entry.pb.h"
#include "services/planning/plan/planning_fixture.h"
#include "services/planning/survey/responses.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using v1::Survey;
using v1::SurveyReceipt;

constexpr char kQuestions[] = R"pb(
  questions {
    question_id: "buys"
    text: "Do you buy?"
    kind: KIND_SINGLE_CHOICE
    required: true
    options { option_id: "yes" text: "Yes" }
    options { option_id: "no" text: "No" }
  }
  questions { question_id: "nps" text: "Recommend?" kind: KIND_NPS }
  questions { question_id: "why" text: "Why?" kind: KIND_TEXT })pb";
constexpr char kYes[] = "answers { question: 'buys' options: 'yes' } answers { question: 'nps' number: 9 }";
constexpr char kNo[] = "answers { question: 'buys' options: 'no' } answers { question: 'nps' number: 3 }";

class SurveyTest : public PlanningTest {
 protected:
  rpc::Call Person(const std::string& id) { return test::By("employees/" + id, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  rpc::Call Guest() { return test::By(rpc::kGuests, {}, clock_.Now()); }
  rpc::Call Shop() { return test::By("producers/shop", {options::v1::ROLE_PRODUCER}, clock_.Now()); }

  Survey Draft(const std::string& more) {
    return Do<Survey, v1::CreateSurveyRequest>(
        "CreateSurvey", Specialist(), absl::StrCat("survey_id: 's' survey { title: 'S' owner: 'employees/li' ", kQuestions, more, "}"));
  }
  Survey Publish() { return Do<Survey, v1::PublishSurveyRequest>("PublishSurvey", Specialist(), "name: 'surveys/s'"); }
  Survey Open(const std::string& more) {
    Draft(more);
    Publish();
    return Do<Survey, v1::OpenSurveyRequest>("OpenSurvey", Specialist(), "name: 'surveys/s'");
  }
  absl::StatusOr<SurveyReceipt> Answer(const std::string& person, const std::string& answers, const std::string& request_id = "") {
    return Call<SurveyReceipt>(
        "AnswerSurvey", Person(person),
        test::Proto<v1::AnswerSurveyRequest>(absl::StrCat("name: 'surveys/s' version: 1 request_id: '", request_id, "' ", answers)));
  }
  absl::StatusOr<SurveyReceipt> Submit(const std::string& key, const std::string& answers) {
    return Call<SurveyReceipt>("SubmitSurvey", Guest(),
                               test::Proto<v1::SubmitSurveyRequest>(absl::StrCat("name: 'surveys/s' version: 1 ", key, " ", answers)));
  }
  absl::StatusOr<v1::SurveyTally> Tally(const std::string& more = "") {
    return Call<v1::SurveyTally>("TallySurvey", Analyst(), test::Proto<v1::TallySurveyRequest>("name: 'surveys/s' " + more));
  }
  // A second process on the same tables.
  struct OtherReplica {
    explicit OtherReplica(SurveyTest& test)
        : store(test.database_.get(), test::Keys()),
          jobs(store, test.clock_, "services/planning"),
          service(service::Context{store, test.clock_, jobs,
                                   [&test](const std::string& target) -> client::Client& { return test.clients_[target]; },
                                   service::DefaultTimeZone(), test.people_}) {}
    record::Store store;
    job::Runner jobs;
    Service service;
  };
  std::string Ticket(int number) {
    return absl::StrCat("ticket: '", absl::Hex(number, absl::kZeroPad16), absl::Hex(number, absl::kZeroPad16), "'");
  }
  std::vector<std::string> Column(const std::string& query) {
    std::vector<std::string> found;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query(query, {}, [&](const sql::Row& row) { found.push_back(row.Text(0)); });
                                     }),
                IsOk());
    return found;
  }
};

TEST_F(SurveyTest, IsDraftedPublishedOpenedPausedAndClosed) {
  EXPECT_THAT((Refused<Survey, v1::CreateSurveyRequest>("CreateSurvey", Specialist(),
                                                        R"pb(survey {
                                                               title: "S"
                                                               owner: "employees/li"
                                                               anonymous: true
                                                               replaceable: true
                                                               open_time { seconds: 2000000000 }
                                                               close_time { seconds: 2000000000 }
                                                             })pb")),
              HasViolations("survey.replaceable ANONYMOUS_IS_FINAL", "survey.close_time CLOSES_BEFORE_IT_OPENS"));
  Draft("for_employees: true quotas { quota_id: 'all' limit: 2 }");
  EXPECT_THAT((Refused<Survey, v1::OpenSurveyRequest>("OpenSurvey", Specialist(), "name: 'surveys/s'")), HasReason("NOTHING_PUBLISHED"));
  EXPECT_THAT(Publish(), Partially("state: STATE_DRAFT version: 1 minimum_group: 5 planning_policy: 'planningPolicies/shipped'"));
  EXPECT_THAT(Answer("li", kYes), HasReason("SURVEY_NOT_OPEN"));
  Do<Survey, v1::OpenSurveyRequest>("OpenSurvey", Specialist(), "name: 'surveys/s'");
  EXPECT_THAT(*Answer("li", kYes), Partially("outcome: SURVEY_OUTCOME_COUNTED"));
  EXPECT_THAT((Refused<Survey, v1::UpdateSurveyRequest>("UpdateSurvey", Specialist(),
                                                        "survey { name: 'surveys/s' anonymous: true } update_mask { paths: 'anonymous' }")),
              HasViolation("survey.anonymous", "SURVEY_FIXED"));
  EXPECT_THAT((Do<Survey, v1::GetSurveyRequest>("GetSurvey", Analyst(), "name: 'surveys/s'")),
              Partially("quotas { quota_id: 'all' limit: 2 used: 1 }"));
  Do<Survey, v1::PauseSurveyRequest>("PauseSurvey", Specialist(), "name: 'surveys/s'");
  EXPECT_THAT(Answer("wang", kYes), HasReason("SURVEY_NOT_OPEN"));
  Do<Survey, v1::ResumeSurveyRequest>("ResumeSurvey", Specialist(), "name: 'surveys/s'");
  EXPECT_THAT(Answer("wang", "answers { question: 'nps' number: 12 }"),
              HasViolations("answers ANSWER_MISSING", "answers[0].number VALUE_OUT_OF_RANGE"));
  Do<Survey, v1::CloseSurveyRequest>("CloseSurvey", Specialist(), "name: 'surveys/s'");
  EXPECT_THAT(Answer("wang", kYes), HasReason("SURVEY_NOT_OPEN"));
  EXPECT_THAT((Refused<Survey, v1::UpdateSurveyRequest>("UpdateSurvey", Specialist(),
                                                        "survey { name: 'surveys/s' title: 'T' } update_mask { paths: 'title' }")),
              HasReason("SURVEY_CLOSED"));
}

TEST_F(SurveyTest, OpensAndClosesByItselfAtSetTimes) {
  Draft("for_employees: true open_time { seconds: 1767229200 } close_time { seconds: 1767232800 }");
  Publish();
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Answer("li", kYes), HasReason("SURVEY_NOT_OPEN"));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Answer("li", kYes), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Answer("wang", kYes), HasReason("SURVEY_NOT_OPEN")) << "by its time, though nobody has closed it yet";
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ((Do<Survey, v1::GetSurveyRequest>("GetSurvey", Analyst(), "name: 'surveys/s'")).state(), Survey::STATE_CLOSED);
}

TEST_F(SurveyTest, EachAnswersOnceWhateverIsRepeated) {
  Open("for_employees: true");
  EXPECT_THAT(*Answer("li", kYes, "once"), Partially("outcome: SURVEY_OUTCOME_COUNTED repeated_request: false"));
  EXPECT_THAT(*Answer("li", kYes, "once"), Partially("outcome: SURVEY_OUTCOME_COUNTED repeated_request: true"));
  EXPECT_TRUE(Answer("li", kYes, "once")->repeated_request());
  EXPECT_THAT(Answer("li", kNo, "twice"), HasReason("SURVEY_ANSWERED"));
  EXPECT_THAT(Answer("li", kNo), HasReason("SURVEY_ANSWERED"));
  std::atomic<int> taken = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        const auto receipt = Answer("wang", kYes);
        ++(receipt.ok() ? taken : refused);
        if (!receipt.ok()) EXPECT_THAT(receipt, HasReason("SURVEY_ANSWERED"));
      });
    }
  }
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(Tally()->counted(), 2);
}

// Two hundred people, each of whom sends an answer three times at once to two replicas, twice of them in the same request: one counts.
TEST_F(SurveyTest, HundredsWhoRepeatThemselvesAtTwoReplicasAnswerOnce) {
  Open("for_employees: true quotas { quota_id: 'yes' limit: 60 conditions { question: 'buys' options: 'yes' } }");
  OtherReplica other(*this);
  constexpr int kThreads = 20, kPeople = 10;
  std::atomic<int> counted = 0, screened = 0, repeated = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 3 * kPeople; ++i) {
          const int person = ((thread + i / kPeople) * kPeople + i % kPeople) % (kThreads * kPeople);
          const auto request = test::Proto<v1::AnswerSurveyRequest>(absl::StrCat(
              "name: 'surveys/s' version: 1 request_id: '", i < 2 * kPeople ? "first" : "other", "' ", person % 2 == 0 ? kYes : kNo));
          Service& replica = (thread + i / kPeople) % 2 == 0 ? *service_ : other.service;
          const auto receipt = replica.rpc().Invoke<SurveyReceipt>("AnswerSurvey", Person(absl::StrCat("p", person)), request);
          if (!receipt.ok()) {
            ++refused;
            EXPECT_THAT(receipt, HasReason("SURVEY_ANSWERED"));
          } else if (receipt->repeated_request()) {
            ++repeated;
          } else {
            ++(receipt->outcome() == v1::SURVEY_OUTCOME_COUNTED ? counted : screened);
          }
        }
      });
    }
  }
  EXPECT_EQ(counted, 160) << "a hundred who say no, and 60";
  EXPECT_EQ(screened, 40);
  EXPECT_EQ(repeated + refused, 400);
  EXPECT_THAT(*Tally(), Partially("counted: 160 screened_out: 40"));
  EXPECT_THAT(Column("SELECT used FROM survey_quotas_used"), ElementsAre("60"));
}

TEST_F(SurveyTest, TheLatestAnswerCountsAndHistoryStays) {
  Open("for_employees: true replaceable: true quotas { quota_id: 'yes' limit: 1 conditions { question: 'buys' options: 'yes' } }");
  EXPECT_THAT(*Answer("li", kYes), Partially("outcome: SURVEY_OUTCOME_COUNTED"));
  EXPECT_THAT(*Answer("wang", kYes), Partially("outcome: SURVEY_OUTCOME_SCREENED_OUT"));
  EXPECT_THAT(*Answer("li", kNo, "b"), Partially("outcome: SURVEY_OUTCOME_COUNTED")) << "which frees the place";
  EXPECT_TRUE(Answer("li", kNo, "b")->repeated_request());
  EXPECT_THAT(*Answer("wang", kYes), Partially("outcome: SURVEY_OUTCOME_COUNTED"));
  EXPECT_THAT(Answer("li", kYes), HasReason("QUOTA_FULL"));
  EXPECT_THAT(*Tally(), Partially("counted: 2 screened_out: 0"));
  EXPECT_THAT(Column("SELECT CONCAT(quota, ' ', used) FROM survey_quotas_used"), ElementsAre("yes 1"));
  const auto read = Do<v1::ReadSurveyResponsesResponse, v1::ReadSurveyResponsesRequest>(
      "ReadSurveyResponses", Manager(), "name: 'surveys/s' respondent: 'employees/li' with_replaced: true");
  EXPECT_THAT(read.responses(), SizeIs(2));
}

TEST_F(SurveyTest, QuotasAreNeverExceededByHowManyEverAtOnceAndWhereEver) {
  Open(R"pb(by_link: true
            guest_calls_per_second: 10000
            quotas { quota_id: "all" limit: 40 }
            quotas {
              quota_id: "yes"
              limit: 15
              conditions { question: "buys" options: "yes" }
            })pb");
  OtherReplica other(*this);
  std::atomic<int> counted = 0, screened = 0, yes = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 24; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 5; ++i) {
          const bool says_yes = (thread + i) % 2 == 0;
          const auto request = test::Proto<v1::SubmitSurveyRequest>(
              absl::StrCat("name: 'surveys/s' version: 1 ", Ticket(thread * 100 + i), " ", says_yes ? kYes : kNo));
          Service& replica = thread % 2 == 0 ? *service_ : other.service;
          const auto receipt = replica.rpc().Invoke<SurveyReceipt>("SubmitSurvey", Guest(), request);
          ASSERT_THAT(receipt, IsOk());
          const bool in = receipt->outcome() == v1::SURVEY_OUTCOME_COUNTED;
          ++(in ? counted : screened);
          yes += in && says_yes ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(counted, 40);
  EXPECT_EQ(screened, 80) << "kept, and told";
  EXPECT_LE(yes, 15);
  EXPECT_THAT(*Tally(), Partially("counted: 40 screened_out: 80"));
  EXPECT_THAT(Column("SELECT used FROM survey_quotas_used WHERE quota = 'all'"), ElementsAre("40"));
  EXPECT_THAT(Column("SELECT used FROM survey_quotas_used WHERE quota = 'yes'"), ElementsAre(absl::StrCat(yes.load())));
}

TEST_F(SurveyTest, InvitationsAreGoodOnceUntilTheyExpireAndTheirKeysAreTold) {
  Open("for_invited: true");
  const auto request = test::Proto<v1::InviteRespondentsRequest>(
      "parent: 'surveys/s' labels: 'a' labels: 'b' labels: 'c' expire_time { seconds: 1767312000 } request_id: 'r'");
  const auto invited = Call<v1::InviteRespondentsResponse>("InviteRespondents", Specialist(), request);
  ASSERT_THAT(invited, IsOk());
  ASSERT_THAT(invited->invitations(), SizeIs(3));
  EXPECT_THAT(Call<v1::InviteRespondentsResponse>("InviteRespondents", Specialist(), request), HasReason("INVITATIONS_TOLD"));
  const auto key = [&](int i) { return absl::StrCat("invitation_key: '", invited->invitations(i).key(), "'"); };
  for (const std::string table : {"survey_invitation_keys", "survey_invitations", "idempotency", "event"}) {
    for (const std::string& row : Column(absl::StrCat("SELECT CONCAT_WS(' ', t.",
                                                      table == "event"                ? "payload"
                                                      : table == "idempotency"        ? "response"
                                                      : table == "survey_invitations" ? "label, t.name"
                                                                                      : "digest, t.invitation",
                                                      ") FROM ", table, " AS t"))) {
      for (const auto& one : invited->invitations()) EXPECT_FALSE(absl::StrContains(row, one.key())) << table;
    }
  }
  const auto form =
      Call<v1::GetSurveyFormResponse>("GetSurveyForm", Guest(), test::Proto<v1::GetSurveyFormRequest>("name: 'surveys/s' " + key(0)));
  ASSERT_THAT(form, IsOk());
  EXPECT_THAT(*form, Partially("title: 'S' version: 1"));
  EXPECT_THAT(form->questions(), SizeIs(3));
  EXPECT_EQ(form->ticket(), "");
  EXPECT_THAT(Submit(key(0), kYes), IsOk());
  EXPECT_THAT(Submit(key(0), kNo), HasReason("SURVEY_ANSWERED"));
  EXPECT_THAT(Submit("invitation_key: '00000000000000000000000000000000'", kYes), HasReason("KEY_INVALID"));
  EXPECT_THAT(Submit(Ticket(1), kYes), HasReason("KEY_INVALID")) << "not by the link";
  EXPECT_THAT(Submit("", kYes), HasViolation("invitation_key", "ONE_KEY"));
  Do<v1::SurveyInvitation, v1::RevokeSurveyInvitationRequest>("RevokeSurveyInvitation", Specialist(),
                                                              "name: '" + invited->invitations(1).invitation() + "'");
  EXPECT_THAT(Submit(key(1), kYes), HasReason("KEY_INVALID"));
  clock_.Advance(absl::Hours(25));
  EXPECT_THAT(Submit(key(2), kYes), HasReason("KEY_INVALID"));
  const auto read =
      Do<v1::ReadSurveyResponsesResponse, v1::ReadSurveyResponsesRequest>("ReadSurveyResponses", Manager(), "name: 'surveys/s'");
  ASSERT_THAT(read.responses(), SizeIs(1));
  EXPECT_EQ(read.responses(0).respondent(), "invitation:" + record::IdOf(invited->invitations(0).invitation()));
}

TEST_F(SurveyTest, GuestsHaveALimitOfTheSurvey) {
  Open("by_link: true guest_calls_per_second: 3");
  EXPECT_THAT(Submit(Ticket(0), kYes), IsOk()) << "from here on its limit is known";
  int taken = 0;
  for (int i = 1; i < 10; ++i) {
    const auto receipt = Submit(Ticket(i), kYes);
    taken += receipt.ok() ? 1 : 0;
    if (!receipt.ok()) EXPECT_THAT(receipt, HasReason("TOO_MANY_GUESTS"));
  }
  EXPECT_EQ(taken, 3);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Submit(Ticket(20), kYes), IsOk());
}

TEST_F(SurveyTest, ProducersBringUsersRowByRow) {
  Open(R"pb(producers: "producers/shop"
            questions {
              question_id: "level"
              text: "Level"
              kind: KIND_ATTRIBUTE
              options { option_id: "gold" text: "Gold" }
              options { option_id: "new" text: "New" }
            })pb");
  const std::string rows = R"pb(name: "surveys/s"
                                version: 1
                                rows {
                                  user: "u1"
                                  answers { question: "buys" options: "yes" }
                                  answers { question: "level" options: "gold" }
                                }
                                rows {
                                  user: "u2"
                                  answers { question: "buys" options: "perhaps" }
                                }
                                rows {
                                  user: "u1"
                                  answers { question: "buys" options: "no" }
                                })pb";
  const auto first =
      Call<v1::IngestSurveyResponsesResponse>("IngestSurveyResponses", Shop(), test::Proto<v1::IngestSurveyResponsesRequest>(rows));
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(*first, Partially(R"pb(counted: 1
                                     outcomes { outcome: SURVEY_OUTCOME_COUNTED }
                                     outcomes { defects { field: "answers[0].options[0]" reason: "NO_SUCH_OPTION" } }
                                     outcomes { already_answered: true })pb"));
  const auto again =
      Call<v1::IngestSurveyResponsesResponse>("IngestSurveyResponses", Shop(), test::Proto<v1::IngestSurveyResponsesRequest>(rows));
  EXPECT_THAT(*again, Partially("outcomes { already_answered: true } outcomes { } outcomes { already_answered: true }"));
  EXPECT_THAT(Call<v1::IngestSurveyResponsesResponse>("IngestSurveyResponses",
                                                      test::By("producers/other", {options::v1::ROLE_PRODUCER}, clock_.Now()),
                                                      test::Proto<v1::IngestSurveyResponsesRequest>(rows)),
              HasReason("NOT_ASKED"));
  EXPECT_EQ(Tally()->counted(), 1);
}

// Whoever reads every table finds who has answered, and what was answered, and nothing that leads from one to the other.
TEST_F(SurveyTest, AnAttackerWhoReadsEveryTableFindsNobody) {
  Open("anonymous: true for_employees: true");
  const std::vector<std::string> people = {"anna", "bruno", "clara", "dora", "emil", "franz"};
  for (size_t i = 0; i < people.size(); ++i) {
    clock_.Advance(absl::Minutes(7));
    EXPECT_THAT(Answer(people[i],
                       absl::StrCat("answers { question: 'buys' options: 'yes' } answers { question: 'nps' number: ", i,
                                    " } answers { question: 'why' text: 'secret of ", i, "' }"),
                       absl::StrCat("request-", people[i])),
                IsOk());
  }
  EXPECT_TRUE(Answer("anna", kYes, "request-anna")->repeated_request());
  EXPECT_EQ(Answer("anna", kYes, "request-anna")->outcome(), v1::SURVEY_OUTCOME_UNSPECIFIED) << "nobody can tell any more";
  EXPECT_THAT(Answer("anna", kYes, "another"), HasReason("SURVEY_ANSWERED"));
  // Every row of every table as one text.
  std::vector<std::pair<std::string, std::string>> rows;
  for (const std::string& table :
       Column("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'")) {
    const std::vector<std::string> columns = Column(absl::StrCat(
        "SELECT CONCAT('COALESCE(HEX(`', column_name, '`), \"\")') FROM information_schema.columns WHERE table_schema = DATABASE() "
        "AND table_name = '",
        table, "'"));
    for (const std::string& row : Column(absl::StrCat("SELECT CONCAT_WS('-', ", absl::StrJoin(columns, ", "), ") FROM `", table, "`"))) {
      std::string plain;
      for (const auto part : absl::StrSplit(row, '-')) plain += absl::HexStringToBytes({part.data(), part.size()}) + "|";
      rows.emplace_back(table, plain);
    }
  }
  int named = 0, answered = 0;
  for (const auto& [table, row] : rows) {
    const bool names = std::any_of(people.begin(), people.end(), [&](const std::string& one) { return absl::StrContains(row, one); });
    const bool says = absl::StrContains(row, "secret of") || table == "survey_responses" || table == "survey_texts";
    EXPECT_FALSE(names && says) << table << ": " << row;
    EXPECT_FALSE(names && table != "survey_participations")
        << table << ": neither events nor records of requests name who answered: " << row;
    named += names ? 1 : 0;
    answered += table == "survey_responses" ? 1 : 0;
  }
  EXPECT_EQ(named, 6);
  EXPECT_EQ(answered, 6);
  EXPECT_THAT(Column("SELECT COUNT(*) FROM survey_responses WHERE respondent IS NOT NULL OR submit_time IS NOT NULL"), ElementsAre("0"));
  EXPECT_THAT(Column("SELECT COUNT(*) FROM survey_participations WHERE response IS NOT NULL"), ElementsAre("0"));
  EXPECT_THAT(Column("SELECT COUNT(*) FROM survey_texts WHERE response IS NOT NULL"), ElementsAre("0"));
  // Neither ids nor the order of rows follow the order of answers: over some repetitions that would show.
  std::set<std::string> orders;
  for (const std::string& response : Column("SELECT response FROM survey_responses")) orders.insert(response);
  EXPECT_EQ(orders.size(), 6u);
  // Shared column values beside the survey's name: a join over any pair of columns of the tables finds nothing.
  EXPECT_THAT(Column("SELECT p.respondent FROM survey_participations AS p JOIN survey_responses AS r ON r.response IN (p.respondent, "
                     "p.request_id, SHA2(p.respondent, 256), SHA2(p.request_id, 256), MD5(p.respondent), MD5(p.request_id))"),
              SizeIs(0));
  EXPECT_THAT(
      (Refused<v1::ReadSurveyResponsesResponse, v1::ReadSurveyResponsesRequest>("ReadSurveyResponses", Manager(), "name: 'surveys/s'")),
      HasReason("ANONYMOUS_SURVEY"));
}

// The order of random ids is the order of nothing: of many pairs that are answered one after the other, about half lie in that order.
TEST_F(SurveyTest, RowsOfAnAnonymousSurveyLieInNoOrder) {
  Open("anonymous: true by_link: true guest_calls_per_second: 10000");
  int in_order = 0;
  std::string last;
  constexpr int kAnswers = 80;
  for (int i = 0; i < kAnswers; ++i) {
    ASSERT_THAT(
        Submit(Ticket(i), absl::StrCat("answers { question: 'buys' options: 'yes' } answers { question: 'nps' number: ", i % 11, " }")),
        IsOk());
    std::set<std::string> now;
    for (const std::string& id : Column("SELECT response FROM survey_responses")) now.insert(id);
    EXPECT_EQ(now.size(), static_cast<size_t>(i + 1));
    in_order += !last.empty() && *now.rbegin() == last ? 0 : 1;
    last = *now.rbegin();
  }
  EXPECT_LT(in_order, kAnswers / 2) << "the latest is rarely the greatest";
}

TEST_F(SurveyTest, NamedAnswersAreReadByFewAndEachReadingIsAnEvent) {
  Open("for_employees: true");
  EXPECT_THAT(Answer("wang", "answers { question: 'buys' options: 'yes' } answers { question: 'why' text: '=cheap' }"), IsOk());
  const auto request = test::Proto<v1::ReadSurveyResponsesRequest>("name: 'surveys/s'");
  EXPECT_THAT(Call<v1::ReadSurveyResponsesResponse>("ReadSurveyResponses", Specialist(), request), HasReason("NOT_YOUR_SURVEY"));
  const auto owner = test::By("employees/li", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  for (const rpc::Call& call : {Analyst(), Manager(), owner}) {
    const auto read = Call<v1::ReadSurveyResponsesResponse>("ReadSurveyResponses", call, request);
    ASSERT_THAT(read, IsOk());
    EXPECT_THAT(*read, Partially("responses { respondent: 'employees/wang' version: 1 outcome: SURVEY_OUTCOME_COUNTED }"));
  }
  const auto file =
      Do<v1::ExportSurveyResponsesResponse, v1::ExportSurveyResponsesRequest>("ExportSurveyResponses", Analyst(), "name: 'surveys/s'");
  EXPECT_EQ(file.content(), "respondent,submit_time,version,buys,nps,why\r\nemployees/wang,2026-01-01T00:00:00Z,1,yes,,'=cheap\r\n");
  EXPECT_THAT(Actions("surveys/s"),
              ElementsAre("create", "publish", "open", "read_responses", "read_responses", "read_responses", "export_responses"));
  for (const std::string& payload : Column("SELECT CONCAT_WS(' ', payload, before_json) FROM event"))
    EXPECT_THAT(payload, ::testing::Not(HasSubstr("cheap")));
  EXPECT_THAT(Column("SELECT response FROM idempotency"), ::testing::Each(::testing::Not(HasSubstr("cheap"))));
}

TEST_F(SurveyTest, ErasingARespondentRemovesWhatWasSaidAndGivesThePlaceBack) {
  Open("for_employees: true quotas { quota_id: 'all' limit: 5 }");
  EXPECT_THAT(Answer("wang", "answers { question: 'buys' options: 'yes' } answers { question: 'why' text: 'cheap' }"), IsOk());
  EXPECT_THAT(Answer("zhou", kNo), IsOk());
  const std::vector<std::string> texts = Column("SELECT name FROM survey_texts");
  ASSERT_THAT(texts, SizeIs(1));
  Do<v1::FeedbackEntry, v1::CreateFeedbackEntryRequest>(
      "CreateFeedbackEntry", Analyst(),
      absl::StrCat("feedback_entry { channel: CHANNEL_SURVEY text: 'cheap' source: '", texts[0],
                   "' receive_date { year: 2026 month: 1 day: 1 } } ", "request_id: 'filed'"));
  const std::string coding = absl::StrCat("name: '", texts[0], "' codes: 'price' request_id: 'coded'");
  Do<v1::SurveyText, v1::CodeSurveyTextRequest>("CodeSurveyText", Analyst(), coding);
  EXPECT_THAT(Column("SELECT payload FROM event"), ::testing::Contains(HasSubstr("cheap")));
  EXPECT_THAT(Column("SELECT response FROM idempotency WHERE request_id IN ('filed', 'coded')"), ::testing::Each(HasSubstr("cheap")));
  EXPECT_EQ(Tally()->counted(), 2);
  EXPECT_THAT((Do<v1::EraseSurveyRespondentResponse, v1::EraseSurveyRespondentRequest>("EraseSurveyRespondent", Manager(),
                                                                                       "respondent: 'employees/wang'")),
              Partially("responses: 1 texts: 1 feedback_entries: 1"));
  EXPECT_EQ(Tally()->counted(), 1);
  EXPECT_THAT(Column("SELECT used FROM survey_quotas_used"), ElementsAre("1"));
  EXPECT_THAT(Column("SELECT respondent FROM survey_participations"), ElementsAre("employees/zhou"));
  EXPECT_THAT(Column("SELECT text FROM survey_texts"), SizeIs(0));
  EXPECT_THAT(Column("SELECT name FROM feedback_entries"), SizeIs(0));
  EXPECT_THAT(Column("SELECT COALESCE(payload, '') FROM event"), ::testing::Each(::testing::Not(HasSubstr("cheap"))));
  EXPECT_THAT(Column("SELECT response FROM idempotency"), ::testing::Each(::testing::Not(HasSubstr("cheap"))));
  EXPECT_THAT((Do<v1::SurveyText, v1::CodeSurveyTextRequest>("CodeSurveyText", Analyst(), coding)), Partially("codes: 'price' text: ''"))
      << "what was answered is answered again, without the words";
}

TEST_F(SurveyTest, TextsAreCodedAndTalliedByCode) {
  Open("for_employees: true");
  for (const std::string person : {"a", "b", "c"}) {
    EXPECT_THAT(Answer(person, absl::StrCat("answers { question: 'buys' options: 'yes' } answers { question: 'why' text: 'text of ", person,
                                            "' }")),
                IsOk());
  }
  const auto texts = Do<v1::ListSurveyTextsResponse, v1::ListSurveyTextsRequest>("ListSurveyTexts", Analyst(), "parent: 'surveys/s'");
  ASSERT_THAT(texts.survey_texts(), SizeIs(3));
  for (int i = 0; i < 2; ++i) {
    const auto coded = Do<v1::SurveyText, v1::CodeSurveyTextRequest>(
        "CodeSurveyText", Analyst(),
        absl::StrCat("name: '", texts.survey_texts(i).name(), "' codes: 'price' ", i == 0 ? "codes: 'speed'" : ""));
    EXPECT_EQ(coded.etag(), "2");
    EXPECT_EQ(coded.coder(), "employees/analyst");
  }
  EXPECT_THAT(
      Tally()->questions(2),
      Partially("question: 'why' answered: 3 uncoded: 1 options { option: 'price' count: 2 } options { option: 'speed' count: 1 }"));
  const auto engineer = test::By("employees/ops", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now());
  EXPECT_THAT(
      (Do<v1::ListSurveyTextsResponse, v1::ListSurveyTextsRequest>("ListSurveyTexts", engineer, "parent: 'surveys/s'")).survey_texts(),
      SizeIs(0));
}

TEST_F(SurveyTest, WhatStandsForSomethingElseLiesApartAsWell) {
  Open(R"pb(anonymous: true
            for_employees: true
            questions {
              question_id: "how"
              text: "How?"
              kind: KIND_MULTIPLE_CHOICE
              options { option_id: "app" text: "App" }
              options { option_id: "else" text: "Otherwise" other: true }
            })pb");
  EXPECT_THAT(Answer("a", "answers { question: 'buys' options: 'yes' } answers { question: 'how' options: 'else' other_text: 'by boat' }"),
              IsOk());
  EXPECT_THAT(Column("SELECT CONCAT(question, ' ', text) FROM survey_texts"), ElementsAre("how by boat"));
  EXPECT_THAT(Column("SELECT answers FROM survey_responses"), ::testing::Each(::testing::Not(HasSubstr("by boat"))));
}

TEST_F(SurveyTest, AFrozenResultStaysAsItWasAndIsEvidence) {
  Open("for_employees: true");
  EXPECT_THAT(Answer("a", kYes), IsOk());
  EXPECT_THAT(Answer("b", kNo), IsOk());
  const std::string request = "parent: 'surveys/s' survey_result_id: 'half' survey_result { title: 'Half of them buy' }";
  const auto frozen = Do<v1::SurveyResult, v1::CreateSurveyResultRequest>("CreateSurveyResult", Analyst(), request);
  EXPECT_THAT(frozen, Partially("tally { counted: 2 }"));
  EXPECT_THAT(frozen.digest(), SizeIs(64));
  EXPECT_THAT(Answer("c", kYes), IsOk());
  const auto later = Do<v1::SurveyResult, v1::GetSurveyResultRequest>("GetSurveyResult", Analyst(), "name: 'surveys/s/surveyResults/half'");
  EXPECT_THAT(later, Partially("tally { counted: 2 }"));
  EXPECT_EQ(later.digest(), frozen.digest());
  CreateQuarter();
  CreateProject("p");
  Cite("projects/p", "survey", "survey_result: 'surveys/s/surveyResults/half' last_valid_date { year: 2026 month: 3 day: 1 }");
  EXPECT_THAT(
      (Refused<v1::Citation, v1::CreateCitationRequest>("CreateCitation", Specialist(),
                                                        "parent: 'projects/p' citation { claim: 'x' survey_result: "
                                                        "'surveys/s/surveyResults/none' last_valid_date { year: 2026 month: 3 day: 1 } }")),
      HasViolation("citation.survey_result", "NOT_IN_FORCE"));
}

TEST_F(SurveyTest, WeightsAreVersionsAndFrozenResultsNameTheirs) {
  Draft("for_employees: true");
  const auto weigh = [&](const std::string& id, double yes) {
    return Call<v1::SurveyWeighting>("CreateSurveyWeighting", Analyst(),
                                     test::Proto<v1::CreateSurveyWeightingRequest>(absl::StrCat(
                                         "parent: 'surveys/s' survey_weighting_id: '", id,
                                         "' survey_weighting { reason: 'The census' margins { question: 'buys' shares { ",
                                         "option: 'yes' share: ", yes, " } shares { option: 'no' share: ", 1 - yes, " } } }")));
  };
  EXPECT_THAT(weigh("early", 0.5), HasReason("NOTHING_PUBLISHED"));
  Publish();
  Do<Survey, v1::OpenSurveyRequest>("OpenSurvey", Specialist(), "name: 'surveys/s'");
  EXPECT_THAT(*weigh("half", 0.5), Partially("version: 1"));
  EXPECT_THAT(*weigh("quarter", 0.25), Partially("version: 2"));
  for (const std::string person : {"a", "b", "c"}) EXPECT_THAT(Answer(person, kYes), IsOk());
  EXPECT_THAT(Tally("weighting: 'surveys/s/surveyWeightings/half'"), HasReason("TARGET_WITHOUT_RESPONDENTS"));
  EXPECT_THAT(Answer("d", kNo), IsOk());
  const auto tally = Tally("weighting: 'surveys/s/surveyWeightings/half'");
  ASSERT_THAT(tally, IsOk());
  EXPECT_THAT(*tally, Partially("weights { survey_weighting: 'surveys/s/surveyWeightings/half' }"));
  EXPECT_NEAR(tally->weights().design_effect(), 4.0 / 3, 1e-9);
  EXPECT_THAT(Tally("weighting: 'surveys/other/surveyWeightings/half'"), HasViolation("weighting", "WEIGHTING_OF_ANOTHER_SURVEY"));
  EXPECT_THAT(Tally("weighting: 'surveys/s/surveyWeightings/none'"), HasReason("NOT_FOUND"));
  const auto frozen = Do<v1::SurveyResult, v1::CreateSurveyResultRequest>(
      "CreateSurveyResult", Analyst(),
      "parent: 'surveys/s' survey_result { title: 'Half buy' weighting: 'surveys/s/surveyWeightings/half' }");
  EXPECT_THAT(frozen, Partially("weighting: 'surveys/s/surveyWeightings/half' tally { weights { survey_weighting: "
                                "'surveys/s/surveyWeightings/half' } }"));
  const auto crossed = Call<v1::CrossTabulateSurveyResponse>(
      "CrossTabulateSurvey", Analyst(),
      test::Proto<v1::CrossTabulateSurveyRequest>("name: 'surveys/s' row_question: 'buys' column_question: 'nps' weighting: "
                                                  "'surveys/s/surveyWeightings/half'"));
  ASSERT_THAT(crossed, IsOk());
  EXPECT_NEAR(crossed->tables(0).test().design_effect(), 4.0 / 3, 1e-9);
}

TEST_F(SurveyTest, AnAnonymousResultOfFewIsNotKept) {
  Open("anonymous: true for_employees: true");
  EXPECT_THAT(Answer("a", kYes), IsOk());
  EXPECT_THAT(*Tally(), Partially("withheld: true minimum_group: 5"));
  EXPECT_THAT((Refused<v1::SurveyResult, v1::CreateSurveyResultRequest>("CreateSurveyResult", Analyst(),
                                                                        "parent: 'surveys/s' survey_result { title: 'One' }")),
              HasReason("RESULT_WITHHELD"));
}

TEST_F(SurveyTest, ANamedSurveyIsCountedAsItWasOnAnyDayThatIsOver) {
  Open("for_employees: true replaceable: true");
  EXPECT_THAT(Answer("a", kYes, "1"), IsOk());
  EXPECT_THAT(Answer("b", kYes, "2"), IsOk());
  const std::string first = "as_of { year: 2026 month: 1 day: 1 } ";
  EXPECT_THAT(Tally(first), HasViolation("as_of", "AS_OF_NOT_OVER"));
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(Answer("a", kNo, "3"), IsOk());
  EXPECT_THAT(Answer("c", kNo, "4"), IsOk());
  const auto then = Tally(first);
  ASSERT_THAT(then, IsOk());
  EXPECT_THAT(*then, Partially("counted: 2 version: 1 basis { as_of { year: 2026 month: 1 day: 1 } }"));
  EXPECT_THAT(then->questions(0), Partially("question: 'buys' options { option: 'yes' count: 2 } options { option: 'no' count: 0 }"));
  EXPECT_GT(then->basis().position(), 0);
  // What is asked, too, is the version of then.
  EXPECT_THAT(
      Call<Survey>("UpdateSurvey", Specialist(),
                   test::Proto<v1::UpdateSurveyRequest>("survey { name: 'surveys/s' questions { question_id: 'buys' text: 'Will you?' "
                                                        "kind: KIND_NPS } } update_mask { paths: 'questions' }")),
      IsOk());
  Publish();
  const auto again = Tally(absl::StrCat(first, "position: ", then->basis().position()));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), then->SerializeAsString());
  EXPECT_THAT(*Tally(), Partially("counted: 3 version: 2"));
  EXPECT_THAT(Tally(first + "position: 1000000"), HasViolation("position", "POSITION_TO_COME"));
  EXPECT_THAT(Tally("as_of { year: 2025 month: 12 day: 31 }"), HasReason("NOTHING_PUBLISHED"));
  const auto crossed = Call<v1::CrossTabulateSurveyResponse>(
      "CrossTabulateSurvey", Analyst(),
      test::Proto<v1::CrossTabulateSurveyRequest>(absl::StrCat("name: 'surveys/s' row_question: 'buys' column_question: 'nps' ", first)));
  ASSERT_THAT(crossed, IsOk());
  EXPECT_EQ(crossed->tables(0).total(), 2);
}

TEST_F(SurveyTest, OfAnAnonymousSurveyADayIsToldWhereNobodyIsSingledOut) {
  Open("anonymous: true by_link: true guest_calls_per_second: 10000");
  int next = 0;
  const auto answer = [&](int times) {
    for (int i = 0; i < times; ++i, ++next) ASSERT_THAT(Submit(Ticket(next), next % 2 == 0 ? kYes : kNo), IsOk());
  };
  // The clock of tests begins at midnight of UTC; days begin by the business time zone.
  const absl::TimeZone zone = service::DefaultTimeZone();
  const auto end_day = [&] {
    clock_.Advance(absl::FromCivil(absl::ToCivilDay(clock_.Now(), zone) + 1, zone) + absl::Minutes(1) - clock_.Now());
    ASSERT_THAT(jobs_.RunDue(), IsOk());
  };
  const auto as_of = [&](int days_ago) {
    const absl::CivilDay day = absl::ToCivilDay(clock_.Now(), zone) - days_ago;
    return absl::StrCat("as_of { year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " } ");
  };
  answer(3);
  end_day();
  EXPECT_THAT(Tally(as_of(1)), HasReason("AS_OF_TOO_FEW")) << "three";
  EXPECT_THAT(Tally(as_of(2)), HasReason("AS_OF_NOT_KEPT")) << "it was not open then";
  answer(4);
  end_day();
  EXPECT_THAT(Tally(as_of(1)), HasReason("AS_OF_TOO_FEW")) << "seven, and none since";
  answer(6);
  end_day();
  const auto told = Tally(as_of(2));
  ASSERT_THAT(told, IsOk());
  EXPECT_THAT(*told, Partially("counted: 7 screened_out: 0"));
  EXPECT_THAT(told->questions(0), Partially("question: 'buys' answered: 7"));
  EXPECT_GT(told->basis().position(), 0);
  EXPECT_THAT(Tally(as_of(2) + "breakdown: 'buys'"), HasReason("AS_OF_OF_ALL_ONLY"));
  EXPECT_THAT(Tally(as_of(2) + "conditions { question: 'buys' options: 'yes' }"), HasReason("AS_OF_OF_ALL_ONLY"));
  EXPECT_THAT(Call<v1::CrossTabulateSurveyResponse>(
                  "CrossTabulateSurvey", Analyst(),
                  test::Proto<v1::CrossTabulateSurveyRequest>("name: 'surveys/s' row_question: 'buys' column_question: 'nps' " + as_of(2))),
              HasReason("AS_OF_OF_ALL_ONLY"));
  answer(2);
  Do<Survey, v1::CloseSurveyRequest>("CloseSurvey", Specialist(), "name: 'surveys/s'");
  end_day();
  EXPECT_THAT(Tally(as_of(2)), HasReason("AS_OF_TOO_FEW")) << "two are what it lacks of the whole";
  EXPECT_EQ(Tally(as_of(1))->counted(), 15) << "closed";
  const auto again = Tally(absl::StrCat(as_of(3), "position: ", told->basis().position()));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), told->SerializeAsString());
  end_day();
  EXPECT_EQ(Tally(as_of(1))->counted(), 15);
  EXPECT_THAT(Column("SELECT COUNT(*) FROM survey_responses WHERE submit_time IS NOT NULL"), ElementsAre("0"));
}

TEST_F(SurveyTest, TextsBecomeFeedbackByTheRuleOfTheirQuestion) {
  Open(R"pb(for_employees: true
            questions { question_id: "wish" text: "What do you wish?" kind: KIND_TEXT feedback_channel: CHANNEL_SURVEY })pb");
  const auto wish = [&](const std::string& person, const std::string& text) {
    EXPECT_THAT(
        Answer(person, absl::StrCat("answers { question: 'buys' options: 'yes' } answers { question: 'why' text: 'because' } answers { "
                                    "question: 'wish' text: '",
                                    text, "' }")),
        IsOk());
  };
  wish("wang", "more tea");
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  const auto filed = Do<v1::ListFeedbackEntriesResponse, v1::ListFeedbackEntriesRequest>("ListFeedbackEntries", Analyst(), "");
  ASSERT_THAT(filed.feedback_entries(), SizeIs(1)) << "and not what no rule names";
  EXPECT_THAT(
      filed.feedback_entries(0),
      Partially("channel: CHANNEL_SURVEY text: 'more tea' receive_date { year: 2026 month: 1 day: 1 } creator: 'services/planning'"));
  EXPECT_THAT(Column("SELECT name FROM survey_texts WHERE question = 'wish'"), ElementsAre(filed.feedback_entries(0).source()));
  // What somebody has filed by hand is not filed again.
  wish("zhou", "less noise");
  const std::string text = Column("SELECT name FROM survey_texts WHERE text = 'less noise'").at(0);
  Do<v1::FeedbackEntry, v1::CreateFeedbackEntryRequest>(
      "CreateFeedbackEntry", Analyst(),
      absl::StrCat("feedback_entry { channel: CHANNEL_SURVEY text: 'less noise' source: '", text,
                   "' receive_date { year: 2026 month: 1 day: 1 } }"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Column("SELECT COUNT(*) FROM feedback_entries"), ElementsAre("2"));
  EXPECT_THAT((Do<v1::EraseSurveyRespondentResponse, v1::EraseSurveyRespondentRequest>("EraseSurveyRespondent", Manager(),
                                                                                       "respondent: 'employees/wang'")),
              Partially("responses: 1 texts: 2 feedback_entries: 1"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Column("SELECT text FROM feedback_entries"), ElementsAre("less noise"));
  EXPECT_THAT(Column("SELECT COALESCE(payload, '') FROM event"), ::testing::Each(::testing::Not(HasSubstr("more tea"))));
  EXPECT_THAT((Refused<Survey, v1::CreateSurveyRequest>(
                  "CreateSurvey", Specialist(),
                  R"pb(survey {
                         title: "S"
                         owner: "employees/li"
                         questions { question_id: "nps" text: "?" kind: KIND_NPS feedback_channel: CHANNEL_SURVEY }
                       })pb")),
              HasViolation("survey.questions[0].feedback_channel", "NO_TEXT_ASKED"));
}

TEST_F(SurveyTest, WhatStandsBehindOtherBecomesFeedback) {
  Open(R"pb(for_employees: true
            questions {
              question_id: "where"
              text: "Where from?"
              kind: KIND_SINGLE_CHOICE
              options { option_id: "shop" text: "The shop" }
              options { option_id: "other" text: "Somewhere else" other: true }
              feedback_channel: CHANNEL_SOCIAL
            })pb");
  const std::string from = "answers { question: 'buys' options: 'yes' } answers { question: 'where' options: ";
  EXPECT_THAT(Answer("wang", from + "'shop' }"), IsOk());
  EXPECT_THAT(Answer("zhou", from + "'other' other_text: 'a friend' }"), IsOk());
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  const auto filed = Do<v1::ListFeedbackEntriesResponse, v1::ListFeedbackEntriesRequest>("ListFeedbackEntries", Analyst(), "");
  ASSERT_THAT(filed.feedback_entries(), SizeIs(1));
  EXPECT_THAT(filed.feedback_entries(0), Partially("channel: CHANNEL_SOCIAL text: 'a friend'"));
  EXPECT_THAT((Refused<Survey, v1::CreateSurveyRequest>("CreateSurvey", Specialist(),
                                                        R"pb(survey {
                                                               title: "S"
                                                               owner: "employees/li"
                                                               questions {
                                                                 question_id: "where"
                                                                 text: "?"
                                                                 kind: KIND_SINGLE_CHOICE
                                                                 options { option_id: "a" text: "A" }
                                                                 options { option_id: "b" text: "B" }
                                                                 feedback_channel: CHANNEL_SOCIAL
                                                               }
                                                             })pb")),
              HasViolation("survey.questions[0].feedback_channel", "NO_TEXT_ASKED"));
}

TEST_F(SurveyTest, TextsOfAnAnonymousSurveyBecomeFeedbackTogetherOnceItIsClosed) {
  Open(R"pb(anonymous: true
            for_employees: true
            questions { question_id: "wish" text: "?" kind: KIND_TEXT feedback_channel: CHANNEL_SURVEY }
            questions { question_id: "fear" text: "?" kind: KIND_TEXT feedback_channel: CHANNEL_OTHER })pb");
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(
        Answer(absl::StrCat("p", i), absl::StrCat("answers { question: 'buys' options: 'yes' } answers { question: 'wish' text: 'wish ", i,
                                                  "' } ", i < 2 ? "answers { question: 'fear' text: 'fear' }" : "")),
        IsOk());
  }
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Column("SELECT name FROM feedback_entries"), SizeIs(0)) << "its time would tell who wrote it";
  Do<Survey, v1::CloseSurveyRequest>("CloseSurvey", Specialist(), "name: 'surveys/s'");
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Column("SELECT DISTINCT channel FROM feedback_entries"), ElementsAre("CHANNEL_SURVEY")) << "two who fear are too few";
  EXPECT_THAT(Column("SELECT text FROM feedback_entries"), SizeIs(6));
  EXPECT_THAT(Column("SELECT DISTINCT create_time FROM feedback_entries"), SizeIs(1));
  EXPECT_THAT(Column("SELECT name FROM survey_texts WHERE feedback_channel IS NOT NULL"), SizeIs(0));
}

TEST_F(SurveyTest, ALaterVersionKeepsTheConditionsOfItsQuotasAndCountsWhatThereIs) {
  Open("for_employees: true quotas { quota_id: 'all' limit: 5 }");
  EXPECT_THAT(Answer("a", kYes), IsOk());
  EXPECT_THAT(Answer("b", kNo), IsOk());
  const auto update = [&](const std::string& quotas) {
    return Call<Survey>("UpdateSurvey", Specialist(),
                        test::Proto<v1::UpdateSurveyRequest>("survey { name: 'surveys/s' " + quotas + "} update_mask { paths: 'quotas' }"));
  };
  EXPECT_THAT(update("quotas { quota_id: 'all' limit: 5 conditions { question: 'buys' options: 'yes' } }"), IsOk());
  EXPECT_THAT((Refused<Survey, v1::PublishSurveyRequest>("PublishSurvey", Specialist(), "name: 'surveys/s'")), HasReason("QUOTA_CHANGED"));
  EXPECT_THAT(
      update("quotas { quota_id: 'all' limit: 9 } quotas { quota_id: 'yes' limit: 1 conditions { question: 'buys' options: 'yes' } }"),
      IsOk());
  EXPECT_EQ(Publish().version(), 2);
  EXPECT_THAT(Column("SELECT CONCAT(quota, ' ', used, ' ', quota_limit) FROM survey_quotas_used ORDER BY quota"),
              ElementsAre("all 2 9", "yes 1 1"));
  EXPECT_THAT(*Answer("c", kYes), Partially("outcome: SURVEY_OUTCOME_SCREENED_OUT"))
      << "who saw the version before is judged by today's quotas";
}

}  // namespace
}  // namespace heitie::planning
