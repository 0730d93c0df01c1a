#include "common/record/store.h"

#include <openssl/sha.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "common/observe/spans.h"
#include "common/record/json.h"
#include "common/record/strangers.h"
#include "common/rpc/bounds.h"
#include "common/rpc/name_pattern.h"
#include "common/rpc/trace.h"
#include "common/seal/cipher.h"
#include "common/seal/seal.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/instant.h"
#include "common/work/overloaded.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/timestamp.pb.h"

namespace heitie::record {
namespace {

const status::Reason kResourceTooLarge{absl::StatusCode::kFailedPrecondition, "RESOURCE_TOO_LARGE",
                                       "{name} would have {size} bytes, and its history can hold {most} of a resource. Make it smaller.",
                                       "{name} 將有 {size} 位元組，而其歷史紀錄最多容納 {most} 位元組，請縮減內容。"};

// An event holds a resource as it was and as it is, and who reads events must be able to get one in an answer. Each side has its half, so
// that what could be created can be changed and made smaller. The rest is for what else an event says.
constexpr size_t kRestOfEvent = 64 << 10;
constexpr size_t kMostJson = (static_cast<size_t>(rpc::kMaxMessageBytes) - kRestOfEvent) / 2;

// Maps serialize in a fixed order, so that equal requests have equal bytes.
std::string DeterministicBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

std::string Fingerprint(const std::string& method, const google::protobuf::Message& request) {
  const std::string text = absl::StrCat(method, "\n", DeterministicBytes(request));
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

// A transaction as a part of its call's trace, where that is recorded: from its first statement to what became of it, whatever was run
// again between. Writes that shared a commit have a span each. It tells no statement.
class TransactionSpan {
 public:
  explicit TransactionSpan(const rpc::Call& call) : call_(call) {}

  void Run() {
    if (++runs_ == 1 && call_.sampled) begin_ = absl::Now();
  }
  void End(const absl::Status& status) {
    if (!call_.sampled || runs_ == 0) return;
    observe::EndSpan(
        {.trace_id = call_.trace_id,
         .span_id = rpc::NewSpanId(),
         .parent_id = call_.span_id,
         .name = "transaction",
         .begin = begin_,
         .end = absl::Now(),
         .code = IsRefusal(status) ? absl::StatusCode::kOk : status.code(),
         .attributes = {
             {"db.system", "mysql"}, {"heitie.committed", status.ok() ? "true" : "false"}, {"heitie.runs", absl::StrCat(runs_)}}});
    runs_ = 0;
  }

 private:
  // What a rule said, and no fault: of that it is the request's span that tells.
  static bool IsRefusal(const absl::Status& status) {
    return !absl::IsInternal(status) && !absl::IsUnknown(status) && !absl::IsDataLoss(status) && !absl::IsUnavailable(status) &&
           !absl::IsDeadlineExceeded(status);
  }

  const rpc::Call& call_;
  absl::Time begin_;
  int runs_ = 0;
};

namespace {

// Undoes the transaction of a request that only tries.
constexpr char kTriedUrl[] = "heitie/tried";
absl::Status Tried() {
  absl::Status status = absl::CancelledError("the request only tries");
  status.SetPayload(kTriedUrl, absl::Cord());
  return status;
}
bool IsTried(const absl::Status& status) { return absl::IsCancelled(status) && status.GetPayload(kTriedUrl).has_value(); }

// Undoes the transaction of a request that names people about whom personnel is to be asked.
constexpr char kDoubtsUrl[] = "heitie/doubts";
absl::Status Doubts() {
  absl::Status status = absl::CancelledError("personnel is asked first");
  status.SetPayload(kDoubtsUrl, absl::Cord());
  return status;
}

std::string RequestIdOf(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->type() != google::protobuf::FieldDescriptor::TYPE_STRING) return "";
  return request.GetReflection()->GetString(request, field);
}

}  // namespace

absl::Time UpdateTimeOf(const google::protobuf::Message& row) {
  const auto* field = row.GetDescriptor()->FindFieldByName("update_time");
  if (field == nullptr || field->message_type() != google::protobuf::Timestamp::descriptor() || field->is_repeated() ||
      !row.GetReflection()->HasField(row, field))
    return absl::InfinitePast();
  return time::ToTime(static_cast<const google::protobuf::Timestamp&>(row.GetReflection()->GetMessage(row, field)));
}

absl::Status Transaction::Record(const std::string& action, const std::string& subject, const std::string& subject_type, int64_t revision,
                                 const google::protobuf::Message* before, const google::protobuf::Message* after) {
  sql::Value before_json, after_json;
  const auto seal = [&](const google::protobuf::Message& side, std::string* json) -> absl::Status {
    if (!seal::HoldsPersonal(*side.GetDescriptor())) return absl::OkStatus();
    if (seals == nullptr) return absl::InternalError("personal data outside of Store::Write");
    return seals->Json(*side.GetDescriptor(), json);
  };
  if (before != nullptr) {
    std::string json = ToJson(*before);
    RETURN_IF_ERROR(seal(*before, &json));
    before_json = std::move(json);
  }
  if (after != nullptr) {
    std::string json = ToJson(*after);
    if (json.size() > kMostJson) return status::Error(kResourceTooLarge, {{"name", subject}, {"size", json.size()}, {"most", kMostJson}});
    RETURN_IF_ERROR(seal(*after, &json));
    after_json = std::move(json);
  }
  // Never before what it tells: a row that others have changed while this call waited has a later time.
  absl::Time occurred = call.now;
  for (const google::protobuf::Message* side : {before, after}) {
    if (side != nullptr) occurred = std::max(occurred, UpdateTimeOf(*side));
  }
  static const std::string& kInsert = *new std::string(
      "INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload)");
  return sql.Append(kInsert,
                    {NewId(call.now), subject_type, subject, revision, action, call.principal.name, call.method, call.trace_id, occurred,
                     before_json, after_json},
                    sql::Session::ReadBy::kNobody);
}

// One write with its idempotency record.
class Store::Attempt {
 public:
  Attempt(Store& store, const rpc::Call& call, const google::protobuf::Message& request, google::protobuf::Message* response,
          const Work& work)
      : store_(store),
        call_(call),
        response_(response),
        work_(work),
        tries_(OnlyTries(request)),
        request_id_(RequestIdOf(request)),
        fingerprint_(request_id_.empty() ? "" : Fingerprint(call.method, request)) {
    if (store.owners_.known && !call.principal.Has(options::v1::ROLE_SERVICE)) strangers_.emplace(store.owners_, call, request);
  }

