// Frames as a client of HTTP/2 sends them, through the connection itself. The first byte says how they are cut into pieces. Whatever comes,
// the server answers with frames, hands handlers only what a request can hold, and keeps nothing of a client that has gone.
#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "common/http/connection.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/player.h"

namespace heitie::fuzz {
namespace {

namespace asio = boost::asio;

// Before the input, so that it need not be found: the preface and empty settings.
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
constexpr size_t kMostBody = 300, kMostHead = 400, kFrameHead = 9, kMostFrame = 16384;

// Limits so low that inputs reach them.
http::Options Limits() {
  http::Options options;
  options.max_header_bytes = kMostHead;
  options.max_headers = 12;
  options.max_body_bytes = kMostBody;
  options.max_buffered_bytes = options.max_buffered_of_caller = 1000;
  options.max_unsent_bytes = 1 << 20;
  options.max_streams = 4;
  return options;
}

using Part = absl::StatusOr<std::optional<std::string>>;

void ReadPieces(const std::shared_ptr<http::Responder>& responder, size_t held) {
  responder->ReadPiece(held, [responder, held](const Part& piece) {
    if (!piece.ok() || !piece->has_value()) return responder->End({{"Grpc-Status", piece.ok() ? "0" : "13"}});
    Require(!(*piece)->empty(), "a piece is something");
    responder->Write(**piece, [responder, held] { ReadPieces(responder, (held + 7) % 50); });
  });
}
void ReadLines(const std::shared_ptr<http::Responder>& responder) {
  responder->ReadLine([responder](const Part& line) {
    if (!line.ok() || !line->has_value()) return responder->Send({200, {}, "lines"});
    Require(!(*line)->empty() && (*line)->size() <= kMostBody && (*line)->find('\n') == std::string::npos,
            "a line is one, within its limit");
    ReadLines(responder);
  });
}

void Handle(http::Request request, const std::shared_ptr<http::Responder>& responder) {
  Require(request.version == 20 && !request.method.empty(), "a request has a method");
  Require(request.path == "*" || request.path[0] == '/', "a request has a path");
  Require(request.body.size() <= kMostBody, "a body is within its limit");
  size_t bytes = 0;
  for (const auto& [name, value] : request.headers.fields()) {
    Require(!name.empty() && name[0] != ':' && (name + value).find_first_of(std::string("\r\n\0", 3)) == std::string::npos,
            "a header is a line");
    bytes += name.size() + value.size();
  }
  Require(bytes <= kMostHead && request.headers.fields().size() <= 12, "a head is within its limits");
  if (request.path == "/p") {
    responder->StartStream({});
    return ReadPieces(responder, 0);
  }
  if (request.path == "/l") return ReadLines(responder);
  if (request.path == "/t") throw std::runtime_error("as a handler may");
  if (request.path != "/s") responder->Send({200, {}, request.path == "/" ? "" : std::string(20'000, 'a')});
}

http::Verdict Judge(const http::Request& head) {
  Require(head.body.empty(), "a head has no body");
  http::Verdict verdict;
  if (head.path == "/r") verdict.refusal = http::Refusal(401, "UNAUTHENTICATED", "no");
  if (head.path == "/x") throw std::runtime_error("as a judge may");
  verdict.pieces = head.path == "/p";
  verdict.lines = head.path == "/l";
  return verdict;
}

// What the server says is frames that it may send.
void RequireFrames(const std::string& bytes) {
  const auto byte = [&](size_t at) { return static_cast<size_t>(static_cast<uint8_t>(bytes[at])); };
  for (size_t at = 0; at + kFrameHead <= bytes.size();) {
    const size_t size = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    Require(size <= kMostFrame && byte(at + 3) <= 9 && byte(at + 3) != 2 && byte(at + 3) != 5, "a frame is one that servers send");
    Require(at > 0 || byte(at + 3) == 4, "settings come first");
    at += kFrameHead + size;
  }
}

void Play(const std::string& bytes, unsigned cut) {
  static auto& core = *new std::shared_ptr<http::Core>(std::make_shared<http::Core>(Limits(), Handle, Judge));
  // In place of the server's loops: what is to be done is done here, and in the same order each time.
  static auto& io = *new asio::io_context;
  std::string answers;
  auto transport = std::make_unique<Player>(io, answers, true);
  Player& player = *transport;
  http::Connection::New(core, std::move(transport), asio::ip::address_v4::loopback())->Start();
  const auto settle = [&] {
    io.restart();
    io.poll();
  };
  settle();
  size_t at = 0;
  unsigned random = cut;
  // As long as there is a connection there is a player.
  while (at < bytes.size() && !core->connections.empty() && player.reading()) {
    random = random * 1103515245 + 12345;
    at += player.Give(bytes.data() + at, std::min<size_t>(1 + (random >> 16) % (16 * cut), bytes.size() - at));
    settle();
  }
  if (!core->connections.empty()) (*core->connections.begin())->Cut();
  settle();
  if (!core->connections.empty()) player.End();
  settle();
  Require(core->connections.empty() && core->waiting.empty() && core->lingering.empty(), "no connection outlives its client");
  RequireFrames(answers);
  const auto place = core->room.Enter({}, "whoever comes next");
  Require(core->room.Hold(place, Limits().max_buffered_of_caller).empty() && core->unsent == 0, "nothing is left over");
  core->room.Leave(place);
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string bytes(heitie::fuzz::kPreface, sizeof(heitie::fuzz::kPreface) - 1);
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  heitie::fuzz::Play(bytes, 1 + data[0] % 64);
  return 0;
}
