// A schema of events and a batch of them, each a line of JSON as the gateway gets it. A batch that the door lets in is judged; what is not
// accepted is a dead letter whose row can be kept, is read again as it was delivered, and is judged the same then.
#include "common/record/columns.h"
#include "common/rpc/validate.h"
#include "services/gateway/transcode.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/plan/dead_letter_table.h"
#include "services/metrics/plan/judge.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/value.h"

namespace heitie::fuzz {
namespace {

using metrics::Batch;
using metrics::Violated;
using metrics::v1::DeadLetter;
using metrics::v1::EventSchema;
using metrics::v1::IngestEventsRequest;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);
const absl::TimeZone kZone = absl::FixedTimeZone(8 * 3600);

const metrics::PersonalData& Patterns() {
  static const auto& patterns = *[] {
    metrics::v1::PersonalDataPolicy policy;
    auto& mail = *policy.add_patterns();
    mail.set_title("mail");
    mail.set_pattern("[a-z]+@[a-z]+");
    auto& id = *policy.add_patterns();
    id.set_title("ROC id");
    id.set_pattern("([A-Za-z][1289][0-9]{8})");
    id.set_checksum(metrics::v1::PersonalDataPattern::CHECKSUM_ROC_ID);
    return new std::shared_ptr<const metrics::PersonalData>(metrics::PersonalData::Compile(policy).value());
  }();
  return *patterns;
}

// One row with one column of a text.
class TextRow final : public sql::Row {
 public:
  explicit TextRow(const sql::Value& value) : value_(value) {}
  bool IsNull(int) const override { return std::holds_alternative<std::monostate>(value_); }
  int64_t Int(int) const override { return std::holds_alternative<int64_t>(value_) ? std::get<int64_t>(value_) : 0; }
  double Double(int) const override { return std::holds_alternative<double>(value_) ? std::get<double>(value_) : 0; }
  std::string Text(int) const override { return std::holds_alternative<std::string>(value_) ? std::get<std::string>(value_) : ""; }
  absl::Time Time(int) const override {
    return std::holds_alternative<absl::Time>(value_) ? std::get<absl::Time>(value_) : absl::UnixEpoch();
  }

 private:
  const sql::Value& value_;
};

std::string TextOf(const std::vector<Violated>& violated) {
  std::string text;
  for (const Violated& one : violated) text += Canonical(metrics::ToViolation(one)) + "\n";
  return text;
}

// A dead letter through its row.
void RequireKept(const Batch& batch, const metrics::Point& point, const std::vector<Violated>& violated, const metrics::Judgement* schema) {
  const DeadLetter letter = metrics::MakeDeadLetter(batch, point, violated, schema == nullptr ? "" : schema->name(), kNow);
  DeadLetter read;
  for (const record::Column& column : record::ColumnsOf(*DeadLetter::descriptor())) {
    const sql::Value value = record::ReadField(letter, column);
    RequireStorable(value, column.type);
    Require(record::WriteField(TextRow(value), 0, column, &read).ok(), "a row that is kept can be read");
  }
  RequireEqual(Canonical(read), Canonical(letter), "a dead letter stays as it was");
  const metrics::Point again = metrics::PointOf(read, kZone);
  RequireEqual(Canonical(metrics::ToEvent(again)), Canonical(metrics::ToEvent(point)), "the event is the one that was delivered");
  RequireEqual(TextOf(metrics::Judge(schema, Patterns(), again, kNow)), TextOf(violated), "and is judged as it was");
}

void Play(const std::string& schema_text, const std::string& batch_text) {
  metrics::v1::CreateEventSchemaRequest create;
  IngestEventsRequest request;
  if (!gateway::ParseRequest(batch_text, &request).ok() || !rpc::Validate(request).ok()) return;
  rpc::KeepMicroseconds(request);
  if (const absl::Status bad = metrics::CheckBatch(request, kNow); !bad.ok()) return RequireRefusal(bad);
  const Batch batch = metrics::ToBatch(request, kZone);
  RequireEqual(metrics::ToBatch(request, kZone).digest, batch.digest, "a batch has one digest");
  std::optional<metrics::Judgement> judgement;
  if (gateway::ParseRequest(schema_text, create.mutable_event_schema()).ok() && rpc::Validate(create).ok()) {
    const absl::Status bad = metrics::CheckSchema(create.event_schema());
    if (!bad.ok()) return RequireRefusal(bad);
    judgement.emplace(create.event_schema());
  }
  for (const metrics::Point& point : batch.points) {
    const metrics::Judgement* schema = judgement ? &*judgement : nullptr;
    const std::vector<Violated> violated = metrics::Judge(schema, Patterns(), point, kNow);
    for (const Violated& one : violated) Require(!metrics::ToViolation(one).text().empty(), "a violation has a sentence");
    RequireKept(batch, point, violated, schema);
  }
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = heitie::fuzz::Lines(data, size, 2);
  heitie::fuzz::Play(lines[0], lines[1]);
  return 0;
}