  // Inside the transaction.
  absl::Status Run(sql::Session& session) {
    span_.Run();
    ran_ = true;
    replayed_ = false;
    response_->Clear();
    std::optional<seal::Writer> seals = store_.SealsOf(session, call_);
    if (strangers_) strangers_->Begin();
    Transaction tx{call_, session, seals ? &*seals : nullptr, strangers_ ? &*strangers_ : nullptr};
    const absl::Status worked = work_(tx);
    if (strangers_ && strangers_->doubts()) return Doubts();
    RETURN_IF_ERROR(worked);
    if (tries_) return Tried();
    if (request_id_.empty()) return absl::OkStatus();
    // Last, so that a first request pays no statement to look; a repeated one fails here and its work is rolled back.
    static const std::string& kInsert =
        *new std::string("INSERT INTO idempotency (principal, request_id, fingerprint, response, create_time)");
    std::string response;
    if (seals) {
      ASSIGN_OR_RETURN(response, seals->Bytes(*response_));
    } else {
      response = response_->SerializeAsString();
    }
    absl::Status recorded = session.Append(kInsert, {call_.principal.name, request_id_, fingerprint_, std::move(response), call_.now},
                                           sql::Session::ReadBy::kNobody);
    replayed_ = absl::IsAlreadyExists(recorded);
    return recorded;
  }

  // Whether the transaction was undone because personnel is to be asked. Then it runs again once the answer is there.
  static bool IsInDoubt(const absl::Status& status) { return absl::IsCancelled(status) && status.GetPayload(kDoubtsUrl).has_value(); }
  void AskPersonnel(std::function<void(const absl::Status&)> done) { strangers_->Ask(std::move(done)); }
  // The same, and waits.
  absl::Status AskPersonnel() {
    absl::Notification answered;
    absl::Status answer;
    AskPersonnel([&](const absl::Status& status) {
      answer = status;
      answered.Notify();
    });
    answered.WaitForNotification();
    return answer;
  }

