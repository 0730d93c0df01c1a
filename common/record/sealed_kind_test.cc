// Personal data of a kind: what is stored is sealed, what is answered is opened, and what is erased is empty.
#include <algorithm>
#include <fstream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/event/event_log.h"
#include "common/job/sealing.h"
#include "common/record/json.h"
#include "common/record/kind.h"
#include "common/seal/cipher.h"
#include "common/seal/seal.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/test/v1/letter.pb.h"
#include "heitie/test/v1/note.pb.h"

namespace heitie::record {
namespace {

using google::protobuf::util::MessageDifferencer;
using test::HasReason;
using test::IsOk;
using test::Proto;
using test::v1::Letter;

constexpr char kLetter[] = R"pb(
  name: "writers/ann/letters/one"
  reader: "readers/bob"
  subject: "Ann's 祕密"
  seal: "\xff\x00 wax"
  pages { text: "Ann page" number: 9007199254740993 }
  pages { text: "sealed:1:Ann" }
  remarks {
    text: "Bob one"
    page: 1
    below { text: "Bob below" page: 2 }
  }
  remarks { page: 3 }
  cover { text: "Ann cover" }
  stamps { key: "Ann key" value: "Ann value" }
  shelf: "sealed:1:shelf"
  price: 7654321
  weight: 0)pb";

// Without what is sealed: among many random letters stands any short word.
std::string Readable(const std::string& text) {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr char kSealed[] = "sealed:1:";
  constexpr size_t kKey = 32;
  std::string readable;
  size_t at = 0;
  for (size_t found = text.find(kSealed); found != std::string::npos; found = text.find(kSealed, at)) {
    const size_t key = found + sizeof kSealed - 1;
    readable.append(text, at, key - at);
    at = key;
    if (text.find_first_not_of(kHex, key) != key + kKey || text[key + kKey] != ':') continue;
    at = std::min(text.find_first_not_of(kBase64, key + kKey + 1), text.size());
  }
  return readable.append(text, at);
}

class SealedKindTest : public ::testing::Test {
 protected:
  SealedKindTest() : store_(WithTable(database_.get()), test::Keys()), letters_(store_) {}

  static sql::Database& WithTable(sql::Database& database) {
    const absl::Status status = database.Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
      return session
          .Execute(
              "CREATE TABLE letters (name VARBINARY(190) NOT NULL PRIMARY KEY, reader VARBINARY(190) NOT NULL, subject BLOB NOT NULL, "
              "seal BLOB NOT NULL, pages LONGTEXT NOT NULL, remarks LONGTEXT NOT NULL, cover LONGTEXT NULL, stamps LONGTEXT NOT NULL, "
              "shelf VARBINARY(400) NOT NULL, price VARBINARY(200) NOT NULL, weight VARBINARY(200) NULL, etag VARBINARY(20) NOT NULL, "
              "create_time DATETIME(6) NOT NULL, update_time DATETIME(6) NOT "
              "NULL, creator VARBINARY(760) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin")
          .status();
    });
    if (!status.ok()) ADD_FAILURE() << status;
    return database;
  }

  rpc::Call Call() const { return test::By("employees/manager", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }
  absl::Status Do(const std::function<absl::Status(Transaction&)>& work) { return store_.Write(Call(), work); }
  absl::StatusOr<Letter> Find() {
    return store_.Read(Call(), [&](sql::Session& session) { return letters_.Find(session, "writers/ann/letters/one"); });
  }
  Letter Inserted() {
    Letter letter = Proto<Letter>(kLetter);
    EXPECT_THAT(Do([&](Transaction& tx) {
                  Letter fresh = Proto<Letter>(kLetter);
                  const absl::Status inserted = letters_.Insert(tx, fresh);
                  letter = fresh;
                  return inserted;
                }),
                IsOk());
    return letter;
  }
  void Erase(const std::string& person) {
    EXPECT_THAT(Do([&](Transaction& tx) { return store_.person_keys().Destroy(tx.sql, person, tx.call.now).status(); }), IsOk());
  }
  std::vector<type::v1::Event> Events() {
    type::v1::ListEventsRequest request;
    request.add_subject_types("test.heitie/Letter");
    request.set_page_size(1000);
    const auto listed = event::List(store_, Call(), request);
    EXPECT_THAT(listed, IsOk());
    if (!listed.ok()) return {};
    return {listed->events().begin(), listed->events().end()};
  }
  Letter After(const type::v1::Event& event) {
    Letter letter;
    EXPECT_TRUE(FromKnownJson(event.after_json(), &letter)) << event.after_json();
    return letter;
  }
  // Everything that the schema holds.
  std::string Dump() {
    std::string dump;
    EXPECT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
    return Readable(dump);
  }
  void Sql(const std::string& statement, const sql::Values& values = {}) {
    EXPECT_THAT(Do([&](Transaction& tx) { return tx.sql.Execute(statement, values).status(); }), IsOk()) << statement;
  }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  test::TestDatabase database_{"personnel"};
  Store store_;
  Kind<Letter> letters_;
};

