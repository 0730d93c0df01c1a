#include "common/rpc/grpc_rpc.h"

#include "grpcpp/grpcpp.h"

namespace heitie::rpc {

void Reception::Await() {
  new GrpcRpc(*this);  // deletes itself
}

void Reception::AwaitNone() const {
  for (int left = rpcs_; left > 0; left = rpcs_) rpcs_.wait(left);
}

GrpcRpc::GrpcRpc(Reception& reception) : reception_(reception) {
  ++reception_.rpcs_;
  context_.AsyncNotifyWhenDone(&over_);
  reception_.service_.RequestCall(&context_, &stream_, &reception_.queue_, &reception_.queue_, &arrived_);
}

GrpcRpc::~GrpcRpc() {
  speaker_.reset();
  if (--reception_.rpcs_ == 0) reception_.rpcs_.notify_all();
}

void GrpcRpc::Arrived(bool ok) {
  if (!ok) {  // the server ends; of an RPC that never was there will be no word
    delete this;
    return;
  }
  reception_.Await();
  ++holders_;
  speaker_ = reception_.answerer_(*this);
  speaker_->Begin();
  begun_ = true;
  TellOfCancellation();
  LetGo();
}

void GrpcRpc::Read(grpc::ByteBuffer* message) {
  ++holders_;
  stream_.Read(message, &read_);
}

void GrpcRpc::Write(const grpc::ByteBuffer& message) {
  ++holders_;
  stream_.Write(message, &written_);
}

void GrpcRpc::WriteAndFinish(const grpc::ByteBuffer& message, const grpc::Status& status) {
  stream_.WriteAndFinish(message, grpc::WriteOptions(), status, &finished_);
}

void GrpcRpc::Finish(const grpc::Status& status) { stream_.Finish(status, &finished_); }

void GrpcRpc::WasRead(bool ok) {
  speaker_->OnRead(ok);
  LetGo();
}

void GrpcRpc::WasWritten(bool ok) {
  speaker_->OnWritten(ok);
  LetGo();
}

void GrpcRpc::Finished(bool /*ok*/) { LetGo(); }

void GrpcRpc::Over(bool /*ok*/) {
  cancelled_ = context_.IsCancelled();
  TellOfCancellation();
  LetGo();
}

void GrpcRpc::TellOfCancellation() {
  if (begun_ && cancelled_ && !told_.exchange(true)) speaker_->OnCancelled();
}

void GrpcRpc::LetGo() {
  if (--holders_ == 0) delete this;
}

}  // namespace heitie::rpc
