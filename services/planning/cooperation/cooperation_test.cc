#include "services/planning/cooperation/cooperation.h"

#include <random>
#include <thread>

#include "heitie/planning/v1/notice.pb.h"
#include "services/planning/cooperation/figures.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::CooperationRequest;
using v1::Liaison;

absl::Time TaipeiTime(int month, int day, int hour, int minute) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("Asia/Taipei", &zone));
  return absl::FromCivil(absl::CivilMinute(2026, month, day, hour, minute), zone);
}

time::BusinessCalendar WithLunch(const std::vector<absl::CivilDay>& holidays, const std::vector<absl::CivilDay>& makeup_workdays) {
  type::v1::BusinessCalendar rules = RulesForTest(holidays, makeup_workdays);
  const auto morning = test::Proto<type::v1::OpenWindow>("open: '09:00' close: '12:00'");
  const auto afternoon = test::Proto<type::v1::OpenWindow>("open: '13:00' close: '18:00'");
  const auto set = [&](auto& day) {
    day.clear_windows();
    *day.add_windows() = morning;
    *day.add_windows() = afternoon;
  };
  set(*rules.mutable_week(0));
  for (auto& day : *rules.mutable_special_days()) set(day);
  return time::BusinessCalendar::Make({{absl::InfinitePast(), time::RulesOf(rules).value()}}).value();
}

// When so many seconds of working time have passed, by hand: second by second on the clock of Taipei, which is eight hours ahead all year.
absl::Time ByHand(absl::Time from, int64_t seconds, const std::vector<absl::CivilDay>& holidays,
                  const std::vector<absl::CivilDay>& makeup) {
  constexpr int64_t kAhead = 8 * 3600, kDay = 86400;
  int64_t at = absl::ToUnixSeconds(from) + kAhead, day = -1;
  bool works = false;
  for (; seconds > 0; ++at) {
    if (at / kDay != day) {
      day = at / kDay;
      const absl::CivilDay shown = absl::CivilDay(1970, 1, 1) + day;
      const absl::Weekday weekday = absl::GetWeekday(shown);
      const bool weekend = weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
      works = std::count(makeup.begin(), makeup.end(), shown) > 0 || (!weekend && std::count(holidays.begin(), holidays.end(), shown) == 0);
    }
    const int64_t hour = at % kDay / 3600;
    if (works && ((hour >= 9 && hour < 12) || (hour >= 13 && hour < 18))) --seconds;
  }
  return absl::FromUnixSeconds(at - kAhead);
}

TEST(CooperationClockTest, ClocksRunInWorkingTime) {
  const absl::Time friday = TaipeiTime(2, 6, 16, 30);
  EXPECT_EQ(WithLunch({}, {}).After(friday, absl::Hours(8)).value(), TaipeiTime(2, 9, 16, 30));
  EXPECT_EQ(WithLunch({absl::CivilDay(2026, 2, 9)}, {}).After(friday, absl::Hours(8)).value(), TaipeiTime(2, 10, 16, 30));
  EXPECT_EQ(WithLunch({}, {absl::CivilDay(2026, 2, 7)}).After(friday, absl::Hours(8)).value(), TaipeiTime(2, 7, 16, 30));
  EXPECT_EQ(WithLunch({}, {}).After(TaipeiTime(2, 6, 12, 20), absl::Hours(4)).value(), TaipeiTime(2, 6, 17, 0));
}

TEST(CooperationClockTest, TheyEndWhereTheClockOfTheWallSaysSo) {
  const std::vector<absl::CivilDay> holidays{absl::CivilDay(2026, 2, 9), absl::CivilDay(2026, 2, 17)}, makeup{absl::CivilDay(2026, 2, 7)};
  const time::BusinessCalendar calendar = WithLunch(holidays, makeup);
  std::mt19937 random(18);
  for (int i = 0; i < 40; ++i) {
    const absl::Time from = TaipeiTime(2, 5, 0, 0) + absl::Seconds(random() % (12 * 86400));
    const int64_t seconds = 1 + random() % 40000;
    const absl::Time by_hand = ByHand(from, seconds, holidays, makeup);
    EXPECT_EQ(calendar.After(from, absl::Seconds(seconds)).value(), by_hand) << from << " " << seconds;
  }
}