TEST_F(SealedKindTest, ManyRowsAtOnceStaySealed) {
  std::vector<Letter> before;
  ASSERT_THAT(Do([&](Transaction& tx) -> absl::Status {
                before.clear();
                for (int i = 0; i < 70; ++i) {
                  Letter letter = Proto<Letter>(kLetter);
                  letter.set_name(absl::StrCat("writers/w", i % 7, "/letters/l", 100 + i));
                  letter.set_reader(absl::StrCat("readers/r", i % 3));
                  RETURN_IF_ERROR(letters_.Insert(tx, letter));
                  before.push_back(letter);
                }
                return absl::OkStatus();
              }),
              IsOk());
  // Some change in what is personal, too.
  std::vector<Letter> after = before;
  for (size_t i = 0; i < after.size(); ++i) {
    after[i].set_shelf(absl::StrCat("shelf ", i));
    if (i % 10 == 0) after[i].set_subject("Ann's other 祕密");
  }
  ASSERT_THAT(Do([&](Transaction& tx) { return letters_.UpdateAll(tx, before, after, "shelve"); }), IsOk());
  const auto all =
      store_.Read(Call(), [&](sql::Session& session) { return letters_.Select(session, "ORDER BY SUBSTRING_INDEX(name, '/', -1)"); });
  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->size(), after.size());
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_TRUE(MessageDifferencer::Equals((*all)[i], after[i])) << (*all)[i].DebugString() << after[i].DebugString();
  }
  const std::string dump = Dump();
  EXPECT_FALSE(absl::StrContains(dump, "祕密"));
  EXPECT_FALSE(absl::StrContains(dump, "Bob one"));
  size_t told = 0;
  for (const type::v1::Event& event : Events()) {
    if (event.action() != "shelve") continue;
    ++told;
    EXPECT_EQ(After(event).remarks(0).text(), "Bob one");
  }
  EXPECT_EQ(told, 70u);
  // One that has changed meanwhile stops all, also where what is sealed changes.
  before = after;
  after[0].set_subject("mine");
  after[1].set_shelf("mine");
  ASSERT_THAT(Do([&](Transaction& tx) {
                Letter other = before[0];
                other.set_subject("Ann's third");
                return letters_.Update(tx, before[0], other, "update");
              }),
              IsOk());
  EXPECT_THAT(Do([&](Transaction& tx) { return letters_.UpdateAll(tx, before, after, "late"); }), HasReason("STALE_ETAG"));
}

TEST_F(SealedKindTest, StoresNothingReadableAndAnswersEverything) {
  const Letter inserted = Inserted();
  const auto found = Find();
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*found, inserted)) << found->DebugString();
  const auto selected = store_.Read(Call(), [&](sql::Session& session) { return letters_.Select(session, "ORDER BY name"); });
  ASSERT_THAT(selected, IsOk());
  ASSERT_EQ(selected->size(), 1u);
  EXPECT_TRUE(MessageDifferencer::Equals((*selected)[0], inserted));
  const std::vector<type::v1::Event> events = Events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(MessageDifferencer::Equals(After(events[0]), inserted)) << events[0].after_json();
  const std::string dump = Dump();
  for (const char* text : {"Ann", "Bob", "祕密", " wax", "9007199254740993", "7654321"})
    EXPECT_FALSE(absl::StrContains(dump, text)) << text;
  EXPECT_TRUE(absl::StrContains(dump, "sealed:1:shelf"));
}

