// The lines of a body that comes in pieces.
#ifndef HEITIE_COMMON_HTTP_LINES_H_
#define HEITIE_COMMON_HTTP_LINES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace heitie::http {

// Ends of lines are LF or CR LF; the last line may be without. Lines of nothing but blanks are skipped. Not thread-safe.
class Lines {
 public:
  // `most`: bytes of a line.
  explicit Lines(size_t most) : most_(most) {}

  // Takes as much of `bytes` as the next line needs, and returns how much that is: all, or less when a line is complete.
  size_t Put(std::string_view bytes);
  // The body has ended: what there is of a line is one.
  void End();

  // The line that is complete. Before the next Put it has to be taken.
  std::optional<std::string> Take();
  // There is more of a line than it may have. Nothing comes after that.
  bool too_long() const { return too_long_; }
  // Of what is here of a line.
  size_t size() const { return line_.size(); }

 private:
  void Complete();

  const size_t most_;
  std::string line_;
  bool complete_ = false;
  bool too_long_ = false;
};

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_LINES_H_
