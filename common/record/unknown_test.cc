// What an older version changes in the JSON of a newer one, against the same change made by the newer one.
#include "common/record/unknown.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/json.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A field as .proto spells it: "string", "repeated Leaf", "map Leaf" (of texts).
void Add(google::protobuf::DescriptorProto& message, const std::string& what, const std::string& name, int number, bool in_oneof = false) {
  using Field = google::protobuf::FieldDescriptorProto;
  const std::vector<std::string> words = absl::StrSplit(what, ' ');
  const std::string& type = words.back();
  Field& field = *message.add_field();
  field.set_name(name);
  field.set_number(number);
  field.set_label(words.size() == 1 ? Field::LABEL_OPTIONAL : Field::LABEL_REPEATED);
  if (in_oneof) field.set_oneof_index(0);
  if (words[0] == "map") {
    google::protobuf::DescriptorProto& entry = *message.add_nested_type();
    std::string entry_name;
    for (const std::string& part : std::vector<std::string>(absl::StrSplit(name, '_'))) {
      absl::StrAppend(&entry_name, std::string(1, absl::ascii_toupper(static_cast<unsigned char>(part[0]))), part.substr(1));
    }
    entry.set_name(entry_name + "Entry");
    entry.mutable_options()->set_map_entry(true);
    Add(entry, "string", "key", 1);
    Add(entry, type, "value", 2);
    field.set_type(Field::TYPE_MESSAGE);
    field.set_type_name(absl::StrCat(".skew.", message.name(), ".", entry.name()));
  } else if (type == "string") {
    field.set_type(Field::TYPE_STRING);
  } else if (type == "int64") {
    field.set_type(Field::TYPE_INT64);
  } else {
    field.set_type(type == "Kind" ? Field::TYPE_ENUM : Field::TYPE_MESSAGE);
    field.set_type_name(type == "Timestamp" ? ".google.protobuf.Timestamp" : ".skew." + type);
  }
}

// A contract that is made at run time, of the older version or the newer one.
class Contract {
 public:
  explicit Contract(bool newer) : pool_(google::protobuf::DescriptorPool::generated_pool()), factory_(&pool_) {
    google::protobuf::FileDescriptorProto file;
    file.set_name("skew.proto");
    file.set_package("skew");
    file.set_syntax("proto3");
    file.add_dependency(google::protobuf::Timestamp::descriptor()->file()->name());
    auto& kind = *file.add_enum_type();
    kind.set_name("Kind");
    for (const char* name : {"KIND_UNSPECIFIED", "KIND_A", "KIND_FUTURE"}) {
      if (kind.value_size() == 2 && !newer) break;
      auto& value = *kind.add_value();
      value.set_name(name);
      value.set_number(kind.value_size() - 1);
    }
    auto& leaf = *file.add_message_type();
    leaf.set_name("Leaf");
    Add(leaf, "int64", "line", 1);
    Add(leaf, "string", "text", 2);
    if (newer) Add(leaf, "string", "future_text", 102);
    if (newer) Add(leaf, "Kind", "future_kind", 103);
    auto& extra = *file.add_message_type();
    extra.set_name("Extra");
    Add(extra, "string", "a", 1);
    Add(extra, "repeated int64", "b", 2);
    Add(extra, "Leaf", "leaf", 3);
    auto& tree = *file.add_message_type();
    tree.set_name("Tree");
    tree.add_oneof_decl()->set_name("choice");
    Add(tree, "string", "id", 1);
    Add(tree, "int64", "n", 2);
    Add(tree, "Kind", "kind", 3);
    Add(tree, "Leaf", "leaf", 4);
    Add(tree, "repeated Tree", "children", 5);
    Add(tree, "map Leaf", "by_key", 6);
    Add(tree, "repeated string", "words", 7);
    Add(tree, "Timestamp", "time", 8);
    Add(tree, "repeated Leaf", "leaves", 9);
    Add(tree, "Leaf", "one", 10, true);
    Add(tree, "Tree", "two", 11, true);
    Add(tree, "repeated Kind", "kinds", 12);
    Add(tree, "map Kind", "kind_by_key", 13);
    if (newer) Add(tree, "Extra", "future", 100);
    if (newer) Add(tree, "repeated Extra", "futures", 101);
    if (newer) Add(tree, "string", "future_text", 102);
    if (newer) Add(tree, "map Extra", "future_map", 103);
    EXPECT_NE(pool_.BuildFile(file), nullptr);
  }
  const Descriptor& tree() const { return *pool_.FindMessageTypeByName("skew.Tree"); }
  std::unique_ptr<Message> New() { return std::unique_ptr<Message>(factory_.GetPrototype(&tree())->New()); }

