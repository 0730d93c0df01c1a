#include "services/gateway/rest.h"

#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/bytes.h"
#include "common/rpc/contract.h"
#include "common/status/macros.h"
#include "services/gateway/compression.h"
#include "services/gateway/conditional.h"
#include "services/gateway/file_body.h"
#include "services/gateway/http_error.h"
#include "services/gateway/json.h"
#include "services/gateway/negotiation.h"
#include "services/gateway/read_mask.h"
#include "services/gateway/timeouts.h"
#include "services/gateway/transcode.h"

namespace heitie::gateway {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const status::Reason kConditionFailed{absl::StatusCode::kAborted, "CONDITION_FAILED",
                                      "The resource is not the one that {header} names: its etag is another one.",
                                      "資源與 {header} 所指不符：其 etag 已不同。"};
const status::Reason kHeaderDiffers{absl::StatusCode::kInvalidArgument, "HEADER_DIFFERS",
                                    "The header {header} says {header_value}, the request says {field_value}.",
                                    "標頭 {header} 為 {header_value}，請求內容為 {field_value}。"};
const status::Phrase kOneTag{"one strong entity tag such as \"17\", or *", "須為一個強實體標籤（如 \"17\"）或 *"};
const status::Phrase kNoTagTaken{"left out: the method takes no etag", "省略：此方法不接受 etag"};
const status::Phrase kKeyText{"a text in quotes or without", "須為文字，可加引號"};
const status::Phrase kJsonBody{"application/json in UTF-8", "須為 UTF-8 的 application/json"};
const status::Phrase kLines{"application/x-ndjson in UTF-8, a message on each line", "須為 UTF-8 的 application/x-ndjson，每行一則訊息"};
const status::Phrase kPlainLines{"not compressed where it is a stream", "串流內容不得壓縮"};

constexpr char kJsonType[] = "application/json";
constexpr char kNdjsonType[] = "application/x-ndjson";
constexpr char kEventsType[] = "text/event-stream";
// Milliseconds after which a client of events comes again.
constexpr int kEventsRetry = 3000;

// Of streams that can go on where they ended: what the client has last, as the answer tells it and as the request takes it.
struct Resumption {
  const char* told;
  const char* taken;
};
constexpr Resumption kResumptions[] = {{"digest", "last_digest"}, {"cursor", "cursor"}};

const FieldDescriptor* TextField(const google::protobuf::Descriptor& message, const char* name) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  return field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated() ? field : nullptr;
}

// A text field of a request, or of the resource that is its body.
struct Place {
  const FieldDescriptor* resource = nullptr;  // nullptr: of the request itself
  const FieldDescriptor* field = nullptr;     // nullptr: there is none

  std::string name() const { return resource == nullptr ? field->name() : absl::StrCat(resource->name(), ".", field->name()); }
  std::string Get(const Message& request) const {
    const Message& owner = resource == nullptr ? request : request.GetReflection()->GetMessage(request, resource);
    return owner.GetReflection()->GetString(owner, field);
  }
  void Set(Message* request, const std::string& value) const {
    Message* owner = resource == nullptr ? request : request->GetReflection()->MutableMessage(request, resource);
    owner->GetReflection()->SetString(owner, field, value);
  }
};

// Of an update the resource has it, of other changes the request. What is created has none yet.
Place EtagPlace(const Binding& binding) {
  const FieldDescriptor* own = TextField(*binding.method->input_type(), "etag");
  const bool updates = binding.http_method == "PATCH" || binding.http_method == "PUT";
  const bool has_resource = binding.body != nullptr && binding.body->message_type() != nullptr && !binding.body->is_repeated();
  if (own != nullptr || !updates || !has_resource) return {nullptr, own};
  return {binding.body, TextField(*binding.body->message_type(), "etag")};
}

std::string EtagOf(const Message& answer) {
  const FieldDescriptor* field = TextField(*answer.GetDescriptor(), "etag");
  return field == nullptr ? "" : answer.GetReflection()->GetString(answer, field);
}