  // The answer, by the transaction's status.
  absl::Status Answer(const absl::Status& status) {
    if (IsTried(status)) {
      span_.End(absl::OkStatus());
      return absl::OkStatus();
    }
    span_.End(status);
    if (status.ok() || !ran_) return status;
    // Whatever stopped the work, the request_id may have been answered before: then the first answer counts, not today's error. A database
    // that takes no changes can still tell it.
    std::optional<absl::Status> first;
    const absl::Status looked = Look(&first);
    if (!looked.ok()) return absl::IsUnavailable(status) ? status : looked;
    if (first.has_value()) return *first;
    return replayed_ ? absl::AbortedError("the first request with this request_id was undone; send it again") : status;
  }

  // The same of what was done before the transaction.
  absl::Status AnswerUnprepared(const absl::Status& status) {
    ran_ = true;
    return Answer(status);
  }

  // What the request was answered the first time; nothing when it was not.
  std::optional<absl::Status> First() {
    std::optional<absl::Status> first;
    const absl::Status looked = Look(&first);
    return looked.ok() ? first : looked;
  }

  absl::Status Forget(const google::protobuf::Message& response) {
    if (request_id_.empty()) return absl::OkStatus();
    return store_.database_.Write(call_.deadline, [&](sql::Session& session) -> absl::Status {
      // What is sealed is compared opened.
      std::string stored = response.SerializeAsString();
      if (seal::HoldsPersonal(*response.GetDescriptor())) {
        std::string bytes;
        RETURN_IF_ERROR(session.Query("SELECT response FROM idempotency WHERE principal = ? AND request_id = ? FOR UPDATE",
                                      {call_.principal.name, request_id_}, [&](const sql::Row& row) { bytes = row.Text(0); }));
        const std::unique_ptr<google::protobuf::Message> first(response.New());
        RETURN_IF_ERROR(store_.OpenAnswer(session, bytes, first.get()));
        if (DeterministicBytes(*first) != DeterministicBytes(response)) return absl::OkStatus();
        stored = std::move(bytes);
      }
      return session
          .Execute("DELETE FROM idempotency WHERE principal = ? AND request_id = ? AND fingerprint = ? AND response = ?",
                   {call_.principal.name, request_id_, fingerprint_, stored})
          .status();
    });
  }

 private:
  absl::Status Look(std::optional<absl::Status>* first) {
    if (request_id_.empty()) return absl::OkStatus();
    return store_.database_.Read(call_.deadline, [&](sql::Session& session) -> absl::Status {
      bool found = false;
      std::string fingerprint, response;
      RETURN_IF_ERROR(session.Query("SELECT fingerprint, response FROM idempotency WHERE principal = ? AND request_id = ?",
                                    {call_.principal.name, request_id_}, [&](const sql::Row& row) {
                                      found = true;
                                      fingerprint = row.Text(0);
                                      response = row.Text(1);
                                    }));
      if (!found) return absl::OkStatus();
      *first = fingerprint == fingerprint_ ? store_.OpenAnswer(session, response, response_)
                                           : status::Error(status::kRequestIdReused, {{"request_id", request_id_}});
      return absl::OkStatus();
    });
  }

  Store& store_;
  const rpc::Call& call_;
  google::protobuf::Message* const response_;
  const Work work_;
  const bool tries_;
  const std::string request_id_, fingerprint_;
  TransactionSpan span_{call_};
  std::optional<Strangers> strangers_;
  bool ran_ = false, replayed_ = false;
};

// A write that only tries, in a transaction of its own: what it undoes is nobody else's.
class Store::Trial final : public work::Task {
 public:
  Trial(Store& store, std::shared_ptr<Attempt> attempt, std::shared_ptr<rpc::Exchange> exchange)
      : store_(store), attempt_(std::move(attempt)), exchange_(std::move(exchange)) {}
  void Run() override { exchange_->finish(store_.Run(*attempt_, exchange_->call)); }
  void Refuse() override { exchange_->finish(work::Overloaded()); }

