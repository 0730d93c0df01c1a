#include "services/activity/inquiry/inquiry.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/seal/person_keys.h"
#include "common/seal/seal.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/clock/clockwork.h"
#include "services/activity/inquiry/inquiry_rules.h"

namespace heitie::activity {

using status::Reason;
using v1::Inquiry;
using v1::InquiryCategoryTree;
using v1::InquiryMessage;
using v1::InquiryResolution;

namespace {

const status::Reason kSourceMissing{absl::StatusCode::kInvalidArgument, "SOURCE_MISSING", "An external id is of a source.",
                                    "外部編號須指明來源。"};
const status::Reason kSourceOwned{absl::StatusCode::kInvalidArgument, "SOURCE_OWNED", "{source} is the source of the system of that name.",
                                  "{source} 是同名系統專用的來源。"};
const status::Reason kDepartmentMissing{absl::StatusCode::kPermissionDenied, "DEPARTMENT_MISSING",
                                        "{caller} is of no department that could raise anything.", "{caller} 未隸屬任何可提出事項的部門。"};
const status::Reason kAutomaticAsks{absl::StatusCode::kInvalidArgument, "AUTOMATIC_ASKS", "What a machine writes asks nothing.",
                                    "系統自動發出的內容不得提問。"};
const status::Reason kMergedIntoItself{absl::StatusCode::kInvalidArgument, "MERGED_INTO_ITSELF", "An inquiry cannot go on with itself.",
                                       "咨詢不能併入自身。"};
const status::Reason kMergeTargetOver{absl::StatusCode::kFailedPrecondition, "MERGE_TARGET_OVER",
                                      "{name} is over and goes on with nothing.", "{name} 已結束，不能再併入其他咨詢。"};
const status::Reason kAlreadyRated{absl::StatusCode::kFailedPrecondition, "ALREADY_RATED", "{name} was rated already.", "{name} 已評分。"};

constexpr char kSilenceJob[] = "inquiry-silence";
constexpr char kOwnJob[] = "own-inquiries";
// How often it is looked whether somebody can be found for what nobody owns.
constexpr absl::Duration kOwnInterval = absl::Minutes(1);
constexpr int kOwnedAtOnce = 100;

std::string SilenceJobOf(const std::string& inquiry) { return absl::StrCat(inquiry, "/silence"); }

bool IsOfTheTeam(const rpc::Principal& caller) {
  return caller.Has(options::v1::ROLE_OPERATIONS_MANAGER) || caller.Has(options::v1::ROLE_OPERATIONS_SPECIALIST) ||
         caller.Has(options::v1::ROLE_DATA_ANALYST);
}

record::Rule TeamOrRaiser() {
  return record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) || record::Holds(options::v1::ROLE_OPERATIONS_SPECIALIST) ||
         record::Holds(options::v1::ROLE_DATA_ANALYST) || record::Holds(options::v1::ROLE_PLATFORM_ENGINEER) ||
         record::SameDepartment("department") || record::Own("producer");
}

// The same transaction at an instant of the inquiry, which is never before an earlier one of it.
class Moment {
 public:
  Moment(record::Transaction& tx, const Inquiry& inquiry) : call_(tx.call), tx_{call_, tx.sql, tx.seals} {
    call_.now = std::max(tx.call.now, time::ToTime(inquiry.update_time()));
  }
  Moment(const Moment&) = delete;
  record::Transaction& tx() { return tx_; }
  absl::Time now() const { return call_.now; }
  google::protobuf::Timestamp timestamp() const { return time::ToTimestamp(call_.now); }

 private:
  rpc::Call call_;
  record::Transaction tx_;
};

v1::ServiceKind ServiceKindOf(const Inquiry& inquiry) {
  return inquiry.kind() == Inquiry::KIND_COMPLAINT ? v1::SERVICE_KIND_COMPLAINT : v1::SERVICE_KIND_INQUIRY;
}

bool CountsForSurges(const Inquiry* inquiry) {
  return inquiry != nullptr && inquiry->kind() == Inquiry::KIND_COMPLAINT && inquiry->state() != Inquiry::STATE_MERGED &&
         !inquiry->has_retract_time();
}

void SetStanding(const ClockStanding& standing, Inquiry& inquiry) {
  static const absl::Time end = absl::FromCivil(absl::CivilSecond(9999, 12, 31, 23, 59, 59), absl::UTCTimeZone());
  *inquiry.mutable_queue_time() = time::ToTimestamp(standing.next_due().value_or(end));
}

}  // namespace

