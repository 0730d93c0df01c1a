#include "services/gateway/suite_events.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/record/json.h"
#include "common/rpc/services.h"
#include "common/status/line.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/alarm.h"
#include "services/gateway/json.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Message;

// Of a question that waits for events, and what it takes beside that.
constexpr absl::Duration kEventsWait = absl::Seconds(10), kAsking = absl::Seconds(10);
constexpr int kEventsPage = 100;
// Messages stay well below what a client takes.
constexpr size_t kMostEventBytes = 2 << 20, kBytesTogether = 1 << 19;
// Between an empty answer that came at once, as from a service that drains, or an error, and the next question.
constexpr absl::Duration kFirstPause = absl::Milliseconds(200), kLongestPause = absl::Seconds(5);
// A resource that nobody has: its events are looked for to the end of the log, which the answer then tells.
constexpr char kNoSubject[] = "none/none";

const status::Phrase kCursorRule{"the cursor of a message of this stream", "須為此串流訊息中的 cursor"};

// The services that have events of these kinds, of all when there are none.
std::set<std::string> ServicesWith(const google::protobuf::RepeatedPtrField<std::string>& types) {
  std::set<std::string> all, chosen;
  for (const auto* service : rpc::ServicesOf()) {
    const std::string process = rpc::ProcessOf(*service);
    if (process != "test" && rpc::FindMethod(process, "ListEvents") != nullptr) all.insert(process);
  }
  if (types.empty()) return all;
  for (const std::string& type : types) {
    const std::string process = type.substr(0, type.find('.'));
    if (all.count(process) > 0) chosen.insert(process);
  }
  return chosen;
}

// The message of each type of resource.
const Message* PrototypeOf(const std::string& type) {
  static const auto& prototypes = *[] {
    auto* by_type = new std::map<std::string, const Message*>;
    std::set<const google::protobuf::FileDescriptor*> seen;
    const auto visit = [&](const auto& self, const google::protobuf::FileDescriptor* file) -> void {
      if (!seen.insert(file).second) return;
      for (int i = 0; i < file->dependency_count(); ++i) self(self, file->dependency(i));
      for (int i = 0; i < file->message_type_count(); ++i) {
        const auto& resource = file->message_type(i)->options().GetExtension(google::api::resource);
        if (!resource.type().empty()) {
          (*by_type)[resource.type()] = google::protobuf::MessageFactory::generated_factory()->GetPrototype(file->message_type(i));
        }
      }
    };
    for (const auto* service : rpc::ServicesOf()) visit(visit, service->file());
    return by_type;
  }();
  const auto found = prototypes.find(type);
  return found == prototypes.end() ? nullptr : found->second;
}

// What is stored, as the API shows it; what no contract here describes, as it is stored.
void FillShown(const std::string& type, const std::string& stored, google::protobuf::Struct* out) {
  std::string json = stored;
  if (const Message* prototype = PrototypeOf(type); prototype != nullptr) {
    const std::unique_ptr<Message> resource(prototype->New());
    if (record::FromJson(stored, resource.get())) json = ToJson(*resource);
  }
  if (!google::protobuf::util::JsonStringToMessage(json, out).ok()) out->Clear();
}

// The metadata of an error of this reason; empty when it is another.
std::map<std::string, std::string> MetadataOf(const absl::Status& status, const std::string& reason) {
  if (status::ReasonOf(status) != reason) return {};
  for (const auto& detail : status::ToProto(status, status::Language::kEnglish).details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) return {info.metadata().begin(), info.metadata().end()};
  }
  return {};
}

// Whether asking again may help.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status) || absl::IsInternal(status) ||
         absl::IsCancelled(status) || absl::IsAborted(status) || absl::IsUnknown(status);
}

// One stream, which holds this until it ends; nothing else does. A question to each service is under way, or a pause, or the reader has not
// taken what was sent: what then comes of it finds nobody.
class EventsWatch final : public std::enable_shared_from_this<EventsWatch> {
 public:
  EventsWatch(client::Clients clients, std::shared_ptr<rpc::Stream> stream, EventPlaces places, std::set<std::string> services)
      : clients_(std::move(clients)),
        stream_(std::move(stream)),
        request_(static_cast<const v1::WatchEventsRequest&>(stream_->request())),
        places_(std::move(places)) {
    for (const std::string& service : services) pauses_[service] = absl::ZeroDuration();
  }

