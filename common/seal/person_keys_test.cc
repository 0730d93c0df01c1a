// The table is that of the personnel service's schema.
#include "common/seal/person_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/seal/cipher.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"

namespace heitie::seal {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::Pair;

const std::string kOld(64, '1'), kNew(64, '2');

class PersonKeysTest : public ::testing::Test {
 protected:
  PersonKeysTest() { Write("a " + kOld); }

  void Write(const std::string& text) {
    std::ofstream(file_ + ".new") << text << "\n";
    ASSERT_EQ(std::rename((file_ + ".new").c_str(), file_.c_str()), 0);
  }
  // As a replica of the service has them.
  std::unique_ptr<PersonKeys> Replica(size_t kept = PersonKeys::kKept) {
    auto master = MasterKeys::Open(file_);
    EXPECT_THAT(master, IsOk());
    auto keys = std::make_unique<PersonKeys>(*master, kept);
    EXPECT_THAT(keys->Prepare(database_.get(), Patience()), IsOk());
    return keys;
  }
  static absl::Time Patience() { return absl::Now() + absl::Seconds(20); }
  absl::Status Do(const std::function<absl::Status(sql::Session&)>& work) { return database_.get().Write(Patience(), work); }
  PersonKey Make(PersonKeys& keys, const std::string& person) {
    PersonKey key;
    EXPECT_THAT(Do([&](sql::Session& session) -> absl::Status {
                  ASSIGN_OR_RETURN(key, keys.ForWriting(session, person, absl::Now()));
                  return absl::OkStatus();
                }),
                IsOk());
    return key;
  }
  absl::Status Load(PersonKeys& keys, const std::set<std::string>& ids, OpenedKeys* opened) {
    return database_.get().Read(Patience(), [&](sql::Session& session) { return keys.Load(session, ids, opened); });
  }
  OpenedKeys Loaded(PersonKeys& keys, const std::set<std::string>& ids) {
    OpenedKeys opened;
    EXPECT_THAT(Load(keys, ids, &opened), IsOk());
    return opened;
  }
  bool Erase(PersonKeys& keys, const std::string& person) {
    bool erased = false;
    EXPECT_THAT(Do([&](sql::Session& session) -> absl::Status {
                  ASSIGN_OR_RETURN(erased, keys.Destroy(session, person, absl::Now()));
                  return absl::OkStatus();
                }),
                IsOk());
    return erased;
  }
  int64_t Rewrap(PersonKeys& keys) {
    int64_t count = -1;
    EXPECT_THAT(Do([&](sql::Session& session) -> absl::Status {
                  ASSIGN_OR_RETURN(count, keys.Rewrap(session, 1000));
                  return absl::OkStatus();
                }),
                IsOk());
    return count;
  }
  std::string Stored(const std::string& query) {
    std::string text;
    EXPECT_THAT(Do([&](sql::Session& session) {
                  return session.Query(query, {}, [&](const sql::Row& row) { absl::StrAppend(&text, row.Text(0), " "); });
                }),
                IsOk());
    return text;
  }

