#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/status/outage.h"
#include "common/status/status.h"
#include "common/text/markdown.h"
#include "heitie/metrics/v1/import.pb.h"
#include "heitie/metrics/v1/withdrawal.pb.h"
#include "tests/e2e/world.h"
#include "tests/fault/metrics_world.h"

namespace heitie::fault {
namespace {

using metrics::v1::Import;

constexpr int kRows = 1200;            // of a file
constexpr int kEventsTogether = 1000;  // as the service makes batches of good rows

constexpr char kMapping[] =
    "format: FORMAT_CSV fields { target: TARGET_EVENT_NAME constant: 'bought' } fields { target: TARGET_USER column: 'who' } "
    "fields { target: TARGET_OCCUR_TIME column: 'when' } fields { target: TARGET_DIMENSION key: 'channel' column: 'where' } "
    "fields { target: TARGET_VALUE_MINOR column: 'paid' scale: 2 }";

class ImportsChapter final : public Chapter {
 public:
  explicit ImportsChapter(const MetricsWorld& world) : world_(world) {}

  // A file with cells that have quotes and line breaks and with some rows that are none, and what is to come of it.
  void Prepare(int round, Random& random) override {
    round_ = round;
    file_ = "who,when,note,where,paid\r\n";
    rows_.clear();
    for (int i = 0; i < kRows; ++i) {
      metrics::v1::Event event;
      const absl::Time time = world_.RandomTime(random);
      const int64_t cents = static_cast<int64_t>(random() % 100000);
      const bool bad = random() % 50 == 0;
      event.set_event_name(kBought);
      event.set_user(absl::StrCat("user-", random() % 300));
      event.mutable_occur_time()->set_seconds(absl::ToUnixSeconds(time));
      (*event.mutable_dimensions())["channel"] = absl::StrCat("line ", random() % 3);
      event.set_value_minor(cents);
      absl::StrAppend(&file_, event.user(), ",", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()),
                      ",\"said \"\"yes\"\",\nthen paid\",", event.dimensions().at("channel"), ",",
                      bad ? "much" : absl::StrFormat("%d.%02d", cents / 100, cents % 100), "\r\n");
      if (!bad) rows_.push_back(event);
    }
    producer_.clear();
  }

  std::vector<std::function<void(Random&)>> Clients() override {
    return {[this](Random& random) { Bring("first", random); }, [this](Random& random) { Bring("again", random); }};
  }

  // The rows count once, although the file was imported twice. One of three imports is taken back.
  void Check() override {
    if (::testing::Test::HasFailure()) return;
    const int64_t batches = (static_cast<int64_t>(rows_.size()) + kEventsTogether - 1) / kEventsTogether;
    for (int64_t i = 0; i < batches; ++i) {
      metrics::v1::IngestEventsRequest batch;
      batch.set_producer(producer_);
      batch.set_sequence(i + 1);
      for (size_t row = i * kEventsTogether; row < std::min<size_t>(rows_.size(), (i + 1) * kEventsTogether); ++row) {
        *batch.add_events() = rows_[row];
      }
      world_.ledger.Deliver(batch);
    }
    if (round_ % 3 != 2) return;
    world_.ledger.Withdraw(producer_, 1, batches);
    const e2e::Person& analyst = world_.staff.grpc.analyst;
    const auto withdrawn = e2e::Ask<metrics::v1::Withdrawal>(
        world_.staff.asker, analyst, "metrics.CreateWithdrawal",
        absl::Substitute("withdrawal { producer: '$0' first_sequence: 1 last_sequence: $1 reason: 'The wrong file' }", producer_, batches));
    ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
    EXPECT_TRUE(Becomes([&] {
      return analyst.Do<metrics::v1::Withdrawal>("metrics.GetWithdrawal", absl::Substitute("name: '$0'", withdrawn->name())).state() ==
             metrics::v1::Withdrawal::STATE_DONE;
    }));
  }

 private:
  // From the announcement to the end.
  void Bring(const std::string& id, Random& random) {
    const std::string name = absl::StrCat("imports/", world_.staff.run, "-", round_, "-", id);
    absl::StatusOr<Import> import =
        e2e::Ask<Import>(world_.staff.asker, world_.staff.grpc.analyst, "metrics.CreateImport",
                         absl::Substitute("import_id: '$0' import { title: 'Till' size_bytes: $1 sha256: '$2' mapping { $3 } }",
                                          name.substr(8), file_.size(), text::Sha256Hex(file_), kMapping));
    ASSERT_TRUE(import.ok()) << import.status();
    // The service says where the upload goes on; a client that has forgotten asks it.
    while (import->uploaded_bytes() < static_cast<int64_t>(file_.size())) {
      const int64_t offset = import->uploaded_bytes();
      metrics::v1::UploadImportRequest piece;
      piece.set_name(name);
      piece.set_offset(offset);
      piece.set_data(file_.substr(static_cast<size_t>(offset), 1 + random() % 60000));
      piece.set_sha256(text::Sha256Hex(piece.data()));
      Import after;
      const absl::Status status = world_.staff.grpc.analyst.Call("metrics.UploadImport", piece, &after);
      if (status.ok()) {
        ++world_.acknowledged;
        EXPECT_GE(after.uploaded_bytes(), offset + static_cast<int64_t>(piece.data().size())) << "what was acknowledged is there";
        import = after;
      } else {
        ASSERT_TRUE(status::IsOutage(status) || status::ReasonOf(status) == "UPLOAD_OFFSET") << status;
        import = Now(name);
        ASSERT_TRUE(import.ok()) << import.status();
        EXPECT_GE(import->uploaded_bytes(), offset) << "what was acknowledged is there";
      }
    }
    ASSERT_TRUE(Becomes([&] { return StateOf(name) == Import::STATE_READY; })) << Import::State_Name(StateOf(name));
    const absl::Status started =
        e2e::Put(world_.staff.asker, world_.staff.grpc.analyst, "metrics.StartImport", absl::Substitute("name: '$0'", name));
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(Becomes([&] { return StateOf(name) == Import::STATE_DONE; })) << Import::State_Name(StateOf(name));
    import = Now(name);
    ASSERT_TRUE(import.ok()) << import.status();
    EXPECT_EQ(import->row_count(), kRows);
    EXPECT_EQ(import->bad_row_count(), kRows - static_cast<int64_t>(rows_.size()));
    const std::lock_guard lock(mutex_);
    producer_ = import->producer();
    ++world_.acknowledged;
  }

  absl::StatusOr<Import> Now(const std::string& name) const {
    return e2e::Ask<Import>(world_.staff.asker, world_.staff.grpc.analyst, "metrics.GetImport", absl::Substitute("name: '$0'", name));
  }
  Import::State StateOf(const std::string& name) const {
    const absl::StatusOr<Import> import = Now(name);
    return import.ok() ? import->state() : Import::STATE_UNSPECIFIED;
  }

  const MetricsWorld world_;
  int round_ = 0;
  std::string file_;
  std::vector<metrics::v1::Event> rows_;  // that are good, in the order of the file
  std::mutex mutex_;
  std::string producer_;  // of the file
};

}  // namespace

std::unique_ptr<Chapter> Imports(const MetricsWorld& world) { return std::make_unique<ImportsChapter>(world); }

}  // namespace heitie::fault
