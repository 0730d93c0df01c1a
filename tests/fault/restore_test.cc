// Somebody deletes by hand what must not be deleted, while people work: the database is restored to the second before, from the backup and
// the logs that deploy/database made meanwhile. Whatever was acknowledged before that second is there, nothing of it or after is, all
// ledgers and figures are sound, a launch in the middle goes on, readers are told, and who was erased later is erased again.
// tests/fault/run restore brings up the database and the stream of its logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/status/argument.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/quality_result.pb.h"
#include "heitie/metrics/v1/user_erasure.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "heitie/type/v1/follower.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/world.h"
#include "tests/fault/chapter.h"
#include "tests/fault/rounds.h"
#include "tests/services.h"

namespace heitie::fault {
namespace {

using activity::v1::Activity;
using metrics::v1::UserErasure;

constexpr int kWriters = 6;
// Of a writer between two writes: each of them is looked at in the end.
constexpr absl::Duration kPause = absl::Milliseconds(40);
constexpr char kForgotten[] = "forget-me";

void Command(const std::string& command) {
  if (std::system(("bash -c '" + command + "' 1>&2").c_str()) != 0) throw std::runtime_error("failed: " + command);
}

std::string Text(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// Writes until it is told to stop, and remembers what it was told when.
class Writers {
 public:
  struct Write {
    std::string service, subject;
    absl::Time sent, answered = absl::InfiniteFuture();
  };

  Writers(const Staff& staff, const e2e::World& world) : staff_(staff), world_(world) {
    for (int i = 0; i < kWriters; ++i) threads_.emplace_back([this, i] { Run(i); });
  }
  std::vector<Write> Finish() {
    done_ = true;
    threads_.clear();
    return writes_;
  }

 private:
  void Run(int writer) {
    const e2e::Team& team = writer % 2 == 0 ? staff_.grpc : staff_.http;
    for (int i = 0; !done_; ++i) {
      absl::SleepFor(kPause);
      const std::string id = absl::StrCat("w", writer, "-", i);
      switch (writer % 3) {
        case 0:
          Put({"resource", "itemCategories/" + id, absl::Now()}, team.specialist, "resource.CreateItemCategory",
              absl::Substitute("item_category_id: '$0' item_category { display_name: 'Gifts' } request_id: '$0'", id));
          break;
        case 1:
          Put({"resource", "encumbrances/" + id, absl::Now()}, team.manager, "resource.CreateEncumbrance",
              absl::Substitute(
                  "encumbrance_id: '$0' encumbrance { budget: '$1' subject: 'activities/other' amount_minor: 1 expire_time $2 } "
                  "request_id: '$0'",
                  id, world_.budget(), e2e::Instant(absl::Now() + absl::Hours(1))));
          break;
        default:
          Put({"risk", "risks/" + id, absl::Now()}, team.specialist, "risk.CreateRisk",
              absl::Substitute(
                  "risk_id: '$0' risk { category: CATEGORY_MARKET subject: 'activities/other' title: 'Rain' cause: 'Clouds' owner: "
                  "'employees/specialist' } request_id: '$0'",
                  id));
      }
    }
  }
  void Put(Write write, const e2e::Person& who, const std::string& method, const std::string& request) {
    const absl::Status status = who.Try(method, request);
    if (status.ok()) write.answered = absl::Now();
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) << method << ": " << status;
    const std::lock_guard lock(mutex_);
    writes_.push_back(std::move(write));
  }

  const Staff& staff_;
  const e2e::World& world_;
  std::atomic<bool> done_ = false;
  std::mutex mutex_;
  std::vector<Write> writes_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

// An outside reader of a service's events, up to their end.
struct Reader {
  int64_t position = 0;
  std::string incarnation;
  std::set<std::string> subjects;

  absl::Status Read(const e2e::Person& who, const std::string& service) {
    while (true) {
      const auto page = who.Ask<type::v1::ListEventsResponse>(
          service + ".ListEvents", absl::Substitute("after_position: $0 incarnation: '$1' page_size: 1000", position, incarnation));
      if (!page.ok()) return page.status();
      for (const auto& event : page->events()) subjects.insert(event.subject());
      const bool end = page->events().empty();
      position = page->last_position();
      incarnation = page->incarnation();
      if (end) return absl::OkStatus();
    }
  }
};

class RestoreTest {
 public:
  explicit RestoreTest(const Rounds& rounds)
      : folder_(rounds.folder),
        http_(suite_.http_port(), /*keep=*/true),
        staff_{e2e::Insistent("restore", kPatience), e2e::Team(suite_.grpc()), e2e::Team(http_), "restore", &acknowledged_},
        world_(staff_.grpc, "restore", Wide()) {}

  void Play() {
    const std::string activity = world_.Ready("restored");
    IngestPeople();
    BackUp();
    Writers writers(staff_, world_);
    absl::SleepFor(absl::Seconds(2));
    LaunchAndDie(activity);
    if (::testing::Test::HasFatalFailure()) return;
    absl::SleepFor(absl::Seconds(1));
    // The whole second to which all is restored.
    const absl::Time cut = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 1);
    absl::SleepFor(cut - absl::Now() + absl::Milliseconds(300));
    Delete();
    EXPECT_EQ(Find("risk", "risks/w2-0"), 0) << "deleted by hand";
    Reader before;
    EXPECT_TRUE(before.Read(staff_.grpc.manager, "resource").ok());
    const std::string digest = Erase();
    const std::vector<Writers::Write> writes = writers.Finish();

    const absl::Time begin = absl::Now();
    Restore(cut);
    const absl::Duration took = absl::Now() - begin;

    CheckWrites(writes, cut);
    CheckReader(before);
    CheckErasure(digest);
    EXPECT_TRUE(Becomes([&] {
      const auto now = staff_.grpc.analyst.Ask<Activity>("activity.GetActivity", absl::Substitute("name: '$0'", activity));
      return now.ok() && now->state() == Activity::STATE_LIVE;
    })) << "the launch in the middle does not go on";
    e2e::ExpectTakenOnce(staff_.grpc, activity);
    Verify();
    Exercise();
    const auto acknowledged = std::count_if(writes.begin(), writes.end(), [&](const auto& write) { return write.answered < cut; });
    const auto lost = std::count_if(writes.begin(), writes.end(), [&](const auto& write) { return write.sent >= cut; });
    std::cout << absl::StrFormat(
                     "%d writes acknowledged before the second, all there; %d begun in or after it, none there; restored in %.1f s",
                     acknowledged, lost, absl::ToDoubleSeconds(took))
              << std::endl;
    EXPECT_GT(acknowledged, 50);
    EXPECT_GT(lost, 20);
  }

 private:
  static e2e::Conditions Wide() {
    e2e::Conditions conditions;
    conditions.budget = 100 * e2e::kCost;
    return conditions;
  }

  void IngestPeople() {
    staff_.grpc.producer.Do(
        "metrics.IngestEvents",
        absl::Substitute("producer: 'producers/shop' sequence: 1 events { event_name: 'visit' user: '$0' occur_time $1 } events { "
                         "event_name: 'visit' user: 'stays' occur_time $1 }",
                         kForgotten, e2e::Instant(absl::Now())));
  }

  void LaunchAndDie(const std::string& activity) {
    suite_.RestartDyingAt("launch.take_allotment.noted");
    const absl::Status status =
        staff_.grpc.manager.Try("activity.LaunchActivity", absl::Substitute("name: '$0' request_id: 'launch'", activity));
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    ASSERT_TRUE(suite_.AwaitEnd("activity"));
  }

  std::string Schema(const std::string& service) const { return absl::StrCat("e2e_", getpid(), "_", service); }

  // What nobody meant.
  void Delete() const {
    Command(absl::StrCat("mariadb --no-defaults --socket=", std::getenv("HEITIE_TEST_DB_SOCKET"), " --user=root -e \"DELETE FROM ",
                         Schema("risk"), ".risks; DELETE FROM ", Schema("resource"), ".budget_entries\""));
  }

  // Whether it is there, 0 or 1.
  int Find(const std::string& service, const std::string& subject) const {
    const std::string method = service == "risk"                  ? "risk.GetRisk"
                               : absl::StartsWith(subject, "enc") ? "resource.GetEncumbrance"
                                                                  : "resource.GetItemCategory";
    const absl::Status status = e2e::Put(staff_.asker, staff_.grpc.manager, method, absl::Substitute("name: '$0'", subject));
    EXPECT_TRUE(status.ok() || absl::IsNotFound(status)) << status;
    return status.ok() ? 1 : 0;
  }

  // Somebody is forgotten after the second; the digest of the id.
  std::string Erase() {
    const auto proposed =
        staff_.grpc.analyst.Do<UserErasure>("metrics.ProposeUserErasure", absl::Substitute("user: '$0' reference: 'case 1'", kForgotten));
    staff_.grpc.manager.Do("metrics.ApproveUserErasure", absl::Substitute("name: '$0'", proposed.name()));
    UserErasure erased;
    EXPECT_TRUE(Becomes([&] {
      erased = staff_.grpc.analyst.Do<UserErasure>("metrics.GetUserErasure", absl::Substitute("name: '$0'", proposed.name()));
      return erased.state() == UserErasure::STATE_DONE;
    }));
    return erased.user_digest();
  }

  void Restore(absl::Time cut) {
    // All that was written is in the backup's folder.
    const absl::Time written = absl::Now();
    EXPECT_TRUE(Becomes([&] { return Reached() > absl::ToUnixSeconds(written); }));
    for (const std::string& service : Services()) {
      if (service != "gateway" && service != "activity") EXPECT_EQ(suite_.Stop(service, SIGTERM), 0) << service;
    }
    Command(absl::StrCat("source ", HEITIE_SOURCE_DIR, "/deploy/local/functions; stop_database ", folder_));
    Command(absl::StrCat(HEITIE_SOURCE_DIR, "/deploy/database/restore --from ", folder_, "/backups --to ",
                         absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", cut, absl::UTCTimeZone()), " ", folder_, "/restored && mv ", folder_,
                         "/data ", folder_, "/lost && mv ", folder_, "/restored ", folder_, "/data && ", folder_, "/restart"));
    for (const std::string& service : Services()) {
      if (service != "gateway") suite_.Start(service);
    }
  }

  void CheckWrites(const std::vector<Writers::Write>& writes, absl::Time cut) const {
    for (const auto& write : writes) {
      if (write.answered < cut) {
        EXPECT_EQ(Find(write.service, write.subject), 1)
            << write.subject << " was acknowledged at " << write.answered << ", before " << cut;
      } else if (write.sent >= cut) {
        EXPECT_EQ(Find(write.service, write.subject), 0) << write.subject << " was begun at " << write.sent << ", not before " << cut;
      }
    }
  }

  // Who has read what is lost is told, and reads what gets these positions anew.
  void CheckReader(Reader reader) const {
    const int64_t seen = reader.position;
    const absl::Status told = reader.Read(staff_.grpc.manager, "resource");
    EXPECT_EQ(status::ReasonOf(told), "EVENTS_RESTORED") << told;
    EXPECT_LT(std::atoll(status::ArgumentOf(told, "position").c_str()), seen);
    reader.position = std::atoll(status::ArgumentOf(told, "position").c_str());
    reader.incarnation = status::ArgumentOf(told, "incarnation");
    EXPECT_EQ(Find("resource", "itemCategories/anew"), 0);
    staff_.grpc.specialist.Do("resource.CreateItemCategory", "item_category_id: 'anew' item_category { display_name: 'Gifts' }");
    EXPECT_TRUE(reader.Read(staff_.grpc.manager, "resource").ok());
    EXPECT_EQ(reader.subjects.count("itemCategories/anew"), 1u);
  }

  void CheckErasure(const std::string& digest) {
    EXPECT_THAT(Text(folder_ + "/data/erasures"), ::testing::HasSubstr(digest));
    const auto again = staff_.grpc.manager.Do<metrics::v1::RepeatUserErasuresResponse>(
        "metrics.RepeatUserErasures", absl::Substitute("user_digests: '$0' reference: 'restored'", digest));
    ASSERT_EQ(again.user_erasures_size(), 1) << "the restored database knows the user";
    const e2e::Person other = staff_.grpc.manager.As(suite_.Token("--role MANAGER --name employees/other"));
    other.Do("metrics.ApproveUserErasure", absl::Substitute("name: '$0'", again.user_erasures(0).name()));
    EXPECT_TRUE(Becomes([&] {
      return staff_.grpc.analyst.Do<UserErasure>("metrics.GetUserErasure", absl::Substitute("name: '$0'", again.user_erasures(0).name()))
                 .state() == UserErasure::STATE_DONE;
    }));
  }

  void Verify() const {
    e2e::ExpectSoundLedgers(staff_.grpc);
    const auto figures = staff_.grpc.engineer.Ask<metrics::v1::VerifyFiguresResponse>(
        "metrics.VerifyFigures",
        absl::Substitute("event_name: 'visit' reason: 'restored' start_date $0 end_date $0", e2e::Date(e2e::Today())));
    ASSERT_TRUE(figures.ok()) << figures.status();
    EXPECT_NE(figures->outcome(), metrics::v1::QualityResult::OUTCOME_FAILED) << figures->DebugString();
    for (const std::string& service : Services()) {
      if (service == "gateway") continue;
      EXPECT_TRUE(Becomes([&] {
        const auto all = staff_.grpc.engineer.Ask<type::v1::ListFollowersResponse>(service + ".ListFollowers", "");
        return all.ok() && std::all_of(all->followers().begin(), all->followers().end(),
                                       [](const auto& one) { return one.error().empty() && one.stuck_subject_count() == 0; });
      })) << service;
    }
  }

  // What is in service now is backed up anew: the logs from before lead elsewhere. The weekly exercise finds both out.
  void Exercise() const {
    const std::string exercise = absl::StrCat(HEITIE_SOURCE_DIR, "/deploy/database/exercise ", folder_, "/backups ", folder_);
    EXPECT_THROW(Command(exercise), std::runtime_error) << "no full backup since the restore";
    BackUp();
    const absl::Time backed_up = absl::Now();
    EXPECT_TRUE(Becomes([&] { return Reached() > absl::ToUnixSeconds(backed_up); }));
    Command(exercise);
    EXPECT_THAT(Text(folder_ + "/exercise.prom"), ::testing::HasSubstr("heitie_restore_exercise_success 1"));
  }

  void BackUp() const { Command(absl::StrCat(HEITIE_SOURCE_DIR, "/deploy/database/backup full ", folder_, "/backups ", folder_, "/data")); }
  // Up to when the logs are backed up.
  int64_t Reached() const { return std::atoll(Text(folder_ + "/backups/logs/reached").c_str()); }

  const std::string folder_;
  e2e::Suite& suite_ = e2e::Suite::Get();
  e2e::HttpClient http_;
  Acknowledged acknowledged_;
  const Staff staff_;
  const e2e::World world_;
};

TEST(Fault, Restore) { RestoreTest(RoundsOfEnvironment()).Play(); }

}  // namespace
}  // namespace heitie::fault
