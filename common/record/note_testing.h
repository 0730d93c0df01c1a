// A service of notes for the tests of the resource kit, the events and the jobs.
#ifndef HEITIE_COMMON_RECORD_NOTE_TESTING_H_
#define HEITIE_COMMON_RECORD_NOTE_TESTING_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "common/event/event_log.h"
#include "common/record/methods.h"
#include "common/test/fixture.h"
#include "heitie/test/v1/note.pb.h"

namespace heitie::record {

using test::v1::Note;

// Fields of a note of so many times three thousand bytes, and a little more.
inline std::string LargeNote(int parts) {
  std::string text, fields = "title: 't' ";
  for (int i = 0; i < 1000; ++i) text += "休";
  for (int i = 0; i < parts; ++i) absl::StrAppend(&fields, "marks { text: '", text, "' } ");
  return fields;
}

class NoteTest : public ::testing::Test {
 protected:
  // `declare`: the rules of who sees what.
  explicit NoteTest(const std::function<void(Kind<Note>&)>& declare = nullptr)
      : store_(WithTable(database_.get(), declare ? ", KEY notes_creator (creator, name)" : "")),
        service_("heitie.test.v1.NoteService"),
        notes_(store_) {
    notes_.SetDecorator([](sql::Session&, Note& note) {
      note.set_mark_count(note.marks_size());
      return absl::OkStatus();
    });
    if (declare) declare(notes_);
    Methods methods(service_, store_);
    methods.Reads(notes_);
    methods.Creates(notes_);
    methods.Updates(notes_);
    methods.Deletes(notes_);
    event::Bind(service_, store_);
    service_.CheckComplete();
  }

  rpc::Call Manager() const { return test::By("employees/manager", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Call(const std::string& method, const std::string& request) {
    return service_.Invoke<Resp>(method, Manager(), test::Proto<Req>(request));
  }
  absl::StatusOr<Note> Create(const std::string& request) { return Call<Note, test::v1::CreateNoteRequest>("CreateNote", request); }
  absl::StatusOr<Note> Update(const std::string& request) { return Call<Note, test::v1::UpdateNoteRequest>("UpdateNote", request); }
  absl::StatusOr<Note> Get(const std::string& name) { return Call<Note, test::v1::GetNoteRequest>("GetNote", "name: '" + name + "'"); }
  absl::StatusOr<test::v1::ListNotesResponse> List(const std::string& request) {
    return Call<test::v1::ListNotesResponse, test::v1::ListNotesRequest>("ListNotes", request);
  }
  absl::StatusOr<type::v1::ListEventsResponse> Events(const std::string& request) {
    return Call<type::v1::ListEventsResponse, type::v1::ListEventsRequest>("ListEvents", request);
  }

  // As a restore of the database does (deploy/database/incarnation.sql): what came after the position is lost, and another incarnation of
  // the log begins.
  void RestoreEventsTo(int64_t position) {
    const absl::Status restored = store_.database().Write(absl::Now() + absl::Seconds(20), [&](sql::Session& session) -> absl::Status {
      for (const std::string& statement :
           {absl::StrCat("DELETE FROM event WHERE position > ", position), absl::StrCat("UPDATE event_position SET position = ", position),
            std::string("INSERT INTO event_incarnation (name, last_position, end_time) SELECT incarnation, position, UTC_TIMESTAMP(6) FROM "
                        "event_position"),
            std::string("UPDATE event_position SET incarnation = UUID()")}) {
        const auto done = session.Execute(statement);
        if (!done.ok()) return done.status();
      }
      return absl::OkStatus();
    });
    if (!restored.ok()) ADD_FAILURE() << restored;
  }

  // `keys`: further ones.
  static sql::Database& WithTable(sql::Database& database, const std::string& keys = "") {
    const absl::Status status = database.Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
      return session
          .Execute(
              "CREATE TABLE notes (name VARBINARY(190) NOT NULL PRIMARY KEY, title VARBINARY(4000) NOT NULL, number BIGINT NOT NULL, flag "
              "BOOLEAN NOT NULL, ratio DOUBLE NOT NULL, ink VARBINARY(64) NOT NULL, moment DATETIME(6) NULL, day DATE NULL, `blob` BLOB "
              "NOT NULL, marks LONGTEXT NOT NULL, labels LONGTEXT NOT NULL, maybe BIGINT NULL, origin VARBINARY(400) NOT NULL, etag "
              "VARBINARY(20) NOT NULL, create_time DATETIME(6) NOT NULL, update_time DATETIME(6) NOT NULL, creator VARBINARY(760) NOT "
              "NULL, guard BIGINT NOT NULL DEFAULT 0, KEY notes_number (number, name), KEY notes_origin (origin, name), KEY "
              "notes_flag_number (flag, number)" +
              keys + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin")
          .status();
    });
    if (!status.ok()) ADD_FAILURE() << status;
    return database;
  }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  test::TestDatabase database_;
  Store store_;
  rpc::Service service_;
  Kind<Note> notes_;
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_NOTE_TESTING_H_