  const std::string file_ = absl::StrCat(::testing::TempDir(), "personal-keys-", getpid());
  test::TestDatabase database_{"personnel"};
};

TEST(MasterKeysTest, ReadsLinesAndNamesTheWrongOneWithoutTellingIt) {
  const auto keys = MasterKeys::Parse("# first\n\n b " + kNew + "\r\na\t" + kOld + "\n");
  ASSERT_THAT(keys, IsOk());
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ((*keys)[0].id, "b");
  EXPECT_EQ((*keys)[0].bytes, std::string(32, '\x22'));
  EXPECT_EQ((*keys)[1].id, "a");
  for (const std::string& bad : {std::string(), std::string("# nothing"), "a " + kOld.substr(1), "a " + kOld + "0", kOld,
                                 "a " + kOld + " b", "a/b " + kOld, "a " + kOld + "\na " + kNew, "a " + std::string(64, 'g')}) {
    const auto read = MasterKeys::Parse(bad);
    EXPECT_FALSE(read.ok()) << bad;
    EXPECT_THAT(std::string(read.status().message()), ::testing::Not(HasSubstr("1111"))) << bad;
  }
  EXPECT_FALSE(MasterKeys::Open("/nonexistent/keys").ok());
}

TEST_F(PersonKeysTest, TellsOfManyAtOnceWhoHasAKeyAndWhoWasErased) {
  const auto keys = Replica();
  std::set<std::string> people;
  std::map<std::string, PersonKey> made;
  for (int i = 0; i < 300; ++i) {
    const std::string person = absl::StrCat("employees/p", i);
    people.insert(person);
    if (i % 100 != 7) made[person] = Make(*keys, person);
  }
  Erase(*keys, "employees/p5");
  Erase(*keys, "employees/never-there");
  people.insert("employees/never-there");
  std::map<std::string, PersonKey> found;
  std::set<std::string> erased;
  ASSERT_THAT(Do([&](sql::Session& session) -> absl::Status {
                RETURN_IF_ERROR(keys->ForWriting(session, people, &found));
                ASSIGN_OR_RETURN(erased, keys->Erased(session, people));
                return absl::OkStatus();
              }),
              IsOk());
  made.erase("employees/p5");
  ASSERT_EQ(found.size(), made.size());
  for (const auto& [person, key] : made) {
    EXPECT_EQ(found[person].id, key.id);
    EXPECT_EQ(found[person].bytes, key.bytes);
  }
  EXPECT_THAT(erased, ElementsAre("employees/never-there", "employees/p5"));
}

TEST_F(PersonKeysTest, ANewcomersKeyIsTheOneThatIsFoundLater) {
  const auto one = Replica(), two = Replica();
  PersonKey made;
  ASSERT_THAT(Do([&](sql::Session& session) -> absl::Status {
                ASSIGN_OR_RETURN(made, one->ForNewcomer(session, "inquiries/new", absl::Now()));
                ASSIGN_OR_RETURN(const PersonKey same, one->ForWriting(session, "inquiries/new", absl::Now()));
                EXPECT_EQ(same.id, made.id) << "in the same transaction";
                return absl::OkStatus();
              }),
              IsOk());
  EXPECT_EQ(made.bytes.size(), kKeyBytes);
  EXPECT_EQ(Make(*two, "inquiries/new").bytes, made.bytes);
  EXPECT_THAT(Loaded(*two, {made.id}), ElementsAre(Pair(made.id, Optional(made.bytes))));
  EXPECT_THAT(Stored("SELECT wrapped_key FROM person_keys"), ::testing::Not(HasSubstr(made.bytes)));
}

TEST_F(PersonKeysTest, OneKeyForEachPersonWhichOtherReplicasOpen) {
  const auto one = Replica(), two = Replica();
  const PersonKey li = Make(*one, "employees/li"), bo = Make(*one, "employees/bo");
  EXPECT_EQ(Make(*two, "employees/li").bytes, li.bytes);
  EXPECT_NE(li.bytes, bo.bytes);
  EXPECT_EQ(li.bytes.size(), kKeyBytes);
  EXPECT_THAT(Loaded(*two, {li.id, bo.id}),
              ::testing::UnorderedElementsAre(Pair(li.id, Optional(li.bytes)), Pair(bo.id, Optional(bo.bytes))));
  const std::string stored = Stored("SELECT wrapped_key FROM person_keys");
  EXPECT_THAT(stored, ::testing::Not(HasSubstr(li.bytes)));
  EXPECT_THAT(Loaded(*one, {std::string(32, '0'), li.id}), ElementsAre(Pair(li.id, Optional(li.bytes))));
}

TEST_F(PersonKeysTest, AKeyOfAnUndoneTransactionIsNotUsedAgain) {
  const auto keys = Replica();
  PersonKey undone;
  OpenedKeys opened;
  EXPECT_FALSE(Do([&](sql::Session& session) -> absl::Status {
                 ASSIGN_OR_RETURN(undone, keys->ForWriting(session, "employees/li", absl::Now()));
                 RETURN_IF_ERROR(keys->Load(session, {undone.id}, &opened));
                 return absl::CancelledError("undone");
               }).ok());
  const PersonKey key = Make(*keys, "employees/li");
  EXPECT_NE(key.id, undone.id);
  EXPECT_THAT(Loaded(*keys, {key.id}), ElementsAre(Pair(key.id, Optional(key.bytes))));
}

TEST_F(PersonKeysTest, ErasedIsErasedEverywhereAtOnceHereAndInHalfASecondThere) {
  const auto one = Replica(), two = Replica();
  const PersonKey li = Make(*one, "employees/li"), bo = Make(*one, "employees/bo");
  EXPECT_THAT(Loaded(*one, {li.id}), ElementsAre(Pair(li.id, Optional(li.bytes))));
  EXPECT_THAT(Loaded(*two, {li.id, bo.id}), ::testing::SizeIs(2));
  EXPECT_TRUE(Erase(*one, "employees/li"));
  const absl::Time erased = absl::Now();
  EXPECT_THAT(Loaded(*one, {li.id}), ElementsAre(Pair(li.id, std::nullopt)));
  while (Loaded(*two, {li.id})[li.id].has_value()) {
    ASSERT_LT(absl::Now(), erased + absl::Seconds(2));
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_THAT(Loaded(*two, {bo.id}), ElementsAre(Pair(bo.id, Optional(bo.bytes))));
  EXPECT_FALSE(Erase(*two, "employees/li"));
  EXPECT_THAT(Do([&](sql::Session& session) { return two->ForWriting(session, "employees/li", absl::Now()).status(); }),
              HasReason("PERSON_ERASED"));
  // Somebody without a key gets none later.
  EXPECT_TRUE(Erase(*one, "employees/nobody"));
  EXPECT_THAT(Do([&](sql::Session& session) { return one->ForWriting(session, "employees/nobody", absl::Now()).status(); }),
              HasReason("PERSON_ERASED"));
}

TEST_F(PersonKeysTest, AnErasureThatIsUndoneErasesNothing) {
  const auto keys = Replica();
  const PersonKey li = Make(*keys, "employees/li"), bo = Make(*keys, "employees/bo");
  EXPECT_FALSE(Do([&](sql::Session& session) -> absl::Status {
                 RETURN_IF_ERROR(keys->Destroy(session, "employees/li", absl::Now()).status());
                 // Reads what is not committed.
                 OpenedKeys opened;
                 RETURN_IF_ERROR(keys->Load(session, {li.id, bo.id}, &opened));
                 EXPECT_EQ(opened[li.id], std::nullopt);
                 return absl::CancelledError("undone");
               }).ok());
  EXPECT_THAT(Loaded(*keys, {li.id, bo.id})[li.id], Optional(li.bytes));
  EXPECT_TRUE(Erase(*keys, "employees/bo"));
  EXPECT_EQ(Loaded(*keys, {li.id, bo.id})[bo.id], std::nullopt);
}

TEST_F(PersonKeysTest, WhoReadsWhileOthersErase) {
  constexpr int kPersons = 40;
  const auto one = Replica(), two = Replica(8);
  std::vector<PersonKey> persons;
  std::set<std::string> ids;
  for (int i = 0; i < kPersons; ++i) persons.push_back(Make(*one, absl::StrCat("employees/e", i)));
  for (const PersonKey& key : persons) ids.insert(key.id);
  std::vector<std::atomic<int64_t>> erased(kPersons);  // nanoseconds; 0: not yet
  std::atomic<bool> done{false};
  const auto read = [&](PersonKeys& keys) {
    while (!done) {
      const absl::Time before = absl::Now();
      const OpenedKeys opened = Loaded(keys, ids);
      for (int i = 0; i < kPersons; ++i) {
        const auto found = opened.find(persons[static_cast<size_t>(i)].id);
        ASSERT_NE(found, opened.end());
        const int64_t when = erased[static_cast<size_t>(i)];
        if (when != 0 && absl::FromUnixNanos(when) + absl::Seconds(2) < before) {
          EXPECT_EQ(found->second, std::nullopt) << i;
        }
        if (found->second) EXPECT_EQ(*found->second, persons[static_cast<size_t>(i)].bytes);
      }
    }
  };
  std::vector<std::jthread> readers;
  for (PersonKeys* keys : {one.get(), two.get(), one.get(), two.get()}) readers.emplace_back([&read, keys] { read(*keys); });
  for (int i = 0; i < kPersons; i += 2) {
    EXPECT_TRUE(Erase(i % 4 == 0 ? *one : *two, absl::StrCat("employees/e", i)));
    erased[static_cast<size_t>(i)] = absl::ToUnixNanos(absl::Now());
    absl::SleepFor(absl::Milliseconds(20));
  }
  absl::SleepFor(absl::Milliseconds(2200));
  done = true;
  readers.clear();
  const OpenedKeys opened = Loaded(*two, ids);
  for (int i = 0; i < kPersons; ++i) EXPECT_EQ(opened.at(persons[static_cast<size_t>(i)].id).has_value(), i % 2 == 1) << i;
}

TEST_F(PersonKeysTest, MasterKeysChangeWhileRunning) {
  const auto keys = Replica();
  const PersonKey li = Make(*keys, "employees/li"), bo = Make(*keys, "employees/bo");
  Erase(*keys, "employees/bo");
  const std::string fingerprint = keys->Fingerprint("phone", "+886912345678");
  EXPECT_EQ(Rewrap(*keys), 0);
  // The new one wraps, the old one opens.
  Write("b " + kNew + "\na " + kOld);
  absl::SleepFor(absl::Milliseconds(1100));
  const PersonKey wu = Make(*keys, "employees/wu");
  EXPECT_EQ(Stored("SELECT master_key FROM person_keys WHERE person IN ('employees/li', 'employees/wu') ORDER BY person"), "a b ");
  EXPECT_EQ(Rewrap(*keys), 1);
  EXPECT_EQ(Rewrap(*keys), 0);
  EXPECT_EQ(Stored("SELECT DISTINCT master_key FROM person_keys WHERE wrapped_key IS NOT NULL"), "b ");
  EXPECT_EQ(Stored("SELECT pepper_master_key FROM person_key_state"), "b ");
  // Without the old one a new process opens everything, and destroyed keys stay so.
  Write("b " + kNew);
  const auto next = Replica();
  EXPECT_THAT(Loaded(*next, {li.id, bo.id, wu.id})[li.id], Optional(li.bytes));
  EXPECT_EQ(Loaded(*next, {bo.id})[bo.id], std::nullopt);
  EXPECT_EQ(next->Fingerprint("phone", "+886912345678"), fingerprint);
  EXPECT_NE(next->Fingerprint("email", "+886912345678"), fingerprint);
  // A file that cannot be read changes nothing; a key that is missing is said by its id.
  Write("nonsense");
  EXPECT_THAT(Loaded(*next, {wu.id})[wu.id], Optional(wu.bytes));
  Write("c " + std::string(64, '3'));
  absl::SleepFor(absl::Milliseconds(1100));
  const auto fresh = std::make_unique<PersonKeys>(*MasterKeys::Open(file_));
  EXPECT_THAT(fresh->Prepare(database_.get(), Patience()), HasReason("MASTER_KEY_MISSING"));
  OpenedKeys opened;
  EXPECT_THAT(Load(*fresh, {li.id}, &opened), HasReason("MASTER_KEY_MISSING"));
  // It comes back within a read.
  Write("c " + std::string(64, '3') + "\nb " + kNew);
  EXPECT_THAT(Loaded(*fresh, {li.id})[li.id], Optional(li.bytes));
}

TEST_F(PersonKeysTest, KeysAreWrappedAnewWhileOthersReadAndWrite) {
  const auto one = Replica(), two = Replica();
  std::vector<PersonKey> persons;
  std::set<std::string> ids;
  for (int i = 0; i < 30; ++i) persons.push_back(Make(*one, absl::StrCat("employees/e", i)));
  for (const PersonKey& key : persons) ids.insert(key.id);
  Write("b " + kNew + "\na " + kOld);
  std::atomic<bool> done{false};
  std::jthread reader([&] {
    while (!done) {
      const auto fresh = std::make_unique<PersonKeys>(*MasterKeys::Open(file_));
      for (const auto& [id, bytes] : Loaded(*fresh, ids)) EXPECT_TRUE(bytes.has_value());
    }
  });
  std::jthread writer([&] {
    for (int i = 0; !done; ++i)
      EXPECT_EQ(Make(*two, absl::StrCat("employees/e", i % 30)).bytes, persons[static_cast<size_t>(i % 30)].bytes);
  });
  const absl::Time end = absl::Now() + absl::Seconds(5);
  int64_t rewrapped = 0;
  while (rewrapped < 30 && absl::Now() < end) rewrapped += Rewrap(*one);
  done = true;
  EXPECT_EQ(rewrapped, 30);
}

}  // namespace
}  // namespace heitie::seal