TEST(CooperationFiguresTest, AMedianIsTheMiddle) {
  EXPECT_EQ(MedianOf({}), std::nullopt);
  EXPECT_EQ(MedianOf({3, 1, 2}), 2.0);
  EXPECT_EQ(MedianOf({4, 1, 2, 3}), 2.5);
}

TEST(CooperationFiguresTest, AnExchangeIsOverdueWhenAMeetingOfItsRuleHasGone) {
  const auto weekly = test::Proto<v1::MeetingSchedule>(R"pb(start_date { year: 2026 month: 1 day: 5 }
                                                            start_clock: "09:30"
                                                            time_zone: "Asia/Taipei"
                                                            duration_minutes: 60
                                                            rule: "FREQ=WEEKLY;BYDAY=MO"
                                                            day_off_policy: DAY_OFF_POLICY_SKIP)pb");
  const time::BusinessCalendar calendar = CalendarForTest({absl::CivilDay(2026, 1, 19)});
  const auto overdue = [&](std::optional<absl::CivilDay> last, int day) {
    return IsExchangeOverdue(weekly, calendar, last, absl::CivilDay(2026, 1, day));
  };
  EXPECT_FALSE(overdue(std::nullopt, 5));
  EXPECT_TRUE(overdue(std::nullopt, 6));
  EXPECT_FALSE(overdue(absl::CivilDay(2026, 1, 5), 12));
  EXPECT_TRUE(overdue(absl::CivilDay(2026, 1, 5), 13));
  EXPECT_FALSE(overdue(absl::CivilDay(2026, 1, 12), 26)) << "nobody works on the 19th";
  EXPECT_TRUE(overdue(absl::CivilDay(2026, 1, 12), 27));
}

