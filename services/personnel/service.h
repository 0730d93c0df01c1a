// The personnel service: its contract on its own schema.
#ifndef HEITIE_SERVICES_PERSONNEL_SERVICE_H_
#define HEITIE_SERVICES_PERSONNEL_SERVICE_H_

#include <memory>

#include "common/rpc/service.h"
#include "common/service/main.h"

namespace heitie::personnel {

class Applications;
class Offers;

// Thread-safe.
class Service {
 public:
  explicit Service(service::Context context);
  ~Service();
  rpc::Service& rpc() { return rpc_; }
  Offers& offers();
  const Applications& applications() const;

 private:
  struct Chapters;

  rpc::Service rpc_;
  const std::unique_ptr<Chapters> chapters_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_SERVICE_H_