 private:
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_;
};

class UnknownTest : public ::testing::Test {
 protected:
  std::string Kept(const std::string& stored, const std::string& written) {
    return KeepUnknown(stored, written, older_.tree()).value_or("refused");
  }
  Contract older_{false}, newer_{true};
  std::mt19937_64 random_{20260101};
  // What was taken away and set again within one change is as good as kept, so that the changes of a run either clear messages or set them,
  // and a oneof goes from one alternative to another only once.
  bool clears_ = false, switched_ = false;

  // Distinct, so that what a list's element is known by is its own.
  int64_t Fresh() { return static_cast<int64_t>(random_() >> 2) + 1; }
  bool Chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  // Sets fields at random; what the older contract does not know only where `newer`.
  void Fill(Message& message, int depth, bool newer) {
    const Descriptor& d = *message.GetDescriptor();
    const auto& r = *message.GetReflection();
    for (int i = 0; i < d.field_count(); ++i) {
      const FieldDescriptor* f = d.field(i);
      if (f->number() >= 100 && !newer) continue;
      if (f->number() == 1) {
        f->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? r.SetString(&message, f, absl::StrCat(Fresh()))
                                                         : r.SetInt64(&message, f, Fresh());
        continue;
      }
      if (Chance(40)) continue;
      const int count = f->is_repeated() ? 1 + static_cast<int>(random_() % 3) : 1;
      for (int k = 0; k < count; ++k) Set(message, f, depth, newer);
    }
  }
  void Set(Message& message, const FieldDescriptor* f, int depth, bool newer) {
    const auto& r = *message.GetReflection();
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        f->is_repeated() ? r.AddString(&message, f, absl::StrCat("\"", Fresh(), "\\運")) : r.SetString(&message, f, absl::StrCat(Fresh()));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        f->is_repeated() ? r.AddInt64(&message, f, Fresh()) : r.SetInt64(&message, f, Fresh());
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        f->is_repeated() ? r.AddEnumValue(&message, f, 1) : r.SetEnumValue(&message, f, 1);
        break;
      default:
        if (depth == 0) return;
        Message* one = f->is_repeated() ? r.AddMessage(&message, f) : r.MutableMessage(&message, f);
        if (f->is_map()) {
          const FieldDescriptor* value = f->message_type()->map_value();
          one->GetReflection()->SetString(one, f->message_type()->map_key(), absl::StrCat(Fresh()));
          if (value->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return one->GetReflection()->SetEnumValue(one, value, 1);
          return Fill(*one->GetReflection()->MutableMessage(one, value), depth - 1, newer);
        }
        if (f->message_type()->full_name() == "google.protobuf.Timestamp") {
          return one->GetReflection()->SetInt64(one, one->GetDescriptor()->FindFieldByName("seconds"), 1 + (random_() & 0xffffffff));
        }
        Fill(*one, depth - 1, newer);
    }
  }

  // The same message as each version sees it.
  struct Twin {
    Message* older;
    Message* newer;
  };
  static const FieldDescriptor* Other(const Message& message, const FieldDescriptor* f) {
    return message.GetDescriptor()->FindFieldByNumber(f->number());
  }
  // A twin and all below it. The entries of a map are in any order.
  static void Collect(const Twin& twin, std::vector<Twin>* all) {
    all->push_back(twin);
    const auto& r = *twin.older->GetReflection();
    const auto& s = *twin.newer->GetReflection();
    for (int i = 0; i < twin.older->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* f = twin.older->GetDescriptor()->field(i);
      const FieldDescriptor* g = Other(*twin.newer, f);
      if (f->message_type() == nullptr || f->message_type()->full_name() == "google.protobuf.Timestamp") continue;
      if (!f->is_repeated()) {
        if (r.HasField(*twin.older, f)) Collect({r.MutableMessage(twin.older, f), s.MutableMessage(twin.newer, g)}, all);
        continue;
      }
      if (f->is_map() && f->message_type()->map_value()->message_type() == nullptr) continue;
      for (int k = 0; k < r.FieldSize(*twin.older, f); ++k) {
        Message* one = r.MutableRepeatedMessage(twin.older, f, k);
        if (!f->is_map()) {
          Collect({one, s.MutableRepeatedMessage(twin.newer, g, k)}, all);
          continue;
        }
        const auto key_of = [](const Message& entry) { return entry.GetReflection()->GetString(entry, entry.GetDescriptor()->map_key()); };
        for (int j = 0; j < s.FieldSize(*twin.newer, g); ++j) {
          Message* other = s.MutableRepeatedMessage(twin.newer, g, j);
          if (key_of(*other) != key_of(*one)) continue;
          Collect({one->GetReflection()->MutableMessage(one, f->message_type()->map_value()),
                   other->GetReflection()->MutableMessage(other, g->message_type()->map_value())},
                  all);
        }
      }
    }
  }

