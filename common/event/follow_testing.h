// A source of events, the note service, and a schema of its own in which somebody follows it.
#ifndef HEITIE_COMMON_EVENT_FOLLOW_TESTING_H_
#define HEITIE_COMMON_EVENT_FOLLOW_TESTING_H_

#include <memory>
#include <string>

#include "common/event/event_log.h"
#include "common/event/followers.h"
#include "common/record/note_testing.h"
#include "common/rpc/bounds.h"
#include "common/rpc/door_impl.h"

namespace heitie::event {

inline constexpr char kListNoteEvents[] = "heitie.test.v1.NoteService/ListEvents";

class FollowTest : public record::NoteTest {
 protected:
  FollowTest() {
    Play(source_);
    Bind(own_service_, own_store_);
  }

  // Answers as the note service does, but for what a test makes of it.
  void Play(test::FakeClient& source) {
    source.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        kListNoteEvents,
        [this](const rpc::Call& call, const type::v1::ListEventsRequest& request) -> absl::StatusOr<type::v1::ListEventsResponse> {
          if (!answers_) return absl::UnavailableError("away");
          type::v1::ListEventsRequest small = request;
          small.set_page_size(std::min(request.page_size(), greatest_page_));
          if (before_answer_) before_answer_(request);
          auto answer = event::List(store_, call, small);
          // As the source's door does.
          if (answer.ok() && answer->ByteSizeLong() > static_cast<size_t>(rpc::kMaxMessageBytes)) return rpc::AnswerTooLarge();
          return answer;
        });
  }

  void Add(const std::string& id, const std::string& title = "x") {
    ASSERT_THAT(Create("parent: 'books/b' note_id: '" + id + "' note { title: '" + title + "' }"), test::IsOk());
  }
  void Retitle(const std::string& id, const std::string& title) {
    ASSERT_THAT(Update("note { name: 'books/b/notes/" + id + "' title: '" + title + "' }"), test::IsOk());
  }
  void Remove(const std::string& id) {
    const auto removed = Call<google::protobuf::Empty, test::v1::DeleteNoteRequest>("DeleteNote", "name: 'books/b/notes/" + id + "'");
    ASSERT_THAT(removed, test::IsOk());
  }
  // Whatever the event's place, as no release of the source would write it.
  void AddEvent(const std::string& id, int64_t revision, const std::string& after_json) {
    ASSERT_THAT(store_.database().Write(absl::Now() + absl::Seconds(20),
                                        [&](sql::Session& session) {
                                          return session
                                              .Execute(
                                                  "INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, "
                                                  "trace_id, occur_time, before_json, payload) VALUES (?, 'testing.heitie/Note', ?, ?, "
                                                  "'update', 'p', 'm', '', '2026-01-01', NULL, ?)",
                                                  sql::Bind(record::NewId(absl::Now()), "books/b/notes/" + id, revision, after_json))
                                              .status();
                                        }),
                test::IsOk());
  }

  // In the schema of who follows.
  void Execute(const std::string& sql) {
    ASSERT_THAT(
        own_store_.database().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(sql).status(); }),
        test::IsOk());
  }

  void Run(job::Runner& runner, absl::Duration after = kFollowInterval) {
    clock_.Advance(after);
    EXPECT_THAT(runner.RunDue(), test::IsOk());
  }
  void Run(absl::Duration after = kFollowInterval) { Run(runner_, after); }

  type::v1::Follower State(const std::string& name) {
    std::vector<type::v1::Follower> followers;
    EXPECT_THAT(own_store_.database().Read(absl::Now() + absl::Seconds(20),
                                           [&](sql::Session& session) -> absl::Status {
                                             auto loaded = LoadFollowers(session, name);
                                             if (loaded.ok()) followers = *loaded;
                                             return loaded.status();
                                           }),
                test::IsOk());
    return followers.empty() ? type::v1::Follower() : followers[0];
  }

  rpc::Call Engineer() const { return test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now()); }
  absl::StatusOr<type::v1::Follower> StepOver(const std::string& request) {
    return own_service_.Invoke<type::v1::Follower>("StepOverEvent", Engineer(), test::Proto<type::v1::StepOverEventRequest>(request));
  }
  absl::StatusOr<type::v1::Follower> Rebuild(const std::string& request) {
    return own_service_.Invoke<type::v1::Follower>("RebuildMirror", Engineer(), test::Proto<type::v1::RebuildMirrorRequest>(request));
  }
  // The service's own audit trail.
  type::v1::ListEventsResponse OwnEvents() {
    const auto events = own_service_.Invoke<type::v1::ListEventsResponse>("ListEvents", Manager(), type::v1::ListEventsRequest());
    EXPECT_THAT(events, test::IsOk());
    return events.value_or(type::v1::ListEventsResponse());
  }

  test::FakeClient source_;
  bool answers_ = true;
  int greatest_page_ = 3;
  std::function<void(const type::v1::ListEventsRequest&)> before_answer_;
  test::TestDatabase own_database_;
  record::Store own_store_{own_database_.get()};
  rpc::Service own_service_{"heitie.test.v1.NoteService"};
  job::Runner runner_{own_store_, clock_, "services/test"};
};

}  // namespace heitie::event

#endif  // HEITIE_COMMON_EVENT_FOLLOW_TESTING_H_
