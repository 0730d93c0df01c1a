// What serves a stream of requests: one object for each stream, made when it opens and gone with it, so that it may keep what the stream
// has told it. The door reads a message only when the one before was answered and the answer taken, so a stream is never more than a
// message and an answer in memory, and an object is never called from two threads at once. A stream that waits holds no thread.
//
//   class Scoring final : public rpc::Dialogue<v1::ScoreRequest, v1::ScoreResponse> {
//     absl::StatusOr<v1::ScoreResponse> Answer(const rpc::Call& call, const v1::ScoreRequest& request) override;
//   };
//   methods.BindConversation("Score", this, &Scores::Open);  // absl::StatusOr<std::unique_ptr<Scoring>> Open(const rpc::Call& call)
#ifndef HEITIE_COMMON_RPC_CONVERSATION_H_
#define HEITIE_COMMON_RPC_CONVERSATION_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace heitie::rpc {

// In the door's terms. Every function may block but OnRefused. The call of each message has the stream's caller and trace, a time of its
// own and a deadline of its own, never later than the stream's.
class Conversation {
 public:
  using Message = google::protobuf::Message;
  virtual ~Conversation() = default;
  // A message that the contract's rules let pass. What is put into `answer` is sent.
  virtual absl::Status OnMessage(const Call& call, const Message& request, std::unique_ptr<Message>& answer) = 0;
  // A message that came to nothing: by the contract's rules, or because OnMessage failed. An error ends the stream with it.
  virtual absl::Status OnRefused(const Call& call, const Message& request, const absl::Status& why, std::unique_ptr<Message>& answer) = 0;
  // The client has sent its last message. The stream ends with the status, after what is put into `answer`.
  virtual absl::Status OnLast(const Call& call, std::unique_ptr<Message>& answer) = 0;
};

// A stream both ways: each message has its answer, in order.
template <typename Req, typename Resp>
class Dialogue : public Conversation {
 public:
  using Request = Req;
  using Response = Resp;
  static constexpr bool kAnswersEach = true;

  virtual absl::StatusOr<Resp> Answer(const Call& call, const Req& request) = 0;
  // The answer to a message that came to nothing: `why` is what its caller may see of it. Must not block. By default the stream ends with
  // it.
  virtual absl::StatusOr<Resp> Explain(const Call& /*call*/, const Req& /*request*/, const absl::Status& why) { return why; }

 private:
  static absl::Status Put(absl::StatusOr<Resp> from, std::unique_ptr<Message>& answer) {
    if (from.ok()) answer = std::make_unique<Resp>(*std::move(from));
    return from.status();
  }
  absl::Status OnMessage(const Call& call, const Message& request, std::unique_ptr<Message>& answer) final {
    return Put(Answer(call, static_cast<const Req&>(request)), answer);
  }
  absl::Status OnRefused(const Call& call, const Message& request, const absl::Status& why, std::unique_ptr<Message>& answer) final {
    return Put(Explain(call, static_cast<const Req&>(request), why), answer);
  }
  absl::Status OnLast(const Call&, std::unique_ptr<Message>&) final { return absl::OkStatus(); }
};

// A stream of requests with one answer after the last. Its client may vanish before: what was collected is then not to count.
template <typename Req, typename Resp>
class Collector : public Conversation {
 public:
  using Request = Req;
  using Response = Resp;
  static constexpr bool kAnswersEach = false;

  // An error ends the stream, as a message does that is against the contract's rules.
  virtual absl::Status Collect(const Call& call, const Req& request) = 0;
  virtual absl::StatusOr<Resp> Finish(const Call& call) = 0;

 private:
  absl::Status OnMessage(const Call& call, const Message& request, std::unique_ptr<Message>&) final {
    return Collect(call, static_cast<const Req&>(request));
  }
  absl::Status OnRefused(const Call&, const Message&, const absl::Status& why, std::unique_ptr<Message>&) final { return why; }
  absl::Status OnLast(const Call& call, std::unique_ptr<Message>& answer) final {
    absl::StatusOr<Resp> result = Finish(call);
    if (result.ok()) answer = std::make_unique<Resp>(*std::move(result));
    return result.status();
  }
};

// One message through the contract's rules and the conversation. An error ends the stream.
absl::Status AnswerTo(Conversation& conversation, const Call& call, google::protobuf::Message& request,
                      std::unique_ptr<google::protobuf::Message>& answer);

// Begins a stream: who is admitted by access rule, but not to this, is refused here. May block.
using ConversationHandler = std::function<absl::StatusOr<std::unique_ptr<Conversation>>(const Call&)>;

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_CONVERSATION_H_
