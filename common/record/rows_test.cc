#include "common/record/rows.h"

#include <algorithm>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/note_testing.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"

namespace heitie::record {
namespace {

using rpc::Principal;
using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr rpc::Role kReader = options::v1::ROLE_DATA_ANALYST;
constexpr char kMarker[] = "nobody-else-reads-this";

// Whom somebody leads.
std::vector<std::string> TeamOf(const Principal& principal) {
  if (principal.name == "employees/lead") return {"employees/b", "employees/c", "", "employees/c"};
  return {};
}

// Everybody may call every method of the notes here, so that only the rules decide.
Principal Person(const std::string& name, const std::string& department = "", bool reader = false) {
  Principal principal{name, department};
  principal.Grant(options::v1::ROLE_OPERATIONS_MANAGER);
  if (reader) principal.Grant(kReader);
  return principal;
}

const std::vector<Principal>& People() {
  static const auto& people = *new std::vector<Principal>{Person("employees/a", "departments/x"),
                                                          Person("employees/b", "departments/y"),
                                                          Person("employees/c"),
                                                          Person("employees/lead", "departments/x"),
                                                          Person("employees/reader", "departments/z", true),
                                                          Person("employees/stranger", "departments/z"),
                                                          Person("employees/stranger ", "departments/x ")};
  return people;
}

// All that a client is told.
std::string Told(const absl::Status& status) { return status::ToProto(status, status::Language::kEnglish).DebugString(); }

class RowsTest : public NoteTest {
 protected:
  RowsTest()
      : NoteTest([](Kind<Note>& notes) {
          notes.RestrictRows(Holds(kReader) || Own("creator") || SameDepartment("origin") || Among("origin", TeamOf));
          notes.RestrictField("number", Holds(kReader) || Own("creator"));
          notes.RestrictField("marks.text", Holds(kReader) || Own("creator"));
          notes.RestrictField("labels", Holds(kReader));
        }) {}

  // What the rules say, told once more.
  static bool Sees(const Principal& who, const Note& note) {
    const std::vector<std::string> team = TeamOf(who);
    return who.Has(kReader) || note.creator() == who.name || (!who.department.empty() && note.origin() == who.department) ||
           (!note.origin().empty() && std::find(team.begin(), team.end(), note.origin()) != team.end());
  }
  static bool SeesNumber(const Principal& who, const Note& note) { return who.Has(kReader) || note.creator() == who.name; }
  static Note Shown(const Principal& who, Note note) {
    if (!SeesNumber(who, note)) {
      note.clear_number();
      for (auto& mark : *note.mutable_marks()) mark.clear_text();
    }
    if (!who.Has(kReader)) note.clear_labels();
    return note;
  }

  rpc::Call As(const Principal& who) const {
    rpc::Call call = Manager();
    call.principal = who;
    return call;
  }
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const Principal& who, const std::string& method, const Req& request) {
    return service_.Invoke<Resp>(method, As(who), request);
  }
  absl::StatusOr<Note> GetAs(const Principal& who, const std::string& name) {
    test::v1::GetNoteRequest request;
    request.set_name(name);
    return Ask<Note>(who, "GetNote", request);
  }
  absl::StatusOr<Note> UpdateAs(const Principal& who, const std::string& request) {
    return Ask<Note>(who, "UpdateNote", Proto<test::v1::UpdateNoteRequest>(request));
  }
  absl::StatusOr<Note> CreateAs(const Principal& who, const std::string& request) {
    return Ask<Note>(who, "CreateNote", Proto<test::v1::CreateNoteRequest>(request));
  }

  // A note as it is stored.
  Note Put(const Principal& creator, const std::string& name, const std::string& origin, int64_t number) {
    Note note;
    note.set_name(name);
    note.set_title(absl::StrCat("title ", number % 3));
    note.set_number(number);
    note.set_flag(number % 2 == 0);
    note.set_origin(origin);
    note.add_marks()->set_line(number);
    note.mutable_marks(0)->set_text(kMarker);
    (*note.mutable_labels())["key"] = kMarker;
    const rpc::Call call = As(creator);
    EXPECT_THAT(store_.Write(call, [&](Transaction& tx) { return notes_.Insert(tx, note); }), IsOk());
    note.set_mark_count(1);
    return note;
  }