Inquiries::Inquiries(const service::Context& context, Activities& activities, const BusinessCalendars& calendars,
                     const InquiryOwners& owners, Clocks& clocks, Surges& surges)
    : context_(context),
      store_(context.store),
      activities_(activities),
      calendars_(calendars),
      clocks_(clocks),
      surges_(surges),
      owners_(owners),
      trees_(context.store, "inquiryCategoryTrees/default",
             [this](const InquiryCategoryTree& tree) {
               status::BadFields bad;
               CheckCategories(
                   tree, [&](const std::string& employee) { return context_.people.HasLeft(employee, context_.clock.Now()); }, bad);
               return bad.status();
             }),
      inquiries_(context.store, &InquiryMachine()),
      messages_(context.store),
      resolutions_(context.store) {
  trees_.SetPublishCheck([this](record::Transaction& tx, const InquiryCategoryTree& tree) {
    return calendars_.by_name.Named(tx.sql, tree.calendar()).status();
  });
  inquiries_.RestrictRows(TeamOrRaiser());
  // Nothing is said any more of somebody who was erased, whose own words are gone.
  inquiries_.SetAllows([](const Inquiry& inquiry, const std::string& verb) {
    return !inquiry.text().empty() || (verb != "answer" && verb != "ask" && verb != "resolve" && verb != "receive_customer_message");
  });
  messages_.RestrictRows(TeamOrRaiser());
  resolutions_.RestrictRows(TeamOrRaiser());
  inquiries_.SetFollow([this](record::Transaction& tx, const Inquiry* before, const Inquiry* after) { return Changed(tx, before, after); });
  clocks_.Serves<Inquiry>(inquiries_, [](Inquiry& inquiry, const ClockStanding& standing) { SetStanding(standing, inquiry); });
  context.jobs.Handle(kSilenceJob, [this](const rpc::Call& call, const job::Job& job) { return EndOfSilence(call, job.payload); });
  context.jobs.Recur(kOwnJob, kOwnInterval, [this](const rpc::Call& call, const job::Job&) { return OwnAll(call); });
}

void Inquiries::Bind(record::Methods& methods) {
  trees_.Bind<v1::PublishInquiryCategoryTreeRequest>(methods);
  methods.Reads(inquiries_);
  methods.Reads(messages_);
  methods.Reads(resolutions_);
  methods.Bind("ReceiveInquiry", this, &Inquiries::Receive);
  methods.Bind("AnswerInquiry", this, &Inquiries::Answer);
  methods.Bind("ResolveInquiry", this, &Inquiries::Resolve);
  methods.Bind("ReceiveCustomerMessage", this, &Inquiries::ReceiveMessage);
  methods.Bind("NoteOnInquiry", this, &Inquiries::Note);
  methods.Bind("ReassignInquiry", this, &Inquiries::Reassign);
  methods.Bind("ReclassifyInquiry", this, &Inquiries::Reclassify);
  methods.Bind("MergeInquiry", this, &Inquiries::Merge);
  methods.Bind("RetractInquiry", this, &Inquiries::Retract);
  methods.Bind("EraseCustomer", this, &Inquiries::Erase);
  methods.Bind("ReceiveRating", this, &Inquiries::Rate);
  methods.Bind("ComputeSatisfaction", this, &Inquiries::Satisfaction);
}

// ---- Intake

std::string Inquiries::KeyOf(const std::string& customer) const {
  return store_.person_keys().Fingerprint("inquiry customer", customer).substr(0, 40);
}

absl::Status Inquiries::TakeSource(const rpc::Call& call, Inquiry& inquiry, status::BadFields& bad) const {
  const rpc::Principal& caller = call.principal;
  if (!IsOfTheTeam(caller)) {
    if (caller.Has(options::v1::ROLE_PRODUCER)) {
      inquiry.set_producer(caller.name);
      if (inquiry.source().empty()) inquiry.set_source(caller.name);
    } else {
      if (caller.department.empty()) return status::Error(kDepartmentMissing, {{"caller", caller.name}});
      inquiry.set_department(caller.department);
    }
    const bool of_a_producer = !inquiry.producer().empty() || absl::StartsWith(inquiry.source(), "producers/");
    if (of_a_producer && inquiry.source() != caller.name) bad.Add("inquiry.source", kSourceOwned, {{"source", inquiry.source()}});
  }
  if (!inquiry.external_id().empty() && inquiry.source().empty()) bad.Add("inquiry.source", kSourceMissing);
  return absl::OkStatus();
}

