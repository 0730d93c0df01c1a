#include "common/rpc/grpc/reflection.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.pb.h"

namespace heitie::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

void NotFound(const std::string& what, ServerReflectionResponse& response) {
  response.mutable_error_response()->set_error_code(static_cast<int>(absl::StatusCode::kNotFound));
  response.mutable_error_response()->set_error_message(absl::StrCat(what, " does not exist"));
}

const FileDescriptor* FileOfExtension(const std::string& type, int number) {
  const Descriptor* descriptor = Pool().FindMessageTypeByName(type);
  const FieldDescriptor* extension = descriptor == nullptr ? nullptr : Pool().FindExtensionByNumber(descriptor, number);
  return extension == nullptr ? nullptr : extension->file();
}

void ListExtensions(const std::string& type, ServerReflectionResponse& response) {
  const Descriptor* descriptor = Pool().FindMessageTypeByName(type);
  if (descriptor == nullptr) return NotFound(type, response);
  std::vector<const FieldDescriptor*> extensions;
  Pool().FindAllExtensions(descriptor, &extensions);
  auto& answer = *response.mutable_all_extension_numbers_response();
  answer.set_base_type_name(type);
  for (const FieldDescriptor* extension : extensions) answer.add_extension_number(extension->number());
}

}  // namespace

ServerReflectionResponse Reflection::Answer(const ServerReflectionRequest& request) {
  ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kListServices:
      ListServices(response);
      break;
    case ServerReflectionRequest::kFileByFilename:
      Describe(Pool().FindFileByName(request.file_by_filename()), request.file_by_filename(), response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      Describe(Pool().FindFileContainingSymbol(request.file_containing_symbol()), request.file_containing_symbol(), response);
      break;
    case ServerReflectionRequest::kFileContainingExtension: {
      const auto& extension = request.file_containing_extension();
      Describe(FileOfExtension(extension.containing_type(), extension.extension_number()),
               absl::StrCat("extension ", extension.extension_number(), " of ", extension.containing_type()), response);
      break;
    }
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      ListExtensions(request.all_extension_numbers_of_type(), response);
      break;
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      response.mutable_error_response()->set_error_code(static_cast<int>(absl::StatusCode::kInvalidArgument));
      response.mutable_error_response()->set_error_message("the request asks for nothing");
      break;
  }
  return response;
}

void Reflection::ListServices(Response& response) const {
  auto& list = *response.mutable_list_services_response();
  for (const std::string& name : services_) list.add_service()->set_name(name);
}

void Reflection::Describe(const FileDescriptor* file, const std::string& asked, Response& response) {
  if (file == nullptr) return NotFound(asked, response);
  AddWithDependencies(*file, /*always=*/true, *response.mutable_file_descriptor_response());
}

void Reflection::AddWithDependencies(const FileDescriptor& file, bool always, grpc::reflection::v1::FileDescriptorResponse& files) {
  if (!sent_.insert(&file).second && !always) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  files.add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) AddWithDependencies(*file.dependency(i), /*always=*/false, files);
}

}  // namespace heitie::rpc
