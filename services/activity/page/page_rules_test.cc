#include "services/activity/page/page_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/test/fixture.h"
#include "common/time/instant.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasViolation;
using ::heitie::test::IsOk;
using v1::Page;

absl::Time PageSecond(int second) { return absl::FromUnixSeconds(1767225600 + second); }

Page GoodPage() {
  return test::Proto<Page>(R"pb(
    title: "Shop"
    url: "https://shop.example/spring"
    look_interval { seconds: 60 }
    timeout { seconds: 10 }
    failures_to_down: 2
    successes_to_up: 2
    requirement: REQUIREMENT_BEFORE_LAUNCH
  )pb");
}

web::AllowList ShopList() { return web::AllowList({{"shop.example", true, true, {80, 443}, {}}}); }

Look PageLookAt(int second, bool good, Page::Cause cause = Page::CAUSE_STATUS) {
  Look look;
  look.time = PageSecond(second);
  look.good = good;
  look.cause = good ? Page::CAUSE_UNSPECIFIED : cause;
  return look;
}

TEST(PageRulesTest, NamesEveryBadField) {
  EXPECT_THAT(CheckPage(GoodPage(), ShopList()), IsOk());
  const auto bad = [](const std::string& changes, const std::string& field, const std::string& reason) {
    Page page = GoodPage();
    page.MergeFrom(test::Proto<Page>(changes));
    EXPECT_THAT(CheckPage(page, ShopList()), HasViolation("page." + field, reason)) << changes;
  };
  bad("url: 'https://user@shop.example/'", "url", "BAD_URL");
  bad("url: 'http://0x7f.1/'", "url", "BAD_URL");
  bad("url: 'https://other.example/'", "url", "HOST_NOT_ALLOWED");
  bad("url: 'https://shop.example:8443/'", "url", "HOST_NOT_ALLOWED");
  bad("body: 'x'", "body", "BODY_WITHOUT_POST");
  bad("content_type: 'a/b'", "content_type", "BODY_WITHOUT_POST");
  bad("method: METHOD_HEAD checks { text: 'x' }", "checks", "CHECK_WITHOUT_CONTENT");
  bad("checks {}", "checks[0]", "CHECK_NOT_ONE");
  bad("checks { text: '' }", "checks[0]", "CHECK_NOT_ONE");
  bad("checks { text: 'x' } checks { pattern: '' }", "checks[1]", "CHECK_NOT_ONE");
  bad("checks { json { value: '1' } absent: true }", "checks[0]", "CHECK_NOT_ONE");
  bad("checks { pattern: '(' }", "checks[0].pattern", "PATTERN_REFUSED");
  bad("checks { pattern: '(?:(?:x{1,900}){1,900}){1,900}' }", "checks[0].pattern", "PATTERN_REFUSED");
  bad("checks { json { pointer: 'a' value: '1' } }", "checks[0].json.pointer", "BAD_POINTER");
  bad("checks { json { pointer: '/~2' value: '1' } }", "checks[0].json.pointer", "BAD_POINTER");
  bad("checks { json { pointer: '/a' value: 'tru' } }", "checks[0].json.value", "BAD_JSON");
  bad("look_interval { seconds: 20 } timeout { seconds: 21 }", "timeout", "BAD_DURATION");
  bad("timeout { seconds: 31 }", "timeout", "BAD_DURATION");
  bad("timeout { seconds: 0 nanos: 1 } latency_limit { seconds: 11 }", "latency_limit", "BAD_DURATION");
  bad("latency_limit {}", "latency_limit", "BAD_DURATION");
  bad("grace { seconds: 1 }", "grace", "BAD_DURATION");
  bad("requirement: REQUIREMENT_AFTER_LAUNCH grace { seconds: 3601 }", "grace", "BAD_DURATION");
  for (const auto& [seconds, good] : std::vector<std::pair<int, bool>>{{9, false}, {10, true}, {3600, true}, {3601, false}}) {
    Page page = GoodPage();
    page.mutable_look_interval()->set_seconds(seconds);
    page.mutable_timeout()->set_seconds(1);
    EXPECT_EQ(CheckPage(page, ShopList()).ok(), good) << seconds;
  }
  Page all = GoodPage();
  all.set_url("x");
  all.set_body("y");
  all.mutable_timeout()->set_seconds(60);
  const absl::Status status = CheckPage(all, ShopList());
  for (const char* field : {"page.url", "page.body", "page.timeout"}) EXPECT_THAT(status.ToString(), testing::HasSubstr(field));
}