absl::StatusOr<Inquiry> Inquiries::Receive(record::Transaction& tx, const v1::ReceiveInquiryRequest& request) {
  const absl::Time now = tx.call.now;
  Inquiry inquiry;
  inquiry.set_name(absl::StrCat("inquiries/", record::NewId(now)));
  inquiry.set_kind(request.inquiry().kind());
  inquiry.set_category(request.inquiry().category());
  inquiry.set_priority(request.inquiry().priority() == v1::SERVICE_PRIORITY_UNSPECIFIED ? v1::SERVICE_PRIORITY_NORMAL
                                                                                        : request.inquiry().priority());
  inquiry.set_text(request.inquiry().text());
  inquiry.set_customer(request.inquiry().customer());
  inquiry.set_activity(request.inquiry().activity());
  inquiry.set_source(request.inquiry().source());
  inquiry.set_external_id(request.inquiry().external_id());
  status::BadFields bad;
  RETURN_IF_ERROR(TakeSource(tx.call, inquiry, bad));
  if (bad.empty() && !inquiry.external_id().empty()) {
    // Who comes at the same time waits here for who was first.
    const std::string fingerprint =
        store_.person_keys().Fingerprint("inquiry intake", absl::StrCat(inquiry.source(), "\n", inquiry.external_id()));
    ASSIGN_OR_RETURN(const int64_t taken, tx.sql.Execute("INSERT IGNORE INTO inquiry_intakes (fingerprint, inquiry) VALUES (?, ?)",
                                                         sql::Bind(fingerprint, inquiry.name())));
    if (taken == 0) {
      std::string first;
      RETURN_IF_ERROR(tx.sql.Query("SELECT inquiry FROM inquiry_intakes WHERE fingerprint = ?", sql::Bind(fingerprint),
                                   [&](const sql::Row& row) { first = row.Text(0); }));
      ASSIGN_OR_RETURN(Inquiry found, inquiries_.Find(tx.sql, first));
      return inquiries_.Decorated(tx.sql, std::move(found));
    }
  }
  ASSIGN_OR_RETURN(const auto tree, TreeAt(tx.sql, now));
  CheckCategory(*tree, inquiry.category(), "inquiry.category", bad);
  const absl::Time receive_time = request.inquiry().has_receive_time() ? time::ToTime(request.inquiry().receive_time()) : now;
  CheckReceiveTime(receive_time, now, "inquiry.receive_time", bad);
  RETURN_IF_ERROR(TakeActivity(tx, inquiry.activity(), "inquiry.activity", inquiry, bad));
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(TakeIn(tx, *tree, receive_time, inquiry));
  return inquiries_.Decorated(tx.sql, std::move(inquiry));
}

absl::Status Inquiries::TakeActivity(record::Transaction& tx, const std::string& activity, const std::string& field, Inquiry& inquiry,
                                     status::BadFields& bad) const {
  inquiry.clear_activity_owner();
  if (activity.empty()) return absl::OkStatus();
  bool found = false;
  // Nothing else of it is wanted, and this is asked for each inquiry that comes.
  RETURN_IF_ERROR(tx.sql.Query("SELECT owner FROM activities WHERE name = ?", sql::Bind(activity), [&](const sql::Row& row) {
    found = true;
    inquiry.set_activity_owner(row.Text(0));
  }));
  if (!found) bad.Add(field, kUnknownActivity, {{"activity", activity}});
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const InquiryCategoryTree>> Inquiries::TreeAt(sql::Session& session, absl::Time at) const {
  std::string name;
  RETURN_IF_ERROR(session.Query("SELECT name FROM inquiry_category_trees WHERE in_force_from <= ? ORDER BY in_force_from DESC LIMIT 1",
                                sql::Bind(at), [&](const sql::Row& row) { name = row.Text(0); }));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (known_tree_ != nullptr && known_tree_->name() == name) return known_tree_;
  }
  ASSIGN_OR_RETURN(InquiryCategoryTree read, trees_.InForce(session, at));
  auto tree = std::make_shared<const InquiryCategoryTree>(std::move(read));
  const std::lock_guard<std::mutex> lock(mutex_);
  known_tree_ = tree;
  return tree;
}

