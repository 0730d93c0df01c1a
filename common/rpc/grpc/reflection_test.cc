#include "common/rpc/grpc/reflection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/descriptor.pb.h"
#include "heitie/test/v1/echo.pb.h"

namespace heitie::rpc {
namespace {

using ::grpc::reflection::v1::ServerReflectionRequest;
using ::grpc::reflection::v1::ServerReflectionResponse;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReflectionTest : public ::testing::Test {
 protected:
  std::vector<std::string> FilesOf(const ServerReflectionRequest& request) {
    std::vector<std::string> names;
    const ServerReflectionResponse response = reflection_.Answer(request);
    for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      EXPECT_TRUE(file.ParseFromString(bytes));
      names.push_back(file.name());
    }
    return names;
  }
  std::vector<std::string> FilesOfSymbol(const std::string& symbol) {
    ServerReflectionRequest request;
    request.set_file_containing_symbol(symbol);
    return FilesOf(request);
  }

  Reflection reflection_{{"heitie.test.v1.EchoService"}};
};

constexpr char kEchoFile[] = "heitie/test/v1/echo.proto";

TEST_F(ReflectionTest, ListsTheServices) {
  ServerReflectionRequest request;
  request.set_list_services("");
  const auto response = reflection_.Answer(request);
  ASSERT_EQ(response.list_services_response().service_size(), 1);
  EXPECT_EQ(response.list_services_response().service(0).name(), "heitie.test.v1.EchoService");
}

TEST_F(ReflectionTest, AFileComesFirstAndWithAllThatItNeeds) {
  const auto files = FilesOfSymbol("heitie.test.v1.EchoService");
  ASSERT_FALSE(files.empty());
  EXPECT_EQ(files[0], kEchoFile);
  EXPECT_THAT(files, Contains("heitie/options/v1/rules.proto"));
  EXPECT_THAT(files, Contains("google/api/http.proto")) << "what google/api/annotations.proto imports";
  EXPECT_THAT(files, Contains("google/protobuf/descriptor.proto"));
}

TEST_F(ReflectionTest, NothingIsSentTwiceButWhatIsAskedForAgain) {
  FilesOfSymbol("heitie.test.v1.EchoService");
  EXPECT_THAT(FilesOfSymbol("heitie.test.v1.EchoService.Tick"), ElementsAre(kEchoFile));
  EXPECT_THAT(FilesOfSymbol("heitie.test.v1.EchoRequest.text"), ElementsAre(kEchoFile));
}

TEST_F(ReflectionTest, FindsFilesByNameAndByExtension) {
  ServerReflectionRequest by_name;
  by_name.set_file_by_filename(kEchoFile);
  EXPECT_THAT(FilesOf(by_name), Contains(kEchoFile));
  ServerReflectionRequest by_extension;
  by_extension.mutable_file_containing_extension()->set_containing_type("google.protobuf.MethodOptions");
  by_extension.mutable_file_containing_extension()->set_extension_number(50104);
  EXPECT_THAT(FilesOf(by_extension), Contains("heitie/options/v1/access.proto"));
}

TEST_F(ReflectionTest, ListsExtensionNumbers) {
  ServerReflectionRequest request;
  request.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
  const auto response = reflection_.Answer(request);
  EXPECT_EQ(response.all_extension_numbers_response().base_type_name(), "google.protobuf.MethodOptions");
  EXPECT_THAT(response.all_extension_numbers_response().extension_number(), Contains(50104));
}

TEST_F(ReflectionTest, SaysWhatDoesNotExist) {
  ServerReflectionRequest request;
  request.set_host("h");
  request.set_file_containing_symbol("heitie.Nothing");
  const ServerReflectionResponse response = reflection_.Answer(request);
  EXPECT_EQ(response.error_response().error_code(), 5);
  EXPECT_EQ(response.error_response().error_message(), "heitie.Nothing does not exist");
  EXPECT_EQ(response.original_request().file_containing_symbol(), "heitie.Nothing");
  EXPECT_EQ(response.valid_host(), "h");
  request.mutable_file_containing_extension()->set_containing_type("heitie.Nothing");
  EXPECT_EQ(reflection_.Answer(request).error_response().error_code(), 5);
  request.set_all_extension_numbers_of_type("heitie.Nothing");
  EXPECT_EQ(reflection_.Answer(request).error_response().error_code(), 5);
  EXPECT_EQ(reflection_.Answer({}).error_response().error_code(), 3);
}

}  // namespace
}  // namespace heitie::rpc
