#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/exact/sum.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/delivery.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "tests/fault/metrics_world.h"

namespace heitie::fault {
namespace {

using metrics::v1::Figures;
using metrics::v1::QueryMetricResponse;

// What a list of rows comes to.
struct Counted {
  int64_t count = 0, minor = 0, values = 0, last = 0;
  exact::Sum sum;
  std::optional<double> least, greatest;
  std::set<std::string> users;

  void Add(const LedgerRow& row) {
    ++count;
    if (!row.user.empty()) users.insert(row.user);
    last = std::max(last, row.micros);
    minor += row.minor.value_or(0);
    if (!row.value.has_value()) return;
    ++values;
    sum.Add(*row.value);
    least = std::min(least.value_or(*row.value), *row.value);
    greatest = std::max(greatest.value_or(*row.value), *row.value);
  }
};

void ExpectFigures(const Figures& figures, const Counted& expected) {
  EXPECT_EQ(figures.count(), expected.count);
  EXPECT_EQ(figures.distinct_users(), static_cast<int64_t>(expected.users.size()));
  EXPECT_EQ(figures.sum_minor(), expected.minor);
  EXPECT_EQ(figures.value_count(), expected.values);
  EXPECT_EQ(figures.sum(), expected.sum.value());
  EXPECT_EQ(figures.has_min() ? std::optional(figures.min()) : std::nullopt, expected.least);
  EXPECT_EQ(figures.has_max() ? std::optional(figures.max()) : std::nullopt, expected.greatest);
}

class AnswersChapter final : public Chapter {
 public:
  explicit AnswersChapter(const MetricsWorld& world) : world_(world) {}

  void Prepare(int, Random&) override {}
  std::vector<std::function<void(Random&)>> Clients() override { return {}; }

  void Check() override {
    if (::testing::Test::HasFailure()) return;
    counted_ = world_.ledger.Counted();
    for (const char* name : {kVisit, kOrder, kCart, kBasket, kJunk, kTicket, kBought, kDelay}) {
      for (const bool by_channel : {false, true}) {
        CheckQuery(name, "", by_channel);
        for (int i = 0; i < kActivities; ++i) CheckQuery(name, world_.Activity(i), by_channel);
      }
      CheckSource(name);
    }
    CheckRows();
    CheckActiveUsers();
    CheckCounters();
    for (const std::string& producer : world_.ledger.Producers()) CheckBooks(producer);
    const int64_t mended = std::count_if(counted_.begin(), counted_.end(), [](const LedgerRow& row) { return row.channel == kMended; });
    EXPECT_GE(world_.settled_letters.load(), mended) << "each replay was told";
    EXPECT_LE(world_.settled_letters.load(), world_.ledger.rows());
  }