TEST(CooperationFiguresTest, PairsAreCountedAsOfAnInstant) {
  const auto one = [](const std::string& more) {
    auto request = test::Proto<CooperationRequest>(R"pb(requester_department: "operations"
                                                        department: "technology"
                                                        state: STATE_SENT
                                                        send_time { seconds: 1000 }
                                                        response_due_time { seconds: 2000 })pb");
    request.MergeFrom(test::Proto<CooperationRequest>(more));
    return request;
  };
  const std::vector<CooperationRequest> requests{
      one("state: STATE_DELIVERED answer_time { seconds: 1500 } answered_in_time: true answered_after_seconds: 3600 accept_time { seconds: "
          "1500 } delivery_due_time { seconds: 4000 } deliver_time { seconds: 3500 } delivered_after_seconds: 7200"),
      one("state: STATE_DECLINED answer_time { seconds: 2500 } answered_in_time: false answered_after_seconds: 10800"), one(""),
      one("state: STATE_WITHDRAWN")};
  v1::MeetingSeries series;
  series.set_name("meetingSeries/both");
  series.add_departments("technology");
  series.add_departments("operations");
  series.add_departments("finance");
  const std::vector<RegularExchange> exchanges{{series, absl::FromUnixSeconds(900), false}};
  const auto at = [&](int64_t seconds) {
    std::vector<std::string> told;
    for (const v1::CooperationFigure& f : FiguresOf(requests, exchanges, absl::FromUnixSeconds(seconds))) {
      told.push_back(absl::StrCat(f.requester_department(), ">", f.department(), " ", f.answered_in_time_count(), "/", f.answer_due_count(),
                                  " ", f.delivered_in_time_count(), "/", f.delivery_due_count(), " ", f.median_answer_hours(), " ",
                                  f.median_delivery_hours(), " ", v1::CooperationFigure::Exchange_Name(f.exchange()).substr(9)));
    }
    return told;
  };
  EXPECT_THAT(at(1200), ElementsAre("finance>operations 0/0 0/0 0 0 IN_TIME", "finance>technology 0/0 0/0 0 0 IN_TIME",
                                    "operations>technology 0/0 0/0 0 0 IN_TIME"));
  EXPECT_EQ(at(2100)[2], "operations>technology 1/3 0/0 1 0 IN_TIME") << "two are late by then, one of which is answered later";
  EXPECT_EQ(at(9000)[2], "operations>technology 1/3 1/1 2 2 IN_TIME");
}

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday; people work from 09:00 to 12:00 and from 13:00 to 18:00.
class CooperationTest : public PlanningTest {
 protected:
  CooperationTest() {
    Do<v1::CooperationForm, v1::CreateCooperationFormRequest>("CreateCooperationForm", Specialist(),
                                                              "cooperation_form_id: 'help' cooperation_form { title: 'Help' }");
    Do<v1::CooperationFormVersion, v1::CreateCooperationFormVersionRequest>(
        "CreateCooperationFormVersion", Specialist(),
        "parent: 'cooperationForms/help' cooperation_form_version_id: 'one' cooperation_form_version { reason: 'First' required_answers: "
        "'site' "
        "response_seconds: 28800 delivery_seconds: 57600 escalation_seconds: [ 0, 3600, 7200, 14400 ] }");
    Do<v1::CooperationFormVersion, v1::PublishCooperationFormVersionRequest>("PublishCooperationFormVersion", Manager(),
                                                                             "name: 'cooperationForms/help/versions/one'");
  }
  rpc::Call As(const std::string& who, const std::string& department = "operations") const {
    rpc::Call call = test::By("employees/" + who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
    call.principal.department = department;
    return call;
  }
  void CreateLiaison() {
    Do<Liaison, v1::CreateLiaisonRequest>(
        "CreateLiaison", Specialist(),
        "liaison_id: 'it' liaison { department: 'technology' employee: 'employees/hsu' deputy: 'employees/lu' }");
  }
  absl::StatusOr<CooperationRequest> Ask(const std::string& more = "") {
    auto request = test::Proto<v1::CreateCooperationRequestRequest>(R"pb(cooperation_request_id: "ask"
                                                                         cooperation_request {
                                                                           title: "Two servers"
                                                                           form: "cooperationForms/help"
                                                                           answers { key: "site" value: "Fair" }
                                                                           deliverable: "Two servers"
                                                                           acceptance_criteria: "They answer"
                                                                           needed_date { year: 2026 month: 1 day: 9 }
                                                                           requester_department: "operations"
                                                                           department: "technology"
                                                                         })pb");
    request.mutable_cooperation_request()->MergeFrom(test::Proto<CooperationRequest>(more));
    return Call<CooperationRequest>("CreateCooperationRequest", As("li"), request);
  }
  template <typename Req>
  absl::StatusOr<CooperationRequest> Act(const std::string& method, const rpc::Call& call, const std::string& more = "") {
    return Call<CooperationRequest>(method, call, test::Proto<Req>("name: 'cooperationRequests/ask' " + more));
  }
  absl::StatusOr<CooperationRequest> Send() { return Act<v1::SendCooperationRequestRequest>("SendCooperationRequest", As("li")); }
};

TEST_F(CooperationTest, OneSpeaksForADepartment) {
  CreateLiaison();
  EXPECT_THAT((Refused<Liaison, v1::CreateLiaisonRequest>(
                  "CreateLiaison", Specialist(), "liaison { department: 'technology' employee: 'employees/lu' deputy: 'employees/hsu' }")),
              HasReason("LIAISON_TAKEN"));
  EXPECT_THAT((Refused<Liaison, v1::CreateLiaisonRequest>(
                  "CreateLiaison", Specialist(), "liaison { department: 'finance' employee: 'employees/lu' deputy: 'employees/lu' }")),
              HasViolation("liaison.deputy", "DEPUTY_IS_OWNER"));
  EXPECT_THAT((Refused<Liaison, v1::UpdateLiaisonRequest>("UpdateLiaison", Specialist(),
                                                          "liaison { name: 'liaisons/it' end_date { year: 9999 month: 1 day: 1 } }")),
              HasViolation("liaison.end_date", "DAY_TOO_FAR"));
  Do<Liaison, v1::UpdateLiaisonRequest>("UpdateLiaison", Specialist(),
                                        "liaison { name: 'liaisons/it' end_date { year: 2026 month: 1 day: 2 } }");
  clock_.Advance(absl::Hours(48));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ((Do<Liaison, v1::GetLiaisonRequest>("GetLiaison", Analyst(), "name: 'liaisons/it'")).state(), Liaison::STATE_ENDED);
}

TEST_F(CooperationTest, ARequestIsAnsweredDeliveredAndConfirmed) {
  EXPECT_THAT(Ask("department: 'operations'"), HasViolation("cooperation_request.department", "ASKS_ITSELF"));
  EXPECT_THAT(Ask("needed_date { year: 9999 }"), HasViolation("cooperation_request.needed_date", "DAY_TOO_FAR"));
  ASSERT_THAT(Ask(), IsOk());
  const auto need = [&](const std::string& date) {
    return Call<CooperationRequest>("UpdateCooperationRequest", As("li"),
                                    test::Proto<v1::UpdateCooperationRequestRequest>(
                                        "cooperation_request { name: 'cooperationRequests/ask' needed_date { " + date + " } }"));
  };
  EXPECT_THAT(need("year: 9999 month: 1 day: 9"), HasViolation("cooperation_request.needed_date", "DAY_TOO_FAR"));
  EXPECT_THAT(need("year: 2025 month: 1 day: 9"), HasViolation("cooperation_request.needed_date", "DUE_DAY_OVER"));
  EXPECT_THAT(Send(), HasReason("NO_LIAISON"));
  CreateLiaison();
  EXPECT_THAT(Act<v1::SendCooperationRequestRequest>("SendCooperationRequest", As("wang")), HasReason("NOT_YOUR_REQUEST"));
  const auto sent = Send();
  ASSERT_THAT(sent, IsOk());
  EXPECT_EQ(time::ToTime(sent->response_due_time()), TaipeiTime(1, 1, 18, 0));
  const std::string accept = "owner: 'employees/hsu'";
  EXPECT_THAT(Act<v1::AcceptCooperationRequestRequest>("AcceptCooperationRequest", As("kuo", "technology"), accept),
              HasReason("NOT_THE_LIAISON"));
  EXPECT_THAT(Act<v1::AcceptCooperationRequestRequest>("AcceptCooperationRequest", As("lu", "technology"),
                                                       accept + " agreed_date { year: 2026 month: 1 day: 20 }"),
              HasViolation("agreed_date", "LATER_THAN_NEEDED"));
  EXPECT_THAT(Act<v1::CounterCooperationRequestRequest>("CounterCooperationRequest", As("lu", "technology"), accept + " reason: 'Busy'"),
              HasViolation("scope", "COUNTER_SAYS_NOTHING"));
  EXPECT_THAT(Act<v1::CounterCooperationRequestRequest>("CounterCooperationRequest", As("lu", "technology"),
                                                        accept + " reason: 'Busy' agreed_date { year: 9999 month: 1 day: 12 }"),
              HasViolation("agreed_date", "DAY_TOO_FAR"));
  EXPECT_THAT(Act<v1::CounterCooperationRequestRequest>("CounterCooperationRequest", As("lu", "technology"),
                                                        accept + " reason: 'Busy' agreed_date { year: 2026 month: 1 day: 12 }"),
              IsOk());
  EXPECT_THAT(Act<v1::AcceptCooperationRequestRequest>("AcceptCooperationRequest", As("hsu", "technology"), accept),
              HasReason("ILLEGAL_TRANSITION"));
  const auto taken = Act<v1::TakeCounterOfCooperationRequestRequest>("TakeCounterOfCooperationRequest", As("li"));
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(time::ToTime(taken->delivery_due_time()), TaipeiTime(1, 13, 0, 0));
  EXPECT_THAT(Act<v1::StartCooperationRequestRequest>("StartCooperationRequest", As("lu", "technology")), HasReason("NOT_THE_DELIVERER"));
  EXPECT_THAT(Act<v1::StartCooperationRequestRequest>("StartCooperationRequest", As("hsu", "technology")), IsOk());
  EXPECT_THAT(Act<v1::DeliverCooperationRequestRequest>("DeliverCooperationRequest", As("hsu", "technology")), IsOk());
  EXPECT_THAT(Act<v1::SendBackCooperationRequestRequest>("SendBackCooperationRequest", As("li"), "reason: 'One is dead'"), IsOk());
  EXPECT_THAT(Act<v1::DeliverCooperationRequestRequest>("DeliverCooperationRequest", As("hsu", "technology")), IsOk());
  EXPECT_EQ(Act<v1::ConfirmCooperationRequestRequest>("ConfirmCooperationRequest", As("li"))->state(), CooperationRequest::STATE_CONFIRMED);
}

TEST_F(CooperationTest, SilenceClimbsAndAcceptsNothing) {
  CreateLiaison();
  EXPECT_THAT(Ask("answers { key: 'site' value: '' }"), IsOk());
  EXPECT_THAT(Send(), HasViolation("name", "FORM_ANSWER_MISSING"));
  Do<CooperationRequest, v1::UpdateCooperationRequestRequest>(
      "UpdateCooperationRequest", As("li"),
      "cooperation_request { name: 'cooperationRequests/ask' answers { key: 'site' value: 'Fair' } }");
  ASSERT_THAT(Send(), IsOk());
  clock_.Advance(absl::Hours(24 * 5));
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Seconds(6));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  const auto now =
      Do<CooperationRequest, v1::GetCooperationRequestRequest>("GetCooperationRequest", As("li"), "name: 'cooperationRequests/ask'");
  EXPECT_EQ(now.state(), CooperationRequest::STATE_SENT);
  EXPECT_EQ(now.escalation(), 4);
  EXPECT_FALSE(now.has_escalate_time());
  EXPECT_THAT((Refused<CooperationRequest, v1::GetCooperationRequestRequest>("GetCooperationRequest", As("x", "finance"),
                                                                             "name: 'cooperationRequests/ask'")),
              HasReason("NOT_FOUND"));
}