  // The names of all pages of a list; every page but the last is full, and what is out of sight leaves no trace.
  absl::StatusOr<std::vector<Note>> Pages(const Principal& who, test::v1::ListNotesRequest request) {
    std::vector<Note> notes;
    do {
      absl::StatusOr<test::v1::ListNotesResponse> page = Ask<test::v1::ListNotesResponse>(who, "ListNotes", request);
      if (!page.ok()) return page.status();
      if (!page->next_page_token().empty()) {
        EXPECT_EQ(page->notes_size(), request.page_size());
      }
      notes.insert(notes.end(), page->notes().begin(), page->notes().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return notes;
  }
};

struct Query {
  const char* filter;
  std::function<bool(const Note&)> passes;
  bool by_number;
};

struct Order {
  const char* order_by;
  std::function<bool(const Note&, const Note&)> before;  // names break ties
  bool descending_names;
  bool by_number;
};

TEST_F(RowsTest, ListsGetsCountsAndEventsAgreeWithTheRules) {
  std::mt19937 random(20260101);
  const std::vector<std::string> origins = {"departments/x", "departments/y", "departments/x ", "DEPARTMENTS/X",
                                            "employees/b",   "employees/c",   "employees/lead", "",
                                            "departments/z"};
  std::map<std::string, Note> stored;
  for (int i = 0; i < 120; ++i) {
    const Principal& creator = People()[random() % People().size()];
    const std::string name = absl::StrCat("books/b", random() % 2, "/notes/n", i);
    stored[name] = Put(creator, name, origins[random() % origins.size()], static_cast<int64_t>(random() % 9));
  }
  const std::vector<Query> queries = {{"", [](const Note&) { return true; }, false},
                                      {"flag = true", [](const Note& n) { return n.flag(); }, false},
                                      {"title : \"1\"", [](const Note& n) { return absl::StrContains(n.title(), "1"); }, false},
                                      {"origin = \"departments/x\"", [](const Note& n) { return n.origin() == "departments/x"; }, false},
                                      {"number >= 4", [](const Note& n) { return n.number() >= 4; }, true},
                                      {"number != 4 AND flag = false", [](const Note& n) { return n.number() != 4 && !n.flag(); }, true},
                                      {"number = 0 OR number = 7", [](const Note& n) { return n.number() == 0 || n.number() == 7; }, true}};
  const std::vector<Order> orders = {{"", [](const Note&, const Note&) { return false; }, false, false},
                                     {"name desc", [](const Note&, const Note&) { return false; }, true, false},
                                     {"origin", [](const Note& a, const Note& b) { return a.origin() < b.origin(); }, false, false},
                                     {"creator desc", [](const Note& a, const Note& b) { return a.creator() > b.creator(); }, true, false},
                                     {"number", [](const Note& a, const Note& b) { return a.number() < b.number(); }, false, true},
                                     {"number desc", [](const Note& a, const Note& b) { return a.number() > b.number(); }, true, true}};
  int rows = 0;
  for (const Principal& who : People()) {
    for (const char* book : {"", "books/b0", "books/b1"}) {
      for (const Query& query : queries) {
        for (const Order& order : orders) {
          test::v1::ListNotesRequest request;
          request.set_parent(book);
          request.set_filter(query.filter);
          request.set_order_by(order.order_by);
          request.set_page_size(1 + static_cast<int>(random() % 7));
          SCOPED_TRACE(absl::StrCat("'", who.name, "' ", request.ShortDebugString()));
          const absl::StatusOr<std::vector<Note>> listed = Pages(who, request);
          if (order.by_number && !who.Has(kReader)) {
            EXPECT_THAT(listed, HasReason("INVALID_FIELDS"));
            continue;
          }
          ASSERT_THAT(listed, IsOk());
          std::vector<Note> expected;
          for (const auto& [name, note] : stored) {
            if (!absl::StartsWith(name, book) || !Sees(who, note) || !query.passes(note)) continue;
            if (query.by_number && !SeesNumber(who, note)) continue;
            expected.push_back(note);
          }
          std::sort(expected.begin(), expected.end(), [&](const Note& a, const Note& b) {
            if (order.before(a, b) || order.before(b, a)) return order.before(a, b);
            return order.descending_names ? a.name() > b.name() : a.name() < b.name();
          });
          ASSERT_EQ(listed->size(), expected.size());
          for (size_t i = 0; i < expected.size(); ++i, ++rows) {
            EXPECT_EQ((*listed)[i].ShortDebugString(), Shown(who, expected[i]).ShortDebugString());
          }
        }
      }
    }

    std::set<std::string> visible;
    for (const auto& [name, note] : stored) {
      const absl::StatusOr<Note> got = GetAs(who, name);
      if (Sees(who, note)) {
        visible.insert(name);
        ASSERT_THAT(got, IsOk());
        EXPECT_EQ(got->ShortDebugString(), Shown(who, note).ShortDebugString());
      } else {
        EXPECT_EQ(Told(got.status()), Told(status::NotFound(name)));
      }
      EXPECT_EQ(notes_.Get(As(who), name).ok(), Sees(who, note));
    }

    std::set<std::string> told;
    type::v1::ListEventsRequest events;
    events.set_page_size(7);
    while (true) {
      const auto page = Ask<type::v1::ListEventsResponse>(who, "ListEvents", events);
      ASSERT_THAT(page, IsOk());
      for (const auto& event : page->events()) {
        told.insert(event.subject());
        EXPECT_EQ(absl::StrContains(event.after_json(), "key"), who.Has(kReader));
        EXPECT_EQ(absl::StrContains(event.after_json(), kMarker), SeesNumber(who, stored[event.subject()])) << event.after_json();
      }
      events.set_after_position(page->last_position());
      if (page->events_size() < 7) break;
    }
    EXPECT_EQ(told, visible);

    for (const char* book : {"books/b0", "books/b1"}) {
      int64_t count = 0, children = 0;
      ASSERT_THAT(store_.Read(As(who),
                              [&](sql::Session& session) -> absl::Status {
                                ASSIGN_OR_RETURN(count, notes_.CountChildren(As(who), session, book));
                                ASSIGN_OR_RETURN(const std::vector<Note> found, notes_.Children(As(who), session, book));
                                children = static_cast<int64_t>(found.size());
                                for (const Note& note : found) EXPECT_EQ(visible.count(note.name()), 1u);
                                return absl::OkStatus();
                              }),
                  IsOk());
      EXPECT_EQ(count, std::count_if(visible.begin(), visible.end(), [&](const std::string& n) { return absl::StartsWith(n, book); }));
      EXPECT_EQ(count, children);
    }
  }
  EXPECT_GT(rows, 5000);
}

// Random rules, rows and callers: the condition, the predicate and an interpretation of the same tree made beside it say the same.
TEST_F(RowsTest, BothFacesOfARuleAgree) {
  std::mt19937 random(7);
  const auto pick = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const std::vector<std::string> texts = {
      "employees/a", "employees/b", "employees/a ", "EMPLOYEES/A", "departments/x", "departments/y", "", "%"};
  std::vector<Note> rows;
  for (int i = 0; i < 40; ++i) {
    Principal creator = Person(texts[pick(texts.size())]);
    rows.push_back(Put(creator, absl::StrCat("books/b/notes/n", i), texts[pick(texts.size())], i));
  }
  using Oracle = std::function<bool(const Principal&, const Note&)>;
  const std::function<std::pair<Rule, Oracle>(int)> make = [&](int depth) -> std::pair<Rule, Oracle> {
    const std::string field = pick(2) == 0 ? "creator" : "origin";
    const auto value = [field](const Note& note) { return field == "creator" ? note.creator() : note.origin(); };
    switch (pick(depth == 0 ? 6 : 10)) {
      case 0:
        return {Own(field), [value](const Principal& p, const Note& n) { return !p.name.empty() && p.name == value(n); }};
      case 1:
        return {SameDepartment(field),
                [value](const Principal& p, const Note& n) { return !p.department.empty() && p.department == value(n); }};
      case 2:
        return {Holds(kReader), [](const Principal& p, const Note&) { return p.Has(kReader); }};
      case 3: {
        std::vector<std::string> some;
        for (size_t i = pick(5); i > 0; --i) some.push_back(texts[pick(texts.size())]);
        return {Among(field, [some](const Principal&) { return some; }), [some, value](const Principal&, const Note& n) {
                  return !value(n).empty() && std::find(some.begin(), some.end(), value(n)) != some.end();
                }};
      }
      case 4: {
        std::vector<std::string> some;
        for (size_t i = pick(4); i > 0; --i) some.push_back(texts[pick(texts.size())]);
        const bool told = pick(4) > 0;
        const auto others = [some, told](const Principal&) { return told ? std::optional(some) : std::nullopt; };
        return {Except(field, others), [some, told, value](const Principal&, const Note& n) {
                  return told && (value(n).empty() || std::find(some.begin(), some.end(), value(n)) == some.end());
                }};
      }
      case 5:
        return {Nobody(), [](const Principal&, const Note&) { return false; }};
      default: {
        auto a = make(depth - 1), b = make(depth - 1);
        if (pick(2) == 0)
          return {a.first || b.first, [a, b](const Principal& p, const Note& n) { return a.second(p, n) || b.second(p, n); }};
        return {a.first && b.first, [a, b](const Principal& p, const Note& n) { return a.second(p, n) && b.second(p, n); }};
      }
    }
  };
  int covered = 0, bare = 0;
  for (int round = 0; round < 400; ++round) {
    const auto [rule, oracle] = make(4);
    const Principal who = Person(texts[pick(texts.size())], texts[pick(texts.size())], pick(3) == 0);
    const Reach reach = rule.For(who);
    sql::Values values;
    const std::string condition = reach.Condition(&values);
    bare += values.empty();
    std::set<std::string> found;
    ASSERT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) -> absl::Status {
                              ASSIGN_OR_RETURN(const std::vector<Note> notes, notes_.Select(session, "WHERE " + condition, values));
                              for (const Note& note : notes) found.insert(note.name());
                              return absl::OkStatus();
                            }),
                IsOk())
        << condition;
    for (const Note& row : rows) {
      const bool expected = oracle(who, row);
      covered += expected;
      EXPECT_EQ(reach.Covers(row), expected) << condition << "\n" << row.ShortDebugString();
      EXPECT_EQ(found.count(row.name()) == 1, expected) << condition << "\n" << row.ShortDebugString();
    }
  }
  EXPECT_GT(covered, 1000);
  EXPECT_GT(bare, 50);
  EXPECT_LT(bare, 350);
}