absl::Status Inquiries::TakeIn(record::Transaction& tx, const InquiryCategoryTree& tree, absl::Time receive_time, Inquiry& inquiry) {
  const absl::Time now = tx.call.now;
  inquiry.set_state(Inquiry::STATE_OPEN);
  inquiry.set_category_tree(tree.name());
  inquiry.set_customer_key(inquiry.customer().empty() ? record::IdOf(inquiry.name()) : KeyOf(inquiry.customer()));
  *inquiry.mutable_receive_time() = time::ToTimestamp(receive_time);
  ASSIGN_OR_RETURN(const std::string owner, owners_.Choose(tx, GroupOf(tree, inquiry.category()), inquiry.activity_owner()));
  inquiry.set_owner(owner);
  if (!owner.empty()) *inquiry.mutable_assign_time() = time::ToTimestamp(now);
  ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Start(tx,
                                                               {.name = inquiry.name(),
                                                                .kind = ServiceKindOf(inquiry),
                                                                .category = inquiry.category(),
                                                                .priority = inquiry.priority(),
                                                                .owner = owner,
                                                                .activity = inquiry.activity()},
                                                               receive_time, now));
  SetStanding(standing, inquiry);
  if (tx.seals != nullptr) RETURN_IF_ERROR(tx.seals->Welcome(inquiry.name()));
  return inquiries_.Insert(tx, inquiry, "receive");
}

absl::Status Inquiries::Changed(record::Transaction& tx, const Inquiry* before, const Inquiry* after) {
  RETURN_IF_ERROR(owners_.Count(tx, before, after));
  if (before != nullptr && after != nullptr && (before->owner() != after->owner() || before->activity() != after->activity())) {
    RETURN_IF_ERROR(clocks_.Reassign(tx, after->name(), after->owner(), after->activity()));
  }
  const bool counted = CountsForSurges(before), counts = CountsForSurges(after);
  const bool moved = counted && counts && (before->activity() != after->activity() || before->category() != after->category());
  if (counted && (!counts || moved)) RETURN_IF_ERROR(surges_.Left(tx, *before));
  if (counts && (!counted || moved)) RETURN_IF_ERROR(surges_.Received(tx, *after, before == nullptr));
  return absl::OkStatus();
}

absl::StatusOr<std::string> Inquiries::OwnerFor(record::Transaction& tx, const Inquiry& inquiry) const {
  ASSIGN_OR_RETURN(const InquiryCategoryTree tree, trees_.InForce(tx.sql, tx.call.now));
  return owners_.Choose(tx, GroupOf(tree, inquiry.category()), inquiry.activity_owner());
}

job::Outcome Inquiries::OwnAll(const rpc::Call& call) {
  const absl::StatusOr<std::vector<Inquiry>> without = store_.Read(call, [&](sql::Session& session) {
    return inquiries_.Select(
        session, absl::StrCat("WHERE owner = '' AND state IN ('STATE_OPEN', 'STATE_WAITING', 'STATE_RESOLVED') LIMIT ", kOwnedAtOnce));
  });
  if (!without.ok()) return job::Outcome::Failed(without.status());
  for (const Inquiry& inquiry : *without) {
    const absl::Status owned = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Inquiry before, inquiries_.Lock(tx, inquiry.name()));
      if (!before.owner().empty()) return absl::OkStatus();
      Moment at(tx, before);
      Inquiry after = before;
      ASSIGN_OR_RETURN(const std::string owner, OwnerFor(at.tx(), before));
      if (owner.empty()) return absl::OkStatus();
      after.set_owner(owner);
      *after.mutable_assign_time() = at.timestamp();
      return inquiries_.Update(at.tx(), before, after, "assign");
    });
    if (!owned.ok()) return job::Outcome::Failed(owned);
  }
  return job::Outcome::Done();
}

// ---- What is said

absl::Status Inquiries::Add(record::Transaction& tx, Inquiry& inquiry, Message message, const std::string& text) const {
  inquiry.set_message_count(inquiry.message_count() + 1);
  message.set_name(absl::StrFormat("%s/messages/%06d", inquiry.name(), inquiry.message_count()));
  message.set_text(text);
  if (message.kind() != Message::KIND_NOTE) {
    message.set_department(inquiry.department());
    message.set_producer(inquiry.producer());
  }
  return messages_.Insert(tx, message, "add");
}