TEST_F(CooperationTest, OfTwoAnswersAtOnceOneCounts) {
  CreateLiaison();
  ASSERT_THAT(Ask(), IsOk());
  ASSERT_THAT(Send(), IsOk());
  std::vector<absl::Status> answers(6);
  std::vector<std::thread> people;
  for (size_t i = 0; i < answers.size(); ++i) {
    people.emplace_back([&, i] {
      const rpc::Call call = As(i % 2 == 0 ? "hsu" : "lu", "technology");
      answers[i] = i % 2 == 0
                       ? Act<v1::AcceptCooperationRequestRequest>("AcceptCooperationRequest", call, "owner: 'employees/hsu'").status()
                       : Act<v1::DeclineCooperationRequestRequest>("DeclineCooperationRequest", call, "reason: 'Busy'").status();
    });
  }
  for (std::thread& one : people) one.join();
  EXPECT_EQ(std::count_if(answers.begin(), answers.end(), [](const absl::Status& status) { return status.ok(); }), 1);
  for (const absl::Status& status : answers) {
    if (!status.ok()) EXPECT_THAT(status, HasReason("ILLEGAL_TRANSITION"));
  }
}

TEST_F(CooperationTest, WhatWaitsForADepartmentWaitsForWhoeverSpeaksForIt) {
  CreateLiaison();
  ASSERT_THAT(Ask(), IsOk());
  ASSERT_THAT(Send(), IsOk());
  Do<Liaison, v1::EndLiaisonRequest>("EndLiaison", Manager(), "name: 'liaisons/it'");
  EXPECT_THAT(Act<v1::DeclineCooperationRequestRequest>("DeclineCooperationRequest", As("hsu", "technology"), "reason: 'Busy'"),
              HasReason("NO_LIAISON"));
  Do<Liaison, v1::CreateLiaisonRequest>(
      "CreateLiaison", Specialist(),
      "liaison_id: 'next' liaison { department: 'technology' employee: 'employees/kuo' deputy: 'employees/lu' }");
  const auto adopted =
      Do<CooperationRequest, v1::GetCooperationRequestRequest>("GetCooperationRequest", As("li"), "name: 'cooperationRequests/ask'");
  EXPECT_EQ(adopted.liaison(), "liaisons/next");
  const auto told = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", As("kuo", "technology"),
                                                                        "filter: 'subject = \"cooperationRequests/ask\"'");
  EXPECT_THAT(told.notices(), SizeIs(1));
  const auto declined = Act<v1::DeclineCooperationRequestRequest>("DeclineCooperationRequest", As("lu", "technology"), "reason: 'Busy'");
  ASSERT_THAT(declined, IsOk());
  EXPECT_EQ(declined->answerer(), "employees/lu");
  EXPECT_TRUE(declined->answered_in_time());
}

