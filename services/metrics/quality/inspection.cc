#include "services/metrics/quality/inspection.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/metrics/quality/finding.h"
#include "services/metrics/quality/quality_check.h"
#include "services/metrics/quality/recurrence.h"
#include "services/metrics/quality/tables.h"

namespace heitie::metrics {

const status::Reason kBadInspectionItem{absl::StatusCode::kInvalidArgument, "BAD_INSPECTION_ITEM", "The item cannot be inspected: {why}.",
                                        "此項目無法檢查：{why}。"};
const status::Reason kUnknownQualityCheck{absl::StatusCode::kInvalidArgument, "UNKNOWN_QUALITY_CHECK",
                                          "There is no quality check {check} that still runs.", "沒有仍在使用的品質檢查 {check}。"};
const status::Reason kInspectionTemplateRetired{absl::StatusCode::kFailedPrecondition, "INSPECTION_TEMPLATE_RETIRED",
                                                "{name} is retired; no inspection of it opens.", "{name} 已停用，不再產生檢查。"};
const status::Reason kBadInspectionAnswer{absl::StatusCode::kInvalidArgument, "BAD_INSPECTION_ANSWER", "The answer does not fit: {why}.",
                                          "此回答不符：{why}。"};
const status::Reason kNotYourInspection{absl::StatusCode::kPermissionDenied, "NOT_YOUR_INSPECTION",
                                        "{name} is answered and completed by its inspector, by an analyst or by a manager.",
                                        "{name} 僅能由檢查人、資料分析員或經理填寫與完成。"};
const status::Reason kInspectionIncomplete{absl::StatusCode::kFailedPrecondition, "INSPECTION_INCOMPLETE",
                                           "{name} has items that are neither filled nor answered.", "{name} 尚有項目未填寫。"};

namespace {

using v1::Inspection;
using v1::InspectionEntry;
using v1::InspectionTemplate;
using v1::QualityResult;

constexpr char kOpenJob[] = "open-inspection", kFillJob[] = "fill-inspection";
constexpr absl::Duration kFillPortion = absl::Seconds(10);

const status::Reason kItemNotFilled{absl::StatusCode::kFailedPrecondition, "INSPECTION_ITEM_NOT_FILLED", "Its check has not run yet.",
                                    "其品質檢查尚未執行。"};
const status::Reason kItemNotAnswered{absl::StatusCode::kFailedPrecondition, "INSPECTION_ITEM_NOT_ANSWERED", "It is not answered yet.",
                                      "尚未回答。"};
const status::Phrase kItemKeyTwice{"its key stands there twice", "代號重複"};
const status::Phrase kCheckOrQuestion{"exactly one of check and question is set", "品質檢查與問題須恰好設定一項"};
const status::Phrase kNoQuestion{"the inspection has no question of this key", "此檢查沒有這個代號的問題"};
const status::Phrase kAnsweredTwice{"the question is answered twice", "同一問題回答兩次"};
const status::Phrase kNoteNeeded{"what is wrong or does not apply needs a note", "有誤或不適用時須附說明"};

absl::Status KeepOpenJob(record::Transaction& tx, const QualityTables& tables, const InspectionTemplate* before,
                         const InspectionTemplate* after) {
  const std::string name = absl::StrCat(after != nullptr ? after->name() : before->name(), "/open");
  const bool opens = after != nullptr && after->state() == InspectionTemplate::STATE_ACTIVE;
  const bool opened = before != nullptr && before->state() == InspectionTemplate::STATE_ACTIVE;
  if (!opens) return opened ? job::Cancel(tx, name) : absl::OkStatus();
  if (opened) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::Time next, tables.NextRun(tx.sql, after->recurrence(), tx.call.now));
  return job::Schedule(tx, {name, kOpenJob, after->name(), next});
}

bool IsFilled(const InspectionEntry& entry) { return entry.outcome() != QualityResult::OUTCOME_UNSPECIFIED; }

absl::Status CheckYourInspection(const rpc::Call& call, const Inspection& inspection) {
  if (AnswersForQuality(call) || inspection.inspector() == call.principal.name) return absl::OkStatus();
  return status::Error(kNotYourInspection, {{"name", inspection.name()}});
}

}  // namespace

