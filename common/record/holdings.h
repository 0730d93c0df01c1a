// What people hold: the resources that name an employee in a field that the contract declares a responsibility
// (heitie/options/v1/person.proto), found by descriptor.
#ifndef HEITIE_COMMON_RECORD_HOLDINGS_H_
#define HEITIE_COMMON_RECORD_HOLDINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "google/protobuf/descriptor.h"
#include "heitie/type/v1/holding.pb.h"

namespace heitie::record {

// A field of a resource, or of a message in it, that makes the employee whom it names answer for the resource.
struct Responsibility {
  // From the resource to the field; each step may be repeated.
  std::vector<const google::protobuf::FieldDescriptor*> path;
  // The states in which it is open ("STATE_LIVE"); empty: in all.
  std::vector<std::string> open;
  // The resource's field that names who stands in; nullptr: none does.
  const google::protobuf::FieldDescriptor* stand_in = nullptr;
};

// In the order of the contract.
std::vector<Responsibility> ResponsibilitiesOf(const google::protobuf::Descriptor& resource);

// Whether the responsibility is open in the state of a row.
bool IsOpen(const Responsibility& responsibility, const google::protobuf::Message& row);
// Whom it names in a row, in order; a field that is empty names "".
std::vector<std::string> NamedIn(const google::protobuf::Message& row, const Responsibility& responsibility);

// The stored fields below a resource, each by its path. Left out are computed fields, the fields of messages that are not the suite's, and
// those of copies of other resources, in which every person is a record.
std::vector<std::vector<const google::protobuf::FieldDescriptor*>> StoredPathsOf(const google::protobuf::Descriptor& resource);

// The resources of a package ("heitie.risk.v1"), ordered by type.
std::vector<const google::protobuf::Descriptor*> ResourcesOf(const std::string& package);

// What ListHoldings of a package answers, of all rows: for what a service does by itself.
absl::StatusOr<type::v1::ListHoldingsResponse> FindHoldings(Store& store, const rpc::Call& call, const std::string& package,
                                                            const type::v1::ListHoldingsRequest& request);

// Binds the service's ListHoldings, over all resources of its package that have responsibilities. A page finds the rows that name the
// employee by an index (field, name), whatever else the tables hold. For a field within a message, whose column is JSON, it reads the table
// in the order of names until the page is full; with `open_only` the states' index narrows these rows. Nothing is locked: a row that
// changes between two pages may be reported as it was or as it is.
void BindHoldings(rpc::Service& service, Store& store);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_HOLDINGS_H_