TEST_F(CooperationTest, WhoSpeaksAboutEverythingTakesOnWhatATopicLeaves) {
  CreateLiaison();
  Do<Liaison, v1::CreateLiaisonRequest>("CreateLiaison", Specialist(),
                                        "liaison_id: 'tills' liaison { department: 'technology' topic: 'tills' employee: 'employees/sun' "
                                        "deputy: 'employees/wu' }");
  ASSERT_THAT(Ask("topic: 'tills'"), IsOk());
  ASSERT_THAT(Send(), IsOk());
  Do<Liaison, v1::EndLiaisonRequest>("EndLiaison", Manager(), "name: 'liaisons/tills'");
  const auto request =
      Do<CooperationRequest, v1::GetCooperationRequestRequest>("GetCooperationRequest", Analyst(), "name: 'cooperationRequests/ask'");
  EXPECT_EQ(request.liaison(), "liaisons/it");
  const auto told = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", As("hsu"), "");
  EXPECT_EQ(std::count_if(told.notices().begin(), told.notices().end(),
                          [](const v1::Notice& one) { return one.subject() == "cooperationRequests/ask"; }),
            1);
  const auto accept = [&](const std::string& day) {
    return Act<v1::AcceptCooperationRequestRequest>("AcceptCooperationRequest", As("hsu", "technology"),
                                                    "owner: 'employees/hsu' agreed_date { " + day + " }");
  };
  EXPECT_THAT(accept("year: 2025 month: 12 day: 31"), HasViolation("agreed_date", "DUE_DAY_OVER"));
  EXPECT_THAT(accept("year: 2026 month: 1 day: 8"), IsOk());
}