  void Start() {
    stream_->OnEnd([self = shared_from_this()] { self->ended_ = true; });
    for (const auto& [service, pause] : pauses_) Ask(service);
  }

 private:
  using Answer = type::v1::ListEventsResponse;

  void Ask(const std::string& service) try {
    if (ended_) return;
    type::v1::ListEventsRequest question;
    *question.mutable_subject_types() = request_.subject_types();
    question.set_page_size(kEventsPage);
    {
      const std::lock_guard lock(mutex_);
      const auto place = places_.find(service);
      if (place != places_.end()) {
        question.set_after_position(place->second.position);
        question.set_incarnation(place->second.incarnation);
      } else if (!request_.from_beginning()) {
        question.set_subject(kNoSubject);
      }
      // At first every service says at once where it is.
      if (!asked_.insert(service).second) question.mutable_wait()->set_seconds(absl::ToInt64Seconds(kEventsWait));
    }
    rpc::Call call = stream_->call();
    call.deadline = std::min(call.deadline, absl::Now() + kEventsWait + kAsking);
    auto answer = std::make_shared<Answer>();
    clients_(service).Start(call, rpc::PathOf(*rpc::FindMethod(service, "ListEvents")), question, answer.get(),
                            [weak = weak_from_this(), service, answer, asked = absl::Now()](const absl::Status& status) {
                              if (const auto live = weak.lock()) live->Take(service, status, *answer, asked);
                            });
  } catch (...) {
    observe::LogException("events cannot be asked for", {{"service", service}});
    Later(service);
  }

  void Take(const std::string& service, const absl::Status& status, Answer& answer, absl::Time asked) {
    if (ended_) return;
    if (!status.ok()) return Failed(service, status);
    const bool begins = [&] {
      const std::lock_guard lock(mutex_);
      pauses_[service] = absl::ZeroDuration();
      return places_.count(service) == 0;
    }();
    if (begins && !request_.from_beginning()) answer.clear_events();
    Send(service, answer);
    if (answer.events().empty() && absl::Now() - asked < kFirstPause) return Later(service);
    stream_->WhenTaken([weak = weak_from_this(), service] {
      if (const auto live = weak.lock()) live->Ask(service);
    });
  }

  // In messages that a client takes, each with the cursor behind it.
  void Send(const std::string& service, const Answer& answer) {
    v1::WatchEventsResponse message;
    size_t bytes = 0;
    for (const type::v1::Event& event : answer.events()) {
      v1::SuiteEvent shown = SuiteEventOf(service, event);
      bytes += shown.ByteSizeLong();
      *message.add_events() = std::move(shown);
      if (bytes < kBytesTogether) continue;
      Send(service, {event.position(), answer.incarnation()}, &message);
      bytes = 0;
    }
    Send(service, {answer.last_position(), answer.incarnation()}, &message);
  }

  // Says nothing where there is nothing new to say.
  void Send(const std::string& service, const EventPlace& place, v1::WatchEventsResponse* message) {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    const auto known = places_.find(service);
    if (known != places_.end() && known->second == place && message->events().empty()) return;
    places_[service] = place;
    // Without the place of every service a cursor would pass over what the others have told meanwhile.
    if (std::all_of(pauses_.begin(), pauses_.end(), [&](const auto& asked) { return places_.count(asked.first) > 0; }))
      message->set_cursor(CursorOf(places_));
    if (!message->events().empty() || !message->restored_service().empty() || !message->cursor().empty()) stream_->Send(*message);
    message->Clear();
  }

  void Failed(const std::string& service, const absl::Status& status) {
    const auto restored = MetadataOf(status, "EVENTS_RESTORED");
    EventPlace place;
    if (!restored.empty() && absl::SimpleAtoi(restored.at("position"), &place.position)) {
      place.incarnation = restored.at("incarnation");
      v1::WatchEventsResponse message;
      message.set_restored_service(service);
      Send(service, place, &message);
      return Later(service);
    }
    if (!MayPass(status)) return stream_->Close(status);
    observe::Log(observe::Severity::kWarning, "a service's events cannot be had", {{"service", service}, {"error", status::Line(status)}});
    Later(service);
  }

