#include "tests/e2e/collector.h"

#include <vector>

#include "grpcpp/grpcpp.h"

namespace heitie::e2e {

class Collector::Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Reactor(Collector& collector) : collector_(collector) { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    std::vector<grpc::Slice> slices;
    if (request_.Dump(&slices).ok()) {
      const std::lock_guard lock(collector_.mutex_);
      for (const grpc::Slice& slice : slices) collector_.taken_.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    StartWrite(&answer_);
  }
  void OnWriteDone(bool) override { Finish(grpc::Status::OK); }
  void OnDone() override { delete this; }

  Collector& collector_;
  grpc::ByteBuffer request_;
  grpc::Slice nothing_;
  grpc::ByteBuffer answer_{&nothing_, 1};
};

Collector::Collector() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
}

Collector::~Collector() { server_->Shutdown(std::chrono::system_clock::now()); }

std::string Collector::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

grpc::ServerGenericBidiReactor* Collector::CreateReactor(grpc::GenericCallbackServerContext*) { return new Reactor(*this); }

}  // namespace heitie::e2e
