#include "services/resource/allotment/allotment_rules.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"

namespace heitie::resource {
namespace {

using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Told(const std::vector<MaterialChange>& changes) {
  std::vector<std::string> told;
  for (const MaterialChange& change : changes) told.push_back(absl::StrCat(change.need.item(), " ", change.more));
  return told;
}
std::vector<std::string> Told(const std::vector<MoneyChange>& changes) {
  std::vector<std::string> told;
  for (const MoneyChange& change : changes)
    told.push_back(absl::StrCat(change.need.code(), " ", change.more, " ", change.need.encumbrance()));
  return told;
}

TEST(AllotmentRulesTest, WhatIsNotOutstandingAnyMoreIsUsed) {
  // Of six mugs two are issued and one was handed out, by which it was released.
  const auto held = Proto<v1::Reservation>(R"pb(
    lines { item: "items/mug" quantity: 6 released_quantity: 1 issued_quantity: 2 }
    lines { item: "items/pen" quantity: 3 }
    lines { item: "items/bag" quantity: 3 released_quantity: 3 })pb");
  const auto before = Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 6 } materials { item: 'items/pen' quantity: 3 }");
  status::BadFields bad;
  status::Unmet used;
  const auto after = Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 8 } materials { item: 'items/hat' quantity: 1 }");
  EXPECT_THAT(Told(MaterialChanges(before, after, held, "", bad, used)), ElementsAre("items/hat 1", "items/mug 2", "items/pen -3"));
  EXPECT_TRUE(bad.empty() && used.empty());
  const auto least = Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 3 }");
  EXPECT_THAT(Told(MaterialChanges(before, least, held, "", bad, used)), ElementsAre("items/mug -3", "items/pen -3"));
  EXPECT_TRUE(used.empty());
  MaterialChanges(before, Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 2 }"), held, "", bad, used);
  EXPECT_FALSE(used.empty()) << "three are used";
  status::Unmet left;
  EXPECT_THAT(Told(MaterialChanges(before, v1::Allotment(), held, "", bad, left)), ElementsAre("items/mug -6", "items/pen -3"));
  EXPECT_FALSE(left.empty());
}

TEST(AllotmentRulesTest, MoneyComesByBudgetWithTheEncumbranceThatHoldsIt) {
  const auto before = Proto<v1::Allotment>(R"pb(
    money { code: "a" budget: "budgets/z" amount_minor: 10 encumbrance: "encumbrances/a" }
    money { code: "b" budget: "budgets/y" amount_minor: 5 encumbrance: "encumbrances/b" })pb");
  const auto after = Proto<v1::Allotment>(R"pb(
    money { code: "a" budget: "budgets/z" amount_minor: 12 encumbrance: "encumbrances/forged" }
    money { code: "c" budget: "budgets/x" amount_minor: 2 })pb");
  const std::map<std::string, v1::Encumbrance> encumbrances = {
      {"encumbrances/a", Proto<v1::Encumbrance>("committed_minor: 6 actual_minor: 4")},
      {"encumbrances/b", Proto<v1::Encumbrance>("pre_committed_minor: 5 released_minor: 1")}};
  status::BadFields bad;
  status::Unmet used;
  EXPECT_THAT(Told(MoneyChanges(before, after, encumbrances, "", bad, used)),
              ElementsAre("c 2 ", "b -5 encumbrances/b", "a 2 encumbrances/a"));
  EXPECT_TRUE(bad.empty() && used.empty());
  MoneyChanges(before, Proto<v1::Allotment>("money { code: 'a' budget: 'budgets/z' amount_minor: 3 }"), encumbrances, "", bad, used);
  EXPECT_FALSE(used.empty()) << "four are spent";
}

TEST(AllotmentRulesTest, WhatIsDrawnKeepsPlaceAndDay) {
  const auto held = Proto<v1::Reservation>(R"pb(
    lines {
      item: "items/mug"
      quantity: 6
      issued_quantity: 2
      location: "locations/shop"
      need_date { year: 2026 month: 2 day: 1 }
    })pb");
  const auto request = Proto<v1::DrawAllotmentRequest>("materials { item: 'items/mug' quantity: 5 }");
  status::BadFields bad;
  status::Unmet left;
  const auto lines = DrawnLines(Proto<v1::Allotment>("name: 'allotments/a'"), held, request, bad, left);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].location(), "locations/shop");
  EXPECT_EQ(lines[0].need_date().day(), 1);
  EXPECT_FALSE(left.empty()) << "four are left";
  EXPECT_THAT(DrawnLines(v1::Allotment(), v1::Reservation(), request, bad, left), IsEmpty());
  EXPECT_FALSE(bad.empty());
}