  // Asks again after a while, the longer the more often it was in vain.
  void Later(const std::string& service) {
    absl::Duration pause;
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
      pause = pauses_[service] = std::clamp(2 * pauses_[service], kFirstPause, kLongestPause);
    }
    const auto alarm = std::make_shared<grpc::Alarm>();
    alarm->Set(absl::ToChronoTime(absl::Now() + pause), [weak = weak_from_this(), service, alarm = alarm](bool) mutable {
      // It keeps its callback, and so itself, until it goes.
      const auto rung = std::move(alarm);
      if (const auto live = weak.lock()) live->Ask(service);
    });
  }

  const client::Clients clients_;
  const std::shared_ptr<rpc::Stream> stream_;
  const v1::WatchEventsRequest& request_;
  std::mutex mutex_;
  EventPlaces places_;                            // guarded by mutex_
  std::map<std::string, absl::Duration> pauses_;  // the keys are constant; guarded by mutex_
  std::set<std::string> asked_;                   // guarded by mutex_
  std::atomic<bool> ended_{false};                // told while a message is being sent, which mutex_ orders
};

absl::Status BadCursor() {
  status::BadFields bad;
  bad.Add("cursor", status::kBadValue, {{"rule", kCursorRule}});
  return bad.status();
}

}  // namespace

std::string CursorOf(const EventPlaces& places) {
  std::string text;
  for (const auto& [service, place] : places) absl::StrAppend(&text, service, " ", place.position, " ", place.incarnation, "\n");
  return absl::WebSafeBase64Escape(text);
}

absl::StatusOr<EventPlaces> PlacesOf(const std::string& cursor) {
  EventPlaces places;
  std::string text;
  if (!absl::WebSafeBase64Unescape(cursor, &text)) return BadCursor();
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    EventPlace place;
    if (words.size() != 3 || !absl::SimpleAtoi(words[1], &place.position) || place.position < 0 || words[2].size() > 64) return BadCursor();
    if (rpc::FindMethod(words[0], "ListEvents") == nullptr) return BadCursor();
    place.incarnation = words[2];
    if (!places.emplace(words[0], std::move(place)).second) return BadCursor();
  }
  return places;
}

v1::SuiteEvent SuiteEventOf(const std::string& service, const type::v1::Event& event) {
  v1::SuiteEvent shown;
  shown.set_service(service);
  shown.set_position(event.position());
  shown.set_event_id(event.event_id());
  shown.set_subject(event.subject());
  shown.set_subject_type(event.subject_type());
  shown.set_revision(event.revision());
  shown.set_action(event.action());
  shown.set_principal(event.principal());
  shown.set_method(event.method());
  shown.set_trace_id(event.trace_id());
  *shown.mutable_occur_time() = event.occur_time();
  if (!event.before_json().empty()) FillShown(event.subject_type(), event.before_json(), shown.mutable_before());
  if (!event.after_json().empty()) FillShown(event.subject_type(), event.after_json(), shown.mutable_after());
  if (shown.ByteSizeLong() > kMostEventBytes) shown.clear_before();
  if (shown.ByteSizeLong() > kMostEventBytes) shown.clear_after();
  return shown;
}

void WatchEvents(const client::Clients& clients, std::shared_ptr<rpc::Stream> stream) {
  const auto& request = static_cast<const v1::WatchEventsRequest&>(stream->request());
  absl::StatusOr<EventPlaces> places = PlacesOf(request.cursor());
  if (!places.ok()) return stream->Close(places.status());
  std::set<std::string> services = ServicesWith(request.subject_types());
  // What the cursor knows of services that this stream does not ask stays in it.
  if (services.empty()) return stream->Close(absl::OkStatus());
  std::make_shared<EventsWatch>(clients, std::move(stream), *std::move(places), std::move(services))->Start();
}

}  // namespace heitie::gateway