 private:
  template <typename Response>
  Response Must(const std::string& method, const std::string& request) const {
    const auto response = e2e::Ask<Response>(world_.staff.asker, world_.staff.grpc.manager, "metrics." + method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }

  QueryMetricResponse Query(const std::string& name, const std::string& more) const {
    return Must<QueryMetricResponse>(
        "QueryMetric", absl::Substitute("$0: '$1' $2 $3", name == kDelay ? "measurement_name" : "event_name", name, world_.Dates(), more));
  }

  // Daily figures, that are kept.
  void CheckQuery(const std::string& name, const std::string& activity, bool by_channel) const {
    SCOPED_TRACE(absl::StrCat(name, " ", activity, by_channel ? " by channel" : ""));
    std::map<std::pair<absl::CivilDay, std::string>, Counted> days;
    std::map<std::string, Counted> totals;
    if (!by_channel) totals[""];
    for (const LedgerRow& row : counted_) {
      if (row.name != name || (!activity.empty() && row.activity != activity) || (by_channel && row.channel.empty())) continue;
      const std::string channel = by_channel ? row.channel : "";
      days[{row.day(), channel}].Add(row);
      totals[channel].Add(row);
    }
    const QueryMetricResponse answer = Query(
        name, absl::StrCat(by_channel ? "group_by: 'channel' " : "", activity.empty() ? "" : absl::Substitute("activity: '$0'", activity)));
    ASSERT_EQ(answer.days_size(), static_cast<int>(days.size()));
    int i = 0;
    for (const auto& [key, expected] : days) {
      EXPECT_EQ(time::ToDay(answer.days(i).date()), key.first);
      ExpectFigures(answer.days(i++).figures(), expected);
    }
    ASSERT_EQ(answer.totals_size(), static_cast<int>(totals.size()));
    i = 0;
    for (const auto& [channel, expected] : totals) ExpectFigures(answer.totals(i++).figures(), expected);
  }

  // Where they come from. Whose ticket it was that counts is not known.
  void CheckSource(const std::string& name) const {
    SCOPED_TRACE(name);
    const QueryMetricResponse answer = Query(name, "");
    Counted all;
    std::map<std::string, int64_t> expected, told;
    for (const LedgerRow& row : counted_) {
      if (row.name != name) continue;
      all.Add(row);
      ++expected[row.producer];
    }
    EXPECT_EQ(answer.source().count(), all.count);
    if (all.count > 0) {
      EXPECT_EQ(absl::ToUnixMicros(time::ToTime(answer.source().watermark())), all.last);
    }
    for (const auto& producer : answer.source().producers()) {
      if (producer.count() != 0) told[producer.producer()] = producer.count();
    }
    if (name != kTicket) {
      EXPECT_EQ(told, expected);
    }
  }

  // Figures that only the rows themselves can give.
  void CheckRows() const {
    struct Asked {
      std::string condition;
      std::function<bool(const LedgerRow&)> holds;
    };
    const std::vector<Asked> all = {
        {absl::Substitute("channel = \"$0\"", kMended), [](const LedgerRow& row) { return row.channel == kMended; }},
        {"amount_minor >= 0 AND NOT channel = \"c1\"",
         [](const LedgerRow& row) { return row.minor.has_value() && *row.minor >= 0 && row.channel != "c1"; }},
        {absl::Substitute("activity = \"$0\" AND value > 100", world_.Activity(1)),
         [&](const LedgerRow& row) { return row.activity == world_.Activity(1) && row.value.has_value() && *row.value > 100; }}};
    std::string questions;
    std::vector<Counted> expected;
    for (const char* name : {kVisit, kOrder, kBasket, kTicket, kBought}) {
      for (const Asked& asked : all) {
        expected.emplace_back();
        for (const LedgerRow& row : counted_) {
          if (row.name == name && asked.holds(row)) expected.back().Add(row);
        }
        absl::StrAppend(&questions, absl::Substitute("questions { period { dates { $0 } } figures { figure { events { event_name: '$1' "
                                                     "condition: '$2' } measure: MEASURE_SUM minor: true } } } ",
                                                     world_.Dates(), name, asked.condition));
      }
    }
    const auto answers = Must<metrics::v1::AskQuestionsResponse>("AskQuestions", questions);
    ASSERT_EQ(answers.answers_size(), static_cast<int>(expected.size()));
    for (size_t i = 0; i < expected.size(); ++i) {
      SCOPED_TRACE(i);
      const auto& total = answers.answers(static_cast<int>(i)).body().figures().all().total();
      EXPECT_EQ(total.count(), expected[i].count);
      EXPECT_EQ(total.users(), static_cast<int64_t>(expected[i].users.size()));
      EXPECT_EQ(total.sum_minor(), expected[i].minor);
    }
  }

  void CheckActiveUsers() const {
    const auto answers = Must<metrics::v1::AskQuestionsResponse>(
        "AskQuestions",
        absl::Substitute("questions { period { dates { $0 } } active_users { events { event_name: '$1' } events { event_name: "
                         "'$2' } events { event_name: '$3' } } }",
                         world_.Dates(), kVisit, kBasket, kBought));
    ASSERT_EQ(answers.answers_size(), 1);
    ASSERT_EQ(answers.answers(0).body().active_users().days_size(), kDays);
    for (const auto& told : answers.answers(0).body().active_users().days()) {
      std::set<std::string> daily, until;
      const absl::CivilDay day = time::ToDay(told.date());
      for (const LedgerRow& row : counted_) {
        if ((row.name != kVisit && row.name != kBasket && row.name != kBought) || row.day() > day) continue;
        until.insert(row.user);
        if (row.day() == day) daily.insert(row.user);
      }
      EXPECT_EQ(told.daily(), static_cast<int64_t>(daily.size()));
      EXPECT_EQ(told.weekly(), static_cast<int64_t>(until.size()));
      EXPECT_EQ(told.monthly(), static_cast<int64_t>(until.size()));
    }
  }

  void CheckCounters() const {
    for (int i = 0; i < kActivities; ++i) {
      SCOPED_TRACE(world_.Activity(i));
      Counted visits, all;
      for (const LedgerRow& row : counted_) {
        if (row.activity != world_.Activity(i)) continue;
        all.Add(row);
        if (row.name == kVisit) visits.Add(row);
      }
      const auto counters =
          Must<metrics::v1::ActivityCounters>("GetActivityCounters", absl::Substitute("activity: '$0'", world_.Activity(i)));
      EXPECT_EQ(counters.impressions(), visits.count);
      EXPECT_EQ(counters.viewers(), static_cast<int64_t>(visits.users.size()));
      if (all.count > 0) {
        EXPECT_EQ(absl::ToUnixMicros(time::ToTime(counters.watermark())), all.last);
      }
    }
  }

  // The producer's sequences and what became of its rows, by batch and by day and name.
  void CheckBooks(const std::string& name) const {
    SCOPED_TRACE(name);
    const bool tickets = name.find("-till-") != std::string::npos;
    const auto batches = world_.ledger.BatchesOf(name);
    const auto producer = Must<metrics::v1::Producer>("GetProducer", absl::Substitute("name: '$0'", name));
    EXPECT_EQ(producer.batch_count(), static_cast<int64_t>(batches.size()));
    EXPECT_EQ(producer.last_sequence(), world_.ledger.LastOf(name));
    EXPECT_EQ(producer.missing_count(), 0);
    EXPECT_EQ(producer.contiguous_sequence(), world_.ledger.LastOf(name));
    std::map<int64_t, metrics::v1::BatchAccount> told;
    std::string page;
    do {
      const auto part = Must<metrics::v1::ListBatchAccountsResponse>(
          "ListBatchAccounts", absl::Substitute("parent: '$0' page_size: 1000 page_token: '$1'", name, page));
      for (const auto& account : part.batch_accounts()) told[account.sequence()] = account;
      page = part.next_page_token();
    } while (!page.empty());
    EXPECT_EQ(told.size(), batches.size());
    for (const auto& [sequence, expected] : batches) {
      SCOPED_TRACE(sequence);
      ExpectAccount(told[sequence], expected, tickets);
    }
    std::map<std::pair<absl::CivilDay, std::string>, metrics::v1::DeliveryAccount> days;
    const auto listed =
        Must<metrics::v1::ListDeliveryAccountsResponse>("ListDeliveryAccounts", absl::Substitute("parent: '$0' page_size: 1000", name));
    for (const auto& account : listed.delivery_accounts()) {
      days[{time::ToDay(account.date()), account.event_name() + account.measurement_name()}] = account;
    }
    const auto expected_days = world_.ledger.DaysOf(name);
    EXPECT_EQ(days.size(), expected_days.size());
    for (const auto& [key, expected] : expected_days) {
      SCOPED_TRACE(absl::StrCat(time::DayText(key.first), " ", key.second));
      ExpectAccount(days[key], expected, tickets);
    }
  }

  template <typename Told>
  static void ExpectAccount(const Told& told, const Account& expected, bool tickets) {
    EXPECT_EQ(told.delivered_count(), expected.delivered);
    EXPECT_EQ(told.quarantined_count(), 0);
    EXPECT_EQ(told.discarded_count(), expected.discarded);
    EXPECT_EQ(told.accepted_count() + told.duplicate_count(), expected.accepted);
    if (!tickets) {
      EXPECT_EQ(told.duplicate_count(), 0);
    }
  }

  const MetricsWorld world_;
  std::vector<LedgerRow> counted_;
};

}  // namespace

std::unique_ptr<Chapter> Answers(const MetricsWorld& world) { return std::make_unique<AnswersChapter>(world); }

}  // namespace heitie::fault