const record::StateMachine& InspectionTemplateMachine() {
  constexpr auto kDraft = InspectionTemplate::STATE_DRAFT, kActive = InspectionTemplate::STATE_ACTIVE,
                 kPaused = InspectionTemplate::STATE_PAUSED, kRetired = InspectionTemplate::STATE_RETIRED;
  static const auto& machine = *new record::StateMachine(InspectionTemplate::State_descriptor(), {
                                                                                                     {kDraft, "activate", kActive},
                                                                                                     {kPaused, "activate", kActive},
                                                                                                     {kActive, "pause", kPaused},
                                                                                                     {kDraft, "retire", kRetired},
                                                                                                     {kActive, "retire", kRetired},
                                                                                                     {kPaused, "retire", kRetired},
                                                                                                 });
  return machine;
}

const record::StateMachine& InspectionMachine() {
  constexpr auto kOpen = Inspection::STATE_OPEN, kCompleted = Inspection::STATE_COMPLETED, kSigned = Inspection::STATE_SIGNED,
                 kCancelled = Inspection::STATE_CANCELLED;
  static const auto& machine = *new record::StateMachine(
      Inspection::State_descriptor(), {
                                          {kOpen, "fill", kOpen, "a check has run", record::kConsequence},
                                          {kOpen, "answer", kOpen},
                                          {kOpen, "complete", kCompleted, "every item is filled or answered"},
                                          {kCompleted, "sign", kSigned, "by an analyst"},
                                          {kOpen, "cancel", kCancelled},
                                          {kCompleted, "cancel", kCancelled},
                                          {kOpen, "remind", kOpen, "it is overdue (W12)", record::kConsequence},
                                          {kCompleted, "remind", kCompleted, "it is overdue (W12)", record::kConsequence},
                                      });
  return machine;
}

void CopyItems(const InspectionTemplate& from, Inspection& to) {
  to.clear_entries();
  for (const v1::InspectionItem& item : from.items()) {
    InspectionEntry& entry = *to.add_entries();
    entry.set_key(item.key());
    entry.set_quality_check(item.quality_check());
    entry.set_question(item.question());
  }
}

void PutAnswers(const v1::AnswerInspectionRequest& request, const std::string& answerer, absl::Time now, Inspection& inspection,
                status::BadFields& bad) {
  std::set<std::string> seen;
  for (int i = 0; i < request.answers_size(); ++i) {
    const v1::InspectionAnswer& answer = request.answers(i);
    const std::string path = absl::StrCat("answers[", i, "]");
    const auto entry = std::find_if(inspection.mutable_entries()->begin(), inspection.mutable_entries()->end(),
                                    [&](const InspectionEntry& one) { return one.key() == answer.key() && !one.question().empty(); });
    const bool first = seen.insert(answer.key()).second;
    if (entry == inspection.mutable_entries()->end()) {
      bad.Add(path + ".key", kBadInspectionAnswer, {{"why", kNoQuestion}});
    } else if (!first) {
      bad.Add(path + ".key", kBadInspectionAnswer, {{"why", kAnsweredTwice}});
    }
    if (answer.note().empty() && answer.verdict() != InspectionEntry::VERDICT_RIGHT) {
      bad.Add(path + ".note", kBadInspectionAnswer, {{"why", kNoteNeeded}});
    }
    if (!first || entry == inspection.mutable_entries()->end()) continue;
    entry->set_verdict(answer.verdict());
    entry->set_note(answer.note());
    entry->set_finding_owner(answer.verdict() == InspectionEntry::VERDICT_WRONG ? answer.finding_owner() : "");
    entry->set_answerer(answerer);
    *entry->mutable_answer_time() = time::ToTimestamp(now);
  }
}

void CheckComplete(const Inspection& inspection, status::Unmet& unmet) {
  for (const InspectionEntry& entry : inspection.entries()) {
    if (!entry.quality_check().empty() && !IsFilled(entry)) unmet.Add(entry.key(), kItemNotFilled);
    if (!entry.question().empty() && entry.verdict() == InspectionEntry::VERDICT_UNSPECIFIED) unmet.Add(entry.key(), kItemNotAnswered);
  }
}

