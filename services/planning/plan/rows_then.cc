#include "services/planning/plan/rows_then.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"

namespace heitie::planning {

namespace {

absl::StatusOr<RowsThen> LastOf(sql::Session& session, const google::protobuf::Descriptor& resource, const std::string& which,
                                sql::Values values, absl::Time at) {
  const google::protobuf::Message& prototype = *google::protobuf::MessageFactory::generated_factory()->GetPrototype(&resource);
  values.emplace_back(at);
  RowsThen rows;
  bool sound = true;
  // Events of one resource are in the order in which they were written, for its row was locked.
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT e.payload FROM event e JOIN (SELECT aggregateid, MAX(sequence) AS sequence FROM event "
                                             "WHERE ",
                                             which,
                                             " AND occur_time <= ? GROUP BY aggregateid) last_ ON e.sequence = last_.sequence WHERE "
                                             "e.payload IS NOT NULL ORDER BY e.aggregateid"),
                                values, [&](const sql::Row& row) {
                                  auto& then = rows.emplace_back(prototype.New());
                                  sound = sound && record::FromJson(row.Text(0), then.get());
                                }));
  if (!sound) return absl::DataLossError(absl::StrCat("an event of ", resource.full_name()));
  return rows;
}

std::string TypeOf(const google::protobuf::Descriptor& resource) { return resource.options().GetExtension(google::api::resource).type(); }

}  // namespace

absl::StatusOr<RowsThen> AllThen(sql::Session& session, const google::protobuf::Descriptor& resource, absl::Time at) {
  return LastOf(session, resource, "aggregatetype = ?", sql::Bind(TypeOf(resource)), at);
}

absl::Status FindThen(sql::Session& session, const std::string& name, absl::Time at, google::protobuf::Message* row) {
  ASSIGN_OR_RETURN(const RowsThen found, LastOf(session, *row->GetDescriptor(), "aggregateid = ?", sql::Bind(name), at));
  if (found.empty()) return status::NotFound(name);
  row->CopyFrom(*found.front());
  return absl::OkStatus();
}

absl::StatusOr<RowsThen> ChildrenThen(sql::Session& session, const google::protobuf::Descriptor& resource, const std::string& collection,
                                      absl::Time at) {
  return LastOf(session, resource, "aggregatetype = ? AND aggregateid > ? AND aggregateid < ?",
                sql::Bind(TypeOf(resource), collection + "/", collection + "0"), at);
}

}  // namespace heitie::planning