// A value that a header gives for a field of the request.
struct Given {
  const char* header;
  Place place;
  std::string value;
};

class Rest : public Protocol {
 public:
  Rest(Exchange& exchange, RouteTable::Match match, bool head_only) : Protocol(exchange), match_(std::move(match)), head_only_(head_only) {}

  Body body() const override { return exchange_.method->client_streaming() ? Body::kLines : Body::kWhole; }

  absl::Status ReadHead(const http::Request& head) override {
    RETURN_IF_ERROR(CheckMedia(head.headers));
    if (GivesFile(*exchange_.method)) ReadAccept(head.headers.List("Accept"));
    ASSIGN_OR_RETURN(exchange_.arrival.deadline, DeadlineOf(head.headers, exchange_.started));
    RETURN_IF_ERROR(ReadConditions(head.headers));
    RETURN_IF_ERROR(ReadKey(head.headers));
    query_ = head.query;
    ASSIGN_OR_RETURN(mask_, ReadMask::Take(*exchange_.method, &query_));
    takes_gzip_ = TakesGzip(head.headers.List("Accept-Encoding"));
    last_event_ = head.headers.Get("Last-Event-ID");
    return absl::OkStatus();
  }

  http::Response Refusal(const absl::Status& status) const override { return RestRefusal(exchange_, status, if_match_.has_value()); }

  void Take(http::Request request) override { request_ = std::move(request); }

  void Read(std::function<void(rpc::Incoming)> take) override {
    if (body() == Body::kWhole) {
      if (std::exchange(read_, true)) return take(std::optional<grpc::ByteBuffer>());
      return take(ReadWhole());
    }
    exchange_.responder->ReadLine([live = exchange_.shared_from_this(), this, take = std::move(take)](
                                      const absl::StatusOr<std::optional<std::string>>& line) { take(ReadLine(line)); });
  }

 protected:
  // The whole answer: what it is, or that the client has it.
  void SendWhole(const grpc::ByteBuffer& bytes) {
    Scratch scratch;
    const auto message = exchange_.AnswerMessage(bytes, scratch);
    if (!message.ok()) return SendError(message.status());
    if (gives_file_) return SendBody(FileResponse(**message));
    http::Response response;
    response.headers = {{"Content-Type", kJsonType}, {"Vary", "Accept-Language, Accept-Encoding"}};
    const std::string etag = EtagOf(**message);
    if (const std::string quoted = QuotedTag(etag); !etag.empty() && !quoted.empty()) {
      response.headers.Set("ETag", quoted);
      if (rpc::OnlyReads(*exchange_.method)) {
        if (if_match_.has_value() && !StrongMatch(*if_match_, etag)) {
          return SendError(status::Error(kConditionFailed, {{"header", "If-Match"}}));
        }
        // What the caller may keep is the caller's, and is asked for again before it is used.
        response.headers.Set("Cache-Control", "private, no-cache");
        response.headers.Set("Vary", "Accept-Language, Accept-Encoding, Authorization");
        const std::optional<TagList> known = ParseTags(if_none_match_);
        if (known.has_value() && WeakMatch(*known, etag)) {
          response.status = 304;
          return exchange_.Send(std::move(response));
        }
      }
    }
    response.body = ToJson(**message, mask_);
    SendBody(std::move(response));
  }

  // Compressed for who takes that.
  void SendBody(http::Response response) const {
    if (takes_gzip_ && response.body.size() >= kWorthCompressing) {
      if (std::string compressed = Gzip(response.body); !compressed.empty()) {
        response.headers.Set("Content-Encoding", "gzip");
        response.body = std::move(compressed);
      }
    }
    exchange_.Send(std::move(response));
  }

  void SendError(const absl::Status& status) const { exchange_.Send(Refusal(status)); }

  bool head_only() const { return head_only_; }
  const ReadMask& mask() const { return mask_; }