absl::StatusOr<Inquiry> Inquiries::Answer(record::Transaction& tx, const v1::AnswerInquiryRequest& request) {
  if (request.automatic() && request.asks()) {
    status::BadFields bad;
    bad.Add("asks", kAutomaticAsks);
    return bad.status();
  }
  ASSIGN_OR_RETURN(record::Step<Inquiry> step, inquiries_.Begin(tx, request));
  step.verb = request.asks() ? "ask" : "answer";
  RETURN_IF_ERROR(inquiries_.Advance(step.after, step.verb));
  Moment at(tx, step.before);
  Message message;
  message.set_kind(Message::KIND_ANSWER);
  message.set_asks(request.asks());
  message.set_automatic(request.automatic());
  RETURN_IF_ERROR(Add(at.tx(), step.after, std::move(message), request.text()));
  if (!request.automatic()) {
    ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.FirstAnswer(at.tx(), step.after.name(), at.now()));
    SetStanding(standing, step.after);
    if (!step.after.has_first_answer_time()) *step.after.mutable_first_answer_time() = at.timestamp();
  }
  if (request.asks()) {
    ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Pause(at.tx(), step.after.name(), at.now()));
    SetStanding(standing, step.after);
    RETURN_IF_ERROR(BeginSilence(at.tx(), step.after));
  }
  return inquiries_.Finish(at.tx(), step);
}

absl::StatusOr<Inquiry> Inquiries::Resolve(record::Transaction& tx, const v1::ResolveInquiryRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Inquiry> step, inquiries_.Begin(tx, request, "resolve"));
  Moment at(tx, step.before);
  Message message;
  message.set_kind(Message::KIND_ANSWER);
  message.set_resolves(true);
  RETURN_IF_ERROR(Add(at.tx(), step.after, std::move(message), request.text()));
  ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Resolve(at.tx(), step.after.name(), at.now()));
  SetStanding(standing, step.after);
  if (!step.after.has_first_answer_time()) *step.after.mutable_first_answer_time() = at.timestamp();
  *step.after.mutable_resolve_time() = at.timestamp();
  step.after.set_resolution_count(step.after.resolution_count() + 1);
  InquiryResolution resolution;
  resolution.set_name(absl::StrFormat("%s/resolutions/%04d", step.after.name(), step.after.resolution_count()));
  resolution.set_kind(step.after.kind());
  resolution.set_category(step.after.category());
  resolution.set_activity(step.after.activity());
  resolution.set_resolver(tx.call.principal.name);
  *resolution.mutable_resolve_time() = at.timestamp();
  resolution.set_department(step.after.department());
  resolution.set_producer(step.after.producer());
  RETURN_IF_ERROR(resolutions_.Insert(at.tx(), resolution, "resolve"));
  RETURN_IF_ERROR(BeginSilence(at.tx(), step.after));
  return inquiries_.Finish(at.tx(), step);
}

absl::StatusOr<Inquiry> Inquiries::ReceiveMessage(record::Transaction& tx, const v1::ReceiveCustomerMessageRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Inquiry> step, inquiries_.Begin(tx, record::Target(request.name())));
  // What was merged has not been merged into what was over then, so this ends.
  while (step.before.state() == Inquiry::STATE_MERGED) {
    ASSIGN_OR_RETURN(step.before, inquiries_.Lock(tx, step.before.merged_into()));
    step.after = step.before;
  }
  Moment at(tx, step.before);
  const bool reopens = step.before.state() == Inquiry::STATE_RESOLVED;
  bool goes_on = IsOpenInquiry(step.before);
  if (reopens) {
    ASSIGN_OR_RETURN(goes_on, clocks_.MayReopen(at.tx(), step.before.name(), at.now()));
  }
  if (!goes_on) return Follow(at.tx(), step.before, request.text());
  step.verb = "receive_customer_message";
  RETURN_IF_ERROR(inquiries_.Advance(step.after, step.verb));
  Message message;
  message.set_kind(Message::KIND_CUSTOMER);
  RETURN_IF_ERROR(Add(at.tx(), step.after, std::move(message), request.text()));
  if (reopens || step.before.state() == Inquiry::STATE_WAITING) {
    ASSIGN_OR_RETURN(const ClockStanding standing, reopens ? clocks_.Reopen(at.tx(), step.after.name(), step.after.owner(), at.now())
                                                           : clocks_.Continue(at.tx(), step.after.name(), at.now()));
    SetStanding(standing, step.after);
    RETURN_IF_ERROR(EndSilence(at.tx(), step.after));
  }
  return inquiries_.Finish(at.tx(), step);
}

