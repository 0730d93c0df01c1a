#include "common/rpc/service.h"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "common/rpc/door.h"
#include "common/rpc/service_impl.h"
#include "common/rpc/services.h"
#include "common/rpc/validate.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::rpc {
namespace {

bool IsBound(const Method& method) { return method.handler.run || method.stream || method.conversation; }

Method& Unbound(Service::Impl& impl, const std::string& name) {
  const auto it = impl.methods.find(name);
  if (it == impl.methods.end()) status::Die("contract", absl::StrCat(impl.scope, " has no method ", name));
  if (IsBound(it->second)) status::Die("contract", absl::StrCat(name, " is bound twice"));
  return it->second;
}

Handler Through(const Service::Outlet& outlet, Handler handler) {
  const auto run = [outlet, inner = std::move(handler.run)](std::shared_ptr<Exchange> exchange) {
    exchange->finish = [outlet, finish = std::move(exchange->finish), &answered = *exchange](const absl::Status& status) {
      finish(status.ok() ? outlet(answered) : status);
    };
    inner(std::move(exchange));
  };
  return {run, handler.blocking, handler.tries};
}

// A stream whose messages pass an outlet, each a copy of its own, because one message may go to many streams.
class OutletStream final : public Stream {
 public:
  OutletStream(std::shared_ptr<Stream> inner, Service::Outlet outlet) : inner_(std::move(inner)), outlet_(std::move(outlet)) {}

  const Call& call() const override { return inner_->call(); }
  const google::protobuf::Message& request() const override { return inner_->request(); }
  bool Send(const google::protobuf::Message& message) override {
    const std::unique_ptr<google::protobuf::Message> shown = Shown(message);
    return shown != nullptr && inner_->Send(*shown);
  }
  bool SendLatest(const google::protobuf::Message& message) override {
    const std::unique_ptr<google::protobuf::Message> shown = Shown(message);
    return shown != nullptr && inner_->SendLatest(*shown);
  }
  void WhenTaken(std::function<void()> callback) override { inner_->WhenTaken(std::move(callback)); }
  void Close(const absl::Status& status) override { inner_->Close(status); }
  void OnEnd(std::function<void()> callback) override { inner_->OnEnd(std::move(callback)); }

 private:
  // nullptr: the stream ends.
  std::unique_ptr<google::protobuf::Message> Shown(const google::protobuf::Message& message) {
    std::unique_ptr<google::protobuf::Message> shown(message.New());
    shown->CopyFrom(message);
    const absl::Status status = outlet_({inner_->call(), &inner_->request(), shown.get(), nullptr, nullptr});
    if (status.ok()) return shown;
    inner_->Close(status);
    return nullptr;
  }

  const std::shared_ptr<Stream> inner_;
  const Service::Outlet outlet_;
};

}  // namespace

Service::Service(const std::string& scope) : impl_(std::make_unique<Impl>()) {
  impl_->scope = scope;
  impl_->services = ServicesOf(scope);
  if (impl_->services.empty()) status::Die("contract", absl::StrCat("there is no service ", scope));
  for (const auto* service : impl_->services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      const bool first = impl_->methods.try_emplace(method->name(), Method{method, {}, {}, {}}).second;
      if (!first) status::Die("contract", absl::StrCat(scope, " has two methods ", method->name()));
    }
  }
}

Service::~Service() = default;

void Service::SetOutlets(std::function<Outlet(const google::protobuf::MethodDescriptor&)> outlet_of) {
  for (const auto& [name, method] : impl_->methods) {
    if (IsBound(method)) status::Die("contract", absl::StrCat(name, " is bound already and would have no outlet"));
  }
  impl_->outlet_of = std::move(outlet_of);
}

void Service::Bind(const std::string& method, Handler handler) {
  Method& slot = Unbound(*impl_, method);
  if (slot.descriptor->server_streaming() || slot.descriptor->client_streaming())
    status::Die("contract", absl::StrCat(method, " is a stream"));
  const Outlet outlet = impl_->outlet_of ? impl_->outlet_of(*slot.descriptor) : nullptr;
  slot.handler = outlet ? Through(outlet, std::move(handler)) : std::move(handler);
}

void Service::BindStream(const std::string& method, StreamHandler handler) {
  Method& slot = Unbound(*impl_, method);
  if (!slot.descriptor->server_streaming() || slot.descriptor->client_streaming())
    status::Die("contract", absl::StrCat(method, " is not a server stream"));
  const Outlet outlet = impl_->outlet_of ? impl_->outlet_of(*slot.descriptor) : nullptr;
  if (!outlet) return void(slot.stream = std::move(handler));
  slot.stream = [outlet, inner = std::move(handler)](std::shared_ptr<Stream> stream) {
    inner(std::make_shared<OutletStream>(std::move(stream), outlet));
  };
}

