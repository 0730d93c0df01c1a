#include "common/record/page_token.h"

#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/record/list.h"
#include "common/seal/cipher.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace heitie::record {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Who asks for what.
std::string BoundOf(const rpc::Call& call, const Message& request) {
  const std::unique_ptr<Message> rest(request.New());
  rest->CopyFrom(request);
  for (const char* field : {"page_token", "page_size"}) {
    if (const FieldDescriptor* found = rest->GetDescriptor()->FindFieldByName(field); found != nullptr)
      rest->GetReflection()->ClearField(rest.get(), found);
  }
  std::string bound = absl::StrCat(call.principal.name.size(), ":", call.principal.name, ";", request.GetDescriptor()->full_name(), ";");
  google::protobuf::io::StringOutputStream stream(&bound);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  rest->SerializeToCodedStream(&coded);
  coded.Trim();
  return bound;
}

std::string KeyOf(const std::string& key, const std::string& bound) { return absl::HexStringToBytes(seal::Hmac(key, bound)); }

}  // namespace

absl::Status OpenToken(Store& store, const rpc::Call& call, Message* request) {
  const FieldDescriptor* field = request->GetDescriptor()->FindFieldByName("page_token");
  const std::string token = request->GetReflection()->GetString(*request, field);
  if (token.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string key, store.PageKey(call.deadline));
  const std::string bound = BoundOf(call, *request);
  std::string sealed;
  std::optional<std::string> place;
  if (absl::WebSafeBase64Unescape(token, &sealed)) place = seal::Decrypt(KeyOf(key, bound), bound, sealed);
  if (!place) {
    status::BadFields bad;
    bad.Add("page_token", status::kBadValue, {{"rule", kPageTokenRule}});
    return bad.status();
  }
  request->GetReflection()->SetString(request, field, *std::move(place));
  return absl::OkStatus();
}

absl::Status SealToken(Store& store, const rpc::Call& call, const Message& request, Message* response) {
  const FieldDescriptor* field = response->GetDescriptor()->FindFieldByName("next_page_token");
  const std::string place = response->GetReflection()->GetString(*response, field);
  if (place.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string key, store.PageKey(call.deadline));
  const std::string bound = BoundOf(call, request);
  response->GetReflection()->SetString(response, field, absl::WebSafeBase64Escape(seal::Encrypt(KeyOf(key, bound), bound, place)));
  return absl::OkStatus();
}

}  // namespace heitie::record