 private:
  Store& store_;
  const std::shared_ptr<Attempt> attempt_;
  const std::shared_ptr<rpc::Exchange> exchange_;
};

// A write of which personnel was asked: it goes on, off the thread that brought the answer.
class Store::Resumption final : public work::Task {
 public:
  Resumption(Store& store, std::shared_ptr<Attempt> attempt, std::shared_ptr<rpc::Exchange> exchange, absl::Status asked)
      : store_(store), attempt_(std::move(attempt)), exchange_(std::move(exchange)), asked_(std::move(asked)) {}
  void Run() override {
    if (asked_.ok()) return store_.Enter(attempt_, exchange_);
    exchange_->finish(attempt_->Answer(asked_));
  }
  void Refuse() override { exchange_->finish(work::Overloaded()); }

 private:
  Store& store_;
  const std::shared_ptr<Attempt> attempt_;
  const std::shared_ptr<rpc::Exchange> exchange_;
  const absl::Status asked_;
};

Store::Store(sql::Database& database, std::shared_ptr<seal::MasterKeys> keys)
    : database_(database), person_keys_(keys == nullptr ? nullptr : std::make_unique<seal::PersonKeys>(std::move(keys))) {}
Store::~Store() = default;

void Store::DeclareSealed(const google::protobuf::Descriptor& kind) {
  sealed_kinds_.emplace(kind.options().GetExtension(google::api::resource).type(), &kind);
}

seal::PersonKeys& Store::person_keys() {
  if (person_keys_ == nullptr) status::Die("seal", "there is personal data, and --personal_key_file is not set");
  return *person_keys_;
}

std::optional<seal::Writer> Store::SealsOf(sql::Session& session, const rpc::Call& call) {
  if (sealed_kinds_.empty()) return std::nullopt;
  return std::make_optional<seal::Writer>(person_keys(), session, call.now);
}

absl::Status Store::OpenAnswer(sql::Session& session, const std::string& bytes, google::protobuf::Message* answer) {
  if (!answer->ParseFromString(bytes)) return absl::DataLossError("idempotency record cannot be parsed");
  if (sealed_kinds_.empty() || !seal::HoldsPersonal(*answer->GetDescriptor())) return absl::OkStatus();
  seal::Opener opener(person_keys());
  opener.Add(bytes);
  if (opener.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(opener.Load(session));
  return opener.Fields(answer);
}

absl::Status Store::Write(const rpc::Call& call, const google::protobuf::Message& request, google::protobuf::Message* response,
                          const Work& work) {
  Attempt attempt(*this, call, request, response, work);
  return Run(attempt, call);
}

absl::Status Store::Run(Attempt& attempt, const rpc::Call& call) {
  while (true) {
    const absl::Status status = database_.Write(call.deadline, [&](sql::Session& session) { return attempt.Run(session); });
    if (status.ok()) Committed();
    if (!Attempt::IsInDoubt(status)) return attempt.Answer(status);
    if (const absl::Status asked = attempt.AskPersonnel(); !asked.ok()) return attempt.Answer(asked);
  }
}

absl::Status Store::Write(const rpc::Call& call, const google::protobuf::Message& request, google::protobuf::Message* response,
                          const std::function<absl::Status()>& prepare, const Work& work) {
  Attempt attempt(*this, call, request, response, work);
  if (const std::optional<absl::Status> first = attempt.First()) return *first;
  if (const absl::Status prepared = prepare(); !prepared.ok()) return attempt.AnswerUnprepared(prepared);
  return Run(attempt, call);
}

absl::Status Store::Write(const rpc::Call& call, const Work& work) {
  TransactionSpan span(call);
  const absl::Status status = database_.Write(call.deadline, [&](sql::Session& session) {
    span.Run();
    std::optional<seal::Writer> seals = SealsOf(session, call);
    Transaction tx{call, session, seals ? &*seals : nullptr};
    return work(tx);
  });
  span.End(status);
  if (status.ok()) Committed();
  return status;
}

absl::Status Store::Forget(const rpc::Call& call, const google::protobuf::Message& request, const google::protobuf::Message& response) {
  return Attempt(*this, call, request, nullptr, nullptr).Forget(response);
}

void Store::Write(const std::shared_ptr<rpc::Exchange>& exchange, Work work) {
  const rpc::Call& call = exchange->call;
  auto attempt = std::make_shared<Attempt>(*this, call, *exchange->request, exchange->response, std::move(work));
  if (OnlyTries(*exchange->request)) {
    const auto trial = std::make_shared<Trial>(*this, std::move(attempt), exchange);
    if (!writers_.Submit(trial, call.principal.name, work::PriorityOf(call.method))) trial->Refuse();
    return;
  }
  Enter(attempt, exchange);
}

void Store::Enter(const std::shared_ptr<Attempt>& attempt, const std::shared_ptr<rpc::Exchange>& exchange) {
  const rpc::Call& call = exchange->call;
  GroupOf(call.method, *exchange->request)
      .Add({call.principal.name,
            {call.deadline, [attempt](sql::Session& session) { return attempt->Run(session); }},
            [this, attempt, exchange](const absl::Status& status) {
              if (status.ok()) Committed();
              if (!Attempt::IsInDoubt(status)) return exchange->finish(attempt->Answer(status));
              attempt->AskPersonnel([this, attempt, exchange](const absl::Status& asked) {
                const auto resumption = std::make_shared<Resumption>(*this, attempt, exchange, asked);
                const rpc::Call& call = exchange->call;
                if (!writers_.Submit(resumption, call.principal.name, work::PriorityOf(call.method))) resumption->Refuse();
              });
            },
            exchange->cancelled});
}

bool Store::OnlyTries(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("validate_only");
  return field != nullptr && field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL && !field->is_repeated() &&
         request.GetReflection()->GetBool(request, field);
}

absl::StatusOr<std::string> Store::PageKey(absl::Time deadline) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!page_key_.empty()) return page_key_;
  }
  std::string key;
  RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Session& session) {
    return session.Query("SELECT secret FROM page_key WHERE id = 1", {}, [&](const sql::Row& row) { key = row.Text(0); });
  }));
  if (key.size() < seal::kKeyBytes) return absl::DataLossError("the key of page tokens is missing or too short");
  std::lock_guard<std::mutex> lock(mutex_);
  return page_key_ = key;
}

