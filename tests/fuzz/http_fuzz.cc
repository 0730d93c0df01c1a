// Bytes as a client of HTTP/1.1 sends them, through the connection itself. The first byte says how they are cut into pieces, which must
// make no difference: the same requests are handled and the same bytes answered; and nothing is left when the client has gone.
#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "common/http/connection.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/player.h"

namespace heitie::fuzz {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Limits so low that inputs reach them.
http::Options Limits() {
  http::Options options;
  options.http2 = false;
  options.max_header_bytes = 400;
  options.max_headers = 12;
  options.max_body_bytes = 300;
  options.max_buffered_bytes = options.max_buffered_of_caller = 1000;
  options.max_unsent_bytes = 1 << 20;
  return options;
}

// What one client saw and caused.
struct Played {
  std::string requests;
  std::string answers;
  bool refused = false;  // by the judge
};
Played* now = nullptr;

// Answers when the last line has come, or none comes any more.
void ReadLines(const std::shared_ptr<http::Responder>& responder) {
  responder->ReadLine([responder](const absl::StatusOr<std::optional<std::string>>& line) {
    if (!line.ok()) return responder->Send({400, {}, "bad lines"});
    if (!line->has_value()) return responder->Send({200, {}, "lines"});
    Require(!(*line)->empty() && (*line)->size() <= 300 && (*line)->find('\n') == std::string::npos, "a line is one, within its limit");
    absl::StrAppend(&now->requests, "[", **line, "]");
    ReadLines(responder);
  });
}

void Handle(http::Request request, const std::shared_ptr<http::Responder>& responder) {
  Require(!request.method.empty() && (request.path == "*" || request.path[0] == '/'), "a request has a method and a path");
  Require(request.body.size() <= 300, "a body is within its limit");
  absl::StrAppend(&now->requests, request.method, " ", request.path, "?", request.query, "\n");
  for (const auto& [name, value] : request.headers.fields()) {
    Require(!name.empty() && (name + value).find_first_of(std::string("\r\n\0", 3)) == std::string::npos, "a header is a line");
    absl::StrAppend(&now->requests, name, ": ", value, "\n");
  }
  absl::StrAppend(&now->requests, "\n", request.body, "\n");
  if (request.path == "/lines") return ReadLines(responder);
  if (request.path == "/throw") throw std::runtime_error("as a handler may");
  if (request.path == "/stream") {
    responder->StartStream({200, {}, ""});
    responder->Write("piece", nullptr);
    responder->End();
  } else if (request.path != "/silent") {
    responder->Send({200, {}, "answer"});
  }
}

http::Verdict Judge(const http::Request& head) {
  Require(head.body.empty(), "a head has no body");
  now->refused |= head.path.rfind("/refuse", 0) == 0;
  if (head.path == "/refuse/throw") throw std::runtime_error("as a judge may");
  http::Verdict verdict;
  if (head.path.rfind("/refuse", 0) == 0) verdict.refusal = http::Refusal(401, "UNAUTHENTICATED", "no");
  verdict.caller = head.headers.Get("Caller");
  verdict.lines = head.path == "/lines";
  return verdict;
}

// Dates differ.
std::string WithoutDates(const std::string& answers) {
  std::string rest;
  for (size_t at = 0; at < answers.size();) {
    const size_t date = std::min(answers.find("\r\nDate: ", at), answers.size());
    rest.append(answers, at, date - at);
    at = date == answers.size() ? date : answers.find("\r\n", date + 2);
  }
  return rest;
}

Played Play(const std::string& bytes, unsigned cut) {
  static auto& core = *new std::shared_ptr<http::Core>(std::make_shared<http::Core>(Limits(), Handle, Judge));
  // In place of the server's loops: what is to be done is done here, and in the same order each time.
  static auto& io = *new asio::io_context;
  Played played;
  now = &played;
  std::string answers;
  auto transport = std::make_unique<Player>(io, answers);
  Player& player = *transport;
  auto connection = http::Connection::New(core, std::move(transport), asio::ip::address_v4::loopback());
  connection->Start();
  const auto settle = [&] {
    io.restart();
    io.poll();
  };
  settle();
  size_t at = 0;
  unsigned random = cut;
  while (at < bytes.size() && player.reading()) {
    random = random * 1103515245 + 12345;
    const size_t piece = cut == 0 ? bytes.size() : 1 + (random >> 16) % cut;
    at += player.Give(bytes.data() + at, std::min(piece, bytes.size() - at));
    settle();
  }
  player.End();
  settle();
  connection->Cut();
  settle();
  player.End();
  connection.reset();
  settle();
  Require(core->connections.empty(), "no connection outlives its client");
  played.answers = WithoutDates(answers);
  const auto place = core->room.Enter({}, "whoever comes next");
  Require(core->room.Hold(place, Limits().max_buffered_of_caller).empty() && core->unsent == 0, "nothing is left over");
  core->room.Leave(place);
  return played;
}

// Of two things that are wrong with a head, the one that is seen first is named, and what never becomes a request may be refused sooner
// when more of it is there to see.
std::string BeforeRefusal(const std::string& answers) { return answers.substr(0, answers.find("HTTP/1.1 4")); }

void Compare(const std::string& bytes, unsigned cut) {
  const Played whole = Play(bytes, 0), pieces = Play(bytes, cut);
  // Whose body has not come when the judge refuses loses the connection.
  if (whole.refused || pieces.refused) return;
  RequireEqual(pieces.requests, whole.requests, "pieces make no difference to the requests");
  RequireEqual(BeforeRefusal(pieces.answers), BeforeRefusal(whole.answers), "pieces make no difference to the answers");
  Require(whole.answers.empty() || whole.answers.rfind("HTTP/1.1 ", 0) == 0, "an answer is HTTP/1.1");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  heitie::fuzz::Compare({reinterpret_cast<const char*>(data) + 1, size - 1}, 1 + data[0] % 64);
  return 0;
}
