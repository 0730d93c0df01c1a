// What a connection keeps after much has gone through it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "common/http/client_testing.h"
#if defined(__SANITIZE_ADDRESS__)
// sanitizer/allocator_interface.h, which comes with clang only.
extern "C" size_t __sanitizer_get_current_allocated_bytes();
#else
#include <gperftools/malloc_extension.h>
#endif

namespace heitie::http {
namespace {

using ::testing::EndsWith;

// Bytes in use in the whole process.
int64_t Allocated() {
#if defined(__SANITIZE_ADDRESS__)
  return static_cast<int64_t>(__sanitizer_get_current_allocated_bytes());
#else
  size_t bytes = 0;
  EXPECT_TRUE(MallocExtension::instance()->GetNumericProperty("generic.current_allocated_bytes", &bytes));
  return static_cast<int64_t>(bytes);
#endif
}

TEST(MemoryTest, AConnectionGivesBackWhatALargeRequestAndAnswerTook) {
  std::atomic<int64_t> at_work{0};
  auto server = Serve([&](Request request, std::shared_ptr<Responder> responder) {
    at_work = Allocated();
    responder->Send({.body = std::move(request.body)});
  });
  Client client(server->port());
  const std::string small = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";
  client.Say(small);
  ASSERT_THAT(client.HearAnswer(), EndsWith("hi"));
  const int64_t before = Allocated();
  {
    client.Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4194304\r\n\r\n" + std::string(4 << 20, 'x'));
    ASSERT_THAT(client.HearAnswer(), EndsWith("xxx"));
  }
  EXPECT_GT(at_work - before, 4 << 20);
  client.Say(small);  // the server has forgotten the answer before when it answers this one
  ASSERT_THAT(client.HearAnswer(), EndsWith("hi"));
  EXPECT_LT(Allocated() - before, 32 << 10);
}

}  // namespace
}  // namespace heitie::http