absl::StatusOr<Inquiry> Inquiries::Follow(record::Transaction& tx, const Inquiry& previous, const std::string& text) {
  ASSIGN_OR_RETURN(InquiryCategoryTree tree, trees_.InForce(tx.sql, tx.call.now));
  Inquiry next;
  next.set_name(absl::StrCat("inquiries/", record::NewId(tx.call.now)));
  next.set_kind(previous.kind());
  next.set_category(NearestCategory(tree, previous.category()));
  if (next.category().empty()) {
    // The category is gone with all above it: it stays what it was.
    next.set_category(previous.category());
    ASSIGN_OR_RETURN(tree, trees_.kind().Find(tx.sql, previous.category_tree()));
  }
  next.set_priority(previous.priority());
  next.set_text(text);
  next.set_customer(previous.customer());
  next.set_activity(previous.activity());
  next.set_source(previous.source());
  next.set_department(previous.department());
  next.set_producer(previous.producer());
  next.set_previous(previous.name());
  status::BadFields bad;
  RETURN_IF_ERROR(TakeActivity(tx, next.activity(), "name", next, bad));
  RETURN_IF_ERROR(TakeIn(tx, tree, tx.call.now, next));
  return inquiries_.Decorated(tx.sql, std::move(next));
}

absl::StatusOr<InquiryMessage> Inquiries::Note(record::Transaction& tx, const v1::NoteOnInquiryRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Inquiry> step, inquiries_.Begin(tx, record::Target(request.name())));
  Moment at(tx, step.before);
  Message message;
  message.set_kind(Message::KIND_NOTE);
  RETURN_IF_ERROR(Add(at.tx(), step.after, std::move(message), request.text()));
  RETURN_IF_ERROR(inquiries_.Update(at.tx(), step.before, step.after, "note"));
  return messages_.Find(tx.sql, absl::StrFormat("%s/messages/%06d", step.after.name(), step.after.message_count()));
}

// ---- Silence

absl::Status Inquiries::BeginSilence(record::Transaction& tx, Inquiry& after) const {
  *after.mutable_silence_time() = time::ToTimestamp(tx.call.now);
  after.clear_remind_time();
  // The job finds out by the calendar when it has something to do.
  return job::Schedule(tx, {SilenceJobOf(after.name()), kSilenceJob, after.name(), tx.call.now});
}

absl::Status Inquiries::EndSilence(record::Transaction& tx, Inquiry& after) const {
  if (!after.has_silence_time()) return absl::OkStatus();
  after.clear_silence_time();
  after.clear_remind_time();
  return job::Cancel(tx, SilenceJobOf(after.name()));
}

absl::StatusOr<Inquiries::SilenceTimes> Inquiries::SilenceOf(sql::Session& session, const Inquiry& inquiry) const {
  ASSIGN_OR_RETURN(const InquiryCategoryTree tree, trees_.kind().Find(session, inquiry.category_tree()));
  ASSIGN_OR_RETURN(const auto calendar, calendars_.by_name.Named(session, tree.calendar()));
  const absl::Duration remind_after = ToLength(tree.remind_after()), close_after = ToLength(tree.close_after());
  const absl::Time silence = time::ToTime(inquiry.silence_time());
  SilenceTimes times{absl::InfiniteFuture(), absl::InfiniteFuture()};
  if (inquiry.state() == Inquiry::STATE_RESOLVED) {
    ASSIGN_OR_RETURN(times.close, calendar->arithmetic.After(silence, close_after));
  } else if (!inquiry.has_remind_time()) {
    ASSIGN_OR_RETURN(times.remind, calendar->arithmetic.After(silence, remind_after));
  } else {
    // Also who was reminded late has the rest of the time to answer.
    ASSIGN_OR_RETURN(times.close, calendar->arithmetic.After(time::ToTime(inquiry.remind_time()), close_after - remind_after));
  }
  return times;
}

job::Outcome Inquiries::EndOfSilence(const rpc::Call& call, const std::string& name) {
  absl::Time next = absl::InfiniteFuture();
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(next, TreatSilence(tx, name));
    return absl::OkStatus();
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return next == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(next);
}