TEST(PageRulesTest, EntriesOfTheAllowList) {
  const auto host = [](const std::string& text) { return CheckAllowedHost(test::Proto<v1::AllowedHost>(text)); };
  EXPECT_THAT(host("host: '*.shop.example' private_ranges: '10.0.0.0/8'"), IsOk());
  EXPECT_THAT(host("host: 'Shop.example'"), HasViolation("allowed_host.host", "BAD_HOST"));
  EXPECT_THAT(host("host: '*.example'"), HasViolation("allowed_host.host", "BAD_HOST"));
  EXPECT_THAT(host("host: 'a.example' private_ranges: '10.0.0.0/8' private_ranges: '8.8.8.8'"),
              HasViolation("allowed_host.private_ranges[1]", "BAD_ADDRESS_RANGE"));
  EXPECT_THAT(host("host: 'a.example' private_ranges: '169.254.169.254'"),
              HasViolation("allowed_host.private_ranges[0]", "BAD_ADDRESS_RANGE"));
  const web::Allowed allowed = ToAllowed(
      test::Proto<v1::AllowedHost>("host: 'a.example' schemes: SCHEME_HTTPS ports: 443 ports: 8443 private_ranges: '10.0.0.0/8'"));
  EXPECT_TRUE(allowed.https);
  EXPECT_FALSE(allowed.http);
  EXPECT_EQ(allowed.ports, (std::set<int>{443, 8443}));
  EXPECT_EQ(allowed.inside.size(), 1u);
}

web::Answer PageAnswer(int status, const std::string& body = "") {
  web::Answer answer;
  answer.status = status;
  answer.body = body;
  answer.latency = absl::Milliseconds(500);
  return answer;
}

Page::Cause CauseFound(const std::string& changes, const web::Answer& answer) {
  Page page = GoodPage();
  page.MergeFrom(test::Proto<Page>(changes));
  const Look look = JudgeAnswer(page, answer, PageSecond(0));
  EXPECT_EQ(look.good, look.cause == Page::CAUSE_UNSPECIFIED);
  return look.cause;
}

TEST(PageRulesTest, JudgesAnswers) {
  const auto good = Page::CAUSE_UNSPECIFIED;
  EXPECT_EQ(CauseFound("", PageAnswer(200)), good);
  EXPECT_EQ(CauseFound("", PageAnswer(299)), good);
  EXPECT_EQ(CauseFound("", PageAnswer(404)), Page::CAUSE_STATUS);
  EXPECT_EQ(CauseFound("statuses: 404 statuses: 410", PageAnswer(404)), good);
  EXPECT_EQ(CauseFound("statuses: 404", PageAnswer(200)), Page::CAUSE_STATUS);
  EXPECT_EQ(CauseFound("checks { text: 'buy' }", PageAnswer(200, "please buy")), good);
  EXPECT_EQ(CauseFound("checks { text: 'buy' }", PageAnswer(200, "sold out")), Page::CAUSE_CONTENT);
  EXPECT_EQ(CauseFound("checks { text: 'sold' absent: true }", PageAnswer(200, "sold out")), Page::CAUSE_CONTENT);
  EXPECT_EQ(CauseFound("checks { pattern: 'b.y' }", PageAnswer(200, "please buy")), good);
  EXPECT_EQ(CauseFound("checks { pattern: '^buy' }", PageAnswer(200, "please buy")), Page::CAUSE_CONTENT);
  EXPECT_EQ(CauseFound("checks { pattern: 'error [0-9]+' absent: true }", PageAnswer(200, "error 7")), Page::CAUSE_CONTENT);
  EXPECT_EQ(CauseFound("checks { text: 'a' } checks { text: 'b' }", PageAnswer(200, "a")), Page::CAUSE_CONTENT) << "all of them";
  EXPECT_EQ(CauseFound("latency_limit { nanos: 500000000 }", PageAnswer(200)), good);
  EXPECT_EQ(CauseFound("latency_limit { nanos: 499000000 }", PageAnswer(200)), Page::CAUSE_SLOW);
  EXPECT_EQ(CauseFound("latency_limit { nanos: 499000000 }", PageAnswer(500)), Page::CAUSE_STATUS);
}

