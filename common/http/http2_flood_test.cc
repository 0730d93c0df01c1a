// Clients of HTTP/2 that mean harm: each flood ends by itself, costs a bounded amount of memory, and others are served meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "common/http/http2_testing.h"

namespace heitie::http {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;

std::string Frame(int type, int flags, int stream, const std::string& payload) { return Http2Client::Frame(type, flags, stream, payload); }

// Says it again and again until the server has closed or it was said often enough; reads what comes meanwhile if `reads`.
struct Flooded {
  size_t said = 0;
  bool ended = false;
};
Flooded Flood(Http2Client& client, size_t most, const std::function<std::string()>& what) {
  Flooded flooded;
  while (flooded.said < most && !flooded.ended) {
    flooded.ended = !client.Say(what());
    ++flooded.said;
  }
  return flooded;
}

class Http2FloodTest : public ::testing::Test {
 protected:
  Http2FloodTest()
      : server_(Serve(
            [this](Request request, std::shared_ptr<Responder> responder) {
              ++handled_;
              if (request.path == "/hold") {
                std::lock_guard lock(mutex_);
                held_.push_back(std::move(responder));
                return;
              }
              responder->Send({.body = "ok"});
            },
            {.max_header_bytes = 16 << 10})),
        other_(server_->port()) {}

  // Others do not notice.
  void ExpectOthersServed() { EXPECT_EQ(other_.End(other_.Get("/other")).body, "ok"); }
  // What the flood does to its own connection; in a thread of its own for who sends without reading.
  static void ExpectCalmedDown(Http2Client& client) {
    EXPECT_THAT(client.GoAways(), Contains(AnyOf(NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_PROTOCOL_ERROR)));
  }

