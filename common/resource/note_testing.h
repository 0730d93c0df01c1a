// A service of notes for the tests of the resource kit, the events and the jobs.
#pragma once

#include <string>

#include "common/event/event_log.h"
#include "common/resource/kind.h"
#include "common/testing/fixture.h"
#include "heitie/testing/v1/note.pb.h"

namespace heitie::resource {

using testing::v1::Note;

class NoteTest : public ::testing::Test {
 protected:
  NoteTest() : store_(WithTable(database_.get())), service_("heitie.testing.v1.NoteService"), notes_(store_) {
    notes_.SetDecorator([](sql::Session&, Note& note) {
      note.set_mark_count(note.marks_size());
      return absl::OkStatus();
    });
    service_.Bind("GetNote", notes_.Getter());
    service_.Bind("ListNotes", notes_.Lister());
    service_.Bind("CreateNote", notes_.Creator());
    service_.Bind("UpdateNote", notes_.Updater());
    service_.Bind("DeleteNote", notes_.Deleter());
    event::Bind(service_, store_);
    service_.CheckComplete();
  }

  rpc::Call Manager() const { return testing::By("employees/manager", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Call(const std::string& method, const std::string& request) {
    return service_.Invoke<Resp>(method, Manager(), testing::Proto<Req>(request));
  }
  absl::StatusOr<Note> Create(const std::string& request) { return Call<Note, testing::v1::CreateNoteRequest>("CreateNote", request); }
  absl::StatusOr<Note> Update(const std::string& request) { return Call<Note, testing::v1::UpdateNoteRequest>("UpdateNote", request); }
  absl::StatusOr<Note> Get(const std::string& name) { return Call<Note, testing::v1::GetNoteRequest>("GetNote", "name: '" + name + "'"); }
  absl::StatusOr<testing::v1::ListNotesResponse> List(const std::string& request) {
    return Call<testing::v1::ListNotesResponse, testing::v1::ListNotesRequest>("ListNotes", request);
  }
  absl::StatusOr<type::v1::ListEventsResponse> Events(const std::string& request) {
    return Call<type::v1::ListEventsResponse, type::v1::ListEventsRequest>("ListEvents", request);
  }

  static sql::Database& WithTable(sql::Database& database) {
    const absl::Status status = database.Read(absl::Now() + absl::Seconds(20), [](sql::Session& session) {
      return session
          .Execute(
              "CREATE TABLE notes (name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, title VARCHAR(1000) NOT "
              "NULL, "
              "number BIGINT NOT NULL, flag BOOLEAN NOT NULL, ratio DOUBLE NOT NULL, ink VARCHAR(64) NOT NULL, moment DATETIME(6) NULL, "
              "day DATE NULL, "
              "`blob` BLOB NOT NULL, marks LONGTEXT NOT NULL, labels LONGTEXT NOT NULL, maybe BIGINT NULL, origin VARCHAR(100) NOT NULL, "
              "etag VARCHAR(20) NOT NULL, create_time DATETIME(6) NOT NULL, update_time DATETIME(6) NOT NULL, creator VARCHAR(190) NOT "
              "NULL, guard BIGINT NOT NULL DEFAULT 0, KEY notes_number (number), KEY notes_origin (origin, name), KEY notes_flag_number "
              "(flag, number)) "
              "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin")
          .status();
    });
    if (!status.ok()) ADD_FAILURE() << status;
    return database;
  }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  testing::TestDatabase database_;
  Store store_;
  rpc::Service service_;
  Kind<Note> notes_;
};

}  // namespace heitie::resource