TEST(PageRulesTest, JudgesJson) {
  const auto found = [](const std::string& pointer, const std::string& value, const std::string& body) {
    Page page = GoodPage();
    v1::JsonEquality* json = page.add_checks()->mutable_json();
    json->set_pointer(pointer);
    json->set_value(value);
    return JudgeAnswer(page, PageAnswer(200, body), PageSecond(0)).good;
  };
  const std::string body = R"({"status": {"ready": true, "n": 1.0, "list": ["a", null]}, "a/b": 2, "m~n": 3, "": 4})";
  EXPECT_TRUE(found("/status/ready", "true", body));
  EXPECT_FALSE(found("/status/ready", "\"true\"", body));
  EXPECT_TRUE(found("/status/n", "1", body));
  EXPECT_TRUE(found("/status/list/0", "\"a\"", body));
  EXPECT_TRUE(found("/status/list/1", "null", body));
  EXPECT_TRUE(found("/status/list", "[\"a\",null]", body));
  EXPECT_TRUE(found("/a~1b", "2", body));
  EXPECT_TRUE(found("/m~0n", "3", body));
  EXPECT_TRUE(found("/", "4", body));
  EXPECT_TRUE(found("", "[1]", "[1]"));
  for (const char* nowhere : {"/status/list/2", "/status/list/-", "/status/list/01", "/status/list/x", "/status/ready/x", "/none"}) {
    EXPECT_FALSE(found(nowhere, "null", body)) << nowhere;
  }
  EXPECT_FALSE(found("", "1", "1 2"));
  EXPECT_FALSE(found("", "1", ""));
  EXPECT_FALSE(found("/a", "1", std::string(1 << 20, '['))) << "as deep as it is long";
  EXPECT_FALSE(found("/a", "1", "[" + std::string(200000, '[') + std::string(200000, ']') + "]"));
  EXPECT_FALSE(found("/a", "1", "{\"a\": \xff}"));
}

TEST(PageRulesTest, FailuresOfTheClientAreCauses) {
  const std::vector<std::pair<web::Failure, Page::Cause>> causes = {
      {web::Failure::kDns, Page::CAUSE_DNS},           {web::Failure::kConnect, Page::CAUSE_CONNECT},
      {web::Failure::kTimeout, Page::CAUSE_TIMEOUT},   {web::Failure::kTls, Page::CAUSE_TLS},
      {web::Failure::kExpired, Page::CAUSE_EXPIRED},   {web::Failure::kTooLarge, Page::CAUSE_TOO_LARGE},
      {web::Failure::kRedirect, Page::CAUSE_REDIRECT}, {web::Failure::kBlocked, Page::CAUSE_BLOCKED}};
  for (const auto& [failure, cause] : causes) {
    web::Answer answer = PageAnswer(200);
    answer.failure = failure;
    EXPECT_EQ(CauseFound("", answer), cause);
  }
}

TEST(PageRulesTest, RequestsAreThePages) {
  Page page = GoodPage();
  page.MergeFrom(test::Proto<Page>("method: METHOD_POST body: 'a=b' content_type: 'a/b' max_redirects: 3 statuses: 302"));
  const web::Request request = RequestOf(page);
  EXPECT_EQ(request.method, web::Request::Method::kPost);
  EXPECT_EQ(request.body, "a=b");
  EXPECT_EQ(request.content_type, "a/b");
  EXPECT_EQ(request.max_redirects, 3);
  EXPECT_EQ(request.final_statuses, std::vector<int>{302});
  EXPECT_EQ(request.timeout, absl::Seconds(10));
  page.set_method(Page::METHOD_HEAD);
  EXPECT_EQ(RequestOf(page).method, web::Request::Method::kHead);
  page.clear_method();
  EXPECT_EQ(RequestOf(page).method, web::Request::Method::kGet);
}

TEST(PageRulesTest, ScheduleDoesNotDrift) {
  const auto next = [](int after) {
    return absl::ToInt64Seconds(NextLook(PageSecond(5), absl::Seconds(60), PageSecond(after)) - PageSecond(5));
  };
  EXPECT_EQ(next(0), 0);
  EXPECT_EQ(next(5), 60);
  EXPECT_EQ(next(6), 60);
  EXPECT_EQ(next(64), 60);
  EXPECT_EQ(next(65), 120);
  EXPECT_EQ(next(100000), 100020) << "missed ones are not made up";
}

// Runs looks as they come in and returns the states, "?", "U" and "D".
std::string States(const Page& page, const std::vector<std::pair<int, bool>>& looks, int grace_until = 0) {
  std::string states;
  Page::State state = Page::STATE_UNKNOWN;
  int count = 0;
  std::optional<absl::Time> last;
  for (const auto& [second, good] : looks) {
    const Look look = PageLookAt(second, good);
    count = CountLooks(page, count, last, look, second < grace_until);
    state = StateAfter(page, state, count);
    last = look.time;
    states += "?UD"[state - 1];
  }
  return states;
}