  // One change, made to both: of a field, or of which elements a list has and in which order. Nothing that identifies is changed.
  void Change(const Twin& root) {
    std::vector<Twin> all;
    Collect(root, &all);
    const Twin twin = all[random_() % all.size()];
    const Descriptor& d = *twin.older->GetDescriptor();
    const FieldDescriptor* f = d.field(static_cast<int>(random_() % d.field_count()));
    const FieldDescriptor* g = Other(*twin.newer, f);
    const auto& r = *twin.older->GetReflection();
    const auto& s = *twin.newer->GetReflection();
    if (f->number() == 1) return;
    const bool set = f->is_repeated() ? r.FieldSize(*twin.older, f) > 0 : r.HasField(*twin.older, f);
    if (!f->is_repeated() || f->is_map()) {
      const auto* oneof = f->real_containing_oneof();
      if (f->message_type() == nullptr && Chance(70)) {
        SetBoth(twin, f, g);
      } else if (f->is_map() || clears_) {
        r.ClearField(twin.older, f);
        s.ClearField(twin.newer, g);
      } else if (f->message_type() != nullptr && !set && (oneof == nullptr || (r.HasOneof(*twin.older, oneof) && !switched_))) {
        switched_ |= oneof != nullptr;
        SetBoth(twin, f, g);
      }
      return;
    }
    const int size = r.FieldSize(*twin.older, f);
    const int a = size == 0 ? 0 : static_cast<int>(random_() % size), b = size == 0 ? 0 : static_cast<int>(random_() % size);
    switch (random_() % 3) {
      case 0:
        SetBoth(twin, f, g);
        break;
      case 1:
        if (size == 0) return;
        for (int k = a; k + 1 < size; ++k) {
          r.SwapElements(twin.older, f, k, k + 1);
          s.SwapElements(twin.newer, g, k, k + 1);
        }
        r.RemoveLast(twin.older, f);
        s.RemoveLast(twin.newer, g);
        break;
      default:
        if (size == 0) return;
        r.SwapElements(twin.older, f, a, b);
        s.SwapElements(twin.newer, g, a, b);
    }
  }
  void SetBoth(const Twin& twin, const FieldDescriptor* f, const FieldDescriptor* g) {
    const uint64_t seed = random_();  // of equal content
    random_.seed(seed);
    Set(*twin.older, f, 2, false);
    random_.seed(seed);
    Set(*twin.newer, g, 2, false);
  }
};

TEST_F(UnknownTest, AnOlderVersionsChangeIsTheSameChangeOfTheNewerMessage) {
  int unknown = 0, changed = 0;
  for (int i = 0; i < 800; ++i) {
    const auto newer = newer_.New(), older = older_.New(), result = newer_.New();
    Fill(*newer, 3, true);
    const std::string stored = ToJson(*newer);
    ASSERT_TRUE(FromJson(stored, older.get()));
    const std::string before = ToJson(*older);
    unknown += stored != before;
    clears_ = Chance(50);
    switched_ = false;
    for (int k = static_cast<int>(random_() % 12); k > 0; --k) Change({older.get(), newer.get()});
    const std::string written = ToJson(*older);
    changed += written != before;
    const auto kept = KeepUnknown(stored, written, older_.tree());
    ASSERT_TRUE(kept.has_value()) << stored << "\n" << written;
    ASSERT_TRUE(FromKnownJson(*kept, result.get())) << *kept;
    ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*newer, *result))
        << "stored " << stored << "\nwritten " << written << "\nkept " << *kept << "\nshould be " << ToJson(*newer);
    // And to the older version it is what it has written.
    const auto again = older_.New();
    ASSERT_TRUE(FromJson(*kept, again.get()));
    ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*older, *again)) << *kept;
  }
  EXPECT_GT(unknown, 500);
  EXPECT_GT(changed, 400);
}

