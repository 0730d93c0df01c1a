// Questions to several services at the same time, each with its own deadline inside the caller's. What one of them cannot answer is
// named; the others stand.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/client/client.h"
#include "common/rpc/call.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/gateway/v1/missing_part.pb.h"

namespace heitie::gateway {

// The client of a service by its short name, "planning".
using Clients = std::function<client::Client&(const std::string& service)>;

// There is more than the answer holds.
extern const status::Reason kTruncated;  // {count}

// What a question is about, for the answer and for MissingPart.
struct Part {
  std::string field;    // of the composite answer
  std::string service;  // who is asked
  std::string subject;  // the resource that is asked about; empty for the whole part
};

// One round. Not thread-safe itself; it uses threads inside Run.
class FanOut {
 public:
  // A question of the round gets at most `part_time` and ends by `deadline`.
  FanOut(const rpc::Call& call, Clients clients, absl::Time deadline, absl::Duration part_time = absl::Seconds(3));

  // Asks `method` ("heitie.planning.v1.PlanningService/GetProject"). Run calls `use` with the answer.
  template <typename Resp, typename Req>
  void Ask(Part part, const std::string& method, const Req& request, std::function<void(Resp&)> use) {
    auto answer = std::make_shared<Resp>();
    Add(
        std::move(part), [=](client::Client& client, const rpc::Call& call) { return client.Call(call, method, request, answer.get()); },
        [=] { use(*answer); });
  }
  // Asks a List method page by page until `limit` elements are there. `elements` is the accessor of the answer's repeated field.
  template <typename Resp, typename Req, typename T>
  void AskPages(Part part, const std::string& method, Req request, int limit, google::protobuf::RepeatedPtrField<T>* (Resp::*elements)(),
                google::protobuf::RepeatedPtrField<T>* out) {
    auto all = std::make_shared<google::protobuf::RepeatedPtrField<T>>();
    auto work = [=](client::Client& client, const rpc::Call& call) mutable {
      request.set_page_size(std::min(limit, kPageSize));
      while (true) {
        Resp page;
        absl::Status status = client.Call(call, method, request, &page);
        if (!status.ok()) return status;
        for (T& element : *(page.*elements)()) *all->Add() = std::move(element);
        if (page.next_page_token().empty()) return absl::OkStatus();
        if (all->size() >= limit) return Truncated(limit);
        request.set_page_token(page.next_page_token());
      }
    };
    Add(std::move(part), std::move(work), [=] { out->MergeFrom(*all); });
  }

  // Asks all, waits, and hands out the answers in this thread, in the order of the questions. Adds what failed to `missing`.
  void Run(google::protobuf::RepeatedPtrField<v1::MissingPart>* missing);

 private:
  // Large enough to need one page mostly, small enough for the 4 MiB that a message may have.
  static constexpr int kPageSize = 200;
  using Work = std::function<absl::Status(client::Client&, const rpc::Call&)>;
  struct Question {
    Part part;
    Work work;
    std::function<void()> use;
    absl::Status status;
  };
  struct Lane;

  static absl::Status Truncated(int limit);
  void Add(Part part, Work work, std::function<void()> use);
  void Serve(Lane& lane);
  absl::Status Answer(Question& question, client::Client& client) const;

  const rpc::Call call_;
  const Clients clients_;
  const absl::Time deadline_;
  const absl::Duration part_time_;
  std::vector<Question> questions_;
};

// A moment that leaves `share` of the time until the call's deadline behind it.
absl::Time ShareOfDeadline(const rpc::Call& call, double share);

}  // namespace heitie::gateway