TEST_F(RowsTest, WhoDoesNotSeeARowCannotTellItFromOneThatIsNotThere) {
  const Note note = Put(Person("employees/a"), "books/b/notes/n", "employees/a", 3);
  const Principal stranger = Person("employees/stranger");
  const auto same = [&](const std::string& method, auto request, auto response, const std::function<void(std::string)>& name_it) {
    std::vector<std::string> answers;
    for (const std::string name : {"books/b/notes/n", "books/b/notes/m"}) {
      name_it(name);
      const absl::Status status = service_.Invoke(method, As(stranger), *request, response);
      EXPECT_TRUE(absl::IsNotFound(status)) << method << " " << status;
      std::string text = Told(status);
      for (size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), "NAME");
      answers.push_back(text);
    }
    EXPECT_EQ(answers[0], answers[1]) << method;
  };
  Note answer;
  google::protobuf::Empty nothing;
  test::v1::GetNoteRequest get;
  same("GetNote", &get, &answer, [&](const std::string& name) { get.set_name(name); });
  for (const char* etag : {"", "1", "wrong"}) {
    auto update = Proto<test::v1::UpdateNoteRequest>("note { title: 'y' number: 4 }");
    update.mutable_note()->set_etag(etag);
    same("UpdateNote", &update, &answer, [&](const std::string& name) { update.mutable_note()->set_name(name); });
    test::v1::DeleteNoteRequest remove;
    remove.set_etag(etag);
    same("DeleteNote", &remove, &nothing, [&](const std::string& name) { remove.set_name(name); });
    for (const std::string name : {"books/b/notes/n", "books/b/notes/m"}) {
      EXPECT_TRUE(
          absl::IsNotFound(store_.Write(As(stranger), [&](Transaction& tx) { return notes_.Begin(tx, Target(name, etag)).status(); })));
    }
  }
  type::v1::ListEventsRequest events;
  for (const int size : {0, 1}) {
    std::vector<std::string> answers;
    for (const std::string name : {"books/b/notes/n", "books/b/notes/m"}) {
      events.set_subject(name);
      events.set_page_size(size);
      const auto told = Ask<type::v1::ListEventsResponse>(stranger, "ListEvents", events);
      EXPECT_THAT(told->events(), IsEmpty());
      answers.push_back(told->ShortDebugString());
    }
    EXPECT_EQ(answers[0], answers[1]);
  }
  EXPECT_EQ(GetAs(Person("employees/a"), note.name())->etag(), "1") << "nothing has changed";

  // A name is taken whoever sees it; that is all that is told.
  const absl::Status taken = CreateAs(stranger, "parent: 'books/b' note_id: 'n' note { title: 'mine' }").status();
  EXPECT_TRUE(absl::IsAlreadyExists(taken));
  EXPECT_THAT(taken.ToString(), Not(HasSubstr("title")));
}

