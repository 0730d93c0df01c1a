// Where large requests are kept until they are answered: a room of bounded size, of which each caller has a share.
#ifndef HEITIE_COMMON_HTTP_ROOM_H_
#define HEITIE_COMMON_HTTP_ROOM_H_

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace heitie::http {

// A request that is arriving.
class Arriving {
 public:
  virtual ~Arriving() = default;
  // Refuses it, if it is still arriving. From any thread.
  virtual void GiveUpRequest() = 0;
};

// When the room or the caller's share of it is full, the request that has been arriving longest gives way, not the newest. Requests that
// have arrived stay.
// Thread-safe.
class Room {
 public:
  struct Guest {
    std::weak_ptr<Arriving> request;
    std::string caller;
    uint64_t bytes = 0;
    bool arrived = false;
    bool leaving = false;  // was asked to give way: no longer counted
  };
  using Place = std::list<Guest>::iterator;

  Room(uint64_t bytes, uint64_t share) : bytes_(bytes), share_(share) {}

  Place Enter(std::weak_ptr<Arriving> request, const std::string& caller);
  void Arrive(Place place);
  void Leave(Place place);
  // The guest holds so many bytes from now on. Returns who has to give way for that, possibly the guest itself.
  std::vector<std::shared_ptr<Arriving>> Hold(Place place, uint64_t bytes);

 private:
  struct Share {
    uint64_t bytes = 0;
    int guests = 0;
  };
  // The rest under the lock.
  void Count(Guest& guest, uint64_t bytes);
  void SendOut(Guest& guest, std::vector<std::shared_ptr<Arriving>>& out);

  const uint64_t bytes_, share_;
  std::mutex mutex_;
  std::list<Guest> guests_;  // who came first is first
  std::unordered_map<std::string, Share> shares_;
  uint64_t held_ = 0;
};

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_ROOM_H_