 private:
  absl::Status CheckMedia(const http::Headers& headers) {
    const MediaType media = ParseMediaType(headers.Get("Content-Type"));
    coding_ = headers.Get("Content-Encoding");
    if (body() == Body::kLines) {
      if (media.type != kNdjsonType || !MeansUtf8(media.charset)) return Unsupported(kLines);
      RETURN_IF_ERROR(CheckCoding(coding_));
      return IsGzip(coding_) ? Unsupported(kPlainLines) : absl::OkStatus();
    }
    const bool wanted = match_.binding->whole_body || match_.binding->body != nullptr;
    const bool json = media.type.empty() || (media.type == kJsonType && MeansUtf8(media.charset));
    if (!wanted || json) return CheckCoding(coding_);
    file_ = media.type == kJsonType ? nullptr : FileFieldOf(*exchange_.method);
    if (file_ == nullptr) return Unsupported(kJsonBody);
    given_.push_back({"Content-Type", MediaPlace(), media.Text()});
    return CheckCoding(coding_);
  }

  Place MediaPlace() const { return {nullptr, TextField(*exchange_.method->input_type(), "media_type")}; }

  // The media type of the file becomes the one that the request wants.
  void ReadAccept(const std::string& accept) {
    const std::string wanted = FileTypeOf(accept);
    gives_file_ = !wanted.empty();
    if (gives_file_) given_.push_back({"Accept", MediaPlace(), wanted});
  }

  // If-Match becomes the etag that the request demands, so that the service judges it under its lock.
  absl::Status ReadConditions(const http::Headers& headers) {
    if_none_match_ = headers.List("If-None-Match");
    if (!headers.Has("If-Match")) return absl::OkStatus();
    if_match_ = ParseTags(headers.List("If-Match"));
    if (!if_match_.has_value()) return BadHeader("If-Match", kOneTag);
    if (rpc::OnlyReads(*exchange_.method)) return absl::OkStatus();
    const Place place = EtagPlace(*match_.binding);
    if (place.field == nullptr) return BadHeader("If-Match", kNoTagTaken);
    if (if_match_->any) return absl::OkStatus();
    // No resource has a weak tag, and none an empty one.
    std::set<std::string> tags;
    for (const EntityTag& tag : if_match_->tags) {
      if (!tag.weak && !tag.value.empty()) tags.insert(tag.value);
    }
    if (tags.empty()) return status::Error(kConditionFailed, {{"header", "If-Match"}});
    if (tags.size() > 1) return BadHeader("If-Match", kOneTag);
    given_.push_back({"If-Match", place, *tags.begin()});
    return absl::OkStatus();
  }

  absl::Status ReadKey(const http::Headers& headers) {
    if (!headers.Has("Idempotency-Key")) return absl::OkStatus();
    const Place place{nullptr, TextField(*exchange_.method->input_type(), "request_id")};
    std::string key = headers.Get("Idempotency-Key");
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
    if (key.empty() || key.find('"') != std::string::npos) return BadHeader("Idempotency-Key", kKeyText);
    if (place.field != nullptr && !exchange_.method->client_streaming()) given_.push_back({"Idempotency-Key", place, key});
    return absl::OkStatus();
  }

  rpc::Incoming ReadWhole() try {
    if (IsGzip(coding_)) {
      ASSIGN_OR_RETURN(request_.body, Inflated(request_.body));
    }
    Scratch scratch;
    Message* const message = exchange_.NewRequest(scratch);
    for (const Given& given : given_) given.place.Set(message, given.value);
    if (file_ == nullptr) {
      RETURN_IF_ERROR(Transcode(match_, query_, request_.body, message));
    } else {
      message->GetReflection()->SetString(message, file_, request_.body);
      RETURN_IF_ERROR(TranscodeBeside(*file_, match_, query_, message));
    }
    RETURN_IF_ERROR(CheckGiven(*message));
    Resume(message);
    return std::optional<grpc::ByteBuffer>(rpc::Serialize(*message));
  } catch (...) {
    return exchange_.Thrown();
  }

