#include "tests/fault/sent.h"

#include "absl/strings/substitute.h"
#include "heitie/planning/v1/delivery.pb.h"

namespace heitie::fault {
namespace {

using planning::v1::Delivery;
using planning::v1::DeliveryAttempt;

template <typename Response, typename F>
void EachPage(const Staff& staff, const std::string& method, const std::string& parent, F take) {
  std::string token;
  do {
    const auto page = MustHave<Response>(staff, method, absl::Substitute("parent: '$0' page_size: 1000 page_token: '$1'", parent, token));
    take(page);
    token = page.next_page_token();
  } while (!token.empty());
}

bool IsUnknown(const DeliveryAttempt& attempt) {
  const bool answered = attempt.http_status() != 0;
  return attempt.outcome() == DeliveryAttempt::OUTCOME_UNKNOWN || (attempt.outcome() == DeliveryAttempt::OUTCOME_FAULT && !answered);
}

}  // namespace

std::map<std::string, Sent> SentBy(const Staff& staff, const std::string& robot) {
  std::map<std::string, Sent> sent;
  EachPage<planning::v1::ListDeliveryAttemptsResponse>(staff, "planning.ListDeliveryAttempts", robot, [&](const auto& page) {
    for (const DeliveryAttempt& attempt : page.delivery_attempts()) sent[attempt.delivery()].unknown += IsUnknown(attempt) ? 1 : 0;
  });
  EachPage<planning::v1::ListDeliveriesResponse>(staff, "planning.ListDeliveries", robot, [&](const auto& page) {
    for (const Delivery& delivery : page.deliveries()) {
      if (const auto found = sent.find(delivery.name()); found != sent.end()) found->second.text = delivery.text();
    }
  });
  return sent;
}

}  // namespace heitie::fault
