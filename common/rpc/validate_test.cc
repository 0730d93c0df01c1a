#include "common/rpc/validate.h"

#include <limits>

#include "common/test/fixture.h"
#include "heitie/test/v1/note.pb.h"

namespace heitie::rpc {
namespace {

using test::v1::CreateNoteRequest;
using test::v1::ListNotesRequest;
using test::v1::UpdateNoteRequest;

// The bad fields of a request, "field REASON" each.
std::vector<std::string> Bad(const google::protobuf::Message& request) { return test::Violations(Validate(request)); }

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

CreateNoteRequest Good() { return test::Proto<CreateNoteRequest>("parent: 'books/b' note { title: 'x' }"); }

TEST(ValidateTest, AGoodRequestPasses) { EXPECT_THAT(Bad(Good()), IsEmpty()); }

TEST(ValidateTest, EveryBadFieldIsNamedAtOnce) {
  CreateNoteRequest request;
  request.mutable_note()->set_ratio(std::numeric_limits<double>::quiet_NaN());
  request.set_request_id(std::string(65, 'x'));
  request.mutable_note()->set_ink(static_cast<test::v1::Note::Ink>(99));
  EXPECT_THAT(Bad(request), UnorderedElementsAre("parent REQUIRED", "note.title REQUIRED", "note.ratio BAD_VALUE", "note.ink BAD_VALUE",
                                                 "request_id BAD_VALUE"));
}

TEST(ValidateTest, RulesAreWordedInTheLanguageOfTheSentence) {
  CreateNoteRequest request = Good();
  request.set_request_id(std::string(65, 'x'));
  request.mutable_note()->set_ink(static_cast<test::v1::Note::Ink>(99));
  const auto described = [&](status::Language language) {
    std::vector<std::string> descriptions;
    google::rpc::BadRequest detail;
    const google::rpc::Status proto = status::ToProto(Validate(request), language);
    for (const auto& any : proto.details()) any.UnpackTo(&detail);
    for (const auto& violation : detail.field_violations()) descriptions.push_back(violation.description());
    return descriptions;
  };
  EXPECT_THAT(described(status::Language::kEnglish),
              UnorderedElementsAre("The value must be at most 64 characters long.", "The value must be one of INK_BLUE, INK_RED."));
  EXPECT_THAT(described(status::Language::kTraditionalChinese),
              UnorderedElementsAre("值不符合要求：長度不得超過 64 個字元。", "值不符合要求：須為下列之一：INK_BLUE、INK_RED。"));
  EXPECT_THAT(described(status::Language::kSimplifiedChinese),
              UnorderedElementsAre("值不符合要求：长度不得超过 64 个字符。", "值不符合要求：须为下列之一：INK_BLUE、INK_RED。"));
}

TEST(ValidateTest, StringsAndListsAreBoundedThoughNothingIsDeclared) {
  CreateNoteRequest request = Good();
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "運";
  request.mutable_note()->set_title(text);
  EXPECT_THAT(Bad(request), IsEmpty()) << "lengths count characters, not bytes";
  request.mutable_note()->set_title(text + "營");
  for (int i = 0; i < 1001; ++i) request.mutable_note()->add_marks();
  EXPECT_THAT(Bad(request), ElementsAre("note.title BAD_VALUE", "note.marks BAD_VALUE"));
  request = Good();
  request.mutable_note()->set_title(std::string("a\0b", 3));
  EXPECT_THAT(Bad(request), ElementsAre("note.title BAD_VALUE"));
}

TEST(ValidateTest, DatesAndTimesAreRealOnes) {
  CreateNoteRequest request = Good();
  request.mutable_note()->mutable_day()->set_year(2026);
  request.mutable_note()->mutable_day()->set_month(2);
  request.mutable_note()->mutable_day()->set_day(29);
  request.mutable_note()->mutable_moment()->set_nanos(-1);
  EXPECT_THAT(Bad(request), UnorderedElementsAre("note.day BAD_VALUE", "note.moment BAD_VALUE"));
  request.mutable_note()->mutable_day()->set_year(2028);
  request.mutable_note()->mutable_moment()->set_nanos(0);
  EXPECT_THAT(Bad(request), IsEmpty());
}

TEST(ValidateTest, OutputOnlyFieldsAreIgnored) {
  CreateNoteRequest request = Good();
  request.mutable_note()->set_creator(std::string(5000, 'x'));
  EXPECT_THAT(Bad(request), IsEmpty());
}

TEST(ValidateTest, AnUpdateNeedsOnlyWhatItsMaskNames) {
  EXPECT_THAT(Bad(test::Proto<UpdateNoteRequest>("note { name: 'books/b/notes/n' number: 1 } update_mask { paths: 'number' }")), IsEmpty());
  EXPECT_THAT(Bad(test::Proto<UpdateNoteRequest>("note { name: 'books/b/notes/n' number: 1 }")), IsEmpty());
  EXPECT_THAT(Bad(test::Proto<UpdateNoteRequest>("note { name: 'books/b/notes/n' } update_mask { paths: 'title' }")),
              ElementsAre("note.title REQUIRED"));
}

TEST(ValidateTest, MasksAreSpeltAsInJsonToo) {
  auto request = test::Proto<UpdateNoteRequest>("note { name: 'books/b/notes/n' } update_mask { paths: 'markCount' paths: 'number' }");
  EXPECT_THAT(Bad(request), IsEmpty());
  Normalize(request);
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("mark_count", "number"));
  EXPECT_THAT(Bad(test::Proto<UpdateNoteRequest>("note { name: 'books/b/notes/n' } update_mask { paths: 'mark_Count' }")),
              ElementsAre("update_mask BAD_VALUE"));
  EXPECT_THAT(Bad(test::Proto<UpdateNoteRequest>("note { name: 'books/b/notes/n' } update_mask { paths: 'day.month' }")),
              ElementsAre("update_mask BAD_VALUE"));
}

TEST(ValidateTest, IntegersKeepTheirRange) {
  EXPECT_THAT(Bad(test::Proto<ListNotesRequest>("page_size: 1000")), IsEmpty());
  ListNotesRequest many = test::Proto<ListNotesRequest>("page_size: 1001");
  EXPECT_THAT(Bad(many), IsEmpty());
  Normalize(many);
  EXPECT_EQ(many.page_size(), 1000) << "AIP-158";
  EXPECT_THAT(Bad(test::Proto<ListNotesRequest>("page_size: -1")), ElementsAre("page_size BAD_VALUE"));
}

}  // namespace
}  // namespace heitie::rpc