  // The body was merged over what the headers say.
  absl::Status CheckGiven(const Message& message) const {
    status::BadFields errors;
    for (const Given& given : given_) {
      const std::string said = given.place.Get(message);
      if (said == given.value) continue;
      errors.Add(given.place.name(), kHeaderDiffers,
                 {{"header", given.header}, {"header_value", Excerpt(given.value)}, {"field_value", Excerpt(said)}});
    }
    return errors.status();
  }

  // A client that comes again asks as it first did; what it has last it says in the header.
  void Resume(Message* message) const {
    if (last_event_.empty() || !exchange_.method->server_streaming()) return;
    for (const Resumption& resumption : kResumptions) {
      const FieldDescriptor* taken = TextField(*message->GetDescriptor(), resumption.taken);
      if (taken != nullptr) message->GetReflection()->SetString(message, taken, last_event_);
    }
  }

  // The message on a line, for the door. The query and the path say the same of each.
  rpc::Incoming ReadLine(const absl::StatusOr<std::optional<std::string>>& line) const try {
    if (!line.ok()) return BodyError(line.status());
    if (!line->has_value()) return std::optional<grpc::ByteBuffer>();
    Scratch scratch;
    Message* const message = exchange_.NewRequest(scratch);
    RETURN_IF_ERROR(Transcode(match_, query_, **line, message));
    return std::optional<grpc::ByteBuffer>(rpc::Serialize(*message));
  } catch (...) {
    return exchange_.Thrown();
  }

  const RouteTable::Match match_;
  const bool head_only_;
  std::string coding_, if_none_match_, last_event_;
  std::string query_;  // without the mask
  ReadMask mask_;
  std::optional<TagList> if_match_;
  std::vector<Given> given_;
  bool takes_gzip_ = false;
  const FieldDescriptor* file_ = nullptr;  // which the body is, where it is a file
  bool gives_file_ = false;
  http::Request request_;
  bool read_ = false;
};

// One answer, of a unary method or behind a stream of requests.
class RestWhole final : public Rest {
 public:
  using Rest::Rest;

  void Send(const grpc::ByteBuffer& message, std::function<void()> next) override {
    {
      std::lock_guard lock(mutex_);
      answer_ = message;
    }
    if (next) next();
  }

  void Finish(const absl::Status& status) override {
    std::unique_lock lock(mutex_);
    if (std::exchange(ended_, true)) return;
    lock.unlock();
    status.ok() ? SendWhole(answer_) : SendError(status);
  }

 private:
  std::mutex mutex_;
  grpc::ByteBuffer answer_;
  bool ended_ = false;
};

// A stream of answers, piece by piece. The door sends one message at a time, but may end the stream from another thread.
class RestStream final : public Rest, public Beating {
 public:
  RestStream(Exchange& exchange, RouteTable::Match match, bool head_only, const RestOptions& options)
      : Rest(exchange, std::move(match), head_only), options_(options) {
    for (const Resumption& resumption : kResumptions) {
      const FieldDescriptor* told = TextField(*exchange.method->output_type(), resumption.told);
      if (told != nullptr && TextField(*exchange.method->input_type(), resumption.taken) != nullptr) told_ = told;
    }
  }

  absl::Status ReadHead(const http::Request& head) override {
    events_ = WantsEvents(head.headers.List("Accept"));
    return Rest::ReadHead(head);
  }

  std::optional<http::Response> AtOnce() const override {
    if (!head_only()) return std::nullopt;
    return Head();
  }

  void Take(http::Request request) override {
    Rest::Take(std::move(request));
    last_ = absl::Now();
    if (options_.heartbeats != nullptr) options_.heartbeats->Add(std::shared_ptr<Beating>(exchange_.shared_from_this(), this));
  }