void Service::BindConversation(const std::string& method, bool answers_each, ConversationHandler open) {
  Method& slot = Unbound(*impl_, method);
  if (!slot.descriptor->client_streaming() || slot.descriptor->server_streaming() != answers_each) {
    status::Die("contract", absl::StrCat(method, " is not a stream ", answers_each ? "both ways" : "of requests with one answer"));
  }
  if (impl_->outlet_of && impl_->outlet_of(*slot.descriptor)) status::Die("contract", absl::StrCat(method, " streams what has an outlet"));
  slot.conversation = std::move(open);
}

void Service::OnDrain(std::function<void()> end) { impl_->on_drain.push_back(std::move(end)); }

void Service::CheckMessages(const std::string& method, const google::protobuf::Descriptor* request,
                            const google::protobuf::Descriptor* response) {
  const auto it = impl_->methods.find(method);
  if (it == impl_->methods.end()) return;  // Bind says so.
  const auto* descriptor = it->second.descriptor;
  if (descriptor->input_type() != request || descriptor->output_type() != response) {
    status::Die("contract", absl::StrCat(descriptor->full_name(), " takes ", descriptor->input_type()->full_name(), " and answers ",
                                         descriptor->output_type()->full_name(), ", its handler ", request->full_name(), " and ",
                                         response->full_name()));
  }
}

bool Service::Has(const std::string& method) const { return impl_->methods.count(method) > 0; }

void Service::CheckComplete() const {
  for (const auto& [name, method] : impl_->methods) {
    const std::string key = PathOf(*method.descriptor);
    if (!IsBound(method)) status::Die("contract", absl::StrCat(key, " is bound to nothing"));
    if (const std::string why = WhyNoRule(*method.descriptor); !why.empty())
      status::Die("contract", absl::StrCat("access rule of ", key, ": ", why));
    CheckRules(*method.descriptor->input_type());
    if (method.descriptor->input_type()->FindFieldByName("validate_only") != nullptr && !method.handler.tries)
      status::Die("contract", absl::StrCat(key, " has validate_only, and its handler does more than one transaction"));
  }
}

absl::Status Service::Invoke(const std::string& method, const Call& caller, const google::protobuf::Message& request,
                             google::protobuf::Message* response) const {
  const auto it = impl_->methods.find(method);
  if (it == impl_->methods.end() || !it->second.handler.run) return absl::UnimplementedError(method);
  absl::Status status = CheckAccess(*it->second.descriptor, caller.principal);
  if (status.ok()) status = Validate(request);
  if (!status.ok()) return status;
  const std::unique_ptr<google::protobuf::Message> kept(request.New());
  kept->CopyFrom(request);
  Normalize(*kept);

  std::mutex mutex;
  std::condition_variable done;
  bool finished = false;
  auto exchange = std::make_shared<Exchange>();
  exchange->call = caller;
  exchange->call.method = PathOf(*it->second.descriptor);
  exchange->request = kept.get();
  exchange->response = response;
  exchange->finish = [&](const absl::Status& result) {
    std::lock_guard<std::mutex> lock(mutex);
    status = result;
    finished = true;
    done.notify_one();
  };
  it->second.handler.run(exchange);
  std::unique_lock<std::mutex> lock(mutex);
  done.wait(lock, [&] { return finished; });
  return status;
}

absl::Status Service::Converse(const std::string& method, const Call& caller, const std::vector<const google::protobuf::Message*>& requests,
                               const std::function<void(std::unique_ptr<google::protobuf::Message>)>& answer) const {
  const auto it = impl_->methods.find(method);
  if (it == impl_->methods.end() || !it->second.conversation) return absl::UnimplementedError(method);
  RETURN_IF_ERROR(CheckAccess(*it->second.descriptor, caller.principal));
  Call call = caller;
  call.method = PathOf(*it->second.descriptor);
  ASSIGN_OR_RETURN(const std::unique_ptr<Conversation> conversation, it->second.conversation(call));
  const auto pass_on = [&](std::unique_ptr<google::protobuf::Message> message) {
    if (message != nullptr) answer(std::move(message));
  };
  for (const auto* request : requests) {
    const std::unique_ptr<google::protobuf::Message> kept(request->New());
    kept->CopyFrom(*request);
    std::unique_ptr<google::protobuf::Message> message;
    RETURN_IF_ERROR(AnswerTo(*conversation, call, *kept, message));
    pass_on(std::move(message));
  }
  std::unique_ptr<google::protobuf::Message> last;
  RETURN_IF_ERROR(conversation->OnLast(call, last));
  pass_on(std::move(last));
  return absl::OkStatus();
}

}  // namespace heitie::rpc