TEST_F(RowsTest, WhatSomebodyDoesNotSeeSheDoesNotChange) {
  Put(Person("employees/b"), "books/b/notes/n", "departments/x", 7);
  const Principal colleague = Person("employees/a", "departments/x"), owner = Person("employees/b");
  for (const char* path : {"number", "marks", "labels"}) {
    EXPECT_THAT(UpdateAs(colleague, absl::StrCat("note { name: 'books/b/notes/n' number: 1 } update_mask { paths: '", path, "' }")),
                HasReason("INVALID_FIELDS"))
        << path;
  }
  EXPECT_THAT(UpdateAs(colleague, "note { name: 'books/b/notes/n' title: 'x' number: 1 }"), HasReason("INVALID_FIELDS"));
  // What was read, written back whole: what was not shown is not erased.
  absl::StatusOr<Note> read = GetAs(colleague, "books/b/notes/n");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->number(), 0);
  test::v1::UpdateNoteRequest whole;
  *whole.mutable_note() = *read;
  whole.mutable_note()->set_title("by a colleague");
  whole.mutable_update_mask()->add_paths("*");
  const absl::StatusOr<Note> written = Ask<Note>(colleague, "UpdateNote", whole);
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(written->title(), "by a colleague");
  EXPECT_THAT(written->SerializeAsString(), Not(HasSubstr(kMarker)));
  const absl::StatusOr<Note> kept = GetAs(Person("employees/r", "", true), "books/b/notes/n");
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->number(), 7);
  EXPECT_EQ(kept->marks(0).text(), kMarker);
  EXPECT_EQ(kept->labels().at("key"), kMarker);
  ASSERT_THAT(UpdateAs(owner, "note { name: 'books/b/notes/n' number: 8 }"), IsOk());
}

