#include "common/event/follower.h"

#include <vector>

#include "common/event/event_log.h"
#include "common/record/note_testing.h"

namespace heitie::event {
namespace {

using ::heitie::test::IsOk;
using ::testing::ElementsAre;

class FollowerTest : public record::NoteTest {
 protected:
  FollowerTest() {
    source_.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "S/ListEvents", [this](const rpc::Call& call, type::v1::ListEventsRequest request) -> absl::StatusOr<type::v1::ListEventsResponse> {
          if (!answers_) return absl::UnavailableError("away");
          request.set_page_size(2);
          return event::List(store_, call, request);
        });
    Start(runner_);
  }

  void Start(job::Runner& runner) {
    Follow(runner, "follow", source_, "S/ListEvents", [this](const rpc::Call&, const type::v1::Event& event) -> absl::Status {
      if (event.subject() == refused_) return absl::UnavailableError("not now");
      seen_.push_back(event.subject());
      return absl::OkStatus();
    });
  }

  void Add(const std::string& id) {
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: 'x' }")), IsOk());
  }

  void Run(job::Runner& runner, absl::Duration after = kFollowInterval) {
    clock_.Advance(after);
    EXPECT_THAT(runner.RunDue(), IsOk());
  }

  test::FakeClient source_;
  job::Runner runner_{store_, clock_, "services/test"};
  bool answers_ = true;
  std::string refused_;
  std::vector<std::string> seen_;
};

TEST_F(FollowerTest, GivesEachEventOnceAcrossPagesRunsAndReplicas) {
  for (const char* id : {"n1", "n2", "n3"}) Add(id);
  Run(runner_);
  EXPECT_THAT(seen_, ElementsAre("books/b/notes/n1", "books/b/notes/n2", "books/b/notes/n3"));
  Run(runner_);
  Add("n4");
  job::Runner replica(store_, clock_, "services/test");
  Start(replica);
  Run(replica);
  Run(runner_);
  EXPECT_THAT(seen_, ElementsAre("books/b/notes/n1", "books/b/notes/n2", "books/b/notes/n3", "books/b/notes/n4"));
}

TEST_F(FollowerTest, AnErrorHoldsBackWhatComesLaterAndRepeatsNothingBefore) {
  for (const char* id : {"n1", "n2", "n3"}) Add(id);
  refused_ = "books/b/notes/n2";
  Run(runner_);
  EXPECT_THAT(seen_, ElementsAre("books/b/notes/n1"));
  refused_.clear();
  Run(runner_, absl::Minutes(1));
  EXPECT_THAT(seen_, ElementsAre("books/b/notes/n1", "books/b/notes/n2", "books/b/notes/n3"));
}

TEST_F(FollowerTest, GoesOnWhenTheSourceIsBack) {
  answers_ = false;
  Add("n1");
  Run(runner_);
  answers_ = true;
  Run(runner_, absl::Minutes(1));
  EXPECT_THAT(seen_, ElementsAre("books/b/notes/n1"));
}

}  // namespace
}  // namespace heitie::event
