// Requests made from the contracts and the story: plausible ones, which keep the declared rules or vary what the story asks for, and name
// a few resources again and again, and those that answers have named, so that they meet; and hostile ones. The same seed makes the same
// requests as long as the answers are the same.
#ifndef HEITIE_TESTS_CONTRACT_REQUEST_GENERATOR_H_
#define HEITIE_TESTS_CONTRACT_REQUEST_GENERATOR_H_

#include <map>
#include <random>
#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace heitie::contract {

// Not thread-safe.
class RequestGenerator {
 public:
  explicit RequestGenerator(uint32_t seed) : random_(seed) {}

  // Keeps the rules of the contract as far as they are declared. Optional fields come and go; numbers and texts are now and then as great
  // as the rules allow. Or a variation of what the story asks for.
  void FillPlausible(google::protobuf::Message& request);
  // What a sketch of the story lacks: required fields, and a request_id of its own.
  void Complete(google::protobuf::Message& request);
  // Requests name what answers have named.
  void Remember(const google::protobuf::Message& answer);
  // An Update request whose mask is `path`, which may lead into messages; what it writes keeps the rules or, half of the time, does not.
  void FillUpdate(google::protobuf::Message& request, const std::string& path);
  // Replaces one or two fields somewhere in the message, or sets them, with what no honest client sends.
  void Spoil(google::protobuf::Message& request);
  // Changes, cuts or adds bytes.
  std::string Garble(std::string bytes);
  // A number below `bound`.
  uint32_t Below(uint32_t bound) { return bound == 0 ? 0 : random_() % bound; }

 private:
  using FieldDescriptor = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;

  bool Chance(uint32_t percent) { return Below(100) < percent; }
  template <typename T>
  const T& Pick(const std::vector<T>& values) {
    return values[Below(static_cast<uint32_t>(values.size()))];
  }

  void Fill(Message& message, int depth);
  void Complete(Message& message, int depth);
  // Other resources and ids here and there.
  void Vary(Message& message);
  // A single value, or one element more of a repeated field.
  void SetPlausible(Message& message, const FieldDescriptor& field, int depth);
  // The first quarter for a time or a date whose field's name says that it begins or ends something; false for others.
  bool SetUsual(Message& value, const std::string& name);
  std::string PlausibleText(const FieldDescriptor& field);
  std::string NameOf(const std::string& pattern);
  std::string NameOfType(const std::string& type, const std::string& pattern);
  int64_t PlausibleInteger(const FieldDescriptor& field, int64_t least, int64_t greatest);
  double PlausibleDouble(const FieldDescriptor& field);
  void SetWellKnown(Message& message, bool hostile);
  void SetMask(Message& mask, const Message& request, bool hostile);
  void SetHostile(Message& message, const FieldDescriptor& field);
  std::string HostileText(const FieldDescriptor& field);

  std::mt19937 random_;
  const Message* request_ = nullptr;
  std::map<std::string, std::vector<std::string>> known_;  // names of resources that answers had, by type; a few of each
};

}  // namespace heitie::contract

#endif  // HEITIE_TESTS_CONTRACT_REQUEST_GENERATOR_H_
