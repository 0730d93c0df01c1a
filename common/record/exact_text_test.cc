// Texts are compared exactly, by every statement that compares them: databases pad text columns with blanks.
#include <set>

#include "absl/strings/str_cat.h"
#include "common/record/list.h"
#include "common/record/note_testing.h"
#include "common/status/macros.h"
#include "google/protobuf/empty.pb.h"

namespace heitie::record {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

class ExactTextTest : public NoteTest {
 protected:
  void Fill() {
    for (const auto& [id, title] : kTitles) {
      test::v1::CreateNoteRequest request;
      request.set_parent("books/b");
      request.set_note_id(id);
      request.mutable_note()->set_title(title);
      request.mutable_note()->set_origin(title);
      ASSERT_THAT(service_.Invoke<Note>("CreateNote", Manager(), request), IsOk());
    }
  }
  absl::StatusOr<test::v1::ListNotesResponse> Ask(const std::string& filter, const std::string& order_by = "",
                                                  const std::string& page_token = "", int page_size = 100) {
    test::v1::ListNotesRequest request;
    request.set_parent("books/b");
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_token(page_token);
    request.set_page_size(page_size);
    return service_.Invoke<test::v1::ListNotesResponse>("ListNotes", Manager(), request);
  }
  std::string Ids(const std::string& filter) {
    const auto list = Ask(filter);
    EXPECT_THAT(list, IsOk()) << filter;
    std::string ids;
    if (!list.ok()) return status::ReasonOf(list.status());
    for (const Note& note : list->notes()) ids += IdOf(note.name());
    return ids;
  }

  // In the order of their bytes, but for the ids.
  const std::vector<std::pair<std::string, std::string>> kTitles = {
      {"f", "Gift"}, {"a", "gift"}, {"d", "gift\t"}, {"b", "gift "}, {"c", "gift  "}, {"e", "gifts"}, {"g", "禮品"}, {"h", "禮品　"},
  };
};

TEST_F(ExactTextTest, FiltersTellBlanksApart) {
  Fill();
  for (const std::string field : {"title", "origin"}) {  // without and with an index
    EXPECT_EQ(Ids(field + " = \"gift\""), "a");
    EXPECT_EQ(Ids(field + " = \"gift \""), "b");
    EXPECT_EQ(Ids(field + " = \"gift   \""), "");
    EXPECT_EQ(Ids(field + " != \"gift\""), "bcdefgh");
    EXPECT_EQ(Ids(field + " > \"gift\""), "bcdegh");
    EXPECT_EQ(Ids(field + " >= \"gift \""), "bcegh");
    EXPECT_EQ(Ids(field + " < \"gift \""), "adf");
    EXPECT_EQ(Ids(field + " <= \"gift\""), "af");
    EXPECT_EQ(Ids(absl::StrCat(field, " = \"gift\" OR ", field, " = \"gift  \"")), "ac");
    EXPECT_EQ(Ids(field + " = \"禮品\""), "g");
    EXPECT_EQ(Ids(field + " : \"品\""), "gh");
    EXPECT_EQ(Ids(field + " : \"gift \""), "bc");
  }
  EXPECT_EQ(Ids("name = \"books/b/notes/a\""), "a");
  EXPECT_EQ(Ids("name = \"books/b/notes/a \""), "");
  EXPECT_EQ(Ids("name = \"名\""), "") << "no name has such letters";
  EXPECT_EQ(Ids("ink = INK_UNSPECIFIED"), "abcdefgh");
}

TEST_F(ExactTextTest, OrdersAndPagesFollowTheBytes) {
  Fill();
  for (const int page_size : {1, 2, 3}) {
    for (const std::string order : {"origin", "origin desc"}) {
      std::vector<std::string> expected, walked;
      for (const auto& [id, title] : kTitles) expected.push_back(title);
      std::sort(expected.begin(), expected.end());
      if (order == "origin desc") std::reverse(expected.begin(), expected.end());
      std::string token;
      do {
        const auto page = Ask("", order, token, page_size);
        ASSERT_THAT(page, IsOk());
        for (const Note& note : page->notes()) walked.push_back(note.title());
        token = page->next_page_token();
      } while (!token.empty());
      EXPECT_EQ(walked, expected) << order << " " << page_size;
    }
  }
}

TEST_F(ExactTextTest, NamesWithBlanksAreNobodys) {
  Fill();
  for (const char* name : {"books/b/notes/a ", "books/b /notes/a", " books/b/notes/a"}) {
    EXPECT_THAT(Get(name), HasReason("NOT_FOUND")) << name;
    const auto removed = Call<google::protobuf::Empty, test::v1::DeleteNoteRequest>("DeleteNote", absl::StrCat("name: '", name, "'"));
    EXPECT_THAT(removed, HasReason("NOT_FOUND")) << name;
    rpc::Call call = Manager();
    EXPECT_THAT(store_.Read(call, [&](sql::Session& session) { return notes_.Find(session, name).status(); }), HasReason("NOT_FOUND"));
  }
  EXPECT_THAT(Get("books/b/notes/a"), IsOk());
}

TEST_F(ExactTextTest, RequestIdsThatDifferByABlankAreTwo) {
  std::set<std::string> names;
  for (const char* id : {"r", "r ", "r  ", " r", "R"}) {
    const auto note = Create(absl::StrCat("parent: 'books/b' note { title: 'x' } request_id: '", id, "'"));
    ASSERT_THAT(note, IsOk()) << id;
    names.insert(note->name());
  }
  EXPECT_EQ(names.size(), 5u);
}

TEST_F(ExactTextTest, EventsAreOfExactlyTheSubject) {
  Fill();
  EXPECT_EQ(Events("subject: 'books/b/notes/a'")->events_size(), 1);
  for (const char* subject : {"books/b/notes/a ", "books/b/notes/a\t", "books/b/notes/名"}) {
    type::v1::ListEventsRequest request;
    request.set_subject(subject);
    EXPECT_THAT(service_.Invoke<type::v1::ListEventsResponse>("ListEvents", Manager(), request), HasReason("INVALID_FIELDS")) << subject;
  }
}

// A process whose tables hold padded texts does not start.
TEST_F(ExactTextTest, ATextColumnIsRefused) {
  const absl::Status status = store_.Read(Manager(), [](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session.Execute("ALTER TABLE notes MODIFY title VARCHAR(1000) NOT NULL").status());
    return ReadTable(session, *Note::descriptor()).status();
  });
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("column title of notes"), std::string::npos) << status;
}

}  // namespace
}  // namespace heitie::record
