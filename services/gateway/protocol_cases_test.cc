// What the published specifications ask of a server, a row for each demand: connectrpc.com/docs/protocol and the gRPC-Web protocol
// (github.com/grpc/grpc, doc/PROTOCOL-WEB.md), with doc/PROTOCOL-HTTP2.md where that refers to it. The conformance suite of Connect cannot
// be had without a network; this is the part of it that a server without client code can fail. Every row passes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/api_testing.h"
#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"

namespace heitie::gateway {
namespace {

using ::testing::HasSubstr;

const std::string kUnary = absl::StrCat("/", kPlanning, "/GetProject");
const std::string kServerStream = absl::StrCat("/", kMetrics, "/WatchActivityCounters");
const std::string kClientStream = absl::StrCat("/", kTalk, "/Count");
const std::string kBothWays = absl::StrCat("/", kTalk, "/Talk");
const std::string kAskA = R"({"name":"projects/a"})";
const std::string kWatchA = Enveloped(0, R"({"activity":"activities/a"})");

http::Headers Typed(const std::string& type, http::Headers more = {}) {
  more.Set("Content-Type", type);
  return more;
}

struct Row {
  const char* demand;
  std::string verb, target;
  http::Headers headers;
  std::string body;
  int http = 200;
  // What the body has, and a header: "name: value" (its beginning), trailers with "trailer:" before.
  std::string has, header;
  std::string token = "manager";
};

std::vector<Row> ConnectRows() {
  const std::string json = "application/json", proto = "application/proto", stream = "application/connect+json";
  const std::string get = absl::StrCat(kUnary, "?connect=v1&encoding=json&message=%7B%22name%22%3A%22projects%2Fa%22%7D");
  return {
      // Unary: requests
      {"unary POST in JSON", "POST", kUnary, Typed(json), kAskA, 200, R"("name":"projects/a")", "Content-Type: application/json"},
      {"unary POST in binary", "POST", kUnary, Typed(proto), "\x0a\x0aprojects/a", 200, "projects/a", "Content-Type: application/proto"},
      {"media types may have parameters", "POST", kUnary, Typed("application/json; charset=utf-8"), kAskA, 200, "projects/a", ""},
      {"media types are compared without regard to case", "POST", kUnary, Typed("Application/JSON"), kAskA, 200, "projects/a", ""},
      {"an unknown codec is 415 with Accept-Post", "POST", kUnary, Typed("application/xml"), kAskA, 415, "",
       "Accept-Post: application/json, application/proto"},
      {"Connect-Protocol-Version 1", "POST", kUnary, Typed(json, {{"Connect-Protocol-Version", "1"}}), kAskA, 200, "projects/a", ""},
      {"another version is invalid_argument", "POST", kUnary, Typed(json, {{"Connect-Protocol-Version", "2"}}), kAskA, 400,
       R"("code":"invalid_argument")", ""},
      {"Connect-Timeout-Ms of ten digits", "POST", kUnary, Typed(json, {{"Connect-Timeout-Ms", "9999999999"}}), kAskA, 200, "projects/a",
       ""},
      {"Connect-Timeout-Ms of eleven digits", "POST", kUnary, Typed(json, {{"Connect-Timeout-Ms", "10000000000"}}), kAskA, 400,
       "invalid_argument", ""},
      {"a timeout that has passed is deadline_exceeded", "POST", kUnary, Typed(json, {{"Connect-Timeout-Ms", "0"}}), kAskA, 504,
       R"("code":"deadline_exceeded")", ""},
      {"Content-Encoding gzip", "POST", kUnary, Typed(json, {{"Content-Encoding", "gzip"}}), Gzip(kAskA + std::string(200, ' ')), 200,
       "projects/a", ""},
      {"Content-Encoding identity", "POST", kUnary, Typed(json, {{"Content-Encoding", "identity"}}), kAskA, 200, "projects/a", ""},
      {"an unknown encoding is unimplemented and tells the known ones", "POST", kUnary, Typed(json, {{"Content-Encoding", "br"}}), kAskA,
       501, "gzip", "Accept-Encoding: gzip"},
      {"an unknown method is 404", "POST", absl::StrCat("/", kPlanning, "/Nothing"), Typed(json), "{}", 404, "", ""},
      {"an unknown service is 404", "POST", "/heitie.nothing.v1.Nothing/Get", Typed(json), "{}", 404, "", ""},
      {"another verb is 405 with Allow", "PUT", kUnary, Typed(json), kAskA, 405, "", "Allow: GET, HEAD, POST"},
      {"no body is the empty message in binary", "POST", kUnary, Typed(proto), "", 400, "invalid_argument", ""},
      // Unary: answers
      {"errors are JSON whatever the codec", "POST", kUnary, Typed(proto), "\x0a\x10projects/missing", 404, R"("code":"not_found")",
       "Content-Type: application/json"},
      {"errors have a message", "POST", kUnary, Typed(json), R"({"name":"projects/missing"})", 404,
       R"("message":"projects/missing does not exist.")", ""},
      {"errors have details with type and unpadded base64", "POST", kUnary, Typed(json), R"({"name":"projects/missing"})", 404,
       R"("details":[{"type":"google.rpc.ErrorInfo","value":")", ""},
      {"invalid_argument is 400", "POST", kUnary, Typed(json), "[]", 400, R"("code":"invalid_argument")", ""},
      {"unauthenticated is 401", "POST", kUnary, Typed(json), kAskA, 401, R"("code":"unauthenticated")", "WWW-Authenticate: Bearer", ""},
      {"permission_denied is 403", "POST", absl::StrCat("/", kPlanning, "/CreateProject"), Typed(json), "{}", 403,
       R"("code":"permission_denied")", "", "analyst"},
      {"resource_exhausted is 429", "POST", kUnary, Typed(json), R"({"name":"projects/busy"})", 429, R"("code":"resource_exhausted")",
       "Retry-After: 2"},
      {"internal is 500", "POST", kUnary, Typed(json), R"({"name":"projects/broken"})", 500, R"("code":"internal")", ""},
      {"answers are compressed for who accepts it", "POST", kUnary, Typed(json, {{"Accept-Encoding", "gzip"}}),
       R"({"name":"projects/long"})", 200, "", "Content-Encoding: gzip"},
      {"answers are not compressed for others", "POST", kUnary, Typed(json, {{"Accept-Encoding", "br, gzip;q=0"}}),
       R"({"name":"projects/long"})", 200, "xxxx", ""},
      // GET
      {"GET in JSON", "GET", get, {}, "", 200, "projects/a", "Content-Type: application/json"},
      {"GET without connect=v1",
       "GET",
       absl::StrCat(kUnary, "?encoding=json&message=%7B%22name%22%3A%22projects%2Fa%22%7D"),
       {},
       "",
       200,
       "projects/a",
       ""},
      {"GET of another version",
       "GET",
       absl::StrCat(kUnary, "?connect=v2&encoding=json&message=%7B%7D"),
       {},
       "",
       400,
       "invalid_argument",
       ""},
      {"GET in base64 without padding",
       "GET",
       absl::StrCat(kUnary, "?encoding=proto&base64=1&message=Cgpwcm9qZWN0cy9h"),
       {},
       "",
       200,
       "projects/a",
       "Content-Type: application/proto"},
      {"GET in base64 with padding",
       "GET",
       absl::StrCat(kUnary, "?encoding=proto&base64=1&message=Cgtwcm9qZWN0cy9hYg%3D%3D"),
       {},
       "",
       200,
       "projects/ab",
       ""},
      {"GET compressed",
       "GET",
       absl::StrCat(kUnary,
                    "?encoding=json&base64=1&compression=gzip&message=", absl::WebSafeBase64Escape(Gzip(kAskA + std::string(200, ' ')))),
       {},
       "",
       200,
       "projects/a",
       ""},
      {"GET by an unknown compression",
       "GET",
       absl::StrCat(kUnary, "?encoding=json&compression=br&message=%7B%7D"),
       {},
       "",
       501,
       "unimplemented",
       ""},
      {"GET of what has side effects is 405",
       "GET",
       absl::StrCat("/", kPlanning, "/CreateProject?encoding=json&message=%7B%7D"),
       {},
       "",
       405,
       "",
       "Allow: POST"},
      {"GET of a stream is 405", "GET", absl::StrCat(kServerStream, "?encoding=json&message=%7B%7D"), {}, "", 405, "", "Allow: POST"},
      // Streams
      {"a stream's media type", "POST", kServerStream, Typed(stream), kWatchA, 200, R"("clicks":"3")",
       "Content-Type: application/connect+json"},
      {"a stream ends with EndStreamResponse", "POST", kServerStream, Typed(stream), kWatchA, 200, std::string("\x02\0\0\0", 4), ""},
      {"EndStreamResponse has the metadata", "POST", kServerStream, Typed(stream), kWatchA, 200, R"({"metadata":{"x-trace-id":[")", ""},
      {"errors are in the end, and HTTP says 200", "POST", kServerStream, Typed(stream),
       Enveloped(0, R"({"activity":"activities/forbidden"})"), 200, R"({"error":{"code":"not_found")", ""},
      {"errors after messages are in the end", "POST", kServerStream, Typed(stream), Enveloped(0, R"({"activity":"activities/failing"})"),
       200, R"({"error":{"code":"unavailable")", ""},
      {"who has no token learns it in the end", "POST", kServerStream, Typed(stream), kWatchA, 200, R"({"error":{"code":"unauthenticated")",
       "", ""},
      {"a stream by a unary codec is 415", "POST", kServerStream, Typed(json), "{}", 415, "",
       "Accept-Post: application/connect+json, application/connect+proto"},
      {"a unary method by a stream's codec is 415", "POST", kUnary, Typed(stream), Enveloped(0, kAskA), 415, "",
       "Accept-Post: application/json"},
      {"a server stream without a message is unimplemented", "POST", kServerStream, Typed(stream), "", 200,
       R"({"error":{"code":"unimplemented")", ""},
      {"a server stream of two messages is unimplemented", "POST", kServerStream, Typed(stream), kWatchA + kWatchA, 200,
       R"({"error":{"code":"unimplemented")", ""},
      {"a client stream has one answer", "POST", kClientStream, Typed(stream),
       Enveloped(0, R"({"text":"a"})") + Enveloped(0, R"({"text":"b"})"), 200, R"({"count":"2"})", ""},
      {"a stream both ways, one half after the other", "POST", kBothWays, Typed(stream), Enveloped(0, R"({"text":"a"})"), 200,
       R"({"text":"a"})", ""},
      {"a stream of nothing", "POST", kBothWays, Typed(stream), "", 200, R"({"metadata")", ""},
      {"compressed envelopes", "POST", kBothWays, Typed(stream, {{"Connect-Content-Encoding", "gzip"}}),
       Enveloped(1, Gzip(R"({"text":"a"})" + std::string(200, ' '))), 200, R"({"text":"a"})", ""},
      {"an unknown encoding of envelopes is unimplemented", "POST", kBothWays, Typed(stream, {{"Connect-Content-Encoding", "br"}}), "", 200,
       R"("code":"unimplemented","message":"The encoding br is not supported; supported are gzip, identity.")", ""},
      {"a compressed envelope without an encoding is an error", "POST", kBothWays, Typed(stream), Enveloped(1, "x"), 200,
       R"({"error":{"code":"invalid_argument")", ""},
      {"unknown flags are an error", "POST", kBothWays, Typed(stream), Enveloped(8, "{}"), 200, R"({"error":{"code":"invalid_argument")",
       ""},
      {"a body that is cut off is an error", "POST", kBothWays, Typed(stream), std::string("\0\0\0\0\x09{", 6), 200,
       R"({"error":{"code":"invalid_argument")", ""},
      {"the server says which encodings it takes", "POST", kServerStream, Typed(stream), kWatchA, 200, "", "Connect-Accept-Encoding: gzip"},
      {"a stream's timeout", "POST", kBothWays, Typed(stream, {{"Connect-Timeout-Ms", "0"}}), Enveloped(0, R"({"text":"a"})"), 200,
       R"({"error":{"code":"deadline_exceeded")", ""},
  };
}

std::vector<Row> WebRows() {
  const std::string web = "application/grpc-web", text = "application/grpc-web-text";
  const std::string ask = Enveloped(0, "\x0a\x0aprojects/a"), missing = Enveloped(0, "\x0a\x10projects/missing");
  return {
      {"application/grpc-web", "POST", kUnary, Typed(web), ask, 200, "projects/a", "Content-Type: application/grpc-web"},
      {"application/grpc-web+proto", "POST", kUnary, Typed(web + "+proto"), ask, 200, "projects/a",
       "Content-Type: application/grpc-web+proto"},
      {"application/grpc-web+json", "POST", kUnary, Typed(web + "+json"), Enveloped(0, kAskA), 200, R"("name":"projects/a")",
       "Content-Type: application/grpc-web+json"},
      {"trailers are the last frame, with bit 8 of the flags", "POST", kUnary, Typed(web), ask, 200, std::string("\x80\0\0\0", 4), ""},
      {"trailers are lines of HTTP/1", "POST", kUnary, Typed(web), ask, 200, "grpc-status: 0\r\n", ""},
      {"names in trailers are in lower case", "POST", kUnary, Typed(web), ask, 200, "x-trace-id: ", ""},
      {"errors are HTTP 200 with trailers", "POST", kUnary, Typed(web), missing, 200,
       "grpc-status: 5\r\ngrpc-message: projects/missing does not exist.\r\n", ""},
      {"details are in grpc-status-details-bin", "POST", kUnary, Typed(web), missing, 200, "grpc-status-details-bin: ", ""},
      {"grpc-timeout", "POST", kUnary, Typed(web, {{"grpc-timeout", "0n"}}), ask, 200, "grpc-status: 4\r\n", ""},
      {"an unknown method is UNIMPLEMENTED", "POST", absl::StrCat("/", kPlanning, "/Nothing"), Typed(web), ask, 200, "grpc-status: 12\r\n",
       ""},
      {"an unknown encoding is UNIMPLEMENTED and tells the known ones", "POST", kUnary, Typed(web, {{"grpc-encoding", "snappy"}}), ask, 200,
       "grpc-status: 12\r\n", "grpc-accept-encoding: identity,gzip"},
      {"gzip", "POST", kUnary, Typed(web + "+json", {{"grpc-encoding", "gzip"}}), Enveloped(1, Gzip(kAskA + std::string(200, ' '))), 200,
       R"("name":"projects/a")", ""},
      {"a server stream", "POST", kServerStream, Typed(web),
       Enveloped(0,
                 "\x0a\x0c"
                 "activities/a"),
       200, "grpc-status: 0\r\n", ""},
      {"a client stream", "POST", kClientStream, Typed(web),
       Enveloped(0,
                 "\x0a\x01"
                 "a") +
           Enveloped(0,
                     "\x0a\x01"
                     "b"),
       200, "\x08\x02", ""},
      {"a unary call without a message is UNIMPLEMENTED", "POST", kUnary, Typed(web), "", 200, "grpc-status: 12\r\n", ""},
      {"a unary call of two messages is UNIMPLEMENTED", "POST", kUnary, Typed(web), ask + ask, 200, "grpc-status: 12\r\n", ""},
      {"a message of more than 4 MiB is RESOURCE_EXHAUSTED", "POST", kUnary, Typed(web), std::string("\0\x7f\xff\xff\xff", 5), 200,
       "grpc-status: 8\r\n", ""},
      {"another codec is 415", "POST", kUnary, Typed(web + "+thrift"), ask, 415, "", ""},
      {"a preflight names the headers of gRPC-Web",
       "OPTIONS",
       kUnary,
       {{"Origin", "https://portal.example"}, {"Access-Control-Request-Method", "POST"}},
       "",
       204,
       "",
       "Access-Control-Allow-Headers: Authorization, Content-Type, "},
      {"browsers are shown the status", "POST", kUnary, Typed(web, {{"Origin", "https://portal.example"}}), ask, 200, "",
       "Access-Control-Expose-Headers: ETag, X-Trace-Id, Retry-After, Allow, WWW-Authenticate, Accept-Post, grpc-status, grpc-message"},
      {"text is base64 both ways", "POST", kUnary, Typed(text), absl::Base64Escape(ask), 200,
       absl::Base64Escape(Enveloped(0, "\x0a\x0aprojects/a")).substr(0, 3), "Content-Type: application/grpc-web-text"},
      {"text may be padded between frames", "POST", kClientStream, Typed(text),
       absl::Base64Escape(Enveloped(0,
                                    "\x0a\x01"
                                    "a")) +
           absl::Base64Escape(Enveloped(0,
                                        "\x0a\x01"
                                        "b")),
       200, absl::Base64Escape(Enveloped(0, "\x08\x02")), ""},
      {"text that is not base64 is an error", "POST", kUnary, Typed(text), "?", 200, "gAAAA", ""},
      {"text of JSON", "POST", kUnary, Typed(text + "+json"), absl::Base64Escape(Enveloped(0, kAskA)), 200, "",
       "Content-Type: application/grpc-web-text+json"},
  };
}

class ProtocolCases : public ApiTest {
 protected:
  void Play(const Row& row) {
    SCOPED_TRACE(row.demand);
    const http::Response answer = Ask(row.verb, row.target, row.body, row.headers, row.token);
    EXPECT_EQ(answer.status, row.http) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(row.has));
    if (row.header.empty()) return;
    const size_t colon = row.header.find(": ");
    EXPECT_THAT(answer.headers.Get(row.header.substr(0, colon)), ::testing::StartsWith(row.header.substr(colon + 2)));
  }
};

TEST_F(ProtocolCases, Connect) {
  for (const Row& row : ConnectRows()) Play(row);
}

TEST_F(ProtocolCases, GrpcWeb) {
  for (const Row& row : WebRows()) Play(row);
}

}  // namespace
}  // namespace heitie::gateway