TEST(PageRulesTest, StatesNeedLooksInARow) {
  Page page = GoodPage();
  page.set_failures_to_down(3);
  page.set_successes_to_up(2);
  const auto every_minute = [](const std::string& looks) {
    std::vector<std::pair<int, bool>> out;
    for (size_t i = 0; i < looks.size(); ++i) out.emplace_back(static_cast<int>(i) * 60, looks[i] == '+');
    return out;
  };
  EXPECT_EQ(States(page, every_minute("++--+---+-++")), "?UUUUUUDDDDU");
  EXPECT_EQ(States(page, every_minute("-----")), "??DDD");
  // Looks that are farther apart are not in a row.
  EXPECT_EQ(States(page, {{0, true}, {121, true}, {241, true}}), "??U");
  // In grace bad looks count for nothing, good ones do.
  EXPECT_EQ(States(page, every_minute("------"), 180), "?????D");
  EXPECT_EQ(States(page, every_minute("-++---"), 300), "??UUUU");
}

TEST(PageRulesTest, WhenPagesAreLookedAt) {
  Page before = GoodPage(), after = GoodPage();
  after.set_requirement(Page::REQUIREMENT_AFTER_LAUNCH);
  after.mutable_grace()->set_seconds(300);
  const auto in = [](v1::Activity::State state) {
    v1::Activity activity;
    activity.set_state(state);
    *activity.mutable_launch_time() = time::ToTimestamp(PageSecond(0));
    return activity;
  };
  for (const auto state : {v1::Activity::STATE_DRAFT, v1::Activity::STATE_PREPARING, v1::Activity::STATE_READY}) {
    EXPECT_TRUE(IsLookedAt(before, in(state)));
    EXPECT_FALSE(IsLookedAt(after, in(state)));
  }
  for (const auto state : {v1::Activity::STATE_LIVE, v1::Activity::STATE_PAUSED}) {
    EXPECT_TRUE(IsLookedAt(before, in(state)));
    EXPECT_TRUE(IsLookedAt(after, in(state)));
  }
  for (const auto state :
       {v1::Activity::STATE_ENDED, v1::Activity::STATE_REVIEWED, v1::Activity::STATE_ARCHIVED, v1::Activity::STATE_CANCELLED}) {
    EXPECT_FALSE(IsLookedAt(before, in(state)));
    EXPECT_FALSE(IsLookedAt(after, in(state)));
  }
  EXPECT_TRUE(IsInGrace(after, in(v1::Activity::STATE_LIVE), PageSecond(299)));
  EXPECT_FALSE(IsInGrace(after, in(v1::Activity::STATE_LIVE), PageSecond(300)));
  EXPECT_FALSE(IsInGrace(before, in(v1::Activity::STATE_LIVE), PageSecond(0)));
}

TEST(PageRulesTest, WhatChangesWhatLooksMean) {
  const auto changes = [](const std::string& change) {
    Page after = GoodPage();
    after.MergeFrom(test::Proto<Page>(change));
    return ChangesLooks(GoodPage(), after);
  };
  EXPECT_FALSE(changes("title: 'Other' certificate_days: 7 state: STATE_UP etag: '7'"));
  for (const char* change : {"url: 'https://shop.example/'", "method: METHOD_HEAD", "checks { text: 'x' }", "statuses: 204",
                             "latency_limit { seconds: 1 }", "max_redirects: 1", "look_interval { seconds: 30 }", "timeout { seconds: 5 }",
                             "failures_to_down: 1", "successes_to_up: 1", "requirement: REQUIREMENT_AFTER_LAUNCH", "body: 'x'"}) {
    EXPECT_TRUE(changes(change)) << change;
  }
}

TEST(PageRulesTest, CertificatesThatRunOut) {
  Page page = GoodPage();
  Look look = PageLookAt(0, true);
  EXPECT_FALSE(IsCertificateRunningOut(page, look));
  page.set_certificate_days(7);
  EXPECT_FALSE(IsCertificateRunningOut(page, look));
  look.certificate = web::Certificate{PageSecond(-100), PageSecond(7 * 86400), "ab"};
  EXPECT_FALSE(IsCertificateRunningOut(page, look));
  look.certificate->end = PageSecond(7 * 86400 - 1);
  EXPECT_TRUE(IsCertificateRunningOut(page, look));
  page.set_certificate_days(0);
  EXPECT_FALSE(IsCertificateRunningOut(page, look));
}

std::vector<Stretch> StretchesFrom(const std::vector<std::pair<int, bool>>& looks, absl::Duration interval) {
  std::vector<Stretch> stretches;
  for (const auto& [second, good] : looks) AddLook(stretches, PageLookAt(second, good), interval, false);
  return stretches;
}

