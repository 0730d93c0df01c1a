// Page tokens of lists that are written by hand: as those of kinds (list.h) nobody can read, make or change one, and each is for its caller
// and for the request that it goes on with, whatever that has besides `page_token` and `page_size`.
//
//   ASSIGN_OR_RETURN(const ListThingsRequest open, record::WithOpenToken(store_, call, request));   // its page_token: what was sealed, or
//   "" … response.set_next_page_token(place); RETURN_IF_ERROR(record::SealToken(store_, call, request, &response));
#ifndef HEITIE_COMMON_RECORD_PAGE_TOKEN_H_
#define HEITIE_COMMON_RECORD_PAGE_TOKEN_H_

#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace heitie::record {

// INVALID_ARGUMENT, page_token.
absl::Status OpenToken(Store& store, const rpc::Call& call, google::protobuf::Message* request);
// Nothing on the last page.
absl::Status SealToken(Store& store, const rpc::Call& call, const google::protobuf::Message& request, google::protobuf::Message* response);

template <typename Req>
absl::StatusOr<Req> WithOpenToken(Store& store, const rpc::Call& call, Req request) {
  absl::Status status = OpenToken(store, call, &request);
  if (!status.ok()) return status;
  return request;
}

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_PAGE_TOKEN_H_
