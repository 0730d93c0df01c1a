// gRPC's completion queues and the threads that serve them. A thread that waits at a queue also does the input and output of its
// connections, so that a message is read, handled and answered without changing threads. gRPC's callbacks, which change threads twice
// for each message, take nearly twice the processor time for a small request (1.51).
#ifndef HEITIE_COMMON_RPC_GRPC_COMPLETIONS_H_
#define HEITIE_COMMON_RPC_GRPC_COMPLETIONS_H_

#include <thread>
#include <vector>

namespace grpc {
class CompletionQueue;
}

namespace heitie::rpc {

// What is done when an operation has ended; the operation's tag. It must not block: input and output wait for it.
class Completion {
 public:
  // `ok` false: the operation came to nothing.
  virtual void Complete(bool ok) = 0;

 protected:
  ~Completion() = default;
};

// Calls a member function of its owner, which must live until then.
template <typename Owner>
class CompletionOf final : public Completion {
 public:
  CompletionOf(Owner& owner, void (Owner::*on)(bool)) : owner_(owner), on_(on) {}
  void Complete(bool ok) override { (owner_.*on_)(ok); }

 private:
  Owner& owner_;
  void (Owner::*const on_)(bool);
};

// Serves a queue whose tags are all Completions.
class CompletionThreads {
 public:
  // As many threads as suit the machine: one for every two processors, which leaves room for handlers, clients and the database; at least
  // two, so that a large message does not hold up all others.
  static int Suitable();

  CompletionThreads(grpc::CompletionQueue& queue, int threads);
  // Shuts the queue down and does what is still in it. Nothing may be begun on it any more.
  ~CompletionThreads();
  CompletionThreads(const CompletionThreads&) = delete;

 private:
  grpc::CompletionQueue& queue_;
  std::vector<std::thread> threads_;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_COMPLETIONS_H_