TEST_F(RowsTest, StoredAnswersAreShownByTheRightsOfToday) {
  const std::string create =
      absl::StrCat("parent: 'books/b' note_id: 'n' request_id: 'once' note { title: 'x' number: 5 labels { key: 'k' value: '", kMarker,
                   "' } origin: 'departments/x' }");
  const Principal then = Person("employees/a", "", true), now = Person("employees/a");
  EXPECT_EQ(CreateAs(then, create)->labels_size(), 1);
  EXPECT_EQ(CreateAs(now, create)->ShortDebugString().find(kMarker), std::string::npos);
  EXPECT_EQ(CreateAs(now, create)->number(), 5);
  EXPECT_EQ(CreateAs(then, create)->labels_size(), 1) << "the record is whole";
  // The id of somebody else's request opens nothing.
  EXPECT_TRUE(absl::IsAlreadyExists(CreateAs(Person("employees/c"), create).status()));

  const std::string update = "request_id: 'again' note { name: 'books/b/notes/n' title: 'y' }";
  const absl::StatusOr<Note> first = UpdateAs(Person("employees/b", "departments/x"), update);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->title(), "y");
  const absl::StatusOr<Note> moved = UpdateAs(Person("employees/b", "departments/y"), update);
  ASSERT_THAT(moved, IsOk()) << "it was done, and is not to be done again";
  EXPECT_EQ(moved->ShortDebugString(), "name: \"books/b/notes/n\"");
}