Inspections::Inspections(const service::Context& context, QualityTables& tables, const QualityChecks& checks, QualityFindings& findings)
    : tables_(tables), checks_(checks), findings_(findings) {
  tables_.templates.SetFollow([this](record::Transaction& tx, const InspectionTemplate* before, const InspectionTemplate* after) {
    return KeepOpenJob(tx, tables_, before, after);
  });
  tables_.inspections.SetAllows([](const Inspection& inspection, const std::string& verb) {
    status::Unmet unmet;
    if (verb == "complete") CheckComplete(inspection, unmet);
    return unmet.empty();
  });
  context.jobs.Handle(kOpenJob, [this](const rpc::Call& call, const job::Job& job) { return OpenDue(call, job); });
  context.jobs.Handle(
      kFillJob, [this](const rpc::Call& call, const job::Job& job) { return Fill(call, job.payload); }, job::Lane::kLongWork);
}

absl::Status Inspections::CheckTemplate(record::Transaction& tx, const InspectionTemplate& form) const {
  status::BadFields bad;
  CheckRecurrence(form.recurrence(), "inspection_template.recurrence", bad);
  std::set<std::string> keys;
  for (int i = 0; i < form.items_size(); ++i) {
    const v1::InspectionItem& item = form.items(i);
    const std::string path = absl::StrCat("inspection_template.items[", i, "]");
    if (!keys.insert(item.key()).second) bad.Add(path + ".key", kBadInspectionItem, {{"why", kItemKeyTwice}});
    if (item.quality_check().empty() == item.question().empty()) bad.Add(path, kBadInspectionItem, {{"why", kCheckOrQuestion}});
    if (item.quality_check().empty()) continue;
    const absl::StatusOr<v1::QualityCheck> check = tables_.checks.Find(tx.sql, item.quality_check());
    if (absl::IsNotFound(check.status()) || (check.ok() && check->state() == v1::QualityCheck::STATE_RETIRED)) {
      bad.Add(path + ".quality_check", kUnknownQualityCheck, {{"check", item.quality_check()}});
    } else {
      RETURN_IF_ERROR(check.status());
    }
  }
  return bad.status();
}

absl::Status Inspections::Create(record::Transaction& tx, InspectionTemplate& form) {
  form.set_state(InspectionTemplate::STATE_DRAFT);
  return CheckTemplate(tx, form);
}

absl::Status Inspections::Update(record::Transaction& tx, const InspectionTemplate& before, InspectionTemplate& after) {
  if (before.state() != InspectionTemplate::STATE_DRAFT && before.state() != InspectionTemplate::STATE_PAUSED) {
    return status::Error(kQualityInUse, {{"name", before.name()}, {"state", InspectionTemplate::State_Name(before.state())}});
  }
  return CheckTemplate(tx, after);
}

absl::StatusOr<InspectionTemplate> Inspections::Activate(record::Transaction& tx, const v1::ActivateInspectionTemplateRequest& request) {
  return tables_.templates.Change(tx, request, "activate", [&](InspectionTemplate& after) -> absl::Status {
    after.clear_state_reason();
    return CheckTemplate(tx, after);  // A check may have been retired since.
  });
}