absl::StatusOr<absl::Time> Inquiries::TreatSilence(record::Transaction& tx, const std::string& name) {
  // By the service's own eyes: it is of no department.
  ASSIGN_OR_RETURN(const Inquiry locked, inquiries_.Lock(tx, name));
  record::Step<Inquiry> step{locked, locked, nullptr};
  const bool waits = step.before.state() == Inquiry::STATE_WAITING;
  if (!step.before.has_silence_time() || (!waits && step.before.state() != Inquiry::STATE_RESOLVED)) return absl::InfiniteFuture();
  Moment at(tx, step.before);
  ASSIGN_OR_RETURN(const SilenceTimes times, SilenceOf(tx.sql, step.before));
  if (at.now() < std::min(times.remind, times.close)) return std::min(times.remind, times.close);
  if (times.remind <= at.now()) {
    step.verb = "remind";
    Message message;
    message.set_kind(Message::KIND_REMINDER);
    RETURN_IF_ERROR(Add(at.tx(), step.after, std::move(message), ""));
    *step.after.mutable_remind_time() = at.timestamp();
    RETURN_IF_ERROR(inquiries_.Finish(at.tx(), step).status());
    ASSIGN_OR_RETURN(const SilenceTimes left, SilenceOf(tx.sql, step.after));
    return left.close;
  }
  step.verb = "close";
  RETURN_IF_ERROR(inquiries_.Advance(step.after, step.verb));
  *step.after.mutable_close_time() = at.timestamp();
  step.after.clear_silence_time();
  if (waits) {
    // It was never resolved: it is in no attainment.
    ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Stop(at.tx(), name, at.now()));
    SetStanding(standing, step.after);
  }
  RETURN_IF_ERROR(inquiries_.Finish(at.tx(), step).status());
  return absl::InfiniteFuture();
}

// ---- Who sees to it, and as what

absl::StatusOr<Inquiry> Inquiries::Reassign(record::Transaction& tx, const v1::ReassignInquiryRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Inquiry> step, inquiries_.Begin(tx, request, "reassign"));
  Moment at(tx, step.before);
  std::string owner = request.owner();
  if (owner.empty()) {
    ASSIGN_OR_RETURN(owner, OwnerFor(at.tx(), step.before));
  }
  step.after.set_owner(owner);
  *step.after.mutable_assign_time() = at.timestamp();
  step.after.set_state_reason(request.reason());
  return inquiries_.Finish(at.tx(), step);
}

absl::StatusOr<Inquiry> Inquiries::Reclassify(record::Transaction& tx, const v1::ReclassifyInquiryRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Inquiry> step, inquiries_.Begin(tx, request, "reclassify"));
  Moment at(tx, step.before);
  Inquiry& after = step.after;
  status::BadFields bad;
  if (!request.category().empty() && request.category() != after.category()) {
    ASSIGN_OR_RETURN(const InquiryCategoryTree tree, trees_.InForce(tx.sql, at.now()));
    CheckCategory(tree, request.category(), "category", bad);
    after.set_category(request.category());
    after.set_category_tree(tree.name());
  }
  if (!request.activity().empty() && request.activity() != after.activity()) {
    after.set_activity(request.activity());
    RETURN_IF_ERROR(TakeActivity(tx, request.activity(), "activity", after, bad));
  }
  RETURN_IF_ERROR(bad.status());
  if (request.priority() != v1::SERVICE_PRIORITY_UNSPECIFIED) after.set_priority(request.priority());
  if (after.priority() != step.before.priority() || after.category() != step.before.category()) {
    ASSIGN_OR_RETURN(const ClockStanding standing,
                     clocks_.Retarget(at.tx(), after.name(), after.priority(), after.category(), request.reason(), at.now()));
    SetStanding(standing, after);
  }
  after.set_state_reason(request.reason());
  return inquiries_.Finish(at.tx(), step);
}

absl::StatusOr<Inquiry> Inquiries::Merge(record::Transaction& tx, const v1::MergeInquiryRequest& request) {
  if (request.into() == request.name()) {
    status::BadFields bad;
    bad.Add("into", kMergedIntoItself);
    return bad.status();
  }
  // In the order of their names, so that two merges do not wait for each other.
  std::optional<Inquiry> into;
  const auto lock = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(into, inquiries_.Lock(tx, request.into()));
    return inquiries_.Sees(tx.call, *into) ? absl::OkStatus() : status::NotFound(request.into());
  };
  if (request.into() < request.name()) RETURN_IF_ERROR(lock());
  ASSIGN_OR_RETURN(record::Step<Inquiry> step, inquiries_.Begin(tx, request, "merge"));
  if (!into) RETURN_IF_ERROR(lock());
  if (!IsOpenInquiry(*into)) return status::Error(kMergeTargetOver, {{"name", into->name()}});
  Moment at(tx, step.before);
  step.after.set_merged_into(into->name());
  step.after.set_state_reason(request.reason());
  *step.after.mutable_close_time() = at.timestamp();
  RETURN_IF_ERROR(EndSilence(at.tx(), step.after));
  ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Stop(at.tx(), step.after.name(), at.now()));
  SetStanding(standing, step.after);
  return inquiries_.Finish(at.tx(), step);
}

