// How messages of HTTP/1.1 begin and end (RFC 9112): what a head must be so that everybody sees its end in the same place, and how heads of
// answers are written.
#ifndef HEITIE_COMMON_HTTP_HTTP1_FRAMING_H_
#define HEITIE_COMMON_HTTP_HTTP1_FRAMING_H_

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/refusal.h"
#include "common/http/server.h"

namespace heitie::http {

// A body as a string that takes no more room than has come, whatever was announced.
struct GatheredBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool isRequest, typename Fields>
    reader(boost::beast::http::header<isRequest, Fields>& /*head*/, value_type& body) : body_(body) {}
    void init(const boost::optional<uint64_t>& /*length*/, boost::system::error_code& error) { error = {}; }
    template <typename Buffers>
    size_t put(const Buffers& buffers, boost::system::error_code& error) {
      error = {};
      const size_t before = body_.size();
      for (const boost::asio::const_buffer buffer : boost::beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(buffer.data()), buffer.size());
      }
      return body_.size() - before;
    }
    void finish(boost::system::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

// Lines that are understood in more than one way, or too many of them, in as much of a head as has come.
std::optional<Refused> CheckLines(std::string_view head, int max_headers);

// Fields by which a proxy and this server could see the end of the request in different places (RFC 9112, 6.3).
std::optional<Refused> CheckFields(const boost::beast::http::fields& fields, bool needs_host);

enum class Framing { kLength, kChunked, kUntilClose, kNone };

// The head of an answer. `length`: of the body that follows, for which there is room.
std::string AnswerHead(const Response& response, Framing framing, size_t length, bool keep_alive);

// Each on a line of its own, as heads and trailers have them.
void AppendFields(const Headers& headers, std::string* lines);

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_HTTP1_FRAMING_H_