TEST_F(UnknownTest, NothingUnknownIsLeftAsItWasWritten) {
  EXPECT_EQ(Kept(R"({"n": "1"})", R"({ "n" : "2" })"), R"({ "n" : "2" })");
  EXPECT_EQ(Kept("{}", R"({"n":"2"})"), R"({"n":"2"})");
}

TEST_F(UnknownTest, ListsFindTheirElements) {
  const std::string stored = R"({"leaves":[{"line":"1","text":"a","x":1},{"line":"2","text":"b","x":2},{"line":"2","text":"c","x":3}]})";
  // At the same place, at another place, changed, gone and new.
  EXPECT_EQ(
      Kept(stored, R"({"leaves":[{"line":"2","text":"c"},{"line":"9","text":"z"},{"line":"1","text":"aa"},{"line":"2","text":"b"}]})"),
      R"({"leaves":[{"line":"2","text":"c","x":3},{"line":"9","text":"z"},{"line":"1","text":"aa","x":1},{"line":"2","text":"b","x":2}]})");
  // What identifies was changed, in a list that is as long as before.
  EXPECT_EQ(Kept(stored, R"({"leaves":[{"line":"1","text":"a"},{"line":"7","text":"b"},{"line":"2","text":"c"}]})"),
            R"({"leaves":[{"line":"1","text":"a","x":1},{"line":"7","text":"b","x":2},{"line":"2","text":"c","x":3}]})");
  // Two with the same identity were changed, and one is gone: nobody knows which.
  EXPECT_EQ(Kept(stored, R"({"leaves":[{"line":"1","text":"a"},{"line":"2","text":"d"}]})"),
            R"({"leaves":[{"line":"1","text":"a","x":1},{"line":"2","text":"d"}]})");
  EXPECT_EQ(Kept(stored, R"({"n":"1"})"), R"({"n":"1"})") << "what was cleared takes its own with it";
}

TEST_F(UnknownTest, EqualElementsKeepTheirPlaces) {
  const std::string stored = R"({"leaves":[{"line":"1","x":1},{"line":"1","x":2},{"line":"1","x":3}]})";
  EXPECT_EQ(Kept(stored, R"({"leaves":[{"line":"1"},{"line":"1"},{"line":"1"}]})"), stored);
  EXPECT_EQ(Kept(stored, R"({"leaves":[{"line":"1"},{"line":"1"}]})"), R"({"leaves":[{"line":"1","x":1},{"line":"1","x":2}]})");
}

// Together with a newer alternative it could not be read.
TEST_F(UnknownTest, AOneofIsNotSetBesideWhatMayBeItsNewerAlternative) {
  EXPECT_EQ(Kept(R"({"three":{"line":"1"}})", R"({"one":{"line":"2"}})"), "refused");
  EXPECT_EQ(Kept(R"({"children":[{"id":"a","three":{}}]})", R"({"children":[{"id":"a","two":{}}]})"), "refused");
  EXPECT_EQ(Kept(R"({"one":{"line":"1"},"x":1})", R"({"two":{"id":"b"}})"), R"({"two":{"id":"b"},"x":1})");
  EXPECT_EQ(Kept(R"({"x":1})", R"({"n":"1"})"), R"({"n":"1","x":1})");
}

TEST_F(UnknownTest, UnknownValuesAreFoundAtEveryDepth) {
  for (const char* known : {"{}", R"({"kind":"KIND_A"})", R"({"future":"KIND_FUTURE"})", R"({"words":["KIND_FUTURE"]})",
                            R"({"children":[{"kinds":["KIND_A"],"leaf":{"text":"KIND_FUTURE"}}]})"}) {
    EXPECT_FALSE(HasUnknownValue(known, older_.tree())) << known;
  }
  for (const char* unknown :
       {R"({"kind":"KIND_FUTURE"})", R"({"kinds":["KIND_A","KIND_FUTURE"]})", R"({"kind_by_key":{"a":"KIND_A","b":"KIND_FUTURE"}})",
        R"({"children":[{"id":"a"},{"two":{"kinds":["KIND_FUTURE"]}}]})"}) {
    EXPECT_TRUE(HasUnknownValue(unknown, older_.tree())) << unknown;
    EXPECT_FALSE(HasUnknownValue(unknown, newer_.tree())) << unknown;
  }
}

}  // namespace
}  // namespace heitie::record
