// One client's HTTP/1.1 connection: requests one after the other, limits, answers and streams.
#ifndef HEITIE_COMMON_HTTP_CONNECTION_H_
#define HEITIE_COMMON_HTTP_CONNECTION_H_

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "common/http/refusal.h"
#include "common/http/room.h"
#include "common/http/server.h"
#include "common/http/transport.h"

namespace heitie::http {

class Connection;

// What the connections share. It outlives the server when a handler still holds a Responder.
struct Core {
  Core(Options o, Handler h, Judge j, Explain e = nullptr)
      : options(std::move(o)),
        handler(std::move(h)),
        judge(std::move(j)),
        explain(e ? std::move(e) : Explain(Explained)),
        room(options.max_buffered_bytes, options.max_buffered_of_caller) {}
  const Options options;
  const Handler handler;
  const Judge judge;  // may be empty
  const Explain explain;
  std::atomic<bool> lame{false};
  Room room;                      // of requests that do not arrive at once
  std::atomic<size_t> unsent{0};  // bytes of answers that the clients have not taken
  boost::asio::io_context io;

  std::mutex mutex;
  // Guarded by mutex.
  std::condition_variable none_left;
  std::unordered_set<Connection*> connections;
  std::map<boost::asio::ip::address, size_t> of_origin;  // how many of them
  std::list<Connection*> waiting;                        // for their clients, who have waited longest first
  // Some of the connections: they were asked to give way, or have had their last request.
  std::unordered_set<Connection*> leaving;
  std::list<Connection*> lingering;  // have had their last answer, the first one first
  bool stopped = false;
};

// What counts as one client: an address, or, because nobody has only one of those, a network of 64 bits of IPv6.
boost::asio::ip::address OriginOf(const boost::asio::ip::address& peer);

// All of it may be called from any thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static std::shared_ptr<Connection> New(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport,
                                         const boost::asio::ip::address& peer);
  virtual ~Connection() = default;

  virtual void Start() = 0;
  // Answers one refusal and closes.
  virtual void Refuse(Refused refused) = 0;
  // Closes as soon as nothing is in progress.
  virtual void Drain() = 0;
  // Closes for another one's sake, unless a request has arrived since: then it closes after the answer.
  virtual void GiveWay() = 0;
  // Refuses the request that is arriving, if one still is.
  virtual void GiveUpRequest() = 0;
  virtual void Cut() = 0;
  virtual const boost::asio::ip::address& origin() const = 0;
};

// The answer that says why.
Response Explained(const Core& core, const Request& head, const Refused& refused);

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_CONNECTION_H_
