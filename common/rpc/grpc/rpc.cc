#include "common/rpc/grpc/rpc.h"

#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/rpc/door_impl.h"
#include "common/rpc/trace.h"
#include "common/rpc/wire_status.h"
#include "common/work/overloaded.h"
#include "grpcpp/grpcpp.h"

namespace heitie::rpc {

void RpcAcceptor::Await() {
  new GrpcRpc(*this);  // deletes itself
}

void RpcAcceptor::AwaitNone() const {
  for (int left = rpcs_; left > 0; left = rpcs_) rpcs_.wait(left);
}

GrpcRpc::GrpcRpc(RpcAcceptor& acceptor) : acceptor_(acceptor) {
  ++acceptor_.rpcs_;
  context_.AsyncNotifyWhenDone(&over_);
  acceptor_.service_.RequestCall(&context_, &stream_, &acceptor_.queue_, &acceptor_.queue_, &arrived_);
}

GrpcRpc::~GrpcRpc() {
  handler_.reset();
  if (--acceptor_.rpcs_ == 0) acceptor_.rpcs_.notify_all();
}

void GrpcRpc::Arrived(bool ok) {
  if (!ok) {  // the server ends; of an RPC that never was there will be no word
    delete this;
    return;
  }
  acceptor_.Await();
  ++holders_;
  Tell([this] {
    handler_ = acceptor_.answerer_(*this);
    handler_->Begin();
  });
  begun_ = true;
  TellOfCancellation();
  LetGo();
}

void GrpcRpc::Read(grpc::ByteBuffer* message, absl::Time due) {
  ++holders_;
  acceptor_.waiting_.Add(*this, Waiting::For::kMessage, due);
  stream_.Read(message, &read_);
}

void GrpcRpc::Write(const grpc::ByteBuffer& message) {
  ++holders_;
  stream_.Write(message, &written_);
}

void GrpcRpc::SendHead() {
  ++holders_;
  stream_.SendInitialMetadata(&head_);
}

void GrpcRpc::WriteAndFinish(const grpc::ByteBuffer& message, const grpc::Status& status) {
  if (Ends()) stream_.WriteAndFinish(message, grpc::WriteOptions(), status, &finished_);
}

void GrpcRpc::Finish(const grpc::Status& status) {
  if (Ends()) stream_.Finish(status, &finished_);
}

bool GrpcRpc::Ends() {
  if (ending_.exchange(true)) return false;
  acceptor_.waiting_.Add(*this, Waiting::For::kEnd, absl::Now() + kAnswerPatience);
  return true;
}

void GrpcRpc::WasRead(bool ok) {
  if (acceptor_.waiting_.Remove(*this, Waiting::For::kMessage)) Tell([&] { handler_->OnRead(ok); });
  LetGo();
}

void GrpcRpc::WasWritten(bool ok) {
  Tell([&] { handler_->OnWritten(ok); });
  LetGo();
}

void GrpcRpc::HeadWasSent(bool ok) {
  Tell([&] { handler_->OnHeadSent(ok); });
  LetGo();
}

void GrpcRpc::Finished(bool /*ok*/) {
  acceptor_.waiting_.Remove(*this, Waiting::For::kEnd);
  LetGo();
}

void GrpcRpc::Over(bool /*ok*/) {
  cancelled_ = context_.IsCancelled();
  TellOfCancellation();
  LetGo();
}

void GrpcRpc::GiveUp(Waiting::For what, Waiting::Why why) {
  if (what == Waiting::For::kEnd) {
    context_.TryCancel();
  } else {
    Tell([&] { handler_->OnGivenUp(why == Waiting::Why::kLate ? status::Error(status::kDeadline) : work::Overloaded()); });
  }
  LetGo();
}

// Does what is the handler's to do.
template <typename Step>
void GrpcRpc::Tell(const Step& step) {
  try {
    step();
  } catch (...) {
    AnswerFault();
  }
}

void GrpcRpc::AnswerFault() {
  Call call;
  call.method = context_.method();
  call.trace_id = TraceIdOf("");
  const absl::Status status = Passage::Present(FromException(), call);
  Finish(ToGrpc(status, call.language, kPublicDetailBytes));
}

void GrpcRpc::TellOfCancellation() {
  if (begun_ && cancelled_ && !told_.exchange(true) && handler_ != nullptr) Tell([this] { handler_->OnCancelled(); });
}

void GrpcRpc::LetGo() {
  if (--holders_ == 0) delete this;
}

}  // namespace heitie::rpc