TEST_F(SealedKindTest, ChangesWhatIsSealedAndKeepsWhatANewerVersionKnows) {
  const Letter before = Inserted();
  // A newer version's member beside the sealed one.
  std::string remarks;
  EXPECT_THAT(Do([&](Transaction& tx) {
                return tx.sql.Query("SELECT remarks FROM letters", {}, [&](const sql::Row& row) { remarks = row.Text(0); });
              }),
              IsOk());
  ASSERT_TRUE(absl::StrContains(remarks, "\"page\":1"));
  Sql("UPDATE letters SET remarks = REPLACE(remarks, '\"page\":1', '\"page\":1,\"newer\":7')");
  Letter after = before;
  after.mutable_remarks(0)->set_text("Bob two");
  after.set_subject("Ann again");
  after.set_price(-1);
  after.clear_weight();
  after.clear_cover();
  EXPECT_THAT(Do([&](Transaction& tx) {
                Letter changed = after;
                const absl::Status updated = letters_.Update(tx, before, changed, "update");
                after = changed;
                return updated;
              }),
              IsOk());
  const auto found = Find();
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*found, after)) << found->DebugString();
  EXPECT_EQ(found->etag(), "2");
  EXPECT_TRUE(absl::StrContains(Dump(), "\"newer\":7"));
  const std::vector<type::v1::Event> events = Events();
  ASSERT_EQ(events.size(), 2u);
  Letter told;
  EXPECT_TRUE(FromKnownJson(events[1].before_json(), &told));
  EXPECT_TRUE(MessageDifferencer::Equals(told, before));
  EXPECT_TRUE(MessageDifferencer::Equals(After(events[1]), after));
  EXPECT_THAT(Do([&](Transaction& tx) { return letters_.Delete(tx, after); }), IsOk());
  const std::string dump = Dump();
  for (const char* text : {"Ann", "Bob"}) EXPECT_FALSE(absl::StrContains(dump, text)) << text;
}

TEST_F(SealedKindTest, EachPersonIsErasedAlone) {
  const Letter before = Inserted();
  EXPECT_THAT(Find(), IsOk());
  Erase("writers/ann");
  Letter left = before;
  left.clear_subject();
  left.clear_pages();
  left.clear_cover();
  left.clear_stamps();
  auto found = Find();
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*found, left)) << found->DebugString();
  EXPECT_TRUE(MessageDifferencer::Equals(After(Events()[0]), left)) << Events()[0].after_json();
  // What is left may be changed, and nothing of hers is written again.
  Letter moved = *found;
  moved.set_shelf("top");
  EXPECT_THAT(Do([&](Transaction& tx) { return letters_.Update(tx, *found, moved, "update"); }), IsOk());
  Letter again = *Find();
  again.set_subject("Ann again");
  EXPECT_THAT(Do([&](Transaction& tx) { return letters_.Update(tx, *Find(), again, "update"); }), HasReason("PERSON_ERASED"));
  Erase("readers/bob");
  found = Find();
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->seal(), "");
  EXPECT_EQ(found->price(), 0);
  EXPECT_FALSE(found->has_weight());
  ASSERT_EQ(found->remarks_size(), 2);
  EXPECT_EQ(found->remarks(0).text(), "");
  EXPECT_EQ(found->remarks(0).page(), 1);
  EXPECT_EQ(found->remarks(0).below(0).text(), "");
  EXPECT_EQ(found->shelf(), "top");
}