absl::StatusOr<Inquiry> Inquiries::Retract(record::Transaction& tx, const v1::RetractInquiryRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Inquiry> step, inquiries_.Begin(tx, request, "retract"));
  Moment at(tx, step.before);
  step.after.set_state_reason(request.reason());
  *step.after.mutable_retract_time() = at.timestamp();
  *step.after.mutable_close_time() = at.timestamp();
  RETURN_IF_ERROR(EndSilence(at.tx(), step.after));
  ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Stop(at.tx(), step.after.name(), at.now()));
  SetStanding(standing, step.after);
  return inquiries_.Finish(at.tx(), step);
}

// ---- Erasure and satisfaction

absl::StatusOr<v1::EraseCustomerResponse> Inquiries::Erase(record::Transaction& tx, const v1::EraseCustomerRequest& request) {
  v1::EraseCustomerResponse response;
  ASSIGN_OR_RETURN(const int32_t count, Blank(tx, request.customer(), absl::InfiniteFuture(), request.reference()));
  response.set_inquiry_count(count);
  return response;
}

absl::StatusOr<int32_t> Inquiries::Blank(record::Transaction& tx, const std::string& customer, absl::Time until,
                                         const std::string& reference) {
  ASSIGN_OR_RETURN(std::vector<Inquiry> held,
                   inquiries_.Select(tx.sql, "WHERE customer_key = ? ORDER BY name FOR UPDATE", sql::Bind(KeyOf(customer))));
  std::erase_if(held, [&](const Inquiry& inquiry) { return time::ToTime(inquiry.receive_time()) > until; });
  const std::string nobody = record::NewId(tx.call.now);
  for (Inquiry& before : held) {
    RETURN_IF_ERROR(store_.person_keys().Destroy(tx.sql, before.name(), tx.call.now).status());
    // What is left in the row is sealed with the key that is gone.
    before.clear_text();
    before.clear_customer();
    before.clear_external_id();
    Moment at(tx, before);
    Inquiry after = before;
    after.set_customer_key(nobody);
    after.set_state_reason(reference);
    RETURN_IF_ERROR(inquiries_.Update(at.tx(), before, after, "erase"));
  }
  return static_cast<int32_t>(held.size());
}

absl::StatusOr<InquiryResolution> Inquiries::Rate(record::Transaction& tx, const v1::ReceiveRatingRequest& request) {
  ASSIGN_OR_RETURN(record::Step<InquiryResolution> step, resolutions_.Begin(tx, record::Target(request.name())));
  if (step.before.has_rating()) return status::Error(kAlreadyRated, {{"name", request.name()}});
  step.verb = "rate";
  step.after.set_rating(request.rating());
  step.after.set_comment(request.comment());
  *step.after.mutable_rate_time() = time::ToTimestamp(std::max(tx.call.now, time::ToTime(step.before.resolve_time())));
  return resolutions_.Finish(tx, step);
}

absl::StatusOr<v1::ComputeSatisfactionResponse> Inquiries::Satisfaction(const rpc::Call& call,
                                                                        const v1::ComputeSatisfactionRequest& request) {
  const absl::Time start = time::ToTime(request.start_time()), end = time::ToTime(request.end_time());
  if (start >= end) {
    status::BadFields bad;
    bad.Add("end_time", kStartNotBeforeEnd);
    return bad.status();
  }
  std::string where = "WHERE resolve_time >= ? AND resolve_time < ?";
  sql::Values values = sql::Bind(start, end);
  if (!request.activity().empty()) {
    absl::StrAppend(&where, " AND activity = ?");
    values.emplace_back(request.activity());
  }
  if (!request.category().empty()) {
    absl::StrAppend(&where, " AND (category = ? OR (category > ? AND category < ?))");
    for (const char* after : {"", "/", "0"}) values.emplace_back(absl::StrCat(request.category(), after));
  }
  v1::ComputeSatisfactionResponse response;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    return session.Query("SELECT COUNT(*), COUNT(rating), COUNT(CASE WHEN rating >= 4 THEN 1 END) FROM inquiry_resolutions " + where,
                         values, [&](const sql::Row& row) {
                           response.set_resolution_count(row.Int(0));
                           response.set_rating_count(row.Int(1));
                           response.set_satisfied_count(row.Int(2));
                         });
  }));
  const auto share = [](int64_t part, int64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); };
  if (response.rating_count() > 0) response.set_csat(share(response.satisfied_count(), response.rating_count()));
  if (response.resolution_count() > 0) response.set_response_rate(share(response.rating_count(), response.resolution_count()));
  return response;
}

}  // namespace heitie::activity
