#include "tests/fault/metrics_world.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "tests/e2e/world.h"

namespace heitie::fault {
namespace {

constexpr int kRegularUsers = 200;

// The first of kDays days that are over.
absl::CivilDay FirstDay() {
  static const absl::CivilDay first = e2e::Today() - kDays;
  return first;
}

}  // namespace

std::vector<std::string> RegularUsers() {
  std::vector<std::string> users;
  for (int i = 0; i < kRegularUsers; ++i) users.push_back(absl::StrCat("user-", i));
  return users;
}

std::string MetricsWorld::Dates(const std::string& first, const std::string& last) const {
  return absl::Substitute("$0 $1 $2 $3", first, e2e::Date(FirstDay()), last, e2e::Date(FirstDay() + kDays - 1));
}

absl::Time MetricsWorld::RandomTime(Random& random) const {
  return e2e::HourOf(FirstDay(), 0) + absl::Milliseconds(random() % (kDays * 86400 * 1000LL));
}

std::string MetricsWorld::Activity(int number) const { return absl::StrCat("activities/", staff.run, "-", number); }

metrics::v1::Event MetricsWorld::RandomEvent(Random& random, const std::string& user) const {
  static const std::vector<std::string> names = {kVisit, kVisit, kOrder, kOrder, kCart, kJunk};
  metrics::v1::Event event;
  event.set_event_name(names[random() % names.size()]);
  event.set_user(user);
  const absl::Time time = RandomTime(random);
  event.mutable_occur_time()->set_seconds(absl::ToUnixSeconds(time));
  event.mutable_occur_time()->set_nanos(
      static_cast<int>(absl::ToInt64Microseconds(time - absl::FromUnixSeconds(absl::ToUnixSeconds(time)))) * 1000);
  if (random() % 2 == 0) event.set_activity(Activity(static_cast<int>(random() % kActivities)));
  if (random() % 4 != 0) (*event.mutable_dimensions())["channel"] = absl::StrCat("c", random() % 3);
  switch (random() % 3) {
    case 0:
      event.set_value_minor(static_cast<int64_t>(random() % 20001) - 10000);
      break;
    case 1:
      event.set_value(static_cast<double>(random() % 20001) / 7);  // no order of adding gives the same bits
      break;
    default:
      break;
  }
  return event;
}

metrics::v1::IngestEventsRequest MetricsWorld::RandomBatch(Random& random, const std::string& producer, int64_t sequence,
                                                           const std::vector<std::string>& users) const {
  metrics::v1::IngestEventsRequest batch;
  batch.set_producer(producer);
  batch.set_sequence(sequence);
  for (int left = 1 + static_cast<int>(random() % 60); left > 0; --left) {
    *batch.add_events() = RandomEvent(random, users[random() % users.size()]);
  }
  return batch;
}

}  // namespace heitie::fault