WriteGroup& Store::GroupOf(const std::string& method, const google::protobuf::Message& request) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::unique_ptr<WriteGroup>& group = groups_[request.GetDescriptor()];
  if (group == nullptr) group = std::make_unique<WriteGroup>(database_, writers_, work::PriorityOf(method));
  return *group;
}

std::string NewId(absl::Time now) {
  static constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  thread_local std::mt19937_64 random(std::random_device{}());
  static std::atomic<int64_t> last{0};
  // Within a process ids ascend, also inside one millisecond: the upper 48 + 16 bits are a counter that follows the clock.
  int64_t stamp = absl::ToUnixMillis(now) << 16;
  int64_t previous = last.load();
  do {
    if (stamp <= previous) stamp = previous + 1;
  } while (!last.compare_exchange_weak(previous, stamp));
  std::string id(26, '0');
  uint64_t high = static_cast<uint64_t>(stamp);
  uint64_t low = random();
  for (int i = 12; i >= 0; --i, high >>= 5) id[i] = kDigits[high & 31];
  for (int i = 25; i >= 13; --i, low >>= 5) id[i] = kDigits[low & 31];
  return id;
}

std::string ParentOf(const std::string& name) {
  size_t slash = name.rfind('/');
  if (slash == std::string::npos || slash == 0) return "";
  slash = name.rfind('/', slash - 1);
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string CollectionOf(const std::string& pattern) {
  const std::vector<std::string> segments = absl::StrSplit(pattern, '/');
  return segments.size() >= 2 ? segments[segments.size() - 2] : pattern;
}

sql::Values ChildRange(const std::string& parent, const std::string& collection) {
  const std::string prefix = absl::StrCat(parent, parent.empty() ? "" : "/", collection);
  // '0' follows '/'.
  return sql::Bind(prefix + "/", prefix + "0");
}

bool MatchesPattern(const std::string& name, const std::string& pattern) { return rpc::MatchesPattern(name, pattern); }

}  // namespace heitie::record