absl::StatusOr<InspectionTemplate> Inspections::Pause(record::Transaction& tx, const v1::PauseInspectionTemplateRequest& request) {
  return tables_.templates.Change(tx, request, "pause", [&](InspectionTemplate& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<InspectionTemplate> Inspections::Retire(record::Transaction& tx, const v1::RetireInspectionTemplateRequest& request) {
  return tables_.templates.Change(tx, request, "retire", [&](InspectionTemplate& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<Inspection> Inspections::OpenAt(record::Transaction& tx, const InspectionTemplate& form, absl::Time time) {
  ASSIGN_OR_RETURN(const std::vector<Inspection> there,
                   tables_.inspections.Select(tx.sql, "WHERE inspection_template = ? AND schedule_time = ?", sql::Bind(form.name(), time)));
  if (!there.empty()) return there.front();
  Inspection inspection;
  inspection.set_name("inspections/" + record::NewId(tx.call.now));
  inspection.set_inspection_template(form.name());
  inspection.set_display_name(form.display_name());
  *inspection.mutable_schedule_time() = time::ToTimestamp(time);
  inspection.set_inspector(form.inspector());
  ASSIGN_OR_RETURN(*inspection.mutable_due_date(), tables_.DueDate(tx.sql, tx.call.now, form.inspection_working_days()));
  inspection.set_finding_working_days(form.finding_working_days());
  CopyItems(form, inspection);
  inspection.set_state(Inspection::STATE_OPEN);
  RETURN_IF_ERROR(tables_.inspections.Insert(tx, inspection, "open"));
  RETURN_IF_ERROR(job::Schedule(tx, {inspection.name() + "/fill", kFillJob, inspection.name(), tx.call.now}));
  return inspection;
}

absl::StatusOr<Inspection> Inspections::Open(record::Transaction& tx, const v1::OpenInspectionRequest& request) {
  ASSIGN_OR_RETURN(const InspectionTemplate form, tables_.templates.Guard(tx, request.inspection_template()));
  if (form.state() == InspectionTemplate::STATE_RETIRED) return status::Error(kInspectionTemplateRetired, {{"name", form.name()}});
  // Two that are opened at once have times of their own.
  absl::Time time = tx.call.now;
  for (bool taken = true; taken;) {
    taken = false;
    RETURN_IF_ERROR(tx.sql.Query("SELECT 1 FROM inspections WHERE inspection_template = ? AND schedule_time = ?",
                                 sql::Bind(form.name(), time), [&](const sql::Row&) { taken = true; }));
    if (taken) time += absl::Microseconds(1);
  }
  ASSIGN_OR_RETURN(Inspection inspection, OpenAt(tx, form, time));
  return tables_.inspections.Decorated(tx.sql, std::move(inspection));
}

job::Outcome Inspections::OpenDue(const rpc::Call& call, const job::Job& job) {
  absl::Time next = absl::InfiniteFuture();
  const absl::Status status = tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    next = absl::InfiniteFuture();
    const absl::StatusOr<InspectionTemplate> form = tables_.templates.Guard(tx, job.payload);
    if (absl::IsNotFound(form.status())) return absl::OkStatus();
    RETURN_IF_ERROR(form.status());
    if (form->state() != InspectionTemplate::STATE_ACTIVE) return absl::OkStatus();
    RETURN_IF_ERROR(OpenAt(tx, *form, job.run_time).status());
    ASSIGN_OR_RETURN(next, tables_.NextRun(tx.sql, form->recurrence(), std::max(call.now, job.run_time)));
    return absl::OkStatus();
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return next == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(next);
}

job::Outcome Inspections::Fill(const rpc::Call& call, const std::string& name) {
  const absl::Time end = std::min(absl::Now() + kFillPortion, call.deadline);
  while (absl::Now() < end) {
    const absl::StatusOr<Inspection> inspection =
        tables_.store.Read(call, [&](sql::Session& session) { return tables_.inspections.Find(session, name); });
    if (absl::IsNotFound(inspection.status())) return job::Outcome::Done();
    if (!inspection.ok()) return job::Outcome::Failed(inspection.status());
    int index = 0;
    while (index < inspection->entries_size() &&
           (inspection->entries(index).quality_check().empty() || IsFilled(inspection->entries(index)))) {
      ++index;
    }
    if (inspection->state() != Inspection::STATE_OPEN || index == inspection->entries_size()) return job::Outcome::Done();
    const absl::Status filled = FillEntry(call, *inspection, index);
    if (!filled.ok()) return job::Outcome::Failed(filled);
  }
  return job::Outcome::Again(call.now);
}

absl::Status Inspections::FillEntry(const rpc::Call& call, const Inspection& inspection, int index) {
  const absl::StatusOr<v1::QualityCheck> check = tables_.store.Read(
      call, [&](sql::Session& session) { return tables_.checks.Find(session, inspection.entries(index).quality_check()); });
  if (!absl::IsNotFound(check.status())) RETURN_IF_ERROR(check.status());
  const bool runs = check.ok() && check->state() != v1::QualityCheck::STATE_RETIRED;
  QualityResult judged;
  if (runs) {
    ASSIGN_OR_RETURN(judged, checks_.Judge(call, *check));
  }
  return tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Inspection before, tables_.inspections.Lock(tx, inspection.name()));
    if (before.state() != Inspection::STATE_OPEN || IsFilled(before.entries(index))) return absl::OkStatus();
    Inspection after = before;
    RETURN_IF_ERROR(tables_.inspections.Advance(after, "fill"));
    InspectionEntry& entry = *after.mutable_entries(index);
    entry.set_outcome(QualityResult::OUTCOME_UNDECIDED);
    *entry.mutable_answer_time() = time::ToTimestamp(tx.call.now);
    if (runs) {
      const std::string id = ResultId(time::ToTime(inspection.schedule_time()), record::IdOf(inspection.name()));
      ASSIGN_OR_RETURN(const QualityResult kept, checks_.Keep(tx, *check, id, judged));
      entry.set_result(kept.name());
      entry.set_outcome(kept.outcome());
      if (kept.outcome() == QualityResult::OUTCOME_FAILED) {
        ASSIGN_OR_RETURN(*entry.mutable_finding(), findings_.EpisodeOf(tx.sql, check->name()));
      }
    }
    return tables_.inspections.Update(tx, before, after, "fill");
  });
}

absl::StatusOr<Inspection> Inspections::Answer(record::Transaction& tx, const v1::AnswerInspectionRequest& request) {
  return tables_.inspections.Change(tx, request, "answer", [&](Inspection& after) -> absl::Status {
    RETURN_IF_ERROR(CheckYourInspection(tx.call, after));
    status::BadFields bad;
    PutAnswers(request, tx.call.principal.name, tx.call.now, after, bad);
    return bad.status();
  });
}

absl::StatusOr<Inspection> Inspections::Complete(record::Transaction& tx, const v1::CompleteInspectionRequest& request) {
  return tables_.inspections.Change(tx, request, "complete", [&](Inspection& after) -> absl::Status {
    RETURN_IF_ERROR(CheckYourInspection(tx.call, after));
    status::Unmet unmet;
    CheckComplete(after, unmet);
    RETURN_IF_ERROR(unmet.status(kInspectionIncomplete, {{"name", after.name()}}));
    for (InspectionEntry& entry : *after.mutable_entries()) {
      if (entry.verdict() != InspectionEntry::VERDICT_WRONG) continue;
      ASSIGN_OR_RETURN(*entry.mutable_finding(), findings_.Open(tx, after, entry));
    }
    after.set_completer(tx.call.principal.name);
    *after.mutable_complete_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<Inspection> Inspections::Sign(record::Transaction& tx, const v1::SignInspectionRequest& request) {
  return tables_.inspections.Change(tx, request, "sign", [&](Inspection& after) {
    after.set_remark(request.remark());
    after.set_signer(tx.call.principal.name);
    *after.mutable_sign_time() = time::ToTimestamp(tx.call.now);
  });
}

absl::StatusOr<Inspection> Inspections::Cancel(record::Transaction& tx, const v1::CancelInspectionRequest& request) {
  return tables_.inspections.Change(tx, request, "cancel", [&](Inspection& after) { after.set_cancel_reason(request.reason()); });
}

void Inspections::Bind(record::Methods& methods) {
  methods.Reads(tables_.templates);
  methods.Creates(tables_.templates, this, &Inspections::Create);
  methods.Updates(tables_.templates, this, &Inspections::Update);
  record::DeletesUnused(methods, tables_.templates);
  methods.Bind("ActivateInspectionTemplate", this, &Inspections::Activate);
  methods.Bind("PauseInspectionTemplate", this, &Inspections::Pause);
  methods.Bind("RetireInspectionTemplate", this, &Inspections::Retire);
  methods.Reads(tables_.inspections);
  methods.Bind("OpenInspection", this, &Inspections::Open);
  methods.Bind("AnswerInspection", this, &Inspections::Answer);
  methods.Bind("CompleteInspection", this, &Inspections::Complete);
  methods.Bind("SignInspection", this, &Inspections::Sign);
  methods.Bind("CancelInspection", this, &Inspections::Cancel);
}

}  // namespace heitie::metrics
