#include "common/record/excess_roles.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/record/list.h"
#include "common/record/page_token.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/instant.h"
#include "google/protobuf/struct.pb.h"
#include "heitie/type/v1/excess_role.pb.h"

namespace heitie::record {
namespace {

using type::v1::ListExcessRolesRequest;
using type::v1::ListExcessRolesResponse;

constexpr int kDefaultExcessPage = 50;

// The last one of a page.
struct ExcessPlace {
  std::string person, role;
};

absl::Time SinceOf(const ListExcessRolesRequest& request) {
  return request.has_since_time() ? time::ToTime(request.since_time()) : absl::UnixEpoch();
}

std::string ExcessToken(const ListExcessRolesRequest& request, const ExcessPlace& place) {
  google::protobuf::ListValue token;
  for (const std::string& text : {absl::StrCat(absl::ToUnixMicros(SinceOf(request))), place.person, place.role}) {
    token.add_values()->set_string_value(text);
  }
  return absl::WebSafeBase64Escape(token.SerializeAsString());
}

absl::StatusOr<ExcessPlace> ExcessPlaceOf(const ListExcessRolesRequest& request) {
  if (request.page_token().empty()) return ExcessPlace();
  std::string bytes;
  google::protobuf::ListValue token;
  if (absl::WebSafeBase64Unescape(request.page_token(), &bytes) && token.ParseFromString(bytes) && token.values_size() == 3) {
    const ExcessPlace place{token.values(1).string_value(), token.values(2).string_value()};
    if (ExcessToken(request, place) == request.page_token()) return place;
  }
  status::BadFields bad;
  bad.Add("page_token", status::kBadValue, {{"rule", kPageTokenRule}});
  return bad.status();
}

absl::StatusOr<ListExcessRolesResponse> ListExcess(Store& store, const rpc::Call& call, const ListExcessRolesRequest& sealed) {
  ASSIGN_OR_RETURN(const ListExcessRolesRequest request, WithOpenToken(store, call, sealed));
  ASSIGN_OR_RETURN(const ExcessPlace after, ExcessPlaceOf(request));
  const int page_size = request.page_size() == 0 ? kDefaultExcessPage : request.page_size();
  ListExcessRolesResponse response;
  RETURN_IF_ERROR(store.Read(call, [&](sql::Session& session) {
    response.Clear();
    return session.Query(
        "SELECT person, role, requests, first_time, last_time FROM excess_role WHERE (person > ? OR person = ? AND role > ?) AND last_time "
        ">= ? ORDER BY person, role LIMIT ?",
        sql::Bind(after.person, after.person, after.role, SinceOf(request), page_size + 1), [&](const sql::Row& row) {
          type::v1::ExcessRole& excess = *response.add_excess_roles();
          excess.set_person(row.Text(0));
          excess.set_role(row.Text(1));
          excess.set_request_count(row.Int(2));
          *excess.mutable_first_time() = time::ToTimestamp(row.Time(3));
          *excess.mutable_last_time() = time::ToTimestamp(row.Time(4));
        });
  }));
  if (response.excess_roles_size() <= page_size) return response;
  response.mutable_excess_roles()->RemoveLast();
  const auto& last = response.excess_roles(page_size - 1);
  response.set_next_page_token(ExcessToken(request, {last.person(), last.role()}));
  RETURN_IF_ERROR(SealToken(store, call, sealed, &response));
  return response;
}

}  // namespace

void BindExcessRoles(rpc::Service& service, Store& store) {
  service.Bind("ListExcessRoles",
               [&store](const rpc::Call& call, const ListExcessRolesRequest& request) { return ListExcess(store, call, request); });
}

}  // namespace heitie::record
