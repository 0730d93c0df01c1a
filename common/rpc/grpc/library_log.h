// What the libraries below would write to stderr in forms of their own becomes lines of the process's log.
#pragma once

namespace heitie::rpc {

// Leads the errors of gRPC and of protobuf into the log as warnings, and drops the rest. Call it any number of times.
void LogLibraryErrors();

}  // namespace heitie::rpc