TEST_F(CooperationTest, WhatLayUntilItsDayWasOverIsNotSent) {
  CreateLiaison();
  ASSERT_THAT(Ask(), IsOk());
  clock_.Advance(absl::Hours(24 * 9));
  EXPECT_THAT(Send(), HasViolation("name", "DUE_DAY_OVER"));
}

TEST_F(CooperationTest, WhatIsLateIsOnTheAgendaOfBothAndSoIsAnExchangeThatRests) {
  CreateLiaison();
  Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
      "CreateMeetingSeries", Specialist(),
      "meeting_series_id: 'both' meeting_series { title: 'Both' kind: KIND_CROSS_DEPARTMENT chair: 'employees/zhao' departments: "
      "'technology' departments: 'operations' schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' time_zone: "
      "'Asia/Taipei' duration_minutes: 60 rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } }");
  ASSERT_THAT(Ask(), IsOk());
  ASSERT_THAT(Send(), IsOk());
  const auto agenda = [&](int week) {
    const auto meetings = Do<v1::ListMeetingsResponse, v1::ListMeetingsRequest>("ListMeetings", Analyst(), "parent: 'meetingSeries/both'");
    const auto computed = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", Analyst(),
                                                                                  "name: '" + meetings.meetings(week).name() + "'");
    std::vector<std::string> told;
    for (const auto& entry : computed.agenda_entries()) {
      told.push_back(absl::StrCat(v1::AgendaEntry::Kind_Name(entry.kind()).substr(5), " ", entry.title(), " ", entry.reasons(0)));
    }
    return told;
  };
  EXPECT_THAT(agenda(0), ElementsAre("COOPERATION Two servers UNANSWERED")) << "it is due on Thursday, and they meet on Monday";
  EXPECT_THAT(agenda(1), ElementsAre("VARIANCE Both EXCHANGE_OVERDUE", "COOPERATION Two servers UNANSWERED"));
  clock_.Advance(absl::Hours(24 * 6));
  const auto figures = Do<v1::ComputeCooperationResponse, v1::ComputeCooperationRequest>("ComputeCooperation", Analyst(), "");
  ASSERT_THAT(figures.figures(), SizeIs(1));
  EXPECT_EQ(figures.figures(0).exchange(), v1::CooperationFigure::EXCHANGE_OVERDUE);
  EXPECT_EQ(figures.figures(0).answer_due_count(), 1);
  EXPECT_THAT((Refused<v1::ComputeCooperationResponse, v1::ComputeCooperationRequest>(
                  "ComputeCooperation", Analyst(), "start_date { year: 2026 month: 3 day: 1 } as_of { seconds: 4000000000 }")),
              HasViolation("as_of", "MEASURED_LATER"));
}