TEST(PageAvailabilityTest, ByTime) {
  const std::vector<Stretch> stretches =
      StretchesFrom({{0, true}, {60, true}, {120, false}, {180, false}, {240, true}, {600, true}, {660, true}}, absl::Seconds(60));
  const Availability availability = AvailabilityOf(stretches, {}, PageSecond(0), PageSecond(720));
  EXPECT_EQ(availability.up, absl::Seconds(360));
  EXPECT_EQ(availability.down, absl::Seconds(120));
  EXPECT_EQ(availability.unknown, absl::Seconds(240));
  EXPECT_EQ(availability.share(), 0.75) << "360 ÷ 480";
  const std::vector<Stretch> expected = {{PageSecond(0), PageSecond(120), Page::STATE_UP},
                                         {PageSecond(120), PageSecond(240), Page::STATE_DOWN, Page::CAUSE_STATUS},
                                         {PageSecond(240), PageSecond(360), Page::STATE_UP},
                                         {PageSecond(360), PageSecond(600), Page::STATE_UNKNOWN},
                                         {PageSecond(600), PageSecond(720), Page::STATE_UP}};
  EXPECT_EQ(availability.stretches, expected);
  EXPECT_EQ(AvailabilityOf({}, {}, PageSecond(0), PageSecond(60)).share(), std::nullopt);
  EXPECT_EQ(AvailabilityOf(stretches, {}, PageSecond(0), PageSecond(0)).share(), std::nullopt);
  EXPECT_EQ(AvailabilityOf(stretches, {{PageSecond(0), PageSecond(720)}}, PageSecond(0), PageSecond(720)).share(), std::nullopt);
}

// Second by second: what does the last look say of it, and is it a pause?
TEST(PageAvailabilityTest, AgreesWithALookAtEverySecond) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    const int interval = 10 + static_cast<int>(random() % 20);
    const int grace_until = random() % 3 == 0 ? static_cast<int>(random() % 200) : 0;
    std::vector<std::pair<int, bool>> looks;
    std::vector<Stretch> stretches;
    for (int at = static_cast<int>(random() % 40); at < 400;
         at += 1 + static_cast<int>(random() % (random() % 4 == 0 ? 100 : interval + 3))) {
      looks.emplace_back(at, random() % 3 != 0);
      // As the database has it: the last one and what is added.
      std::vector<Stretch> last;
      if (!stretches.empty()) last.push_back(stretches.back());
      AddLook(last, PageLookAt(at, looks.back().second), absl::Seconds(interval), at < grace_until);
      if (!stretches.empty()) stretches.pop_back();
      stretches.insert(stretches.end(), last.begin(), last.end());
    }
    std::vector<std::pair<absl::Time, absl::Time>> pauses;
    for (int at = static_cast<int>(random() % 200); at < 400 && pauses.size() < 3;) {
      const int end = at + 1 + static_cast<int>(random() % 80);
      pauses.emplace_back(PageSecond(at), PageSecond(end));
      at = end + static_cast<int>(random() % 60);
    }
    const int from = static_cast<int>(random() % 200), to = from + static_cast<int>(random() % 300);
    int up = 0, down = 0, unknown = 0;
    for (int second = from; second < to; ++second) {
      bool paused = false;
      for (const auto& [start, end] : pauses) paused |= PageSecond(second) >= start && PageSecond(second) < end;
      const std::pair<int, bool>* last = nullptr;
      for (const auto& look : looks) {
        if (look.first <= second) last = &look;
      }
      const bool known = last != nullptr && second < last->first + 2 * interval && (last->second || last->first >= grace_until);
      ++(paused || !known ? unknown : last->second ? up : down);
    }
    const Availability found = AvailabilityOf(stretches, pauses, PageSecond(from), PageSecond(to));
    ASSERT_EQ(found.up, absl::Seconds(up)) << round;
    ASSERT_EQ(found.down, absl::Seconds(down)) << round;
    ASSERT_EQ(found.unknown, absl::Seconds(unknown)) << round;
    absl::Time at = PageSecond(from);
    for (const Stretch& stretch : found.stretches) {
      ASSERT_EQ(stretch.start, at);
      ASSERT_LT(stretch.start, stretch.end);
      at = stretch.end;
    }
    ASSERT_EQ(at, PageSecond(to));
  }
}

TEST(PageAvailabilityTest, DurationsKeepTheirNanoseconds) {
  const absl::Duration duration = absl::Seconds(3) + absl::Nanoseconds(7);
  EXPECT_EQ(ToDuration(ToProtoDuration(duration)), duration);
}

}  // namespace
}  // namespace heitie::activity
