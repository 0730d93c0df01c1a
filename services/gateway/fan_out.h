// Questions to several services at the same time, each with its own deadline inside the caller's. What one of them cannot answer is
// named; the others stand.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/client/client.h"
#include "common/rpc/call.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/gateway/v1/missing_part.pb.h"

namespace heitie::gateway {

// The client of a service by its short name, "planning".
using Clients = std::function<client::Client&(const std::string& service)>;

// What a question is about, for the answer and for MissingPart.
struct Part {
  std::string field;    // of the composite answer
  std::string service;  // who is asked
  std::string subject;  // the resource that is asked about; empty for the whole part
};

v1::MissingPart Missing(const Part& part, const absl::Status& status);

// One answer's questions. Used by one thread; nothing waits in it but Run.
class FanOut {
 public:
  // A question gets at most `part_time` and ends by `deadline`.
  FanOut(const rpc::Call& call, Clients clients, absl::Time deadline, absl::Duration part_time = absl::Seconds(3));
  // Waits for questions under way: they use this. Run has done so unless something threw.
  ~FanOut();
  // For what is asked from now on.
  void set_deadline(absl::Time deadline) { deadline_ = deadline; }

  // Asks `method` ("heitie.planning.v1.PlanService/GetProject"). Run calls `use` with the answer.
  template <typename Resp, typename Req>
  void Ask(Part part, const std::string& method, const Req& request, std::function<void(Resp&)> use) {
    auto answer = std::make_shared<Resp>();
    Add(
        std::move(part),
        [=](client::Client& client, const rpc::Call& call, Done done) {
          client.Start(call, method, request, answer.get(), std::move(done));
        },
        [=] { use(*answer); });
  }
  // The same for what everything else depends on: without it nothing more is asked, and Run returns its error.
  template <typename Resp, typename Req>
  void Require(Part part, const std::string& method, const Req& request, std::function<void(Resp&)> use) {
    Ask<Resp>(std::move(part), method, request, std::move(use));
    questions_.back().required = true;
  }
  // Asks a List method page by page until `limit` elements are there. `elements` is the accessor of the answer's repeated field.
  template <typename Resp, typename Req, typename T>
  void AskPages(Part part, const std::string& method, Req request, int limit, google::protobuf::RepeatedPtrField<T>* (Resp::*elements)(),
                google::protobuf::RepeatedPtrField<T>* out) {
    request.set_page_size(std::min(limit, kPageSize));
    const auto pages = std::make_shared<Pages<Resp, Req, T>>(method, std::move(request), limit, elements);
    Add(
        std::move(part), [pages](client::Client& client, const rpc::Call& call, Done done) { pages->Ask(client, call, std::move(done)); },
        [pages, out] { out->MergeFrom(pages->all); });
  }
  // Run calls `more` once everything that was asked before it is answered or has failed; it may ask more.
  void Then(std::function<void()> more);

  // Asks all at once, and hands out each answer in this thread as soon as it and those of the questions before it are there. Adds what
  // failed to `missing`.
  absl::Status Run(google::protobuf::RepeatedPtrField<v1::MissingPart>* missing);

 private:
  // Large enough to need one page mostly, small enough for the 4 MiB that a message may have.
  static constexpr int kPageSize = 200;
  using Done = client::Client::Done;
  using Start = std::function<void(client::Client&, const rpc::Call&, Done)>;

  // One page after the other.
  template <typename Resp, typename Req, typename T>
  struct Pages : std::enable_shared_from_this<Pages<Resp, Req, T>> {
    Pages(const std::string& asked_method, Req first, int most, google::protobuf::RepeatedPtrField<T>* (Resp::*accessor)())
        : method(asked_method), request(std::move(first)), limit(most), elements(accessor) {}

    void Ask(client::Client& client, const rpc::Call& call, Done done) {
      page.Clear();
      client.Start(call, method, request, &page, [self = this->shared_from_this(), &client, call, done](const absl::Status& status) {
        if (!status.ok()) return done(status);
        self->Take();
        if (self->page.next_page_token().empty()) return done(status);
        if (self->all.size() >= self->limit) return done(Truncated(self->limit));
        self->request.set_page_token(self->page.next_page_token());
        self->Ask(client, call, done);
      });
    }
    void Take() {
      for (T& element : *(page.*elements)()) *all.Add() = std::move(element);
    }

    const std::string method;
    Req request;
    const int limit;
    google::protobuf::RepeatedPtrField<T>* (Resp::*const elements)();
    Resp page;
    google::protobuf::RepeatedPtrField<T> all;
  };

  // With a service, or only something to do when it is its turn.
  struct Question {
    Part part;
    Start start;
    std::function<void()> use;
    absl::Time deadline;
    bool required = false;
    absl::Status status;
    bool answered = false;  // guarded by mutex_, and so is status until then
  };
  // The questions to one service. Once it is down the rest is not asked: they would wait in vain, each as long as the first.
  struct Lane {
    client::Client* client = nullptr;
    std::deque<Question*> waiting;
    size_t open = 0;
    absl::Status down;
  };

  static absl::Status Truncated(int limit);
  void Add(Part part, Start start, std::function<void()> use);
  void Begin();
  // Under the lock: what is next in the lane, for a place that is taken; nullptr when there is nothing, and the place is then free.
  Question* Next(Lane& lane);
  void StartQuestion(Lane& lane, Question& question);
  void Answered(Lane& lane, Question& question, const absl::Status& status);
  absl::Status Use(Question& question, google::protobuf::RepeatedPtrField<v1::MissingPart>* missing);
  void Await(const Question& question);
  void AwaitOpen();

  const rpc::Call call_;
  const Clients clients_;
  absl::Time deadline_;
  const absl::Duration part_time_;
  std::deque<Question> questions_;
  size_t begun_ = 0;  // questions that are in their lanes
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Lane> lanes_;  // by service; guarded by mutex_
  size_t open_ = 0;                    // of all lanes; guarded by mutex_
};

// A moment that leaves `share` of the time until the call's deadline behind it.
absl::Time ShareOfDeadline(const rpc::Call& call, double share);

}  // namespace heitie::gateway