  std::atomic<int> handled_{0};
  std::mutex mutex_;
  std::vector<std::shared_ptr<Responder>> held_;
  std::unique_ptr<Server> server_;
  Http2Client other_;
};

// Streams that are opened and given up at once (CVE-2023-44487): handlers at work are bounded, and so are the resets.
TEST_F(Http2FloodTest, RapidReset) {
  Http2Client client(server_->port());
  size_t said = 0;
  while (said < 100'000 && client.Say(client.Head("GET", "/hold", {}, true) +
                                      Frame(Http2Client::kReset, 0, client.last(), Http2Client::Number(NGHTTP2_CANCEL)))) {
    ++said;
  }
  EXPECT_LT(said, 100'000u);
  ExpectOthersServed();
  std::lock_guard lock(mutex_);
  EXPECT_LE(held_.size(), 256u);
  held_.clear();
}

TEST_F(Http2FloodTest, Continuations) {
  Http2Client client(server_->port());
  client.Say(Frame(Http2Client::kHeaders, 0, 1, client.Deflated({{":method", "GET"}})));
  const auto flooded = Flood(client, 100'000, [&] { return Frame(Http2Client::kContinuation, 0, 1, std::string(100, '\x82')); });
  EXPECT_TRUE(flooded.ended);
  ExpectOthersServed();
}

// One byte refers to four kilobytes.
TEST_F(Http2FloodTest, HeadersThatGrow) {
  Http2Client client(server_->port());
  // A literal that is kept, and then references to it.
  const std::string value(3000, 'x');
  std::string block = std::string("\x82\x84\x86", 3) + std::string("\x40\x01x", 3) + '\x7f' +
                      static_cast<char>(0x80 | ((3000 - 127) & 0x7f)) + static_cast<char>((3000 - 127) >> 7) + value;
  block += std::string(10'000, '\xbe');
  client.Say(Frame(Http2Client::kHeaders, Http2Client::kEndHeaders | Http2Client::kEndStream, 1, block));
  ExpectCalmedDown(client);
  ExpectOthersServed();
  EXPECT_EQ(handled_, 1);
}

TEST_F(Http2FloodTest, AnEndlessInteger) {
  Http2Client client(server_->port());
  client.Say(Frame(Http2Client::kHeaders, 0, 1, "\x82\x84\x86\x40\x7f" + std::string(16'000, '\x80')));
  const auto flooded = Flood(client, 10'000, [&] { return Frame(Http2Client::kContinuation, 0, 1, std::string(16'000, '\x80')); });
  EXPECT_TRUE(flooded.ended);
  ExpectOthersServed();
}

TEST_F(Http2FloodTest, FramesThatBringNothing) {
  const std::string ping = Frame(Http2Client::kPing, 0, 0, "12345678"), settings = Frame(Http2Client::kSettings, 0, 0, "");
  const std::string window = Frame(Http2Client::kWindow, 0, 0, Http2Client::Number(1));
  const std::string priority = Frame(Http2Client::kPriority, 0, 101, Http2Client::Number(0) + '\x10');
  const std::string sizes = Frame(Http2Client::kSettings, 0, 0, Http2Client::Setting(4, 1) + Http2Client::Setting(4, 65'535));
  for (const std::string& frame : {ping, settings, window, priority, sizes}) {
    Http2Client client(server_->port());
    std::string many;
    for (int i = 0; i < 100; ++i) many += frame;
    EXPECT_TRUE(Flood(client, 10'000, [&] { return many; }).ended) << static_cast<int>(frame[3]);
    ExpectOthersServed();
  }
}

// Frames of a kind that nobody knows are skipped as fast as they come.
TEST_F(Http2FloodTest, UnknownFrames) {
  Http2Client client(server_->port());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += Frame(77, 0, 0, "x");
  EXPECT_EQ(Flood(client, 100, [&] { return many; }).said, 100u);
  ExpectOthersServed();
  EXPECT_EQ(client.End(client.Get("/")).body, "ok");
}

TEST_F(Http2FloodTest, EmptyData) {
  for (const std::string& frame :
       {Frame(Http2Client::kData, 0, 1, ""), Frame(Http2Client::kData, Http2Client::kPadded, 1, std::string("\x03\0\0\0", 4))}) {
    Http2Client client(server_->port());
    client.Begin("/");
    std::string many;
    for (int i = 0; i < 100; ++i) many += frame;
    EXPECT_TRUE(Flood(client, 10'000, [&] { return many; }).ended);
    ExpectOthersServed();
  }
}

// The same of a client that reads what is answered, and so is told why it ends.
TEST_F(Http2FloodTest, WhoFloodsIsToldToCalmDown) {
  Http2Client client(server_->port());
  std::string many;
  for (int i = 0; i < 3000; ++i) many += Frame(Http2Client::kPing, 0, 0, "12345678");
  client.Say(many);
  EXPECT_THAT(client.GoAways(), Contains(NGHTTP2_ENHANCE_YOUR_CALM));
}

// Errors that the server answers with resets.
TEST_F(Http2FloodTest, ResetsThatTheServerIsMadeToSend) {
  Http2Client client(server_->port());
  EXPECT_TRUE(Flood(client, 100'000, [&] {
                client.Head("GET", "/", {}, true);
                return Frame(Http2Client::kHeaders, Http2Client::kEndHeaders | Http2Client::kEndStream, client.last(),
                             client.Deflated({{"Bad", "x"}}));
              }).ended);
  ExpectOthersServed();
  EXPECT_LE(handled_, 1);
}

TEST_F(Http2FloodTest, ManyStreamsAreNotServedAtOnce) {
  Http2Client client(server_->port());
  while (client.frames()[Http2Client::kSettings] < 2) ASSERT_TRUE(client.ReadFrame());
  for (int i = 0; i < 200; ++i) client.Say(client.Head("GET", "/hold", {}, true));
  client.GoAways();
  ExpectOthersServed();
  std::lock_guard lock(mutex_);
  EXPECT_LE(held_.size(), 128u);
  held_.clear();
}

// Who asks for much without reading it is not read any further: neither answers nor frames gather.
TEST_F(Http2FloodTest, WhoDoesNotReadIsNotRead) {
  Http2Client client(server_->port(), true, 4096);
  client.Grow(0, 1'000'000'000);
  std::atomic<bool> ended{false};
  std::thread asks([&] {
    const std::string path = "/" + std::string(2000, 'x');
    for (int i = 0; i < 200'000; ++i) {
      if (!client.Say(client.Head("GET", path, {}, true))) break;
    }
    ended = true;
  });
  // As many are answered as the sockets between them hold.
  int before = -1;
  for (int wait = 0; wait < 100 && handled_ != before; ++wait) {
    before = handled_;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  EXPECT_FALSE(ended);
  EXPECT_EQ(handled_, before);
  ExpectOthersServed();
  shutdown(client.client().fd(), SHUT_RDWR);
  asks.join();
}

// Requests that have all come before the first is answered, of a client that takes nothing.
TEST(Http2AnswersTest, LargeOnesAreNotKeptForWhoTakesNone) {
  constexpr int kRequests = 20;
  std::mutex mutex;
  std::vector<std::shared_ptr<Responder>> held;
  const auto server = Serve(
      [&](Request, std::shared_ptr<Responder> responder) {
        std::vector<std::shared_ptr<Responder>> all;
        {
          const std::lock_guard lock(mutex);
          held.push_back(std::move(responder));
          if (held.size() == kRequests) all.swap(held);
        }
        for (const auto& one : all) one->Send({.body = std::string(1 << 20, 'x')});
      },
      {.max_unsent_bytes = 4 << 20});
  Http2Client client(server->port());
  client.Say(Frame(Http2Client::kSettings, 0, 0, Http2Client::Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0)));
  for (int i = 0; i < kRequests; ++i) client.Get("/large");
  int large = 0, refused = 0;
  for (int stream = 1; stream < 2 * kRequests; stream += 2) {
    while (client.answer(stream).head.empty()) ASSERT_TRUE(client.ReadFrame());
    large += client.answer(stream).head[":status"] == "200";
    refused += client.answer(stream).head[":status"] == "503";
  }
  EXPECT_EQ(large, 5);
  EXPECT_EQ(refused, kRequests - 5);
}

// One that takes nothing holds no more than its share, and others are served meanwhile.
TEST(Http2AnswersTest, OneClientHoldsNoMoreThanItsShare) {
  const auto server = Serve(
      [](Request request, std::shared_ptr<Responder> responder) {
        responder->Send({.body = std::string(request.path == "/large" ? 1 << 20 : 1, 'x')});
      },
      {.max_unsent_of_connection = 4 << 20});
  Http2Client client(server->port());
  client.Say(Frame(Http2Client::kSettings, 0, 0, Http2Client::Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0)));
  constexpr int kRequests = 20;
  for (int i = 0; i < kRequests; ++i) client.Get("/large");
  int large = 0;
  for (int stream = 1; stream < 2 * kRequests; stream += 2) {
    while (client.answer(stream).head.empty()) ASSERT_TRUE(client.ReadFrame());
    large += client.answer(stream).head[":status"] == "200";
  }
  EXPECT_EQ(large, 5);
  Http2Client other(server->port());
  const int asked = other.Get("/large");
  while (other.answer(asked).head.empty()) ASSERT_TRUE(other.ReadFrame());
  EXPECT_EQ(other.answer(asked).head[":status"], "200");
}

// Whatever comes, the server lives and forgets it.
TEST_F(Http2FloodTest, RandomFrames) {
  std::mt19937 random(20270101);
  const auto upto = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most + 1)); };
  for (int round = 0; round < 300; ++round) {
    Http2Client client(server_->port());
    std::string bytes;
    for (int i = upto(20); i >= 0; --i) {
      if (upto(2) == 0) {
        bytes += client.Head(upto(1) == 0 ? "GET" : "POST", upto(1) == 0 ? "/hold" : "/", {{"content-length", absl::StrCat(upto(5))}},
                             upto(1) == 0);
        continue;
      }
      std::string payload;
      for (int size = upto(upto(1) == 0 ? 12 : 300); size > 0; --size) payload.push_back(static_cast<char>(upto(255)));
      bytes += Frame(upto(10), upto(1) == 0 ? upto(255) : 0, upto(1) == 0 ? client.last() : upto(9), payload);
    }
    client.Say(bytes);
    if (upto(1) == 0) shutdown(client.client().fd(), SHUT_WR);
    if (upto(3) == 0) client.ReadFrame();
  }
  ExpectOthersServed();
  std::lock_guard lock(mutex_);
  held_.clear();
}

}  // namespace
}  // namespace heitie::http
