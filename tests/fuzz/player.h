// A client that is a text.
#ifndef HEITIE_TESTS_FUZZ_PLAYER_H_
#define HEITIE_TESTS_FUZZ_PLAYER_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <utility>

#include "common/http/transport.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {

// Plays bytes, a piece whenever everything before it is dealt with.
class Player final : public http::Transport {
 public:
  Player(boost::asio::io_context& io, std::string& answers, bool http2 = false) : socket_(io), answers_(answers), http2_(http2) {}
  boost::asio::ip::tcp::socket& socket() override { return socket_; }
  void Handshake(http::Done done) override { done({}, 0); }
  bool is_tls() const override { return http2_; }
  bool speaks_http2() const override { return http2_; }
  void Read(boost::asio::mutable_buffer buffer, http::Done done) override {
    Require(reader_ == nullptr, "one read at a time");
    buffer_ = buffer;
    reader_ = std::move(done);
  }
  void Write(boost::asio::const_buffer buffer, http::Done done) override {
    // In two pieces, as a socket may take them.
    const size_t taken = (buffer.size() + 1) / 2;
    answers_.append(static_cast<const char*>(buffer.data()), taken);
    boost::asio::post(socket_.get_executor(), [done = std::move(done), taken] { done({}, taken); });
  }
  void FinishWriting(http::Done done) override {
    boost::asio::post(socket_.get_executor(), [done = std::move(done)] { done({}, 0); });
  }

  bool reading() const { return reader_ != nullptr; }
  // Gives the reader at most so many bytes of the text; returns how many it took.
  size_t Give(const char* text, size_t size) {
    const size_t taken = boost::asio::buffer_copy(buffer_, boost::asio::buffer(text, size));
    std::exchange(reader_, nullptr)({}, taken);
    return taken;
  }
  void End() {
    if (reading()) std::exchange(reader_, nullptr)(boost::asio::error::eof, 0);
  }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::string& answers_;
  const bool http2_;
  boost::asio::mutable_buffer buffer_;
  http::Done reader_;
};

}  // namespace heitie::fuzz

#endif  // HEITIE_TESTS_FUZZ_PLAYER_H_
