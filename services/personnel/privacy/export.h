// What is recorded of a person (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_PRIVACY_EXPORT_H_
#define HEITIE_SERVICES_PERSONNEL_PRIVACY_EXPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/personnel/v1/personal_file.pb.h"

namespace heitie::personnel {

// Where a kind's rows of a person are found.
struct RecordsOfPerson {
  // "employee", of a kind that names the person so; empty: the person's own resource and what lies below it.
  std::string field;
  const google::protobuf::Descriptor* kind;
};
// Of all kinds of a package, for people of a type such as `personnel.heitie/Employee`: whose names are of its pattern or begin with one,
// and whose text of the type's singular (`employee`), or `person`, refers to it. In the order of types.
std::vector<RecordsOfPerson> RecordsOf(const google::protobuf::Descriptor& person, const std::string& package);

// Thread-safe.
class Exports {
 public:
  explicit Exports(record::Store& store);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ExportPersonResponse> Export(const rpc::Call& call, const v1::ExportPersonRequest& request);

  record::Store& store_;
  struct Source {
    RecordsOfPerson records;
    record::Collection rows;
  };
  struct People {
    std::string collection;  // "employees"
    std::vector<Source> sources;
  };
  std::vector<People> people_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_PRIVACY_EXPORT_H_
