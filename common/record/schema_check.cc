#include "common/record/schema_check.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/list.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;

// The resources of a package's contracts.
std::vector<const Descriptor*> LinkedResourcesOf(const std::string& package) {
  std::vector<std::string> files;
  // Protobuf offers no other list of what is linked in.
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const Descriptor*> resources;
  for (const std::string& file : files) {
    if (!absl::StartsWith(file, "heitie/")) continue;
    const auto* descriptor = DescriptorPool::generated_pool()->FindFileByName(file);
    if (descriptor->package() != package) continue;
    for (int i = 0; i < descriptor->message_type_count(); ++i) {
      const Descriptor* message = descriptor->message_type(i);
      if (message->options().GetExtension(google::api::resource).pattern_size() > 0) resources.push_back(message);
    }
  }
  return resources;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SchemaProblems(sql::Session& session, const std::string& package,
                                                        const std::set<std::string>& tables) {
  std::set<std::string> missing = tables;
  RETURN_IF_ERROR(session.Query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()", {},
                                [&](const sql::Row& row) { missing.erase(row.Text(0)); }));
  std::vector<std::string> problems;
  for (const std::string& table : missing) problems.push_back(absl::StrCat("there is no table ", table));
  for (const Descriptor* resource : LinkedResourcesOf(package)) {
    const std::string table = TableOf(*resource);
    // Not every resource is kept in a table; those that are have one by this name.
    if (!tables.contains(table) || missing.contains(table)) continue;
    const absl::Status read = ReadTable(session, *resource).status();
    if (absl::IsFailedPrecondition(read)) {
      problems.emplace_back(read.message());
    } else {
      RETURN_IF_ERROR(read);
    }
  }
  return problems;
}

}  // namespace heitie::record