// Whoever writes what looks sealed, in whatever field, gets it back and harms nobody.
TEST_F(SealedKindTest, ATextThatLooksSealedIsATextLikeAnother) {
  Inserted();
  Letter letter = Proto<Letter>(kLetter);
  letter.set_name("writers/dan/letters/one");
  const std::string forged = absl::StrCat("sealed:1:", std::string(32, '0'), ":AAAA");
  letter.set_subject(forged);
  letter.set_shelf(forged);
  letter.mutable_remarks(0)->set_text(forged);
  letter.mutable_pages(0)->set_text(forged);
  EXPECT_THAT(Do([&](Transaction& tx) { return letters_.Insert(tx, letter); }), IsOk());
  const auto found = store_.Read(Call(), [&](sql::Session& session) { return letters_.Find(session, letter.name()); });
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*found, letter)) << found->DebugString();
  const std::vector<type::v1::Event> events = Events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(MessageDifferencer::Equals(After(events[1]), letter));
}

TEST_F(SealedKindTest, WhatBecomesAnotherPersonsIsErasedWithThatPerson) {
  const Letter before = Inserted();
  Letter after = before;
  after.set_reader("readers/cy");
  EXPECT_THAT(Do([&](Transaction& tx) {
                Letter moved = after;
                const absl::Status updated = letters_.Update(tx, before, moved, "merge");
                after = moved;
                return updated;
              }),
              IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*Find(), after)) << Find()->DebugString();
  Erase("readers/bob");
  EXPECT_TRUE(MessageDifferencer::Equals(*Find(), after)) << Find()->DebugString();
  // What was recorded when it was his is his.
  Letter told;
  EXPECT_TRUE(FromKnownJson(Events()[1].before_json(), &told));
  EXPECT_EQ(told.seal(), "");
  EXPECT_EQ(After(Events()[1]).seal(), before.seal());
  Erase("readers/cy");
  EXPECT_EQ(Find()->seal(), "");
  EXPECT_EQ(Find()->remarks(0).text(), "");
  EXPECT_EQ(Find()->subject(), before.subject());
}