TEST(AllotmentRulesTest, AnotherDayLetsGoOfWhatIsOutstandingAndTakesItAnew) {
  const auto held =
      Proto<v1::Reservation>("lines { item: 'items/mug' quantity: 6 issued_quantity: 2 need_date { year: 2026 month: 2 day: 1 } }");
  const auto before = Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 6 need_date { year: 2026 month: 2 day: 1 } }");
  status::BadFields bad;
  status::Unmet used;
  const auto later = Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 6 need_date { year: 2026 month: 2 day: 3 } }");
  const std::vector<MaterialChange> changes = MaterialChanges(before, later, held, "", bad, used);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].more, 0);
  EXPECT_EQ(changes[0].moved, 4);
  EXPECT_TRUE(bad.empty() && used.empty());
  EXPECT_THAT(MaterialChanges(before, before, held, "", bad, used), IsEmpty());
}

std::vector<std::string> Told(const std::vector<v1::AllotmentDraw>& draws) {
  std::vector<std::string> told;
  for (const v1::AllotmentDraw& draw : draws) {
    told.push_back(draw.item().empty() ? absl::StrCat(draw.allotment(), " ", draw.source_code(), ">", draw.code(), " ", draw.amount_minor())
                                       : absl::StrCat(draw.allotment(), " ", draw.item(), " ", draw.quantity()));
  }
  return told;
}

TEST(AllotmentRulesTest, DrawsWhatIsOpenOfEachSourceInTurn) {
  const std::vector<Holding> sources = {
      {Proto<v1::Allotment>(R"pb(
         name: "a"
         materials { item: "items/mug" quantity: 6 }
         money { code: "print" budget: "budgets/q" amount_minor: 70 encumbrance: "e1" })pb"),
       Proto<v1::Reservation>("lines { item: 'items/mug' quantity: 6 issued_quantity: 2 } lines { item: 'items/pen' quantity: 3 }"),
       {{"e1", Proto<v1::Encumbrance>("committed_minor: 50 actual_minor: 20")}}},
      {Proto<v1::Allotment>(R"pb(
         name: "b"
         materials { item: "items/mug" quantity: 9 }
         materials { item: "items/cup" quantity: 5 location: "locations/shop" }
         money { code: "x" budget: "budgets/q" amount_minor: 100 encumbrance: "e2" })pb"),
       Proto<v1::Reservation>("lines { item: 'items/mug' quantity: 9 } lines { item: 'items/cup' quantity: 5 location: 'locations/shop' }"),
       {{"e2", Proto<v1::Encumbrance>("committed_minor: 100")}}}};
  auto wanted = Proto<v1::Allotment>(R"pb(
    materials { item: "items/mug" quantity: 10 }
    materials { item: "items/pen" quantity: 1 }
    materials { item: "items/cup" quantity: 5 }
    money { code: "c" budget: "budgets/q" amount_minor: 60 }
    money { code: "d" budget: "budgets/q" amount_minor: 500 }
    money { code: "e" budget: "budgets/z" amount_minor: 1 })pb");
  EXPECT_THAT(Told(DrawsOf(sources, wanted)),
              ElementsAre("a items/mug 4", "b items/mug 6", "b items/cup 5", "a print>c 50", "b x>c 10", "b x>d 90"))
      << "a line whose need is gone was drawn before, and 40 of the second budget stay";
  EXPECT_EQ(wanted.materials(2).location(), "locations/shop");
  wanted.mutable_materials(2)->set_quantity(6);
  wanted.mutable_materials(2)->clear_location();
  DrawsOf(sources, wanted);
  EXPECT_EQ(wanted.materials(2).location(), "") << "a place that holds less is not chosen";
}

}  // namespace
}  // namespace heitie::resource
