// One client's connection, and what connections share.
#ifndef HEITIE_COMMON_HTTP_CONNECTION_H_
#define HEITIE_COMMON_HTTP_CONNECTION_H_

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

#include "common/http/refusal.h"
#include "common/http/room.h"
#include "common/http/server.h"
#include "common/http/transport.h"
#include "common/work/loops.h"

namespace heitie::http {

class Connection;

// What the connections share. It outlives the server when a handler still holds a Responder.
struct Core {
  Core(Options o, Handler h, Judge j, Explain e = nullptr)
      : options(std::move(o)),
        handler(std::move(h)),
        judge(std::move(j)),
        explain(e ? std::move(e) : Explain(Explained)),
        room(options.max_buffered_bytes, options.max_buffered_of_caller),
        loops(options.loops != nullptr ? options.loops : std::make_shared<work::Loops>(1, options.threads)) {}
  const Options options;
  const Handler handler;
  const Judge judge;  // may be empty
  const Explain explain;
  std::atomic<bool> lame{false};
  Room room;                      // of requests that do not arrive at once
  std::atomic<size_t> unsent{0};  // bytes of answers that the clients have not taken
  const std::shared_ptr<work::Loops> loops;
  std::atomic<bool> stopped{false};

  std::mutex mutex;
  // Guarded by mutex.
  std::condition_variable none_left;
  std::unordered_set<Connection*> connections;
  std::map<boost::asio::ip::address, size_t> of_origin;  // how many of them
  std::list<Connection*> waiting;                        // for their clients, who have waited longest first
  // Some of the connections: they were asked to give way, or have had their last request.
  std::unordered_set<Connection*> leaving;
  std::list<Connection*> lingering;  // have had their last answer, the first one first
};

// What counts as one client: an address, or, because nobody has only one of those, a network of 64 bits of IPv6.
boost::asio::ip::address OriginOf(const boost::asio::ip::address& peer);

// All of it may be called from any thread.
class Connection : public Arriving, public std::enable_shared_from_this<Connection> {
 public:
  // HTTP/1.1, until the client turns out to speak HTTP/2.
  static std::shared_ptr<Connection> New(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport,
                                         const boost::asio::ip::address& peer);
  // HTTP/2 after the handshake; `begun`: what the client has sent so far.
  static std::shared_ptr<Connection> NewHttp2(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport,
                                              const boost::asio::ip::address& peer, std::string begun);

  virtual void Start() = 0;
  // Answers one refusal and closes.
  virtual void Refuse(Refused refused) = 0;
  // Asks the client to go elsewhere, if it has not to be asked answer by answer.
  virtual void Lame() = 0;
  // Closes as soon as nothing is in progress.
  virtual void Drain() = 0;
  // Closes for another one's sake, unless a request has arrived since: then it closes after the answer.
  virtual void GiveWay() = 0;
  virtual void Cut() = 0;
  virtual const boost::asio::ip::address& origin() const = 0;
};

// Answers above it are large.
inline constexpr size_t kLargeAnswer = 64 << 10;

// A connection's place among the others of its server, for as long as it lives. On the connection's strand.
class Seat {
 public:
  Seat(Core& core, Connection* connection, const boost::asio::ip::address& peer);
  ~Seat();
  Seat(const Seat&) = delete;

  // At the end of those that wait for their clients, or of those that have had their last answer, or among neither.
  void Wait() { MoveTo(&core_.waiting); }
  void Linger() { MoveTo(&core_.lingering); }
  void Work() { MoveTo(nullptr); }
  // Whether no more requests are to come.
  void Leave(bool leaving);
  // How many bytes of answers the client has not taken.
  void SetUnsent(size_t now);
  size_t unsent() const { return unsent_; }
  // Counts bytes of an answer on its way to here among them, for as long as what is returned lives: a hundred requests may be handled
  // before the first of their answers has come. nullptr when too much waits already. From any thread.
  std::shared_ptr<void> Promise(const std::shared_ptr<Core>& core, size_t bytes) const;
  // Whether the client may ask for more.
  bool MayAsk() const;
  const boost::asio::ip::address& origin() const { return origin_; }

 private:
  void MoveTo(std::list<Connection*>* list);

  Core& core_;
  Connection* const connection_;
  const boost::asio::ip::address origin_;
  size_t unsent_ = 0;
  const std::shared_ptr<std::atomic<size_t>> owed_ = std::make_shared<std::atomic<size_t>>(0);  // with what is on its way
  // Where this is in the core's lists, or beside them.
  std::list<Connection*> nowhere_;
  std::list<Connection*>* listed_ = &nowhere_;
  const std::list<Connection*>::iterator where_;
};

// The answer that says why.
Response Explained(const Core& core, const Request& head, const Refused& refused);

// What the judge, if there is one, makes of a head.
Verdict Judged(const Core& core, const Request& head);

// Gives a request to the handler, on the calling thread if it is small.
void Handle(const std::shared_ptr<Core>& core, Request request, std::shared_ptr<Responder> responder);

// False for what is neither "*" nor a path with or without an authority before it.
bool SplitTarget(std::string target, Request* request);

bool HasBody(int status);
// Without CR, LF and NUL, which would start another field.
bool IsOneLine(std::string_view value);
std::string OneLine(std::string_view value);
// For the Date header; until it is asked for on this thread the next time.
const std::string& HttpDate();

extern const status::Phrase kNoPath;
extern const status::Phrase kSeveralHosts;

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_CONNECTION_H_
