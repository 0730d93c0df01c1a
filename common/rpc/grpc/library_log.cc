#include "common/rpc/grpc/library_log.h"

#include "absl/strings/str_cat.h"
#include "common/observe/log.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"

namespace heitie::rpc {
namespace {

void Warn(const char* library, const char* file, int line, const std::string& message) {
  observe::Log(observe::Severity::kWarning, message, {{"library", library}, {"source", absl::StrCat(file, ":", line)}});
}

void OnGrpc(gpr_log_func_args* args) { Warn("grpc", args->file, args->line, args->message); }

// Among others, that a string of a hostile request is not UTF-8.
void OnProtobuf(google::protobuf::LogLevel level, const char* file, int line, const std::string& message) {
  if (level >= google::protobuf::LOGLEVEL_ERROR) Warn("protobuf", file, line, message);
}

}  // namespace

void LogLibraryErrors() {
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function(&OnGrpc);
  google::protobuf::SetLogHandler(&OnProtobuf);
}

}  // namespace heitie::rpc
