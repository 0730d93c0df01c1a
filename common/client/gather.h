// Asks several services at the same time, each question with its own deadline inside the caller's. A question that fails is reported by its
// part; the other answers stand.
//
//   client::Gather gather(call, clients, deadline);
//   gather.Require({"project"}, planning::v1::method::GetProject, request, [&](Project& answer) { … });
//   gather.Ask({"risks"}, risk::v1::method::SummarizeRisks, more, [&](SummarizeRisksResponse& answer) { … });
//   RETURN_IF_ERROR(gather.Run([&](const client::Part& part, const absl::Status& why) { … }));
#ifndef HEITIE_COMMON_CLIENT_GATHER_H_
#define HEITIE_COMMON_CLIENT_GATHER_H_

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/client/client.h"
#include "common/rpc/call.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace heitie::client {

// What a question is about.
struct Part {
  std::string field;         // of the composite answer
  std::string subject = "";  // the resource that is asked about; empty for the whole part
  std::string process = "";  // who is asked; set by Gather
};

// One answer's questions. Used by one thread; nothing waits in it but Run.
class Gather {
 public:
  // A question gets at most `part_time` and ends by `deadline`.
  Gather(const rpc::Call& call, Clients clients, absl::Time deadline, absl::Duration part_time = absl::Seconds(3));
  // Waits for questions under way: they use this. Run has done so unless something threw.
  ~Gather();
  // For what is asked from now on.
  void set_deadline(absl::Time deadline) { deadline_ = deadline; }

  // Asks. Run calls `use` with the answer.
  template <typename Req, typename Resp>
  void Ask(Part part, const Method<Req, Resp>& method, const Req& request, std::type_identity_t<std::function<void(Resp&)>> use) {
    auto answer = std::make_shared<Resp>();
    part.process = method.process;
    Add(
        std::move(part),
        [=, path = method.path](Client& client, const rpc::Call& call, Done done) {
          client.Start(call, path, request, answer.get(), std::move(done));
        },
        [=] { use(*answer); });
  }
  // As Ask, for the answer that everything else depends on: if it fails, nothing more is asked, and Run returns its error.
  template <typename Req, typename Resp>
  void Require(Part part, const Method<Req, Resp>& method, const Req& request, std::type_identity_t<std::function<void(Resp&)>> use) {
    Ask(std::move(part), method, request, std::move(use));
    questions_.back().required = true;
  }
  // As Ask, but stores the answer, or the error in its place, in `answer`; Run does not report the failure.
  template <typename Req, typename Resp>
  void Ask(const Method<Req, Resp>& method, const Req& request, absl::StatusOr<Resp>* answer) {
    *answer = absl::UnknownError("not asked");
    Ask({}, method, request, [answer](Resp& got) { *answer = std::move(got); });
    questions_.back().fail = [answer](const absl::Status& why) { *answer = why; };
  }
  // Asks a List method page by page until `limit` elements are there. `elements` is the accessor of the answer's repeated field.
  template <typename Req, typename Resp, typename T>
  void AskPages(Part part, const Method<Req, Resp>& method, Req request, int limit,
                google::protobuf::RepeatedPtrField<T>* (Resp::*elements)(), google::protobuf::RepeatedPtrField<T>* out) {
    request.set_page_size(std::min(limit, kPageSize));
    const auto pages = std::make_shared<Pages<Resp, Req, T>>(method.path, std::move(request), limit, elements);
    part.process = method.process;
    Add(
        std::move(part), [pages](Client& client, const rpc::Call& call, Done done) { pages->Ask(client, call, std::move(done)); },
        [pages, out] { out->MergeFrom(pages->all); });
  }
  // Run calls `more` once everything that was asked before it is answered or has failed; it may ask more.
  void Then(std::function<void()> more);

  // Asks all questions at once. Hands out the answers in this thread and in the order of the questions, each as soon as it and all before
  // it have arrived. `missing` is told of each failure.
  using Missing = std::function<void(const Part&, const absl::Status&)>;
  absl::Status Run(const Missing& missing);

 private:
  // Large enough to need one page mostly, small enough for the 4 MiB that a message may have.
  static constexpr int kPageSize = 200;
  using Done = Client::Done;
  using Start = std::function<void(Client&, const rpc::Call&, Done)>;

  // One page after the other.
  template <typename Resp, typename Req, typename T>
  struct Pages : std::enable_shared_from_this<Pages<Resp, Req, T>> {
    Pages(const std::string& asked_method, Req first, int most, google::protobuf::RepeatedPtrField<T>* (Resp::*accessor)())
        : method(asked_method), request(std::move(first)), limit(most), elements(accessor) {}

    void Ask(Client& client, const rpc::Call& call, Done done) {
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
    std::function<void(const absl::Status&)> fail;  // instead of telling `missing`
    bool required = false;
    absl::Status status;
    bool answered = false;  // guarded by mutex_, and so is status until then
  };
  // The questions to one service. Once it is down the rest is not asked: they would wait in vain, each as long as the first.
  struct Lane {
    Client* client = nullptr;
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
  absl::Status Use(Question& question, const Missing& missing);
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

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_GATHER_H_