  void Send(const grpc::ByteBuffer& bytes, std::function<void()> next) override {
    Scratch scratch;
    const auto message = exchange_.AnswerMessage(bytes, scratch);
    if (!message.ok()) return Finish(message.status());
    std::string piece = events_ ? absl::StrCat(IdLine(**message), "data: ", ToJson(**message, mask()), "\n\n")
                                : absl::StrCat("{\"result\":", ToJson(**message, mask()), "}\n");
    std::lock_guard lock(mutex_);
    if (ended_) return;
    Begin();
    Write(std::move(piece), std::move(next));
  }

  void Finish(const absl::Status& status) override {
    std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    if (!begun_ && !status.ok()) return SendError(status);
    Begin();
    if (!status.ok()) exchange_.responder->Write(Failure(status), nullptr);
    exchange_.responder->End();
  }

  void Beat(absl::Time now) override {
    std::lock_guard lock(mutex_);
    if (ended_ || writing_ || now - last_ < options_.heartbeat) return;
    Begin();
    Write(events_ ? ":\n\n" : "\n", [] {});
  }

 private:
  http::Response Head() const {
    http::Response head;
    head.headers = {
        {"Content-Type", events_ ? kEventsType : kNdjsonType}, {"X-Accel-Buffering", "no"}, {"Vary", "Accept, Accept-Language"}};
    return head;
  }

  void Begin() {
    if (std::exchange(begun_, true)) return;
    exchange_.responder->StartStream(exchange_.Adorned(Head()));
    if (events_) exchange_.responder->Write(absl::StrCat("retry: ", kEventsRetry, "\n\n"), nullptr);
  }

  void Write(std::string piece, std::function<void()> next) {
    ++writing_;
    exchange_.responder->Write(std::move(piece), [live = exchange_.shared_from_this(), this, next = std::move(next)] {
      {
        std::lock_guard lock(mutex_);
        --writing_;
        last_ = absl::Now();
      }
      next();
    });
  }

  // By which a client goes on that has lost its stream; "" where none can.
  std::string IdLine(const Message& message) const {
    if (told_ == nullptr) return "";
    const std::string id = message.GetReflection()->GetString(message, told_);
    // A line of its own, and what cannot be one is none.
    return id.empty() || QuotedTag(id).empty() ? "" : absl::StrCat("id: ", id, "\n");
  }

  std::string Failure(const absl::Status& status) const {
    const std::string error = ErrorJson(status::ToProto(status, exchange_.arrival.language), HttpCode(status.code()));
    return events_ ? absl::StrCat("event: error\ndata: ", error, "\n\n") : absl::StrCat("{\"error\":", error, "}\n");
  }

  const RestOptions options_;
  const FieldDescriptor* told_ = nullptr;
  bool events_ = false;
  // A responder may call `next` at once.
  std::recursive_mutex mutex_;
  int writing_ = 0;
  absl::Time last_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Protocol> NewRest(Exchange& exchange, RouteTable::Match match, bool head_only, const RestOptions& options) {
  if (!exchange.method->server_streaming()) return std::make_unique<RestWhole>(exchange, std::move(match), head_only);
  return std::make_unique<RestStream>(exchange, std::move(match), head_only, options);
}

http::Response RestRefusal(const Exchange& exchange, const absl::Status& status, bool conditional) {
  const std::string reason = status::ReasonOf(status);
  int code = HttpCode(status.code());
  if (reason == kWrongMethod.id) code = 405;
  if (reason == kUnsupportedMedia.id || reason == kUnknownCoding.id) code = 415;
  if (reason == kInflatedTooLarge.id) code = 413;
  if (reason == kConditionFailed.id || (conditional && reason == status::kStaleEtag.id)) code = 412;
  http::Response response = ErrorResponse(status, exchange.arrival.language, code);
  if (reason == kUnknownCoding.id) response.headers.Set("Accept-Encoding", kKnownCodings);
  return response;
}

}  // namespace heitie::gateway