TEST_F(SealedKindTest, IsRefusedWhereItWasNotWritten) {
  Inserted();
  Letter other = Proto<Letter>("name: 'writers/ann/letters/two' reader: 'readers/bob' subject: 'Ann two'");
  EXPECT_THAT(Do([&](Transaction& tx) {
                Letter fresh = other;
                return letters_.Insert(tx, fresh);
              }),
              IsOk());
  // Of another resource, of another field, and with a letter changed.
  Sql("UPDATE letters a JOIN letters b ON b.name = 'writers/ann/letters/two' SET a.subject = b.subject WHERE a.name = "
      "'writers/ann/letters/one'");
  EXPECT_EQ(Find().status().code(), absl::StatusCode::kDataLoss);
  // Gets that ride together fail alone.
  const auto get = [&](const std::string& name) {
    absl::Status status = absl::UnknownError("");
    test::v1::Note request;
    request.set_name(name);
    Letter answer;
    auto exchange = std::make_shared<rpc::Exchange>();
    exchange->call = Call();
    exchange->request = &request;
    exchange->response = &answer;
    absl::Notification done;
    exchange->finish = [&](const absl::Status& finished) {
      status = finished;
      done.Notify();
    };
    letters_.collection().Getter().run(exchange);
    done.WaitForNotification();
    return status;
  };
  EXPECT_EQ(get("writers/ann/letters/one").code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(get("writers/ann/letters/two"), IsOk());
  // An event that was tampered with is told without what is sealed.
  Sql("UPDATE event a JOIN event b ON b.aggregateid = 'writers/ann/letters/two' SET a.payload = REPLACE(b.payload, 'letters/two', "
      "'letters/one') "
      "WHERE a.aggregateid = 'writers/ann/letters/one'");
  const std::vector<type::v1::Event> events = Events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(After(events[0]).subject(), "");
  EXPECT_EQ(After(events[0]).reader(), "readers/bob");
  EXPECT_EQ(After(events[1]).subject(), "Ann two");
  Sql("DELETE FROM letters");
  Inserted();
  Sql("UPDATE letters SET stamps = pages");
  EXPECT_EQ(Find().status().code(), absl::StatusCode::kDataLoss);
  Sql("DELETE FROM letters");
  Inserted();
  Sql("UPDATE letters SET remarks = REPLACE(remarks, 'sealed:1:', 'sealed:1:0')");
  EXPECT_EQ(Find().status().code(), absl::StatusCode::kDataLoss);
  Sql("DELETE FROM letters");
  Inserted();
  Sql("UPDATE letters SET subject = CONCAT(SUBSTRING(subject, 1, LENGTH(subject) - 3), 'AAA')");
  EXPECT_EQ(Find().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealedKindTest, AnswersAreSealedAtAnyDepth) {
  test::v1::LetterBox box;
  *box.mutable_first() = Proto<Letter>(kLetter);
  *box.add_letters() = Proto<Letter>(kLetter);
  *box.add_letters() = Proto<Letter>("name: 'writers/cid/letters/one' reader: 'readers/bob' subject: 'Cid'");
  box.set_label("sealed:1:label");
  std::string bytes;
  EXPECT_THAT(Do([&](Transaction& tx) -> absl::Status {
                ASSIGN_OR_RETURN(bytes, tx.seals->Bytes(box));
                return absl::OkStatus();
              }),
              IsOk());
  for (const char* text : {"Ann", "Bob", "Cid", "祕密", " wax"}) EXPECT_FALSE(absl::StrContains(Readable(bytes), text)) << text;
  // A version that does not know of it reads the rest.
  test::v1::LetterBox plain;
  EXPECT_TRUE(plain.ParseFromString(bytes));
  EXPECT_EQ(plain.letters(1).name(), "writers/cid/letters/one");
  EXPECT_EQ(plain.letters(1).subject(), "");
  const auto open = [&] {
    test::v1::LetterBox opened;
    EXPECT_TRUE(opened.ParseFromString(bytes));
    EXPECT_THAT(store_.Read(Call(),
                            [&](sql::Session& session) -> absl::Status {
                              seal::Opener opener(store_.person_keys());
                              opener.Add(bytes);
                              RETURN_IF_ERROR(opener.Load(session));
                              return opener.Fields(&opened);
                            }),
                IsOk());
    return opened;
  };
  EXPECT_TRUE(MessageDifferencer::Equals(open(), box)) << open().DebugString();
  EXPECT_EQ(open().SerializeAsString().size(), box.SerializeAsString().size());
  Erase("writers/ann");
  test::v1::LetterBox left = box;
  for (Letter* letter : {left.mutable_first(), left.mutable_letters(0)}) {
    letter->clear_subject();
    letter->clear_pages();
    letter->clear_cover();
    letter->clear_stamps();
  }
  EXPECT_TRUE(MessageDifferencer::Equals(open(), left)) << open().DebugString();
}

TEST_F(SealedKindTest, FirstAnswersAndWhatForgetsThem) {
  test::v1::CreateNoteRequest request;
  request.set_request_id("r1");
  rpc::Call call = Call();
  call.method = "heitie.test.v1.NoteService/CreateNote";
  int runs = 0;
  const auto write = [&](Letter* answer) {
    return store_.Write(call, request, answer, Store::Work([&](Transaction&) {
                          ++runs;
                          *answer = Proto<Letter>(kLetter);
                          return absl::OkStatus();
                        }));
  };
  Letter first, second;
  EXPECT_THAT(write(&first), IsOk());
  EXPECT_FALSE(absl::StrContains(Dump(), "Ann"));
  EXPECT_THAT(write(&second), IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(second, Proto<Letter>(kLetter))) << second.DebugString();
  // Another answer is not forgotten, this one is.
  EXPECT_THAT(store_.Forget(call, request, Letter()), IsOk());
  EXPECT_THAT(write(&second), IsOk());
  EXPECT_EQ(second.name(), first.name());
  Erase("writers/ann");
  Erase("readers/bob");
  EXPECT_THAT(write(&second), IsOk());
  EXPECT_EQ(second.subject(), "");
  EXPECT_EQ(second.remarks_size(), 2);
  EXPECT_EQ(second.shelf(), first.shelf());
  EXPECT_THAT(store_.Forget(call, request, second), IsOk());
  EXPECT_FALSE(absl::StrContains(Dump(), "CreateNote"));
}

// What was written before it was declared, or by who did not know.
TEST_F(SealedKindTest, HistoryIsSealedLate) {
  job::Runner jobs(store_, clock_, "services/test");
  job::KeepSealed(jobs, store_);
  const Letter inserted = Inserted();
  const std::string json = ToJson(inserted);
  Sql("UPDATE letters SET subject = ?, seal = ?, pages = ?, remarks = ?, cover = ?, stamps = ?, price = '7654321', weight = '0'",
      sql::Bind(inserted.subject(), inserted.seal(),
                R"({"pages":[{"text":"Ann page","number":"9007199254740993"},{"text":"sealed:1:Ann"}]})",
                R"({"remarks":[{"text":"Bob one","page":1,"below":[{"text":"Bob below","page":2}],"newer":7},{"page":3}]})",
                R"({"cover":{"text":"Ann cover"}})", R"({"stamps":{"Ann key":"Ann value"}})"));
  Sql("UPDATE event SET before_json = ?, payload = ? WHERE aggregatetype = 'test.heitie/Letter'", sql::Bind(json, json));
  for (int i = 0; i < 250; ++i) {
    Sql("INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload) "
        "VALUES (?, 'test.heitie/Letter', ?, ?, 'update', 'p', 'm', '', ?, NULL, ?)",
        sql::Bind(NewId(clock_.Now()), inserted.name(), i + 2, clock_.Now(), json));
    Sql("INSERT INTO idempotency (principal, request_id, fingerprint, response, create_time) VALUES (?, ?, REPEAT('x', 32), ?, ?)",
        sql::Bind("employees/li", absl::StrCat("r", i), inserted.SerializeAsString(), clock_.Now()));
  }
  ASSERT_TRUE(absl::StrContains(Dump(), "Ann"));
  // Plain and sealed are read alike meanwhile.
  EXPECT_TRUE(MessageDifferencer::Equals(*Find(), inserted)) << Find()->DebugString();
  ASSERT_THAT(event::PlaceAll(store_, absl::Now() + absl::Seconds(20)), IsOk());
  for (int i = 0; i < 10; ++i) {
    ASSERT_THAT(jobs.RunDue(), IsOk());
    clock_.Advance(absl::Minutes(1));
  }
  const std::string dump = Dump();
  for (const char* text : {"Ann", "Bob", "祕密", " wax"}) EXPECT_FALSE(absl::StrContains(dump, text)) << text;
  EXPECT_TRUE(absl::StrContains(dump, "newer"));
  EXPECT_TRUE(MessageDifferencer::Equals(*Find(), inserted)) << Find()->DebugString();
  for (const type::v1::Event& event : Events()) EXPECT_TRUE(MessageDifferencer::Equals(After(event), inserted));
  // What is plain of somebody who was erased is left out.
  Erase("writers/ann");
  Sql("INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload) "
      "VALUES (?, 'test.heitie/Letter', ?, 300, 'update', 'p', 'm', '', ?, NULL, ?)",
      sql::Bind(NewId(clock_.Now()), inserted.name(), clock_.Now(), json));
  ASSERT_THAT(event::PlaceAll(store_, absl::Now() + absl::Seconds(20)), IsOk());
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(jobs.RunDue(), IsOk());
  EXPECT_FALSE(absl::StrContains(Dump(), "Ann"));
}

TEST(SealDeclarationsTest, MistakesAreFound) {
  EXPECT_EQ(seal::MistakeIn(*Letter::descriptor()), "");
  EXPECT_TRUE(seal::HoldsPersonal(*test::v1::LetterBox::descriptor()));
  EXPECT_FALSE(seal::HoldsPersonal(*test::v1::Note::descriptor()));
  EXPECT_NE(seal::DeclarationsOf(*Letter::descriptor()), "");
}

}  // namespace
}  // namespace heitie::record
