#include "common/client/http2/messages.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/client/http2/outcome.h"

namespace heitie::client {
namespace {

std::string TextOf(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  EXPECT_TRUE(buffer.DumpToSingleSlice(&slice).ok());
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

grpc::ByteBuffer Of(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

TEST(MessageReaderTest, ReadsWhatWasEnvelopedHoweverItIsCut) {
  const std::vector<std::string> texts = {"one", "", std::string(1000, 'x'), "last"};
  std::string body;
  for (const std::string& text : texts) body += Enveloped(Of(text));
  for (size_t piece = 1; piece < 20; ++piece) {
    MessageReader reader(1000);
    std::vector<std::string> read;
    for (size_t at = 0; at < body.size(); at += piece) {
      std::string_view rest = std::string_view(body).substr(at, piece);
      while (true) {
        rest.remove_prefix(reader.Put(rest));
        const auto message = reader.Take();
        if (!message.has_value()) break;
        read.push_back(TextOf(*message));
      }
      EXPECT_TRUE(rest.empty());
    }
    EXPECT_EQ(read, texts) << piece;
    EXPECT_TRUE(reader.between());
  }
}

TEST(MessageReaderTest, SeveralSlicesAreOneMessage) {
  const grpc::Slice slices[] = {grpc::Slice("ab"), grpc::Slice("cd")};
  EXPECT_EQ(Enveloped(grpc::ByteBuffer(slices, 2)).substr(5), "abcd");
  EXPECT_EQ(Enveloped(grpc::ByteBuffer()), std::string(5, '\0'));
}

TEST(MessageReaderTest, WhatIsTooLargeOrCompressedIsNotRead) {
  MessageReader small(3);
  EXPECT_EQ(small.Put(Enveloped(Of("four"))), 5u);
  EXPECT_EQ(small.error(), MessageReader::Error::kTooLarge);
  EXPECT_EQ(small.Put("four"), 0u);
  EXPECT_FALSE(small.Take().has_value());
  MessageReader reader(100);
  reader.Put(std::string("\1\0\0\0\1x", 6));
  EXPECT_EQ(reader.error(), MessageReader::Error::kCompressed);
  EXPECT_FALSE(reader.Take().has_value());
}

TEST(OutcomeTest, DetailsComeInEitherBase64) {
  for (const char* text : {"AQIDBA==", "AQIDBA"}) {
    Outcome outcome;
    EXPECT_TRUE(outcome.Take("grpc-status", "9"));
    EXPECT_TRUE(outcome.Take("grpc-status-details-bin", text));
    EXPECT_EQ(outcome.Status().error_details(), "\1\2\3\4") << text;
  }
}

TEST(OutcomeTest, HeadsHaveABound) {
  Outcome outcome;
  int taken = 0;
  while (outcome.Take("x", std::string(1000, 'x'))) ASSERT_LT(++taken, 1000);
  EXPECT_GT(taken, 50);
}

TEST(OutcomeTest, TimeoutsHaveEightDigits) {
  EXPECT_EQ(TimeoutText(-5), "1m");
  EXPECT_EQ(TimeoutText(99'999'999), "99999999m");
  EXPECT_EQ(TimeoutText(100'000'000), "100000S");
}

}  // namespace
}  // namespace heitie::client