TEST_F(CooperationTest, FiguresOfAnInstantStayWhateverComesLater) {
  CreateLiaison();
  Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
      "CreateMeetingSeries", Specialist(),
      "meeting_series_id: 'both' meeting_series { title: 'Both' kind: KIND_CROSS_DEPARTMENT chair: 'employees/zhao' departments: "
      "'technology' departments: 'operations' schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' time_zone: "
      "'Asia/Taipei' duration_minutes: 60 rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } }");
  std::map<absl::Time, std::string> told;
  const auto figures = [&](const std::string& more) {
    return Do<v1::ComputeCooperationResponse, v1::ComputeCooperationRequest>(
               "ComputeCooperation", Analyst(),
               "start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 31 } " + more)
        .DebugString();
  };
  const auto later = [&](absl::Duration time) {
    told[clock_.Now()] = figures("");
    clock_.Advance(time);
  };
  later(absl::Seconds(1));
  ASSERT_THAT(Ask(), IsOk());
  ASSERT_THAT(Send(), IsOk());
  later(absl::Hours(24 * 4));
  const std::string meeting = "name: 'meetingSeries/both/meetings/d20260105'";
  Do<v1::Meeting, v1::PublishAgendaRequest>("PublishAgenda", Specialist(), meeting);
  Do<v1::Meeting, v1::HoldMeetingRequest>("HoldMeeting", Specialist(), meeting);
  later(absl::Hours(24 * 5));
  Do<CooperationRequest, v1::WithdrawCooperationRequestRequest>("WithdrawCooperationRequest", As("li"),
                                                                "name: 'cooperationRequests/ask' reason: 'We have one'");
  later(absl::Seconds(1));
  Do<v1::MeetingSeries, v1::EndMeetingSeriesRequest>("EndMeetingSeries", Manager(), "name: 'meetingSeries/both' reason: 'Enough'");
  later(absl::Hours(1));
  EXPECT_THAT(told, SizeIs(5));
  for (const auto& [at, then] : told) {
    EXPECT_EQ(figures(absl::StrCat("as_of { ", time::ToTimestamp(at).ShortDebugString(), " }")), then) << at;
  }
}

TEST_F(CooperationTest, NobodyAsksForAnotherDepartment) {
  EXPECT_THAT(Ask("requester_department: 'finance'"), HasReason("NOT_YOUR_DEPARTMENT"));
  EXPECT_THAT(Ask("needed_date { year: 2025 month: 1 day: 1 }"), HasViolation("cooperation_request.needed_date", "DUE_DAY_OVER"));
}

}  // namespace
}  // namespace heitie::planning