TEST_F(RowsTest, EventsShowEachSideByItself) {
  const Principal owner = Person("employees/b");
  Put(owner, "books/b/notes/n", "departments/x", 3);
  const rpc::Call call = As(owner);
  const auto move = [&](const std::string& origin) {
    ASSERT_THAT(store_.Write(call,
                             [&](Transaction& tx) -> absl::Status {
                               ASSIGN_OR_RETURN(const Note before, notes_.Lock(tx, "books/b/notes/n"));
                               Note after = before;
                               after.set_origin(origin);
                               return notes_.Update(tx, before, after, "move");
                             }),
                IsOk());
  };
  move("departments/y");
  move("departments/z");
  const auto sides = [&](const Principal& who) {
    std::vector<std::string> seen;
    const auto events = Ask<type::v1::ListEventsResponse>(who, "ListEvents", type::v1::ListEventsRequest());
    for (const auto& event : events->events()) {
      seen.push_back(
          absl::StrCat(event.revision(), event.before_json().empty() ? "" : " before", event.after_json().empty() ? "" : " after"));
    }
    EXPECT_EQ(events->last_position(), 3);
    return seen;
  };
  EXPECT_THAT(sides(owner), ElementsAre("1 after", "2 before after", "3 before after"));
  EXPECT_THAT(sides(Person("employees/a", "departments/x")), ElementsAre("1 after", "2 before"));
  EXPECT_THAT(sides(Person("employees/a", "departments/y")), ElementsAre("2 after", "3 before"));
  EXPECT_THAT(sides(Person("employees/a")), IsEmpty());
}

// A resource without rules of its own may hold what has some.
TEST_F(RowsTest, EventsAreJudgedByWhatTheyHoldAsWell) {
  Sights sights;
  Sight& notes = sights.Of(Note::default_instance(), "books/{book}/notes/{note}");
  notes.RestrictRows(Holds(kReader) || Own("creator") || Own("origin"));
  notes.RestrictField("number", Holds(kReader) || Own("creator"));
  sights.Of(test::v1::ListNotesResponse::default_instance(), "shelves/{shelf}");
  sights.Seal();
  const std::string type = test::v1::ListNotesResponse::descriptor()->options().GetExtension(google::api::resource).type();
  const auto shown = [&](const Principal& who, const std::string& before, const std::string& after) {
    std::string was = before, is = after;
    EXPECT_TRUE(sights.Show(who, type, &was, &is));
    return absl::StrCat(was, "|", is);
  };
  const std::string one = R"({"notes":[{"name":"a","number":"7","creator":"employees/a"}]})";
  const std::string both =
      R"({"notes":[{"name":"a","number":"7","creator":"employees/a"},{"name":"b","number":"8","creator":"employees/b",)"
      R"("origin":"employees/a"}],"next_page_token":"t"})";
  const std::string half = R"({"notes":[{"name":"a","number":"7","creator":"employees/a"},{"name":"b","origin":"employees/a",)"
                           R"("creator":"employees/b"}],"next_page_token":"t"})";
  const std::string newer = R"({"novelty":1,"next_page_token":"t"})";
  EXPECT_EQ(shown(Person("employees/a"), one, both), one + "|" + half);
  EXPECT_EQ(shown(Person("employees/stranger"), one, both), R"({}|{"next_page_token":"t"})");
  EXPECT_EQ(shown(Person("employees/stranger"), "", one), "|{}");
  EXPECT_EQ(shown(Person("employees/reader", "", true), both, newer), both + "|" + newer) << "untouched";
}

