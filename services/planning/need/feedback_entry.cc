#include "services/planning/need/feedback_entry.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/research/table_import.h"

namespace heitie::planning {

using v1::FeedbackEntry;

const status::Reason kReceivedLater{absl::StatusCode::kInvalidArgument, "RECEIVED_LATER", "{date} is still to come.", "{date} 尚未到來。"};

namespace {

const ImportColumns& FeedbackColumns() {
  static const auto& columns =
      *new ImportColumns{{"channel", {40, true}}, {"text", {4000, true}}, {"receive_date", {10, true}}, {"source", {500, false}}};
  return columns;
}

FeedbackEntry EntryOfRow(const ImportRow& row, absl::CivilDay today, ImportDefects& defects) {
  FeedbackEntry entry;
  entry.set_channel(
      static_cast<FeedbackEntry::Channel>(ReadEnum(row, "channel", *FeedbackEntry::Channel_descriptor(), "CHANNEL_", defects)));
  if (const auto text = row.cells.find("text"); text != row.cells.end()) entry.set_text(text->second.text);
  if (const auto source = row.cells.find("source"); source != row.cells.end()) entry.set_source(source->second.text);
  google::type::Date day;
  if (!ReadDate(row, "receive_date", &day, defects)) return entry;
  *entry.mutable_receive_date() = day;
  const ImportCell& cell = row.cells.at("receive_date");
  if (time::ToDay(day) > today) defects.Add(cell.line, cell.column, kReceivedLater, {{"date", cell.text}});
  return entry;
}

}  // namespace

FeedbackEntries::FeedbackEntries(const service::Context& context, Tables& tables) : tables_(tables) {
  event::Reactions(context, "activity", "complaints").On(this, &FeedbackEntries::OnInquiry);
}

absl::Status FeedbackEntries::OnInquiry(const rpc::Call& call, const event::Change<activity::v1::Inquiry>& change) {
  if (!change.after || change.after->kind() != activity::v1::Inquiry::KIND_COMPLAINT || change.after->has_retract_time()) {
    return absl::OkStatus();
  }
  return tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    FeedbackEntry entry;
    entry.set_name(absl::StrCat("feedbackEntries/complaint-", text::Sha256Hex(change.after->name()).substr(0, 26)));
    const absl::Status known = tables_.feedback_entries.Find(tx.sql, entry.name()).status();
    if (!absl::IsNotFound(known)) return known;
    entry.set_channel(FeedbackEntry::CHANNEL_SERVICE);
    entry.set_text(absl::StrCat("投訴：", change.after->category()));
    *entry.mutable_receive_date() = time::ToDate(absl::ToCivilDay(time::ToTime(change.after->receive_time()), tables_.zone));
    entry.set_source(change.after->name());
    const absl::Status filed = tables_.feedback_entries.Insert(tx, entry, "file_complaint");
    return absl::IsAlreadyExists(filed) ? absl::OkStatus() : filed;
  });
}

absl::Status FeedbackEntries::Create(record::Transaction& tx, FeedbackEntry& entry) {
  const absl::CivilDay received = time::ToDay(entry.receive_date());
  if (received > absl::ToCivilDay(tx.call.now, tables_.zone)) {
    status::BadFields bad;
    bad.Add("feedback_entry.receive_date", kReceivedLater, {{"date", time::DayText(received)}});
    return bad.status();
  }
  return entry.need().empty() ? absl::OkStatus() : tables_.needs.Find(tx.sql, entry.need()).status();
}

absl::StatusOr<FeedbackEntry> FeedbackEntries::Assign(record::Transaction& tx, const v1::AssignFeedbackEntryRequest& request) {
  if (!request.need().empty()) RETURN_IF_ERROR(tables_.needs.Find(tx.sql, request.need()).status());
  ASSIGN_OR_RETURN(record::Step<FeedbackEntry> step, tables_.feedback_entries.Begin(tx, request));
  step.verb = "assign";
  step.after.set_need(request.need());
  return tables_.feedback_entries.Finish(tx, step);
}

absl::StatusOr<v1::ImportFeedbackEntriesResponse> FeedbackEntries::Import(record::Transaction& tx,
                                                                          const v1::ImportFeedbackEntriesRequest& request) {
  ImportDefects defects(tx.call.language);
  ASSIGN_OR_RETURN(const std::vector<ImportRow> rows, ReadRows(request.content(), FeedbackColumns(), defects));
  std::vector<FeedbackEntry> entries;
  for (const ImportRow& row : rows) entries.push_back(EntryOfRow(row, absl::ToCivilDay(tx.call.now, tables_.zone), defects));
  v1::ImportFeedbackEntriesResponse response;
  for (v1::ResearchImportDefect& defect : defects.Sorted()) *response.add_defects() = std::move(defect);
  if (response.defects_size() > 0) return response;
  response.set_filed(static_cast<int32_t>(entries.size()));
  if (request.dry_run()) return response;
  for (FeedbackEntry& entry : entries) {
    entry.set_name(absl::StrCat("feedbackEntries/", record::NewId(tx.call.now)));
    RETURN_IF_ERROR(tables_.feedback_entries.Insert(tx, entry, "import"));
    response.add_feedback_entries(entry.name());
  }
  return response;
}

void FeedbackEntries::Bind(record::Methods& methods) {
  methods.Reads(tables_.feedback_entries);
  methods.Creates(tables_.feedback_entries, this, &FeedbackEntries::Create);
  methods.Bind("AssignFeedbackEntry", this, &FeedbackEntries::Assign);
  methods.Bind("ImportFeedbackEntries", this, &FeedbackEntries::Import);
}

}  // namespace heitie::planning
