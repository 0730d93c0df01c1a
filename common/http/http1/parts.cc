#include <algorithm>
#include <string_view>

#include "absl/time/clock.h"
#include "common/http/http1/connection.h"

namespace heitie::http {

void Http1::ReadLine(uint64_t id, TakePart take) {
  Post([id, take = std::move(take)](Http1& self) mutable {
    if (!self.Answering(id) || self.ending_) return;
    self.LeaveRoom();  // what became of the line before is its handler's
    self.take_part_ = std::move(take);
    self.NextLine();
  });
}

void Http1::ReadPiece(uint64_t id, size_t held, TakePart take) {
  Post([id, held, take = std::move(take)](Http1& self) mutable {
    if (!self.Answering(id) || self.ending_) return;
    if (held == 0) self.LeaveRoom();
    if (self.held_ == 0) self.part_began_ = absl::Now();
    self.held_ = held;
    self.take_part_ = std::move(take);
    self.NextPiece();
  });
}

void Http1::NextLine() {
  if (!lines_.has_value()) return GivePart(absl::FailedPreconditionError("the body is not read in lines"));
  std::string& body = parser_->get().body();
  while (true) {
    const bool had_some = lines_->size() > 0;
    line_bytes_ += lines_->Put(std::string_view(body).substr(line_bytes_));
    if (!had_some) part_began_ = absl::Now();
    if (line_bytes_ == body.size() && parser_->is_done()) lines_->End();
    if (auto line = lines_->Take()) return GivePart(std::move(line));
    if (lines_->too_long()) return GivePart(absl::OutOfRangeError("a line is too long"));
    body.clear();
    line_bytes_ = 0;
    if (parser_->is_done()) return GivePart(std::optional<std::string>());
    if (body_broken_) return GivePart(absl::InvalidArgumentError("the body is not framed as its head says"));
    if (!MoreOfBody()) break;
  }
  AwaitPart(lines_->size());
}

void Http1::NextPiece() {
  if (!pieces_) return GivePart(absl::FailedPreconditionError("the body is not read in pieces"));
  std::string& body = parser_->get().body();
  do {
    if (!body.empty()) return GivePart(std::exchange(body, {}));
    if (parser_->is_done()) return GivePart(std::optional<std::string>());
    if (body_broken_) return GivePart(absl::InvalidArgumentError("the body is not framed as its head says"));
  } while (MoreOfBody());
  AwaitPart(held_);
}

bool Http1::MoreOfBody() {
  const size_t before = input_.size();
  body_broken_ = ParseBody().has_value();
  return !parser_->get().body().empty() || input_.size() != before || parser_->is_done() || body_broken_;
}

void Http1::AwaitPart(size_t bytes) {
  if (bytes > kReadSize) TakeRoom(bytes);
  ArmForPart();
  Read();
}

void Http1::GivePart(absl::StatusOr<std::optional<std::string>> line) {
  if (output_.empty()) Disarm();
  if (place_.has_value()) core_->room.Arrive(*place_);
  keep_alive_ = keep_alive_ && line.ok();
  std::exchange(take_part_, nullptr)(std::move(line));
}

void Http1::ArmForPart() {
  if (!output_.empty()) return;  // its client's turn is to take that
  const Options& options = core_->options;
  const size_t bytes = pieces_ ? held_ : lines_->size();
  if (bytes == 0) return Arm(options.idle_timeout);
  const auto earned = absl::Seconds(static_cast<double>(bytes) / options.slowest_sender);
  Arm(std::min(options.client_timeout, part_began_ + options.client_timeout + earned - absl::Now()));
}

}  // namespace heitie::http