// Gets of one row that ride in one query show each caller what is hers.
TEST_F(RowsTest, CoalescedGetsShowEachCallerHers) {
  const Note note = Put(Person("employees/b"), "books/b/notes/n", "departments/x", 6);
  std::atomic<int> wrong{0}, seen{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&, t] {
      const Principal& who = People()[static_cast<size_t>(t) % People().size()];
      for (int i = 0; i < 60; ++i) {
        const absl::StatusOr<Note> got = GetAs(who, note.name());
        const bool right =
            Sees(who, note) ? got.ok() && got->ShortDebugString() == Shown(who, note).ShortDebugString() : absl::IsNotFound(got.status());
        wrong += !right;
        seen += got.ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(seen, 0);
}

// A handler that forgets the rules, as a custom method might.
TEST_F(RowsTest, WhateverAHandlerAnswersLeavesByTheRules) {
  std::vector<Note> all;
  for (int i = 0; i < 6; ++i)
    all.push_back(Put(Person(i % 2 == 0 ? "employees/a" : "employees/b"), absl::StrCat("books/b/notes/n", i), "", i));
  rpc::Service careless("heitie.test.v1.NoteService");
  Methods methods(careless, store_);
  careless.Bind("ListNotes", [&](const rpc::Call&, const test::v1::ListNotesRequest&) -> absl::StatusOr<test::v1::ListNotesResponse> {
    test::v1::ListNotesResponse response;
    for (const Note& note : all) *response.add_notes() = note;
    response.set_next_page_token("more");
    return response;
  });
  careless.Bind("GetNote", [&](const rpc::Call&, const test::v1::GetNoteRequest&) -> absl::StatusOr<Note> { return all[0]; });
  const auto list = careless.Invoke<test::v1::ListNotesResponse>("ListNotes", As(Person("employees/b")), test::v1::ListNotesRequest());
  ASSERT_THAT(list, IsOk());
  ASSERT_EQ(list->notes_size(), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(list->notes(i).ShortDebugString(), Shown(Person("employees/b"), all[2 * i + 1]).ShortDebugString());
  EXPECT_EQ(list->next_page_token(), "more");
  test::v1::GetNoteRequest request;
  request.set_name("books/b/notes/n0");
  const auto get = careless.Invoke<Note>("GetNote", As(Person("employees/b")), request);
  EXPECT_EQ(Told(get.status()), Told(status::NotFound("books/b/notes/n0")));
}

using RowsDeathTest = RowsTest;

TEST_F(RowsDeathTest, WrongRulesStopTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto exits = ExitedWithCode(70);
  EXPECT_EXIT(notes_.RestrictField("ratio", Nobody()), exits, "after its methods were bound");
  EXPECT_EXIT(notes_.RestrictRows(Own("title")), exits, "no KEY");
  Sights sights;
  Sight& sight = sights.Of(Note::default_instance(), "books/{book}/notes/{note}");
  EXPECT_EXIT(sight.RestrictRows(Own("number")), exits, "no stored text");
  EXPECT_EXIT(sight.RestrictField("marks.line", Own("owner")), exits, "no stored text");
  EXPECT_EXIT(sight.RestrictField("marks.nothing", Nobody()), exits, "cannot restrict");
  EXPECT_EXIT(sight.RestrictField("name", Nobody()), exits, "cannot restrict");
  sights.Of(test::v1::GetNoteRequest::default_instance(), "books/{book}/notes/{note}/pages/{page}");
  sight.RestrictRows(Own("origin"));
  EXPECT_EXIT(sights.Seal(), exits, "needs a rule");
}

}  // namespace
}  // namespace heitie::record
