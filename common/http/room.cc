#include "common/http/room.h"

#include <utility>

namespace heitie::http {

Room::Place Room::Enter(std::weak_ptr<Arriving> request, const std::string& caller) {
  std::lock_guard lock(mutex_);
  ++shares_[caller].guests;
  return guests_.insert(guests_.end(), Guest{std::move(request), caller});
}

void Room::Arrive(Place place) {
  std::lock_guard lock(mutex_);
  place->arrived = true;
}

void Room::Leave(Place place) {
  std::lock_guard lock(mutex_);
  Count(*place, 0);
  const auto share = shares_.find(place->caller);
  if (--share->second.guests == 0) shares_.erase(share);
  guests_.erase(place);
}

std::vector<std::shared_ptr<Arriving>> Room::Hold(Place place, uint64_t bytes) {
  std::vector<std::shared_ptr<Arriving>> out;
  std::lock_guard lock(mutex_);
  if (place->leaving) return out;
  Count(*place, bytes);
  const Share& share = shares_[place->caller];
  for (auto guest = guests_.begin(); share.bytes > share_ && guest != guests_.end(); ++guest) {
    if (guest->caller == place->caller) SendOut(*guest, out);
  }
  for (auto guest = guests_.begin(); held_ > bytes_ && guest != guests_.end(); ++guest) SendOut(*guest, out);
  return out;
}

void Room::Count(Guest& guest, uint64_t bytes) {
  held_ += bytes - guest.bytes;
  shares_[guest.caller].bytes += bytes - guest.bytes;
  guest.bytes = bytes;
}

void Room::SendOut(Guest& guest, std::vector<std::shared_ptr<Arriving>>& out) {
  if (guest.leaving || guest.arrived) return;
  guest.leaving = true;
  Count(guest, 0);
  if (auto request = guest.request.lock()) out.push_back(std::move(request));
}

}  // namespace heitie::http
